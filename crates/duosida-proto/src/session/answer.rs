//! The charger's answers to commands.

use std::format;
use std::string::{String, ToString};
use std::time::{Duration, Instant};

use super::command::Outcome;
use super::outgoing::remote_start;
use super::request::Step;
use super::{
    Command, CommandError, Completion, Event, MAX_MESSAGE_ID, OPENING_MESSAGE_ID, Session,
};
use crate::config::Setting;
use crate::message::{Body, ChargePointStatus, TagForm};
use crate::proto::change_configuration_conf;

impl Session {
    /// A Conf. It counts for the active command only with its message id.
    pub(super) fn answered(&mut self, now: Instant, message_id: u64, body: &Body) {
        let was_asked = self.take_unanswered(message_id);
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
                    other => self.stop_rejected(now, other),
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
            (_, Body::TriggerMessageConf(_) | Body::DataTransferConf(_)) if was_asked => {}
            (_, other) => self.unexpected(other),
        }
    }

    /// Whether a trigger or transfer of ours waited for this answer. The one to the opening has an id of the charger's
    /// own. Source: capture.
    fn take_unanswered(&mut self, message_id: u64) -> bool {
        let id = if message_id > u64::from(MAX_MESSAGE_ID) {
            OPENING_MESSAGE_ID
        } else {
            message_id
        };
        let at = self.unanswered.iter().position(|asked| *asked == id);
        at.and_then(|at| self.unanswered.remove(at)).is_some()
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
}

fn accepted(what: &str, status: i32) -> Outcome {
    if status == ACCEPTED {
        Ok(Completion::Accepted)
    } else {
        Err(rejected(what, status))
    }
}

pub(super) fn rejected(what: &str, status: i32) -> CommandError {
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
/// For a start or stop to show in the state. Source: duosida-lan, hardware.
const EFFECT_TIMEOUT: Duration = Duration::from_secs(15);
/// For a changed setting to show in the configuration.
const READ_BACK_TIMEOUT: Duration = Duration::from_secs(5);
