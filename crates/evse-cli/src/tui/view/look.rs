//! Colours, of the terminal's own sixteen and never of the background, so that they suit dark and light ones; and none
//! where nobody wants colours. What they say, words say too.

use evse::State;
use ratatui::style::{Color, Modifier, Style};

/// Whether there are colours.
#[derive(Clone, Copy, Debug)]
pub(in crate::tui) struct Look {
    is_coloured: bool,
}

impl Look {
    pub(in crate::tui) const fn new(is_coloured: bool) -> Self {
        Self { is_coloured }
    }

    /// As `NO_COLOR` says.
    pub(in crate::tui) fn from_environment() -> Self {
        Self::new(std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
    }

    pub(super) const fn good(self) -> Style {
        self.coloured(Color::Green)
    }

    pub(super) const fn accent(self) -> Style {
        self.coloured(Color::Cyan)
    }

    pub(super) const fn waiting(self) -> Style {
        self.coloured(Color::Magenta)
    }

    pub(super) const fn bad(self) -> Style {
        self.coloured(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub(super) const fn state(self, state: State) -> Style {
        match state {
            State::Charging => self.good(),
            State::Fault | State::Unauthenticated => self.bad(),
            State::SuspendedByVehicle | State::SuspendedByCharger | State::Reserved => {
                self.waiting()
            }
            State::Offline => QUIET,
            _ => Style::new(),
        }
    }

    const fn coloured(self, color: Color) -> Style {
        if self.is_coloured {
            Style::new().fg(color)
        } else {
            Style::new()
        }
    }
}

/// Headings, also within lines that are quiet.
pub(super) const TITLE: Style = Style::new()
    .add_modifier(Modifier::BOLD)
    .remove_modifier(Modifier::DIM);
/// What is not looked at every time.
pub(super) const QUIET: Style = Style::new().add_modifier(Modifier::DIM);
/// The one that keys are for.
pub(super) const SELECTED: Style = Style::new().add_modifier(Modifier::REVERSED);
