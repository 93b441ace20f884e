//! Plug, start, charge, suspend, stop: the charging states and their transactions.
use std::time::{Duration, Instant};

use duosida_proto::config::keys;
use duosida_proto::message::{Body, ChargePointStatus, ErrorCode};
use duosida_proto::proto::{IdToken, StartTransactionReq, StopTransactionReq};

use super::device::Device;
use super::event::Event;
use super::session::{Request, Timer};
use super::transaction::{Kind, Transaction, TransactionMessage, reason};
use crate::DelayRange;
use crate::electrics::STEP;
use crate::number::watt_hours;

impl Device {
    /// The cable is plugged into the car.
    pub fn plug_in(&mut self, now: Instant) {
        self.handle_timeout(now);
        if self.vehicle.is_plugged() {
            return;
        }
        self.vehicle.plug_in();
        if self.restarting || self.status == ChargePointStatus::Faulted {
            return;
        }
        if self.transaction.is_some() {
            self.follow_vehicle(now);
        } else {
            self.await_start(now);
        }
    }

    /// The cable is pulled out of the car.
    pub fn unplug(&mut self, now: Instant) {
        self.handle_timeout(now);
        if !self.vehicle.is_plugged() {
            return;
        }
        self.vehicle.unplug();
        self.electrics.cut(&mut self.vehicle);
        if self.restarting || self.status == ChargePointStatus::Faulted {
            return;
        }
        self.authorised = None;
        self.timers.clear(Timer::StartCharge);
        self.timers.clear(Timer::ConnectionTimeout);
        if self.transaction.is_some() && !self.settings.is_on(keys::STOP_ON_DISCONNECT) {
            self.set_status(now, ChargePointStatus::SuspendedEv);
            return;
        }
        let had_session = self.transaction.is_some() || self.status == ChargePointStatus::Finishing;
        self.end_transaction(now, reason::EV_DISCONNECTED);
        if had_session && !self.config.finished_lingers.is_zero() {
            self.set_status(now, ChargePointStatus::Finishing);
            self.timers
                .set(Timer::LingerEnd, now + self.config.finished_lingers);
        } else {
            self.set_status(now, ChargePointStatus::Available);
        }
    }

    /// A car is there and nothing runs: direct mode and an earlier authorisation start, everything else waits.
    pub(super) fn await_start(&mut self, now: Instant) {
        if self.authorised.is_none() && self.settings.is_on(keys::DIRECT_WORK_MODE) {
            self.authorised = Some(DIRECT_TAG.to_owned());
        }
        self.set_status(now, ChargePointStatus::Preparing);
        if self.authorised.is_some() {
            self.schedule_start(now);
        } else {
            self.timers.set(
                Timer::ConnectionTimeout,
                now + self.settings.connection_timeout(),
            );
        }
    }

    /// Someone may charge: starts if a car is there, else waits for one until `ConnectionTimeOut` (assumption).
    pub(super) fn authorise(&mut self, now: Instant, tag: String) {
        self.authorised = Some(tag);
        if self.vehicle.is_plugged() {
            self.schedule_start(now);
        } else {
            self.set_status(now, ChargePointStatus::Preparing);
            self.timers.set(
                Timer::ConnectionTimeout,
                now + self.settings.connection_timeout(),
            );
        }
    }

    fn schedule_start(&mut self, now: Instant) {
        self.timers.clear(Timer::ConnectionTimeout);
        let delay = self.random.delay(START_DELAY);
        self.timers.set(Timer::StartCharge, now + delay);
    }

    /// The contactor closes and the transaction begins.
    pub(super) fn begin_charge(&mut self, now: Instant) {
        let Some(tag) = self.authorised.take().filter(|_| self.vehicle.is_plugged()) else {
            return;
        };
        if self.transaction.is_some() || self.status == ChargePointStatus::Faulted {
            return;
        }
        self.electrics.meter.clear_session();
        let serial = self.next_serial;
        self.next_serial += 1;
        let started_at = self.clock(now);
        let meter_wh = watt_hours(self.electrics.meter.register_wh());
        self.transaction = Some(Transaction {
            serial,
            id: None,
            tag: tag.clone(),
            started_at,
        });
        self.notify(Event::TransactionStarted);
        self.electrics.contactor.close();
        self.set_status(now, ChargePointStatus::Charging);
        self.enqueue(
            now,
            TransactionMessage {
                serial,
                tag,
                meter_wh,
                timestamp: started_at,
                kind: Kind::Start,
                sent_as: Vec::new(),
            },
        );
        self.timers
            .set(Timer::MeterValues, now + self.config.meter_values_interval);
        self.timers.set(Timer::Physics, now + STEP);
        self.follow_vehicle(now);
    }

    /// Ends the running transaction, if there is one: current 0, `StopTransaction` queued. The status is the caller's.
    pub(super) fn end_transaction(&mut self, now: Instant, why: i32) {
        self.electrics.cut(&mut self.vehicle);
        self.timers.clear(Timer::SuspendedEnd);
        self.timers.clear(Timer::MeterValues);
        self.timers.clear(Timer::Physics);
        let Some(ended) = self.transaction.take() else {
            return;
        };
        let meter_wh = watt_hours(self.electrics.meter.register_wh());
        self.electrics.meter.clear_session();
        self.notify(Event::TransactionStopped { reason: why });
        let timestamp = self.clock(now);
        self.enqueue(
            now,
            TransactionMessage {
                serial: ended.serial,
                tag: ended.tag,
                meter_wh,
                timestamp,
                kind: Kind::Stop {
                    id: ended.id,
                    reason: why,
                },
                sent_as: Vec::new(),
            },
        );
    }

    /// Ends the transaction with the car still plugged in.
    pub(super) fn finish(&mut self, now: Instant, why: i32) {
        self.end_transaction(now, why);
        self.set_status(now, ChargePointStatus::Finishing);
    }

    pub(super) fn end_suspended(&mut self, now: Instant) {
        if self.status == ChargePointStatus::SuspendedEv && self.vehicle.is_full() {
            self.finish(now, reason::LOCAL);
        }
    }

    /// `ConnectionTimeOut` is over without a start. Assumption: back to Available, plugged in or not.
    pub(super) fn give_up_waiting(&mut self, now: Instant) {
        self.authorised = None;
        if self.status == ChargePointStatus::Preparing {
            self.set_status(now, ChargePointStatus::Available);
        }
    }

    pub(super) fn advance_physics(&mut self, now: Instant) {
        self.electrics
            .advance(now, &mut self.vehicle, &mut self.random);
        self.follow_vehicle(now);
    }

    /// Charging and `SuspendedEV` follow the car's wish.
    fn follow_vehicle(&mut self, now: Instant) {
        if self.transaction.is_none() {
            return;
        }
        match (self.status, self.vehicle.is_ready()) {
            (ChargePointStatus::Charging, false) => {
                self.electrics.cut(&mut self.vehicle);
                self.set_status(now, ChargePointStatus::SuspendedEv);
                if self.vehicle.is_full() {
                    self.timers
                        .set(Timer::SuspendedEnd, now + self.config.suspended_for);
                }
            }
            (ChargePointStatus::SuspendedEv, true) => {
                self.electrics.contactor.close();
                self.timers.clear(Timer::SuspendedEnd);
                self.set_status(now, ChargePointStatus::Charging);
            }
            _ => {}
        }
    }

    /// Queues a message about a transaction; it goes out when it is the first.
    fn enqueue(&mut self, now: Instant, message: TransactionMessage) {
        let first = self.messages.is_empty();
        self.messages.push(message);
        if first {
            self.send_transaction_message(now);
        }
    }

    /// Sends or repeats the first transaction message: to the local session, else to the cloud, else later.
    pub(super) fn send_transaction_message(&mut self, now: Instant) {
        if self.messages.is_empty() || self.restarting {
            return;
        }
        if !self.is_open() {
            if self.config.cloud && self.session.is_none() {
                self.confirm_by_cloud(now);
            } else {
                self.timers
                    .set(Timer::TransactionMessage, now + self.config.retry_interval);
            }
            return;
        }
        let Some(message) = self.messages.front_mut().cloned() else {
            return;
        };
        let (request, body) = transaction_body(&message);
        let id = self.request_after(now, Duration::ZERO, request, body);
        if let Some(message) = self.messages.front_mut() {
            message.sent_as.push(id);
        }
        self.timers
            .set(Timer::TransactionMessage, now + self.config.retry_interval);
    }

    fn confirm_by_cloud(&mut self, now: Instant) {
        let starts = self
            .messages
            .front_mut()
            .is_some_and(|message| message.kind == Kind::Start);
        if starts {
            let id = self.next_cloud_id;
            self.next_cloud_id += 1;
            self.start_confirmed(now, id, false);
        } else {
            self.stop_confirmed(now);
        }
    }

    /// The first message, a start, was confirmed with this id.
    pub(super) fn start_confirmed(&mut self, now: Instant, id: i64, locally: bool) {
        let confirmed = self.messages.confirm_first(Some(id));
        if let (Some(message), Some(running)) = (confirmed, self.transaction.as_mut())
            && running.serial == message.serial
        {
            running.id = Some(id);
        }
        self.notify(Event::TransactionConfirmed {
            transaction_id: id,
            locally,
        });
        self.next_transaction_message(now);
    }

    /// The first message, a stop, was confirmed.
    pub(super) fn stop_confirmed(&mut self, now: Instant) {
        self.messages.confirm_first(None);
        self.next_transaction_message(now);
    }

    fn next_transaction_message(&mut self, now: Instant) {
        self.timers.clear(Timer::TransactionMessage);
        self.send_transaction_message(now);
    }

    /// Sets or clears a fault. A fault ends the charge; after it a plugged-in car waits for a new start.
    pub fn set_fault(&mut self, now: Instant, fault: Option<ErrorCode>) {
        self.handle_timeout(now);
        match fault {
            Some(code) => {
                self.authorised = None;
                self.timers.clear(Timer::StartCharge);
                self.timers.clear(Timer::ConnectionTimeout);
                self.end_transaction(now, reason::OTHER);
                // A change of the code alone must be told as well.
                let told = self.error;
                self.error = code;
                if self.status == ChargePointStatus::Faulted && told != code {
                    self.status = ChargePointStatus::Unavailable;
                }
                self.set_status(now, ChargePointStatus::Faulted);
            }
            None if self.status != ChargePointStatus::Faulted => {}
            None if self.vehicle.is_plugged() => self.await_start(now),
            None => self.set_status(now, ChargePointStatus::Available),
        }
    }
}

fn transaction_body(message: &TransactionMessage) -> (Request, Body) {
    let id_tag = Some(IdToken {
        id_token: Some(message.tag.clone()),
    });
    match message.kind {
        Kind::Start => (
            Request::StartTransaction,
            Body::StartTransactionReq(StartTransactionReq {
                connector_id: Some(1),
                id_tag,
                meter_start_wh: Some(message.meter_wh),
                reservation_id: None,
                timestamp: Some(message.timestamp),
            }),
        ),
        Kind::Stop { id, reason } => (
            Request::StopTransaction,
            Body::StopTransactionReq(StopTransactionReq {
                id_tag,
                meter_stop_wh: Some(message.meter_wh),
                timestamp: Some(message.timestamp),
                transaction_id: Some(id.unwrap_or(-1)),
                reason: Some(reason),
                transaction_data: Vec::new(),
            }),
        ),
    }
}

/// Id tag of a charge that starts by plugging in. Source: hardware captures.
const DIRECT_TAG: &str = "DirectWorkUser";
/// From the authorisation to the closed contactor; hardware delivers 6 A within 5 s.
const START_DELAY: DelayRange = DelayRange::from_millis(1_000, 3_000);
