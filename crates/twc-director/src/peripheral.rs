//! The handle of one unit: what is known about it.

use std::{
    fmt,
    future::ready,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_core::Stream;
use futures_util::StreamExt;
use twc_proto::{
    Address,
    message::{FirmwareVersion, Meter, PeripheralState, SerialNumber, Vin},
    session::{self, LifeCycle, Share},
};

use crate::{Event, Port, director::Inner};

/// One unit on the bus of a [`Director`](crate::Director).
///
/// A handle is cheap to clone, and keeps the port open as the director does. What was not heard is `None`.
#[derive(Clone)]
pub struct Peripheral {
    pub(crate) inner: Arc<Inner>,
    pub(crate) address: Address,
}

/// What is known, at this moment.
impl Peripheral {
    pub(crate) const fn new(inner: Arc<Inner>, address: Address) -> Self {
        Self { inner, address }
    }

    /// Its id on the bus.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The port of its bus.
    pub fn port(&self) -> &Port {
        &self.inner.port
    }

    /// Whether that port is open; while it is not, nothing is known of any unit.
    pub fn is_port_open(&self) -> bool {
        let core = self.inner.shared.lock();
        core.is_running() && core.controller.is_port_open()
    }

    /// What happens at this unit, from now on; as [`Director::events`](crate::Director::events), without what concerns
    /// other units only.
    pub fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        let address = self.address;
        self.inner.events().filter(move |event| {
            ready(match event {
                Event::Bus(event) => event.unit().is_none_or(|unit| unit == address),
                Event::PortClosed { .. } | Event::PortOpened | Event::Missed { .. } => true,
            })
        })
    }

    /// Reads several values of the same moment; `None` when the unit has been forgotten, as it is when it takes another id.
    /// Keep it short, the bus waits meanwhile, and use no handle in it, that would wait for ever.
    pub fn read<T>(&self, read: impl FnOnce(&session::Peripheral) -> T) -> Option<T> {
        self.inner.shared.read(self.address, read)
    }

    /// Where it stands.
    pub fn life(&self) -> Option<LifeCycle> {
        self.read(|unit| unit.life)
    }

    /// How long ago it was last heard.
    pub fn silent_for(&self) -> Option<Duration> {
        self.read(|unit| Instant::now().saturating_duration_since(unit.last_seen))
    }

    /// Its serial number. Personal: keep it out of logs.
    pub fn serial(&self) -> Option<SerialNumber> {
        self.read(|unit| unit.serial)?
    }

    /// Its firmware.
    pub fn version(&self) -> Option<FirmwareVersion> {
        self.read(|unit| unit.version)?
    }

    /// The VIN of the vehicle, when all parts of it are known. Personal: keep it out of logs.
    pub fn vin(&self) -> Option<Vin> {
        self.read(session::Peripheral::vin)?
    }

    /// Whether a vehicle that tells its VIN is plugged in; vehicles of other makers never do, see
    /// [`is_vehicle_present`](Self::is_vehicle_present).
    pub fn is_car_connected(&self) -> bool {
        self.read(session::Peripheral::car_connected)
            .unwrap_or_default()
    }

    /// Whether a vehicle of any make is plugged in, as far as the unit tells.
    pub fn is_vehicle_present(&self) -> Option<bool> {
        self.read(session::Peripheral::vehicle_present)?
    }

    /// The last meter readings.
    pub fn meter(&self) -> Option<Meter> {
        self.read(|unit| unit.meter)?
    }

    /// Energy of all time, Wh.
    pub fn energy_wh(&self) -> Option<u64> {
        self.read(session::Peripheral::energy_wh)?
    }

    /// What it last said it does.
    pub fn state(&self) -> Option<PeripheralState> {
        self.read(|unit| unit.state)?
    }

    /// The last state that tells something of the vehicle: not 05, 06, 07, 09 and 0A.
    pub fn last_vehicle_state(&self) -> Option<PeripheralState> {
        self.read(|unit| unit.vehicle_state)?
    }

    /// The limit that it has accepted, 0.01 A; 0 when it has none or asks for one.
    pub fn current_available_ca(&self) -> Option<u16> {
        self.read(|unit| unit.available_ca)?
    }

    /// What the vehicle draws, 0.01 A.
    pub fn current_delivered_ca(&self) -> Option<u16> {
        self.read(|unit| unit.delivered_ca)?
    }

    /// The last limit that a controller told it for the start of sessions, 0.01 A.
    pub fn default_current_ca(&self) -> Option<u16> {
        self.read(|unit| unit.initial_sent_ca)?
    }

    /// The most that its hardware can give, 0.01 A. Its wiring may carry less.
    pub fn maximum_current_ca(&self) -> Option<u16> {
        self.read(|unit| unit.hardware_max_ca)?
    }

    /// Its part of the limit of this controller; `None` while another one runs the bus.
    pub fn share(&self) -> Option<Share> {
        self.read(|unit| unit.share)?
    }

    /// How often it restarted while it was watched.
    pub fn restart_count(&self) -> u32 {
        self.read(|unit| unit.restarts).unwrap_or_default()
    }
}

impl fmt::Debug for Peripheral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Peripheral").field(&self.address).finish()
    }
}

/// Two handles of one unit are equal.
impl PartialEq for Peripheral {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address && Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Peripheral {}
