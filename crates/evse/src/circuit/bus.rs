//! A bus of Tesla Gen2 units as one member.

use std::time::Duration;

use twc_director::Director;
use twc_director::proto::session::{Controller, Peripheral, Share, State, Why};

use super::reading::{BusControl, BusReading};
use crate::error::Error;
use crate::fleet::Fleet;

impl BusReading {
    /// Of a controller, at this moment.
    pub fn of(controller: &Controller) -> Self {
        let control = match controller.state() {
            State::Running => BusControl::Ours,
            State::ListenOnly(_) => BusControl::Foreign,
            _ => BusControl::Nobody,
        };
        let mut reading = Self {
            is_open: controller.is_port_open(),
            control,
            limit_a: controller.limit_a(),
            committed_a: u16::try_from(controller.committed_a()).unwrap_or(u16::MAX),
            ..Self::default()
        };
        for unit in controller.peripherals() {
            reading.add(unit);
        }
        reading
    }

    fn add(&mut self, unit: &Peripheral) {
        let delivered_ca = u32::from(unit.delivered_ca.unwrap_or(0));
        self.delivered_ma = self.delivered_ma.saturating_add(delivered_ca * 10);
        if unit.available_ca > Some(0) {
            self.floor_a = self.floor_a.saturating_add(unit.floor_a());
        }
        if let Some(share) = unit.share {
            self.cap_a = self.cap_a.saturating_add(share.cap_a);
            self.wanted_a = self.wanted_a.saturating_add(wanted_a(&share));
        }
    }
}

/// What a unit's vehicle would take.
fn wanted_a(share: &Share) -> u16 {
    match share.why {
        Why::Wish | Why::Floor | Why::Cap | Why::Demand => share.target_a.unwrap_or(0),
        Why::Share | Why::Waiting | Why::Withdrawn | Why::Astray => {
            let asked_a = share.session_asked_a.or(share.initial_asked_a);
            asked_a.map_or(share.cap_a, |asked_a| asked_a.min(share.cap_a))
        }
        _ => 0,
    }
}

/// A bus whose budget is ours.
pub(super) struct Bus {
    pub(super) place: usize,
    port: String,
    director: Option<Director>,
    budget_a: Option<u16>,
}

impl Bus {
    pub(super) fn new(place: usize, port: &str) -> Self {
        Self {
            place,
            port: port.to_owned(),
            director: None,
            budget_a: None,
        }
    }

    /// How to open it, if it is not open.
    pub(super) fn opening(
        &mut self,
        fleet: &Fleet,
    ) -> Option<impl Future<Output = (usize, Result<Director, Error>)> + Send + use<>> {
        self.director = self.director.take().filter(Director::is_running);
        if self.director.is_some() {
            return None;
        }
        let (place, port) = (self.place, self.port.clone());
        let connector = fleet.connector().clone();
        Some(async move { (place, connector.director(&port).await) })
    }

    pub(super) fn opened(&mut self, director: Director) {
        self.director = Some(director);
    }

    /// What was for it before its port was closed may be others' by now: it begins with nothing then.
    pub(super) fn reading(&mut self) -> BusReading {
        let director = self.director.as_ref();
        let running = director.filter(|director| director.is_running());
        let reading = running.map_or_else(BusReading::default, |director| {
            director.read(BusReading::of)
        });
        if !reading.is_open {
            self.budget_a = self.budget_a.map(|_| 0);
        }
        reading
    }

    pub(super) fn set_budget(&mut self, budget_a: u16) {
        self.budget_a = Some(budget_a);
    }

    /// Stands by the budget for a while longer. Without that the bus goes down to its safe limit by itself.
    pub(super) fn renew(&self) {
        if let (Some(director), Some(budget_a)) = (&self.director, self.budget_a) {
            director.set_budget(Some((budget_a, STANDS)));
        }
    }
}

/// How long a bus counts on a budget. Source: ours; ten rounds of the task that renews it.
const STANDS: Duration = Duration::from_secs(10);
