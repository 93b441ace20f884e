//! What a client confirms, and what follows from it.
use std::time::{Duration, Instant};

use duosida_proto::message::ChargePointStatus;
use duosida_proto::proto::{
    AuthorizeConf, BootNotificationConf, DataTransferConf, StartTransactionConf,
    data_transfer_conf, id_tag_info,
};

use super::device::Device;
use super::session::Request;
use super::transaction::{Kind, reason};
use super::violation::ViolationKind;

impl Device {
    /// Sets the clock, then meter values if a transaction runs, then a vendor status. Source: a capture.
    pub(super) fn on_boot_conf(&mut self, now: Instant, id: u64, conf: BootNotificationConf) {
        // Clients copy the id from a capture: the id alone is no violation worth telling apart from the clock.
        let known = self
            .session
            .as_mut()
            .is_some_and(|session| session.confirm(id, Request::BootNotification));
        if !known {
            self.violate(
                now,
                ViolationKind::WrongMessageId {
                    message: Request::BootNotification.name(),
                },
            );
        }
        if let Some(time) = conf.current_time {
            let by_s = time.saturating_sub(self.true_time(now));
            if by_s.unsigned_abs() > 3600 {
                self.violate(now, ViolationKind::ClockOff { by_s });
            }
            self.set_clock(now, time);
        }
        if let Some(session) = self.session.as_mut() {
            session.boot_confirmed = true;
        }
        if self.transaction.is_some() {
            let body = self.meter_values(now, true);
            self.request_after(now, Duration::ZERO, Request::MeterValues, body);
        }
        self.push_vendor_status(now, Duration::from_millis(100));
    }

    pub(super) fn confirmed(&mut self, now: Instant, id: u64, request: Request) {
        if !self
            .session
            .as_mut()
            .is_some_and(|session| session.confirm(id, request))
        {
            self.violate(
                now,
                ViolationKind::WrongMessageId {
                    message: request.name(),
                },
            );
        }
    }

    pub(super) fn on_transfer_conf(&mut self, now: Instant, id: u64, conf: &DataTransferConf) {
        let request = match conf.case {
            Some(data_transfer_conf::Case::DataContinueConf(_)) => Request::DataContinue,
            _ => Request::VendorStatus,
        };
        self.confirmed(now, id, request);
    }

    /// Only an explicit status 0 and an id confirm a start. Source: hardware (spec 9).
    pub(super) fn on_start_conf(&mut self, now: Instant, id: u64, conf: &StartTransactionConf) {
        let accepted = Some(i32::from(id_tag_info::Status::Accepted));
        let status = conf.id_tag_info.as_ref().and_then(|info| info.status);
        self.settle(now, id, Request::StartTransaction);
        if !self.is_first(id, true) {
            return;
        }
        match conf.transaction_id {
            Some(transaction_id) if status == accepted => {
                self.start_confirmed(now, transaction_id, true);
            }
            _ => self.violate(now, ViolationKind::UnusableConfirmation),
        }
    }

    pub(super) fn on_stop_conf(&mut self, now: Instant, id: u64) {
        self.settle(now, id, Request::StopTransaction);
        if self.is_first(id, false) {
            self.stop_confirmed(now);
        }
    }

    /// Takes a confirmation of a transaction message; a late one of an earlier repeat is fine.
    fn settle(&mut self, now: Instant, id: u64, request: Request) {
        let open = self
            .session
            .as_mut()
            .is_some_and(|session| session.confirm(id, request));
        if !open && !self.is_first(id, request == Request::StartTransaction) {
            self.violate(
                now,
                ViolationKind::WrongMessageId {
                    message: request.name(),
                },
            );
        }
    }

    fn is_first(&mut self, id: u64, start: bool) -> bool {
        self.messages.front_mut().is_some_and(|message| {
            message.sent_as.contains(&id) && (message.kind == Kind::Start) == start
        })
    }

    pub(super) fn on_authorize_conf(&mut self, now: Instant, id: u64, conf: &AuthorizeConf) {
        self.confirmed(now, id, Request::Authorize);
        let status = conf.id_tag_info.as_ref().and_then(|info| info.status);
        let Some(tag) = self
            .shown_card
            .take()
            .filter(|_| status == Some(id_tag_info::Status::Accepted.into()))
        else {
            return;
        };
        if self
            .transaction
            .as_ref()
            .is_some_and(|running| running.tag == tag)
        {
            self.finish(now, reason::LOCAL);
        } else if self.transaction.is_none() && self.status != ChargePointStatus::Faulted {
            self.authorise(now, tag);
        }
    }
}
