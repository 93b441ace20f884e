//! What the charger sends: identity, reports, and the answers that we owe.

use std::string::String;
use std::time::Instant;
use std::vec::Vec;

use super::{
    BOOT_GRACE, BootConfirmation, Configuration, Event, Identity, OPENING_CLIENT_ID, Phase,
    Session, SessionError, Timer,
};
use crate::message::{self, Body, ChargePointStatus, Envelope};
use crate::proto::{
    self, BootNotificationReq, DataTransferConf, DataTransferReq, StartTransactionReq,
    StopTransactionReq, data_transfer_conf, data_transfer_req, id_tag_info,
};
use crate::schema::{self, ENVELOPE};

impl Session {
    pub(super) fn inbound(&mut self, now: Instant, frame: &[u8], envelope: Envelope) {
        if let Some(identifier) = envelope.client_id
            && !self.identify(now, identifier)
        {
            return;
        }
        let message_id = envelope.message_id.unwrap_or_default();
        let Some(body) = envelope.message else {
            self.unknown_message(frame);
            return;
        };
        self.answer(now, &body, message_id);
        let before = self.readings.state;
        match body {
            Body::BootNotificationReq(boot) => self.boot_notification(now, &boot),
            Body::StatusNotificationReq(report) => {
                self.readings.status_notification(now, &self.clock, &report);
                self.reported(before);
            }
            Body::MeterValuesReq(report) => {
                self.transaction.report(report.transaction_id);
                self.readings.meter_values(now, &self.clock, &report);
                self.events.push_back(Event::Updated);
                self.command_meter_values();
                self.stop_reported();
            }
            Body::StartTransactionReq(request) => self.start_transaction(now, &request, message_id),
            Body::StopTransactionReq(request) => self.stop_transaction(&request),
            Body::AuthorizeReq(_) => self.events.push_back(Event::CardShown { message_id }),
            Body::HeartbeatReq(_) => {}
            Body::DataTransferReq(transfer) => self.vendor_transfer(now, transfer, before),
            Body::DataTransferConf(conf) => self.vendor_answer(now, frame, message_id, &conf),
            other => self.answered(now, message_id, &other),
        }
    }

    /// Takes the identifier from the first message that has one; `false` when the session ends here.
    fn identify(&mut self, now: Instant, identifier: String) -> bool {
        let is_usable = (1..=64).contains(&identifier.len())
            && identifier.bytes().all(|b| (0x20..0x7F).contains(&b));
        if identifier == OPENING_CLIENT_ID || !is_usable {
            return true;
        }
        let known = self.identity.as_ref().map(|identity| &identity.identifier);
        let expected = known.or(self.config.expected_identity.as_ref());
        if expected.is_some_and(|expected| *expected != identifier) {
            self.fail(now, SessionError::IdentityChanged);
            return false;
        }
        if self.identity.is_none() {
            self.identity = Some(Identity::new(identifier));
        }
        if self.phase == Phase::Opening && !self.booted {
            self.timers.stop(Timer::Boot);
            self.timers.set(Timer::BootGrace, now, BOOT_GRACE);
            self.booted = true;
        }
        true
    }

    fn boot_notification(&mut self, now: Instant, boot: &BootNotificationReq) {
        if let Some(identity) = &mut self.identity {
            identity.boot(boot);
        }
        if let Some(identity) = self.identity.clone() {
            self.events.push_back(Event::Identity(identity));
        }
        if self.phase == Phase::Opening {
            self.boot_expected = false;
            self.become_ready(now);
        } else if core::mem::take(&mut self.boot_expected) {
            // It was asked for, or it follows late on an opening that another message ended.
        } else {
            self.transaction.end();
            self.readings.restarted();
            self.events.push_back(Event::Restarted);
            self.poll_charger(now);
            self.poll_configuration(now);
        }
    }

    /// Confirms what has to be confirmed, at once and outside the pacing, with the request's message id.
    fn answer(&mut self, now: Instant, body: &Body, message_id: u64) {
        let current_time = Some(self.clock.unix_s(now));
        let confirmation = match body {
            Body::BootNotificationReq(_)
                if self.config.boot_confirmation == BootConfirmation::CurrentTime =>
            {
                Body::BootNotificationConf(proto::BootNotificationConf {
                    current_time,
                    interval: Some(BOOT_CONFIRMATION_INTERVAL_S),
                    status: Some(0),
                })
            }
            Body::StatusNotificationReq(_) => {
                Body::StatusNotificationConf(proto::StatusNotificationConf {})
            }
            Body::MeterValuesReq(_) => Body::MeterValuesConf(proto::MeterValuesConf {}),
            Body::StopTransactionReq(_) => {
                Body::StopTransactionConf(proto::StopTransactionConf::default())
            }
            Body::HeartbeatReq(_) => Body::HeartbeatConf(proto::HeartbeatConf { current_time }),
            Body::DataTransferReq(DataTransferReq {
                case: Some(data_transfer_req::Case::DataVendorStatusReq(_)),
                ..
            }) => Body::DataTransferConf(DataTransferConf {
                status: Some(0),
                case: Some(data_transfer_conf::Case::DataVendorStatusConf(
                    proto::DataVendorStatusConf {},
                )),
            }),
            _ => return,
        };
        self.transmit(confirmation, message_id);
    }

    fn start_transaction(&mut self, now: Instant, request: &StartTransactionReq, message_id: u64) {
        let known = self.transaction.id();
        let transaction_id = self.transaction.start(request, self.clock.unix_s(now));
        // The status must be written although it is 0: without it the charger repeats the request every minute and
        // cannot be stopped. Source: duosida-lan, hardware.
        let accepted = proto::IdTagInfo {
            status: Some(id_tag_info::Status::Accepted.into()),
            ..Default::default()
        };
        let confirmation = proto::StartTransactionConf {
            id_tag_info: Some(accepted),
            transaction_id: Some(transaction_id),
        };
        self.transmit(Body::StartTransactionConf(confirmation), message_id);
        self.stop_reported();
        if known != Some(transaction_id) {
            self.events
                .push_back(Event::TransactionStarted { transaction_id });
            self.events.push_back(Event::Updated);
        }
    }

    fn stop_transaction(&mut self, request: &StopTransactionReq) {
        self.transaction.end();
        self.readings.session_ended();
        self.events.push_back(Event::TransactionStopped {
            transaction_id: request.transaction_id.filter(|id| *id > 0),
            meter_stop_wh: request.meter_stop_wh,
            reason: request.reason,
        });
        self.command_stopped();
    }

    fn vendor_transfer(
        &mut self,
        now: Instant,
        transfer: DataTransferReq,
        before: Option<ChargePointStatus>,
    ) {
        match transfer.case {
            Some(data_transfer_req::Case::DataVendorStatusReq(report)) => {
                self.transaction.report(report.transaction_id);
                self.readings.vendor_status(now, &self.clock, &report);
                self.reported(before);
                self.stop_reported();
            }
            _ => self.unexpected(&Body::DataTransferReq(transfer)),
        }
    }

    fn vendor_answer(
        &mut self,
        now: Instant,
        frame: &[u8],
        message_id: u64,
        conf: &DataTransferConf,
    ) {
        if let Some(data_transfer_conf::Case::DataPullAllConfigurationConf(settings)) = &conf.case {
            let unknown: Vec<u32> = schema::unknown_fields(frame)
                .iter()
                .map(|field| field.number)
                .collect();
            self.configuration = Some(Configuration::new(settings, unknown));
            // An answer to none of them is to the first: they come in the order of the questions.
            let asked = self.pulls.iter().position(|(id, _)| *id == message_id);
            let answered = self.pulls.len().min(asked.unwrap_or(0) + 1);
            self.configuration_asked = self.pulls.drain(..answered).next_back().map(|(_, at)| at);
            self.events.push_back(Event::Configuration);
            self.command_configuration();
        }
        self.answered(now, message_id, &Body::DataTransferConf(conf.clone()));
    }

    /// After a message that carried the state.
    fn reported(&mut self, before: Option<ChargePointStatus>) {
        let state = self.readings.state;
        if matches!(
            state,
            Some(ChargePointStatus::Available | ChargePointStatus::Finishing)
        ) {
            self.transaction.end();
        }
        self.events.push_back(Event::Updated);
        if let Some(state) = state.filter(|_| state != before) {
            self.events.push_back(Event::State(state));
        }
        self.command_state();
    }

    /// A message without a body that the schema knows.
    fn unknown_message(&mut self, frame: &[u8]) {
        let mut outer = schema::fields(&ENVELOPE, frame).map_while(Result::ok);
        if let Some(unknown) = outer.find(|field| field.schema.is_none()) {
            self.events.push_back(Event::Unexpected {
                field: unknown.number,
                name: "unknown",
            });
        }
    }

    pub(super) fn unexpected(&mut self, body: &Body) {
        let (field, name) = message::field_and_name(body);
        self.events.push_back(Event::Unexpected { field, name });
    }
}

/// What a boot confirmation names as the heartbeat interval.
const BOOT_CONFIRMATION_INTERVAL_S: i32 = 60;
