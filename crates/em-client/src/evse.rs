//! The handle of one charger: what is known about it.

use std::{
    fmt,
    net::SocketAddrV4,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use emproto::{
    Pin, Serial,
    session::{
        Capabilities, Configuration, CurrentCharge, Info, MetaState, Session, SessionState,
        StatusReport,
    },
};

use futures_core::Stream;
use futures_util::{StreamExt, future::ready};

use crate::{
    Event,
    communicator::Inner,
    summary::{self, Safety},
};

/// One charger on the socket of a [`Communicator`](crate::Communicator).
///
/// A handle is cheap to clone, and keeps the socket open as the communicator does. After the charger was removed, values
/// are absent and commands fail; when it is heard again, the handle works again.
#[derive(Clone)]
pub struct Evse {
    pub(crate) inner: Arc<Inner>,
    pub(crate) serial: Serial,
}

/// What is known, at this moment.
impl Evse {
    pub(crate) const fn new(inner: Arc<Inner>, serial: Serial) -> Self {
        Self { inner, serial }
    }

    /// Its serial number. Personal: keep it out of logs.
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// Reads several values of the same moment; `None` when the charger was removed. Keep it short, the socket waits
    /// meanwhile, and use no handle in it, that would wait for ever.
    pub fn read<T>(&self, read: impl FnOnce(&Session) -> T) -> Option<T> {
        self.inner.shared.read(self.serial, read)
    }

    /// Where it was last.
    pub fn address(&self) -> Option<SocketAddrV4> {
        self.read(Session::address)?
    }

    /// What it is: brand, model, versions, ratings.
    pub fn info(&self) -> Info {
        self.read(|session| session.info().clone())
            .unwrap_or_default()
    }

    /// Its settings, as far as it told them; see [`fetch_config`](Self::fetch_config).
    pub fn config(&self) -> Configuration {
        self.read(|session| session.configuration().clone())
            .unwrap_or_default()
    }

    /// Its last readings and states, and when they came; pushed while logged in.
    pub fn state(&self) -> Option<StatusReport> {
        self.read(|session| session.status().cloned())?
    }

    /// One word for it all, as emproto has it.
    pub fn meta_state(&self) -> MetaState {
        self.read(Session::meta_state).unwrap_or(MetaState::Offline)
    }

    /// How this client stands with it.
    pub fn session_state(&self) -> SessionState {
        self.read(Session::state).unwrap_or(SessionState::Unknown)
    }

    /// The charge that runs or is planned, else the last one.
    pub fn current_charge(&self) -> Option<CurrentCharge> {
        self.read(|session| session.charge().cloned())?
    }

    /// Its name, else brand and model, else its serial number.
    pub fn label(&self) -> String {
        self.read(Session::label)
            .unwrap_or_else(|| self.serial.to_string())
    }

    /// When anything was last heard from it, also in an earlier run.
    pub fn last_seen(&self) -> Option<SystemTime> {
        let unix_s = self.read(Session::last_seen_unix_s)??;
        UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(unix_s).ok()?))
    }

    /// Whether a PIN is known. It is kept once the charger took it, or when it was loaded.
    pub fn has_password(&self) -> bool {
        self.read(Session::has_pin).unwrap_or_default()
    }

    /// Whether this is the known PIN.
    pub fn check_password(&self, pin: &Pin) -> bool {
        self.read(|session| session.check_pin(pin))
            .unwrap_or_default()
    }

    /// Whether it was heard lately.
    pub fn is_online(&self) -> bool {
        self.read(Session::is_online).unwrap_or_default()
    }

    /// Whether it pushes to this client. Commands work without, as long as it takes the PIN.
    pub fn is_logged_in(&self) -> bool {
        self.read(Session::is_registered).unwrap_or_default()
    }

    /// Whether it takes the PIN; `None` until that was tried.
    pub fn is_authorised(&self) -> Option<bool> {
        self.read(Session::is_authorised)?
    }

    /// What the model can do.
    pub fn capabilities(&self) -> Option<Capabilities> {
        self.read(Session::capabilities)
    }

    /// Whether a vehicle is plugged in.
    pub fn is_vehicle_connected(&self) -> Option<bool> {
        self.read(Session::is_vehicle_connected)?
    }

    /// Whether power is on.
    pub fn is_charging(&self) -> Option<bool> {
        self.read(Session::is_charging)?
    }

    /// Whether a charge was started; its vehicle may still hold back.
    pub fn is_session_open(&self) -> Option<bool> {
        self.read(Session::is_session_open)?
    }

    /// 1 or 3.
    pub fn phases(&self) -> Option<u8> {
        self.read(Session::phases)?
    }

    /// Power over all phases, W.
    pub fn total_power_w(&self) -> Option<u32> {
        self.read(Session::total_power_w)?
    }

    /// Whether its emergency stop is active.
    pub fn safety(&self) -> Option<Safety> {
        self.status(summary::safety)
    }

    /// Charger and plug in words, such as `charging, locked`.
    pub fn state_summary(&self) -> Option<String> {
        self.status(summary::state)
    }

    /// Voltage and current of each phase, such as `L1 230.1 V 15.98 A, L2 229.8 V 16.01 A`.
    pub fn phase_summary(&self) -> Option<String> {
        self.read(|session| {
            let status = &session.status()?.status;
            Some(summary::phases(status, session.phases()))
        })?
    }

    /// Current, duration and energy to which the current charge is limited, such as `16 A, 90 min, 10.00 kWh`.
    pub fn charge_limits(&self) -> Option<String> {
        self.read(|session| {
            session
                .charge()
                .map(|charge| summary::limits(&charge.report))
        })?
    }

    /// What happens at this charger, from now on; as [`Communicator::events`](crate::Communicator::events), without what
    /// concerns other chargers or none.
    pub fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        let serial = self.serial;
        self.inner.shared.events().filter(move |event| {
            ready(event.serial() == Some(serial) || matches!(event, Event::Missed { .. }))
        })
    }

    /// How old the last readings are.
    pub fn state_age(&self) -> Option<Duration> {
        let at = self.read(|session| session.status().map(|report| report.at))??;
        Some(Instant::now().saturating_duration_since(at))
    }

    fn status<T>(&self, of: impl FnOnce(&emproto::message::Status) -> T) -> Option<T> {
        self.read(|session| session.status().map(|report| of(&report.status)))?
    }
}

impl fmt::Debug for Evse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Evse").field(&self.serial).finish()
    }
}

/// Two handles of one charger are equal.
impl PartialEq for Evse {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial && Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Evse {}
