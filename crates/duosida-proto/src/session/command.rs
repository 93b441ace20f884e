//! Carrying out one command at a time: send, match the answer by message id, watch for the effect.

use std::format;
use std::string::{String, ToString};
use std::time::{Duration, Instant};

use super::request::{Active, Step};
use super::{
    Command, CommandError, Completion, Event, Identity, Paced, RequestError, RequestId, Session,
    Timer, pull_configuration, transfer, trigger,
};
use crate::config::{LimitFormat, Setting};
use crate::message::{Body, ChargePointStatus, TagForm, encode_id_tag};
use crate::proto::{
    self, MessageTrigger, change_configuration_conf, data_transfer_req, id_tag_info,
};

type Outcome = Result<Completion, CommandError>;

impl Session {
    pub(super) fn enqueue(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<RequestId, RequestError> {
        match command {
            Command::AnswerCard { message_id, accept } => {
                let id = self.requests.new_id();
                self.transmit(authorize_conf(accept), message_id);
                self.events.push_back(Event::Done {
                    id,
                    result: Ok(Completion::Accepted),
                });
                return Ok(id);
            }
            Command::Stop { .. } => self.make_way_for_stop(),
            _ => {}
        }
        let id = self.requests.push(command)?;
        self.start_next_command(now);
        Ok(id)
    }

    /// A stop goes ahead of whatever runs or waits; a start that waits must not run after it.
    fn make_way_for_stop(&mut self) {
        for id in self.requests.take_waiting_starts() {
            self.events.push_back(Event::Done {
                id,
                result: Err(CommandError::Superseded { sent: false }),
            });
        }
        if let Some(Active { command, sent, .. }) = &self.requests.active
            && !matches!(command, Command::Stop { .. })
        {
            let sent = *sent;
            self.finish(Err(CommandError::Superseded { sent }));
        }
    }

    pub(super) fn start_next_command(&mut self, now: Instant) {
        if !self.is_ready() {
            return;
        }
        while let Some(command) = self.requests.activate() {
            self.begin(now, command);
        }
    }

    fn begin(&mut self, now: Instant, command: Command) {
        match command {
            Command::Set(setting) => {
                // The rating may have become known since the request was made.
                let rating = self.identity.as_ref().and_then(Identity::rating_amps);
                if let Err(error) = setting.check(rating) {
                    return self.finish(Err(error.into()));
                }
                if let Setting::MaxCurrent { amps } = setting {
                    self.limit_wanted_amps = Some(amps);
                }
                self.send(change_configuration(
                    &setting,
                    self.config.quirks.limit_format,
                ));
            }
            Command::Start { id_tag } => {
                self.send(remote_start(
                    id_tag.as_deref().unwrap_or(&self.config.id_tag),
                    self.config.quirks.tag_form,
                ));
            }
            Command::Stop { transaction_id } => {
                if let Some(id) = transaction_id.or_else(|| self.transaction.id()) {
                    self.send(remote_stop(id));
                } else {
                    self.send(trigger(MessageTrigger::MeterValues, 1));
                    self.set_step(Step::Transaction);
                    self.timers.set(Timer::Verify, now, TRANSACTION_TIMEOUT);
                }
            }
            Command::PullConfiguration => self.send(pull_configuration()),
            Command::Refresh => {
                self.send(trigger(MessageTrigger::MeterValues, 1));
                self.send(trigger(MessageTrigger::StatusNotification, 1));
                self.timers.set(Timer::Verify, now, REFRESH_TIMEOUT);
            }
            Command::UpdateToFlash { update_type } => {
                let case = proto::DataUpdateToFlashReq {
                    update_type: Some(update_type),
                };
                self.send(transfer(
                    "DataUpdateToflashReq",
                    data_transfer_req::Case::DataUpdateToFlashReq(case),
                ));
            }
            Command::Trigger(what) => self.send(trigger(what, 1)),
            // Answered at once when it was asked for.
            Command::AnswerCard { .. } => self.finish(Ok(Completion::Accepted)),
        }
    }

    /// Puts the active command's message ahead of all others of ours.
    fn send(&mut self, body: Body) {
        let message_id = self.message_id();
        self.paced.push_front(Paced { message_id, body });
        self.timers.stop(Timer::Answer);
        if let Some(active) = &mut self.requests.active {
            active.message_id = message_id;
            active.step = Step::Answer;
        }
    }

    fn set_step(&mut self, step: Step) {
        if let Some(active) = &mut self.requests.active {
            active.step = step;
        }
    }

    fn finish(&mut self, result: Outcome) {
        let Some(active) = self.requests.active.take() else {
            return;
        };
        self.paced
            .retain(|waiting| waiting.message_id != active.message_id);
        for timer in [Timer::Answer, Timer::Check, Timer::Verify] {
            self.timers.stop(timer);
        }
        self.events.push_back(Event::Done {
            id: active.id,
            result,
        });
    }

    pub(super) fn command_sent(&mut self, now: Instant, message_id: u32) {
        if let Some(active) = &mut self.requests.active
            && active.message_id == message_id
        {
            active.sent |= active.step != Step::Transaction;
            self.timers.set(Timer::Answer, now, ANSWER_TIMEOUT);
        }
    }

    /// A Conf. It counts for the active command only with its message id.
    pub(super) fn answered(&mut self, now: Instant, message_id: u64, body: &Body) {
        let command = self.requests.active.as_ref().and_then(|active| {
            let is_ours = u64::from(active.message_id) == message_id
                && active.sent
                && active.step == Step::Answer;
            is_ours.then(|| active.command.clone())
        });
        match (command, body) {
            (Some(Command::Set(setting)), Body::ChangeConfigurationConf(conf)) => {
                self.change_answered(now, &setting, conf.status.unwrap_or_default());
            }
            (Some(Command::Start { id_tag }), Body::RemoteStartTransactionConf(conf)) => {
                self.start_answered(now, id_tag.as_deref(), conf.status.unwrap_or_default());
            }
            (Some(Command::Stop { .. }), Body::RemoteStopTransactionConf(conf)) => {
                match conf.status.unwrap_or_default() {
                    ACCEPTED => self.watch(now, EFFECT_TIMEOUT),
                    other => self.finish(Err(rejected("the stop", other))),
                }
            }
            (Some(Command::Trigger(what)), Body::TriggerMessageConf(conf)) => {
                self.finish(accepted(
                    what.as_str_name(),
                    conf.status.unwrap_or_default(),
                ));
            }
            (Some(Command::PullConfiguration), Body::DataTransferConf(conf)) => {
                self.finish(accepted(
                    "the request for the configuration",
                    conf.status.unwrap_or_default(),
                ));
            }
            (Some(Command::UpdateToFlash { .. }), Body::DataTransferConf(conf)) => {
                self.finish(accepted(
                    "the update to flash",
                    conf.status.unwrap_or_default(),
                ));
            }
            // Answers to our polling.
            (_, Body::TriggerMessageConf(_) | Body::DataTransferConf(_)) => {}
            (_, other) => self.unexpected(other),
        }
    }

    fn change_answered(&mut self, now: Instant, setting: &Setting, status: i32) {
        use change_configuration_conf::Status;
        match Status::try_from(status) {
            Ok(status @ (Status::Accepted | Status::RebootRequired)) => {
                let reboot_required = status == Status::RebootRequired;
                if let Some(active) = &mut self.requests.active {
                    active.reboot_required = reboot_required;
                }
                if matches!(
                    setting,
                    Setting::MaxCurrent { .. } | Setting::DirectWorkMode(_)
                ) {
                    self.watch(now, READ_BACK_TIMEOUT);
                } else if reboot_required {
                    self.finish(Ok(Completion::RebootRequired));
                } else {
                    self.finish(Ok(Completion::Accepted));
                }
            }
            other => {
                if !self.try_other_limit_format() {
                    let what = format!(
                        "{} = {}",
                        setting.key(),
                        setting.value(self.config.quirks.limit_format)
                    );
                    let status = other.map_or_else(
                        |_| format!("status {status}"),
                        |s| s.as_str_name().to_string(),
                    );
                    self.finish(Err(CommandError::Rejected { what, status }));
                }
            }
        }
    }

    fn start_answered(&mut self, now: Instant, id_tag: Option<&str>, status: i32) {
        let Some(active) = &mut self.requests.active else {
            return;
        };
        let form = match (self.config.quirks.tag_form, active.retried) {
            (TagForm::Nested, true) | (TagForm::Plain, false) => TagForm::Plain,
            _ => TagForm::Nested,
        };
        if status == ACCEPTED {
            if active.retried {
                self.config.quirks.tag_form = form;
                self.events.push_back(Event::Learned(self.config.quirks));
            }
            self.watch(now, EFFECT_TIMEOUT);
        } else if !active.retried && self.readings.state != Some(ChargePointStatus::Charging) {
            active.retried = true;
            active.sent = true;
            let other = if form == TagForm::Nested {
                TagForm::Plain
            } else {
                TagForm::Nested
            };
            let tag = id_tag.unwrap_or(&self.config.id_tag).to_string();
            self.send(remote_start(&tag, other));
        } else {
            self.finish(Err(rejected("the start", status)));
        }
    }

    /// Accepted: now the effect must show.
    fn watch(&mut self, now: Instant, timeout: Duration) {
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

    /// Meter values came: a stop may have its transaction, a refresh its readings.
    pub(super) fn command_meter_values(&mut self, now: Instant) {
        let Some(active) = &mut self.requests.active else {
            return;
        };
        match (&active.command, active.step) {
            (Command::Stop { .. }, Step::Transaction) => {
                self.stop_with_known_transaction(now, false);
            }
            (Command::Refresh, _) if active.sent => {
                active.metered = true;
                if active.observed.is_some() {
                    self.finish(Ok(Completion::Verified));
                }
            }
            _ => {}
        }
    }

    /// Sends the stop that waited for its transaction id. Without one, at last, with the time of day: stopping is the
    /// safe direction, and the result decides. Source of that form: duosida-ev.
    fn stop_with_known_transaction(&mut self, now: Instant, at_any_rate: bool) {
        let guess = || (self.clock.unix_s(now) * 1000).rem_euclid(0xFFFF_FFFF);
        let Some(id) = self.transaction.id().or_else(|| at_any_rate.then(guess)) else {
            return;
        };
        self.timers.stop(Timer::Verify);
        if let Some(active) = &self.requests.active {
            let question = active.message_id;
            self.paced.retain(|waiting| waiting.message_id != question);
        }
        self.send(remote_stop(id));
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
                self.stop_with_known_transaction(now, true);
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
    fn try_other_limit_format(&mut self) -> bool {
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
const fn in_session(state: ChargePointStatus) -> bool {
    use ChargePointStatus::{Charging, SuspendedEv, SuspendedEvse};
    matches!(state, Charging | SuspendedEv | SuspendedEvse)
}

/// Whether a state says for sure that nothing is being charged.
const fn is_off(state: ChargePointStatus) -> bool {
    !in_session(state) && !matches!(state, ChargePointStatus::Unknown(_))
}

fn change_configuration(setting: &Setting, format: LimitFormat) -> Body {
    Body::ChangeConfigurationReq(proto::ChangeConfigurationReq {
        key: Some(setting.key().into()),
        value: Some(setting.value(format)),
    })
}

fn remote_start(id_tag: &str, form: TagForm) -> Body {
    Body::RemoteStartTransactionReq(proto::RemoteStartTransactionReq {
        connector_id: Some(1),
        id_tag: Some(encode_id_tag(id_tag, form)),
        charging_profile: None,
    })
}

fn remote_stop(transaction_id: i64) -> Body {
    Body::RemoteStopTransactionReq(proto::RemoteStopTransactionReq {
        transaction_id: Some(transaction_id),
    })
}

fn authorize_conf(accept: bool) -> Body {
    let status = if accept {
        id_tag_info::Status::Accepted
    } else {
        id_tag_info::Status::Invalid
    };
    let id_tag_info = proto::IdTagInfo {
        status: Some(status.into()),
        ..Default::default()
    };
    Body::AuthorizeConf(proto::AuthorizeConf {
        id_tag_info: Some(id_tag_info),
    })
}

const fn other_format(format: LimitFormat) -> LimitFormat {
    match format {
        LimitFormat::Integer => LimitFormat::TwoDecimals,
        LimitFormat::TwoDecimals => LimitFormat::Integer,
    }
}

fn accepted(what: &str, status: i32) -> Outcome {
    if status == ACCEPTED {
        Ok(Completion::Accepted)
    } else {
        Err(rejected(what, status))
    }
}

fn rejected(what: &str, status: i32) -> CommandError {
    let status = if status == 1 {
        String::from("Rejected")
    } else {
        format!("status {status}")
    };
    CommandError::Rejected {
        what: what.to_string(),
        status,
    }
}

/// In every Conf; an absent status means it too. Source: duosida-lan.
const ACCEPTED: i32 = 0;
/// For a command's answer. Source: duosida-lan, hardware.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// For a start or stop to show in the state. Source: duosida-lan, hardware.
const EFFECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For a changed setting to show in the configuration.
const READ_BACK_TIMEOUT: Duration = Duration::from_secs(5);
/// For meter values that name the transaction of a stop.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(3);
/// A refresh that has one half of its answers waits this long for the other.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks for the effect of a command.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// How far a limit that was read back may be off.
const LIMIT_TOLERANCE_CENTIAMPS: u16 = 10;
