//! When each charger's session wants to be woken.

use std::collections::BTreeSet;
use std::time::Instant;
use std::vec::Vec;

/// Wake-up times by slot.
///
/// Sessions push most of their timers away with every datagram. That is not followed here: a session is woken at the
/// earlier time, finds nothing to do and names the later one. So a datagram costs nothing here most of the time.
#[derive(Debug, Default)]
pub(super) struct Queue {
    order: BTreeSet<(Instant, usize)>,
    by_slot: Vec<Option<Instant>>,
}

impl Queue {
    /// A slot wants to be woken.
    pub(super) fn want(&mut self, slot: usize, due: Option<Instant>) {
        let Some(due) = due else { return };
        if self.by_slot.len() <= slot {
            self.by_slot.resize(slot + 1, None);
        }
        let Some(place) = self.by_slot.get_mut(slot) else {
            return;
        };
        if place.is_some_and(|known| known <= due) {
            return;
        }
        if let Some(known) = place.replace(due) {
            self.order.remove(&(known, slot));
        }
        self.order.insert((due, slot));
    }

    /// A slot is empty.
    pub(super) fn forget(&mut self, slot: usize) {
        let known = self.by_slot.get_mut(slot).and_then(Option::take);
        if let Some(known) = known {
            self.order.remove(&(known, slot));
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.order.first().map(|(due, _)| *due)
    }

    /// The slots that are due, each once.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<usize> {
        let mut due = Vec::new();
        while let Some((at, slot)) = self.order.first().copied().filter(|(at, _)| *at <= now) {
            self.order.remove(&(at, slot));
            if let Some(place) = self.by_slot.get_mut(slot) {
                *place = None;
            }
            due.push(slot);
        }
        due
    }
}
