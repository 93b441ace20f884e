//! Whether an accepted command had its effect: accepted is not done.

use std::string::ToString;
use std::time::{Duration, Instant};

use super::outgoing::{change_configuration, pull_configuration, trigger};
use super::request::{Active, Step};
use super::{Command, CommandError, Completion, Event, Paced, Session, Timer};
use crate::config::{LimitFormat, Setting};
use crate::message::ChargePointStatus;
use crate::proto::MessageTrigger;

impl Session {
    /// Accepted: now the effect must show.
    pub(super) fn watch(&mut self, now: Instant, timeout: Duration) {
        self.set_step(Step::Effect);
        self.timers.stop(Timer::Answer);
        self.timers.set(Timer::Verify, now, timeout);
        self.command_check(now);
    }

    /// Asks the charger for what would show the effect.
    pub(super) fn command_check(&mut self, now: Instant) {
        let Some(Active {
            command,
            step: Step::Effect,
            ..
        }) = &self.requests.active
        else {
            return;
        };
        let question = match command {
            Command::Set(_) => pull_configuration(),
            _ => trigger(MessageTrigger::StatusNotification, 1),
        };
        self.timers.set(Timer::Check, now, CHECK_INTERVAL);
        if self.paced.iter().all(|waiting| waiting.body != question) {
            let message_id = self.message_id();
            self.paced.push_front(Paced {
                message_id,
                body: question,
            });
        }
    }

    /// The settings were read: does the running change show?
    pub(super) fn command_configuration(&mut self) {
        let Some(configuration) = &self.configuration else {
            return;
        };
        let Some(active) = self
            .requests
            .active
            .as_mut()
            .filter(|active| active.step == Step::Effect)
        else {
            return;
        };
        let Command::Set(setting) = &active.command else {
            return;
        };
        let shows = match setting {
            Setting::MaxCurrent { amps } => {
                let reported = configuration.limit_centiamps();
                active.read_back_centiamps = reported;
                reported.map(|reported| {
                    reported.abs_diff(u16::from(*amps) * 100) <= LIMIT_TOLERANCE_CENTIAMPS
                })
            }
            Setting::DirectWorkMode(on) => configuration
                .direct_work_mode
                .map(|reported| reported == *on),
            _ => None,
        };
        active.read_back_differs = shows == Some(false);
        if shows != Some(true) {
            return;
        }
        if active.retried {
            self.config.quirks.limit_format = other_format(self.config.quirks.limit_format);
            self.events.push_back(Event::Learned(self.config.quirks));
        }
        self.finish(Ok(Completion::Verified));
    }

    /// The state was reported.
    pub(super) fn command_state(&mut self) {
        let state = self.readings.state;
        let Some(active) = self.requests.active.as_mut().filter(|active| active.sent) else {
            return;
        };
        active.observed = state;
        let Some(state) = state else { return };
        let draws = in_session(state);
        let shows = match (&active.command, active.step) {
            (Command::Start { .. }, Step::Effect) => draws,
            (Command::Stop { .. }, Step::Effect) => is_off(state),
            (Command::Refresh, _) => active.metered,
            _ => false,
        };
        if shows {
            self.finish(Ok(Completion::Verified));
        }
    }

    /// The charger reported the end of the transaction.
    pub(super) fn command_stopped(&mut self) {
        if let Some(Active {
            command: Command::Stop { .. },
            step: Step::Effect,
            ..
        }) = &self.requests.active
        {
            self.finish(Ok(Completion::Verified));
        }
    }

    /// Meter values came: a refresh may have all its readings.
    pub(super) fn command_meter_values(&mut self) {
        if let Some(active) = self.requests.active.as_mut().filter(|active| active.sent)
            && active.command == Command::Refresh
        {
            active.metered = true;
            if active.observed.is_some() {
                self.finish(Ok(Completion::Verified));
            }
        }
    }

    pub(super) fn command_unanswered(&mut self) {
        let Some(active) = &self.requests.active else {
            return;
        };
        let off = active.observed.is_some_and(is_off);
        match active.command {
            // The state is an answer too.
            Command::Stop { .. } if off => self.finish(Ok(Completion::Verified)),
            _ => self.finish(Err(CommandError::NoAnswer)),
        }
    }

    /// The time for the effect to show is over.
    pub(super) fn command_unverified(&mut self, now: Instant) {
        let Some(active) = &self.requests.active else {
            return;
        };
        let is_charging = active.observed == Some(ChargePointStatus::Charging);
        match (&active.command, active.step) {
            (Command::Stop { .. }, Step::Transaction) => {
                self.stop_without_transaction(now);
            }
            (Command::Set(setting), Step::Effect) => {
                let setting = setting.clone();
                self.change_unverified(&setting);
            }
            (Command::Start { .. }, Step::Effect) => {
                let waiting = self.readings.vehicle_connected() == Some(false);
                let how = if waiting {
                    Completion::WaitingForVehicle
                } else {
                    Completion::NotChargingYet
                };
                self.finish(Ok(how));
            }
            (Command::Stop { .. }, Step::Effect) if is_charging => {
                self.finish(Err(CommandError::NotStopped));
            }
            (Command::Stop { .. }, Step::Effect) => self.finish(Ok(Completion::Accepted)),
            // Half of it is better than nothing; without any the answer's timeout decides.
            (Command::Refresh, _) if active.metered || active.observed.is_some() => {
                self.finish(Ok(Completion::Accepted));
            }
            _ => {}
        }
    }

    fn change_unverified(&mut self, setting: &Setting) {
        let Some(active) = &self.requests.active else {
            return;
        };
        let (differs, reboot_required) = (active.read_back_differs, active.reboot_required);
        let reported = active.read_back_centiamps;
        let result = match (setting, reported) {
            _ if reboot_required => Ok(Completion::RebootRequired),
            _ if !differs => Ok(Completion::Accepted),
            _ if self.try_other_limit_format() => return,
            (Setting::MaxCurrent { amps }, Some(reported_centiamps)) => {
                Err(CommandError::NotApplied {
                    wanted_amps: *amps,
                    reported_centiamps,
                })
            }
            _ => Err(CommandError::NotChanged {
                what: setting.key().to_string(),
            }),
        };
        self.finish(result);
    }

    /// Writes a limit once more, in the form that was not tried yet.
    pub(super) fn try_other_limit_format(&mut self) -> bool {
        let Some(active) = &mut self.requests.active else {
            return false;
        };
        let Command::Set(setting @ Setting::MaxCurrent { .. }) = &active.command else {
            return false;
        };
        if active.retried {
            return false;
        }
        active.retried = true;
        let body = change_configuration(setting, other_format(self.config.quirks.limit_format));
        for timer in [Timer::Check, Timer::Verify] {
            self.timers.stop(timer);
        }
        self.send(body);
        true
    }
}

/// Whether power flows, or would if charger or vehicle did not hold back.
pub(super) const fn in_session(state: ChargePointStatus) -> bool {
    use ChargePointStatus::{Charging, SuspendedEv, SuspendedEvse};
    matches!(state, Charging | SuspendedEv | SuspendedEvse)
}

/// Whether a state says for sure that nothing is being charged.
const fn is_off(state: ChargePointStatus) -> bool {
    !in_session(state) && !matches!(state, ChargePointStatus::Unknown(_))
}

const fn other_format(format: LimitFormat) -> LimitFormat {
    match format {
        LimitFormat::Integer => LimitFormat::TwoDecimals,
        LimitFormat::TwoDecimals => LimitFormat::Integer,
    }
}

/// Between two looks for the effect of a command.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How far a limit that was read back may be off.
const LIMIT_TOLERANCE_CENTIAMPS: u16 = 10;
