//! What has happened.

use std::collections::VecDeque;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Entry {
    pub(in crate::tui) time: String,
    /// At which charger.
    pub(in crate::tui) name: String,
    pub(in crate::tui) text: String,
    /// Someone should look.
    pub(in crate::tui) is_bad: bool,
}

/// The last entries.
#[derive(Debug, Default)]
pub(in crate::tui) struct Log {
    entries: VecDeque<Entry>,
    /// How many of the newest are below the screen.
    hidden: usize,
}

impl Log {
    pub(super) fn push(&mut self, entry: Entry) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        // Who reads older ones goes on reading them.
        if self.hidden > 0 {
            self.scroll(1);
        }
    }

    /// Towards older entries, or newer ones if negative.
    pub(super) fn scroll(&mut self, by: isize) {
        let last = self.entries.len().saturating_sub(1);
        self.hidden = self.hidden.saturating_add_signed(by).min(last);
    }

    /// The newest one that is shown first.
    pub(in crate::tui) fn backwards(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().skip(self.hidden)
    }

    /// How many newer ones are not shown.
    pub(in crate::tui) const fn hidden(&self) -> usize {
        self.hidden
    }
}

/// What is older is forgotten.
const KEPT: usize = 500;
