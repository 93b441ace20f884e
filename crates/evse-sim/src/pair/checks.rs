//! Built-in invariants: every request ends exactly once, and nothing is reported as done that is not so.
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use duosida_proto::config::Setting;
use duosida_proto::message::ChargePointStatus;
use duosida_proto::session::{Command, CommandError, Completion, RequestId};

use crate::duosida::{Device, Event};

/// Open requests, the device's past states, and what was found.
#[derive(Debug)]
pub(super) struct Checks {
    open: BTreeMap<RequestId, (Instant, Command)>,
    /// States with the time they began; the first one began before any request that is still open.
    states: VecDeque<(Instant, ChargePointStatus)>,
    problems: Vec<String>,
    stuck: bool,
}

impl Checks {
    pub(super) fn new(start: Instant) -> Self {
        Self {
            open: BTreeMap::new(),
            states: VecDeque::from([(start, ChargePointStatus::Available)]),
            problems: Vec::new(),
            stuck: false,
        }
    }

    pub(super) fn unfinished(&self) -> usize {
        self.open.len()
    }

    pub(super) fn problems(&self) -> &[String] {
        &self.problems
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.stuck
    }

    pub(super) fn stuck(&mut self, at: Duration) {
        self.stuck = true;
        self.problem(at, "the two ends keep each other busy without time passing");
    }

    pub(super) fn problem(&mut self, at: Duration, text: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems
                .push(format!("at {:.3} s: {text}", at.as_secs_f64()));
        }
    }

    pub(super) fn asked(&mut self, now: Instant, id: RequestId, command: Command) {
        self.open.insert(id, (now, command));
    }

    pub(super) fn device_event(&mut self, now: Instant, event: &Event) {
        if let Event::Status(status) = event {
            if self.states.len() == MAX_STATES {
                self.states.pop_front();
            }
            self.states.push_back((now, *status));
        }
    }

    pub(super) fn done(
        &mut self,
        now: Instant,
        at: Duration,
        id: RequestId,
        result: &Result<Completion, CommandError>,
        device: &Device,
    ) {
        let Some((asked, command)) = self.open.remove(&id) else {
            self.problem(at, &format!("{id:?} ended without being open"));
            return;
        };
        if *result == Ok(Completion::Verified) && !self.holds(&command, asked.min(now), device) {
            self.problem(
                at,
                &format!("{command:?} was reported as verified, but the charger differs"),
            );
        }
    }

    /// Whether the device is, or since the request was, what a verified result says.
    fn holds(&self, command: &Command, since: Instant, device: &Device) -> bool {
        use ChargePointStatus::{Charging, SuspendedEv, SuspendedEvse};
        match command {
            Command::Start { .. } => self.was(since, |state| {
                matches!(state, Charging | SuspendedEv | SuspendedEvse)
            }),
            Command::Stop { .. } => self.was(since, |state| state != Charging),
            Command::Set(setting) => is_stored(setting, device),
            _ => true,
        }
    }

    fn was(&self, since: Instant, wanted: impl Fn(ChargePointStatus) -> bool) -> bool {
        let before = self.states.iter().rev().find(|(began, _)| *began <= since);
        let after = self.states.iter().filter(|(began, _)| *began > since);
        before
            .into_iter()
            .chain(after)
            .any(|(_, state)| wanted(*state))
    }
}

fn is_stored(setting: &Setting, device: &Device) -> bool {
    let truth = device.ground_truth();
    let stored = truth
        .settings
        .get(setting.key())
        .and_then(|value| value.parse::<f64>().ok());
    let wanted = match setting {
        Setting::MaxCurrent { amps } => f64::from(*amps),
        Setting::ConnectionTimeout { seconds } => f64::from(*seconds),
        Setting::MaxTemperature { celsius } => f64::from(*celsius),
        Setting::MaxVoltage { volts } | Setting::MinVoltage { volts } => f64::from(*volts),
        Setting::DirectWorkMode(on)
        | Setting::StopOnDisconnect(on)
        | Setting::LevelDetection(on) => f64::from(u8::from(*on)),
        Setting::LedBrightness(level) => f64::from(*level),
        Setting::Key { value, .. } => match value.parse() {
            Ok(number) => number,
            Err(_) => return truth.settings.get(setting.key()) == Some(value),
        },
    };
    stored.is_some_and(|stored| (stored - wanted).abs() < 0.01)
}

/// One problem is enough to fail; a hundred are enough to read.
const MAX_PROBLEMS: usize = 100;
/// More changes of state than any run has within one request.
const MAX_STATES: usize = 256;
