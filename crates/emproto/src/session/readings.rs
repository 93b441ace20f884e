//! What a session knows, to be read from outside.

use std::net::SocketAddrV4;
use std::string::{String, ToString};
use std::time::{Duration, Instant};

use super::{Capabilities, ClockReading, Configuration, CurrentCharge, Info, LiveLimit, Session};
use crate::message::{ChargerState, Faults, OutputState, PlugState, Status};
use crate::{Pin, Serial};

/// A status and when it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The last status, pushed or asked for.
    pub status: Status,
    /// When it came.
    pub at: Instant,
}

/// How a session stands with its charger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionState {
    /// Never heard.
    Unknown,
    /// Nothing heard for [`Config::offline_after`](super::Config::offline_after).
    Offline,
    /// Heard, not logged in.
    Seen,
    /// A login is on its way.
    LoggingIn,
    /// The charger pushes to this client.
    Registered,
    /// The PIN was refused or the login not answered; what comes is still read.
    Passive,
}

/// One word for it all, as emproto has it. The first that fits counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MetaState {
    /// Not heard for a while.
    Offline,
    /// Not registered.
    NotLoggedIn,
    /// A fault.
    Error,
    /// Power is on.
    Charging,
    /// A vehicle is plugged in.
    PluggedIn,
    /// Nothing plugged in, or no status yet.
    Idle,
}

impl Session {
    /// Its serial number.
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// Where it was last.
    pub const fn address(&self) -> Option<SocketAddrV4> {
        self.address
    }

    /// What it is.
    pub const fn info(&self) -> &Info {
        &self.info
    }

    /// Its settings, as far as known.
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// When the charger last told its output current, in this run.
    pub const fn output_current_at(&self) -> Option<Instant> {
        self.output_current_at
    }

    /// When all settings were last read, Unix seconds.
    pub const fn last_configuration_unix_s(&self) -> Option<i64> {
        self.configuration_unix_s
    }

    /// The last status.
    pub const fn status(&self) -> Option<&StatusReport> {
        self.status.as_ref()
    }

    /// The session that runs or is planned, else the last one.
    pub fn charge(&self) -> Option<&CurrentCharge> {
        self.charge.as_deref()
    }

    /// What the model can do.
    pub fn capabilities(&self) -> Capabilities {
        self.info.capabilities(self.live_limit)
    }

    /// What was found out about currents during a charge, and is worth keeping.
    pub const fn known_live_limit(&self) -> Option<LiveLimit> {
        self.live_limit
    }

    /// How the session stands.
    pub fn state(&self) -> SessionState {
        if self.link.is_logging_in() {
            SessionState::LoggingIn
        } else if self.last_seen.is_none() {
            SessionState::Unknown
        } else if !self.online {
            SessionState::Offline
        } else if self.link.is_registered() {
            SessionState::Registered
        } else if self.authorised == Some(false) || self.link.gave_up() {
            SessionState::Passive
        } else {
            SessionState::Seen
        }
    }

    /// Whether anything was heard within [`Config::offline_after`](super::Config::offline_after).
    pub const fn is_online(&self) -> bool {
        self.online
    }

    /// Whether the charger pushes to this client.
    pub const fn is_registered(&self) -> bool {
        self.link.is_registered()
    }

    /// Whether the charger takes the PIN; `None` until it was tried.
    pub const fn is_authorised(&self) -> Option<bool> {
        self.authorised
    }

    /// One word for it all, as emproto has it.
    pub fn meta_state(&self) -> MetaState {
        if !self.online {
            return MetaState::Offline;
        }
        if !self.link.is_registered() {
            return MetaState::NotLoggedIn;
        }
        match self.status.as_ref().map(|report| &report.status) {
            Some(status) if !status.faults.is_empty() => MetaState::Error,
            Some(status) if status.output == OutputState::On => MetaState::Charging,
            Some(status) if status.plug != PlugState::Disconnected => MetaState::PluggedIn,
            Some(_) | None => MetaState::Idle,
        }
    }

    /// The name, else brand and model, else the whole serial number.
    pub fn label(&self) -> String {
        let name = self.configuration.name.as_deref().unwrap_or_default();
        let model = [self.info.brand.as_str(), self.info.model.as_str()];
        let model = model.join(" ");
        match (name, model.trim()) {
            ("", "") => self.serial.to_string(),
            ("", model) => model.into(),
            (name, _) => name.into(),
        }
    }

    /// When anything was last heard in this run.
    pub const fn last_seen(&self) -> Option<Instant> {
        self.last_seen
    }

    /// When anything was last heard, Unix seconds; also from an earlier run.
    pub const fn last_seen_unix_s(&self) -> Option<i64> {
        self.last_seen_unix_s
    }

    /// Whether a PIN is known. It is kept once the charger took it, or when it was loaded.
    pub const fn has_pin(&self) -> bool {
        self.pin.is_some()
    }

    /// The known PIN, to be saved. Keep it out of logs.
    pub const fn pin(&self) -> Option<Pin> {
        self.pin
    }

    /// Whether this is the known PIN.
    pub fn check_pin(&self, pin: &Pin) -> bool {
        self.pin.as_ref() == Some(pin)
    }

    /// The charger's clock, as last read.
    pub const fn clock(&self) -> Option<ClockReading> {
        self.clock.reading
    }

    /// 1 or 3: by the kind of charger, else by what its status shows.
    pub fn phases(&self) -> Option<u8> {
        let measured = || {
            let status = &self.status.as_ref()?.status;
            let others = status.l2_l3?;
            let is_live = |phase: &crate::message::Phase| {
                phase
                    .voltage_decivolts
                    .get()
                    .is_some_and(|voltage| voltage > 0)
            };
            others.iter().any(is_live).then_some(3)
        };
        self.info.phases.or_else(measured)
    }

    /// Phases with a voltage, from 0 to 3.
    pub fn active_phases(&self) -> Option<usize> {
        let status = &self.status.as_ref()?.status;
        let live = status.phases().filter(|phase| {
            phase
                .voltage_decivolts
                .get()
                .is_some_and(|voltage| voltage > 0)
        });
        Some(live.count())
    }

    /// The larger of the reported power and the sum over the phases, W.
    pub fn total_power_w(&self) -> Option<u32> {
        self.status.as_ref()?.status.total_power_w()
    }

    /// Whether a vehicle is plugged in.
    pub fn is_vehicle_connected(&self) -> Option<bool> {
        Some(self.status.as_ref()?.status.plug.is_connected())
    }

    /// Whether power is on.
    pub fn is_charging(&self) -> Option<bool> {
        Some(self.status.as_ref()?.status.output == OutputState::On)
    }

    /// Whether a session runs; its vehicle may still hold back.
    pub fn is_session_open(&self) -> Option<bool> {
        self.status.as_ref().map(|report| is_open(&report.status))
    }

    /// All faults.
    pub fn faults(&self) -> Option<Faults> {
        Some(self.status.as_ref()?.status.faults)
    }

    /// The status, if it is young enough to act on.
    pub(super) fn fresh_status(&self, now: Instant) -> Option<&Status> {
        let report = self.status.as_ref().filter(|_| !self.stopped_since)?;
        (now.saturating_duration_since(report.at) <= FRESH).then_some(&report.status)
    }
}

/// Whether a session runs.
pub(super) fn is_open(status: &Status) -> bool {
    status.output == OutputState::On || status.current_state() == ChargerState::Charging
}

/// Older readings are not acted on.
const FRESH: Duration = Duration::from_secs(35);
