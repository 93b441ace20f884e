//! What is known of the units on the bus.

use std::time::Instant;

use evse_sharing::Why;

use super::vin::VinParts;
use crate::Address;
use crate::message::{
    FirmwareVersion, Meter, PeripheralState, PlugState, Presence, ProtocolVersion, SerialNumber,
    Vin,
};

/// What is known of a unit that answers a controller. What was not heard is `None`, never 0.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with one another"
)]
pub struct Peripheral {
    /// Its id on the bus.
    pub address: Address,
    /// Where it stands.
    pub life: LifeCycle,
    /// When it was last heard.
    pub last_seen: Instant,
    /// The number that it drew at its last start.
    pub session: Option<u8>,
    /// How often it restarted while it was watched.
    pub restarts: u32,
    /// From the length of its presence; until one is heard, from that of its heartbeat.
    pub protocol: Option<ProtocolVersion>,
    /// The most that its hardware can give, 0.01 A.
    pub hardware_max_ca: Option<u16>,
    /// Its firmware.
    pub version: Option<FirmwareVersion>,
    /// Its serial number.
    pub serial: Option<SerialNumber>,
    /// What it last said it does.
    pub state: Option<PeripheralState>,
    /// The last state that tells something of the vehicle: not 05, 06, 07, 09 and 0A.
    pub vehicle_state: Option<PeripheralState>,
    /// The limit that it has accepted, 0.01 A; 0 when it has none or asks for one.
    pub available_ca: Option<u16>,
    /// What the vehicle draws, 0.01 A.
    pub delivered_ca: Option<u16>,
    /// Whether a cable is in a vehicle, if the firmware can tell.
    pub plug: Option<PlugState>,
    /// The last meter readings.
    pub meter: Option<Meter>,
    /// When they came.
    pub meter_at: Option<Instant>,
    /// Whether the energy meter has shown something that cannot be: its counts may not be kWh.
    pub energy_doubtful: bool,
    /// How many counts of the energy meter are 1 kWh, as configured.
    pub energy_divisor: u32,
    /// The last limit that a controller told it for the start of a session (action 05), 0.01 A.
    pub initial_sent_ca: Option<u16>,
    /// The last limit that a controller told it for the running session (actions 08 and 09), 0.01 A.
    pub session_sent_ca: Option<u16>,
    /// A vehicle has charged since it was plugged in.
    pub has_charged: bool,
    /// Its part of the limit of this controller; `None` while another one runs the bus.
    pub share: Option<Share>,
    /// The last command to its contactors that came from this controller, until the vehicle of then leaves or the unit is
    /// idle.
    pub contactors: Option<Contactors>,
    pub(super) vin: VinParts,
    pub(super) announced: bool,
    /// It has a controller: it answers heartbeats, and has not told its presence since.
    pub(super) linked: bool,
}

/// Where a peripheral stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LifeCycle {
    /// It told its presence and has no controller.
    Seen,
    /// It answers heartbeats.
    Linked,
    /// And its version and serial number are known.
    Initialised,
    /// Nothing for 5 s.
    Stale,
    /// Nothing for 26 s.
    Lost,
}

/// What a unit may draw, by the rule of `evse-sharing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// What a person asked for the running session, A.
    pub session_asked_a: Option<u16>,
    /// What a person asked for the start of sessions, A.
    pub initial_asked_a: Option<u16>,
    /// The least of wiring, hardware and what a person allows, A.
    pub cap_a: u16,
    /// What it was told last, A; `None` while it has no limit from this controller.
    pub granted_a: Option<u16>,
    /// Whether it reports just that.
    pub accepted: bool,
    /// What it shall have, A; it is told as soon as the others have given way. `None`: nothing.
    pub target_a: Option<u16>,
    /// Why it is that much.
    pub why: Why,
}

/// A command to the contactors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contactors {
    /// Whether they were told to open, else to close.
    pub open: bool,
    /// When.
    pub at: Instant,
    /// Whether the unit confirmed it.
    pub acknowledged: bool,
}

impl Peripheral {
    pub(super) fn new(address: Address, now: Instant, energy_divisor: u32) -> Self {
        Self {
            address,
            life: LifeCycle::Seen,
            last_seen: now,
            session: None,
            restarts: 0,
            protocol: None,
            hardware_max_ca: None,
            version: None,
            serial: None,
            state: None,
            vehicle_state: None,
            available_ca: None,
            delivered_ca: None,
            plug: None,
            meter: None,
            meter_at: None,
            energy_doubtful: false,
            energy_divisor: energy_divisor.max(1),
            initial_sent_ca: None,
            session_sent_ca: None,
            has_charged: false,
            share: None,
            contactors: None,
            vin: VinParts::default(),
            announced: false,
            linked: false,
        }
    }

    /// The VIN of the vehicle, when all parts of it are known. It stays while the unit is lost: see
    /// [`Self::is_stale`].
    pub fn vin(&self) -> Option<Vin> {
        self.vin.whole()
    }

    /// Whether a vehicle that tells its VIN is plugged in; vehicles of other makers never do.
    pub fn car_connected(&self) -> bool {
        self.vin.is_connected()
    }

    /// Whether a vehicle is plugged in: by the plug state if the unit tells it, else by a state that a unit without a
    /// vehicle does not have, or by a current above 1 A, else by a VIN. `None` before the first heartbeat.
    pub fn vehicle_present(&self) -> Option<bool> {
        if let Some(plug @ (PlugState::Unplugged | PlugState::Charging | PlugState::Plugged)) =
            self.plug
        {
            return Some(plug != PlugState::Unplugged);
        }
        let state = self.vehicle_state?;
        let by_state = matches!(
            state,
            PeripheralState::Charging
                | PeripheralState::PluggedNotCharging
                | PeripheralState::PluggedReady
                | PeripheralState::Starting
        );
        Some(by_state || self.delivered_ca > Some(100) || self.car_connected())
    }

    /// Whether a vehicle charges, as far as the unit tells.
    pub fn is_charging(&self) -> bool {
        self.vehicle_state == Some(PeripheralState::Charging)
    }

    /// Whether this controller opened its contactors, so that nothing is offered to it: see [`Self::contactors`].
    pub fn has_opened_contactors(&self) -> bool {
        self.contactors.is_some_and(|command| command.open)
    }

    /// Whether nothing was heard for 5 s: then all readings are old.
    pub const fn is_stale(&self) -> bool {
        matches!(self.life, LifeCycle::Stale | LifeCycle::Lost)
    }

    /// Energy of all time, Wh, by the configured divisor. Doubtful when [`Self::energy_doubtful`].
    pub fn energy_wh(&self) -> Option<u64> {
        self.meter
            .map(|meter| u64::from(meter.energy_raw) * 1_000 / u64::from(self.energy_divisor))
    }

    /// The smallest limit that works, A: 5 with protocol version 1, else 6. Source: several implementations.
    pub fn floor_a(&self) -> u16 {
        if self.protocol == Some(ProtocolVersion::V1) {
            5
        } else {
            6
        }
    }
}

/// What is known of another controller on the bus.
#[derive(Clone, Copy, Debug)]
pub struct ForeignController {
    /// Its id.
    pub address: Address,
    /// When it was last heard.
    pub last_seen: Instant,
    /// How it announced itself.
    pub presence: Option<Presence>,
    /// Its own meter.
    pub meter: Option<Meter>,
    /// Its firmware.
    pub version: Option<FirmwareVersion>,
    /// Its serial number.
    pub serial: Option<SerialNumber>,
    /// Whether a vehicle is plugged into it, as it tells the peripherals.
    pub is_plugged: Option<bool>,
}
