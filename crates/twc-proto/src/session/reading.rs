//! What one frame changes in what is known of its sender.

use std::time::Instant;

use super::{ForeignController, Peripheral};
use crate::Address;
use crate::message::{Message, Meter, PeripheralHeartbeat, PeripheralState, PlugState, Presence};

impl Peripheral {
    /// Takes a presence; tells whether the unit has restarted since the last one.
    pub(super) fn presence(&mut self, presence: Presence) -> bool {
        self.linked = false;
        self.hardware_max_ca = Some(presence.max_current_ca).filter(|max_ca| *max_ca > 0);
        let before = self.session.replace(presence.session);
        let restarted = before.is_some_and(|before| before != presence.session);
        if restarted {
            self.restarts = self.restarts.saturating_add(1);
            (self.version, self.serial, self.plug) = (None, None, None);
            (self.state, self.vehicle_state) = (None, None);
            (self.has_charged, self.contactors) = (false, None);
            (self.available_ca, self.delivered_ca) = (None, None);
            (self.initial_sent_ca, self.session_sent_ca) = (None, None);
            self.vin.forget();
        }
        restarted
    }

    pub(super) fn heartbeat(&mut self, heartbeat: PeripheralHeartbeat) {
        self.linked = true;
        self.state = Some(heartbeat.state);
        if heartbeat.state.tells_of_vehicle() {
            self.vehicle_state = Some(heartbeat.state);
        }
        self.available_ca = Some(heartbeat.current_available_ca);
        self.delivered_ca = Some(heartbeat.current_delivered_ca);
        if heartbeat.state == PeripheralState::Ready {
            // The vehicle left, or sleeps: what the plug said last may be half a minute old, and another may come.
            self.contactors = None;
        }
        self.follow_vehicle();
    }

    pub(super) fn take_plug(&mut self, plug: PlugState) {
        self.plug = Some(plug);
        self.follow_vehicle();
    }

    /// What is remembered of a vehicle counts until it is known to have left.
    fn follow_vehicle(&mut self) {
        if self.vehicle_present() == Some(false) {
            self.has_charged = false;
            self.contactors = None;
        } else if let Some(PeripheralState::Charging | PeripheralState::Starting) =
            self.vehicle_state
        {
            self.has_charged = true;
        }
    }

    /// Takes meter readings; tells whether they are the first that cannot be.
    pub(super) fn read_meter(&mut self, now: Instant, meter: Meter) -> bool {
        let jumped = match (self.meter, self.meter_at) {
            (Some(before), Some(at)) => {
                // The largest unit gives less than 1 kWh in 50 s.
                let most = now.saturating_duration_since(at).as_secs() / 50 + 2;
                let most = most.saturating_mul(u64::from(self.energy_divisor));
                let risen = meter.energy_raw.checked_sub(before.energy_raw);
                risen.is_none_or(|risen| u64::from(risen) > most)
            }
            _ => false,
        };
        let kwh = meter.energy_raw / self.energy_divisor;
        (self.meter, self.meter_at) = (Some(meter), Some(now));
        let was_doubtful = self.energy_doubtful;
        self.energy_doubtful |= jumped || kwh > MAX_KWH;
        self.energy_doubtful && !was_doubtful
    }
}

impl ForeignController {
    pub(super) const fn new(address: Address, now: Instant) -> Self {
        Self {
            address,
            last_seen: now,
            presence: None,
            meter: None,
            version: None,
            serial: None,
            is_plugged: None,
        }
    }

    pub(super) fn take(&mut self, now: Instant, message: &Message) {
        self.last_seen = now;
        match *message {
            Message::ControllerAnnounce(presence) | Message::ControllerDiscover(presence) => {
                self.presence = Some(presence);
            }
            Message::ControllerHeartbeat(heartbeat) => {
                self.is_plugged = Some(heartbeat.controller_plugged);
            }
            Message::Meter { meter, .. } => self.meter = Some(meter),
            Message::Version { version, .. } => self.version = Some(version),
            Message::Serial { serial, .. } => self.serial = Some(serial),
            _ => {}
        }
    }
}

/// More than a unit gives in its life.
const MAX_KWH: u32 = 1_000_000;
