//! Which chargers are shown, in what order, and which one is selected.

use std::cmp::Reverse;

use evse::{Snapshot, State};

use super::{App, Charger};

/// By what chargers are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Sort {
    /// As in the configuration.
    Configured,
    Name,
    /// Those first that someone may have to look after, those that are offline last.
    State,
    /// The highest first.
    Power,
    /// That of the session, the highest first.
    Energy,
}

impl Sort {
    /// The one after it, and after the last the first.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Configured => Self::Name,
            Self::Name => Self::State,
            Self::State => Self::Power,
            Self::Power => Self::Energy,
            Self::Energy => Self::Configured,
        }
    }
}

impl App {
    /// The chargers that are shown, in order.
    pub(in crate::tui) fn visible(&self) -> Vec<&Charger> {
        let filter = self.filter.to_lowercase();
        let shown = self.chargers.iter();
        let mut shown: Vec<&Charger> = shown
            .filter(|charger| describes(&charger.now, &filter))
            .collect();
        match self.sort {
            Sort::Configured => {}
            Sort::Name => shown.sort_by_key(|charger| charger.now.name.to_lowercase()),
            Sort::State => shown.sort_by_key(|charger| urgency(charger.now.state)),
            Sort::Power => shown.sort_by_key(|charger| Reverse(charger.now.telemetry.power)),
            Sort::Energy => {
                shown.sort_by_key(|charger| Reverse(charger.now.telemetry.session_energy));
            }
        }
        shown
    }

    /// The one that keys are for.
    pub(in crate::tui) fn selected(&self) -> Option<&Charger> {
        let visible = self.visible();
        let mut visible = visible.into_iter();
        visible.find(|charger| self.selected.as_deref() == Some(&charger.now.name))
    }

    /// All chargers, shown or not.
    pub(in crate::tui) fn chargers(&self) -> &[Charger] {
        &self.chargers
    }

    /// Selects one that is shown, if none is selected.
    pub(super) fn settle(&mut self) {
        if self.selected().is_none() {
            let visible = self.visible();
            self.selected = visible.first().map(|charger| charger.now.name.clone());
        }
    }

    /// Selects one further up or down.
    pub(super) fn step(&mut self, step: isize) {
        let visible = self.visible();
        let mut places = visible.iter();
        let place = places.position(|charger| self.selected.as_deref() == Some(&charger.now.name));
        let place = place
            .unwrap_or_default()
            .saturating_add_signed(step)
            .min(visible.len().saturating_sub(1));
        self.selected = visible.get(place).map(|charger| charger.now.name.clone());
    }
}

/// Whether this text, in lower case, is part of what a charger is called. What it does is no matter: a key must not find
/// another charger selected because the state of one has changed.
fn describes(now: &Snapshot, filter: &str) -> bool {
    let address = now.address.as_ref().map(ToString::to_string);
    let texts = [Some(&now.name), address.as_ref(), now.device.brand.as_ref()];
    let mut texts = texts.into_iter().chain([now.device.model.as_ref()]);
    filter.is_empty()
        || texts.any(|text| text.is_some_and(|text| text.to_lowercase().contains(filter)))
}

const fn urgency(state: State) -> u8 {
    match state {
        State::Fault => 0,
        State::Unauthenticated => 1,
        State::Charging => 2,
        State::SuspendedByCharger | State::SuspendedByVehicle => 3,
        State::Offline => 5,
        _ => 4,
    }
}
