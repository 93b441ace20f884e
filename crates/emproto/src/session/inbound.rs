//! What a charger sends.

use std::boxed::Box;
use std::string::ToString;
use std::time::Instant;

use super::{Alarm, Changes, CurrentCharge, Event, Session, Shared, StatusReport, Timer};
use crate::Command;
use crate::frame::{Datagram, PLAIN};
use crate::message::{ChargingStatus, Message, Nickname, Status};
use crate::time::RawTime;

impl Session {
    /// Takes one datagram of this charger. `answers_probe` when it is a refusal that a probe accounts for.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        shared: &mut Shared,
        datagram: &Datagram<'_>,
        answers_probe: bool,
    ) {
        self.heard(now, shared);
        if datagram.key_type != PLAIN {
            if !std::mem::replace(&mut self.is_encrypted, true) {
                let key_type = datagram.key_type;
                shared.emit(self.serial, Event::Alarm(Alarm::Encrypted { key_type }));
            }
            self.settle(now, shared);
            return;
        }
        let message = match Message::decode(datagram) {
            Ok(message) => message,
            Err(error) => {
                let command = datagram.command;
                shared.emit(self.serial, Event::Malformed { command, error });
                self.settle(now, shared);
                return;
            }
        };
        if !answers_probe {
            self.answered(now, datagram.command);
            self.take(now, shared, &message);
            self.jobs_told(now, shared, &message);
        }
        self.settle(now, shared);
    }

    fn heard(&mut self, now: Instant, shared: &Shared) {
        self.last_seen = Some(now);
        self.last_seen_unix_s = Some(shared.clock.unix_s(now)).max(self.last_seen_unix_s);
        if !self.online {
            self.online = true;
            self.changes.add(Changes::ONLINE);
            let due = now.checked_add(shared.config.offline_after);
            self.timers.set(Timer::Offline, due);
        }
    }

    /// An answer, to us or to another client.
    fn answered(&mut self, now: Instant, command: Command) {
        let Some(request) = command.request().filter(|_| !self.asked.is_empty()) else {
            return;
        };
        let asked = self.asked.iter().position(|asked| asked.command == request);
        if let Some(at) = asked {
            let asked = self.asked.swap_remove(at);
            if asked.until > now {
                self.accepted();
            }
        }
    }

    fn take(&mut self, now: Instant, shared: &mut Shared, message: &Message) {
        match message {
            Message::Announce(info) => self.announced(now, shared, info),
            Message::LoginOk(info) => self.login_ok(now, shared, info),
            Message::Heading(_) => self.pushed(now, shared, message),
            Message::StatusPush(status) => {
                self.pushed(now, shared, message);
                self.take_status(now, shared, status);
            }
            Message::StatusReply(status) => self.take_status(now, shared, status),
            Message::ChargingPush(charge) => {
                self.pushed(now, shared, message);
                self.take_charge(now, shared, charge);
            }
            Message::ChargingReply(charge) => self.take_charge(now, shared, charge),
            Message::ChargeStopReply(_) => self.stopped_since = true,
            Message::RecordCurrent(record) => self.record(shared, record, false),
            Message::RecordLocal(record) => self.record(shared, record, true),
            Message::PasswordError(_) => self.refused(now, shared),
            Message::VersionReply(version) => {
                if self.info.version(version) {
                    self.changes.add(Changes::INFO);
                }
            }
            Message::SystemTimeReply(time) => self.take_time(now, shared, time.value),
            _ => self.take_setting(now, message),
        }
    }

    fn take_status(&mut self, now: Instant, shared: &mut Shared, status: &Status) {
        self.stopped_since = false;
        match &mut self.status {
            Some(report) if report.status == *status => report.at = now,
            report => {
                *report = Some(StatusReport {
                    status: status.clone(),
                    at: now,
                });
                self.changes.add(Changes::STATUS);
            }
        }
        self.watch_status(now, shared);
    }

    fn take_charge(&mut self, now: Instant, shared: &mut Shared, report: &ChargingStatus) {
        let key = super::RecordKey {
            charge_id: report.charge_id,
            started: report.started,
        };
        let was_ended = self.charge.as_ref().is_some_and(|charge| {
            charge.report.charge_id == key.charge_id
                && charge.report.started == key.started
                && !charge.is_current()
        });
        let has_ended = was_ended || self.has_record(key);
        let charge = CurrentCharge::new(
            report.clone(),
            now,
            &shared.clock,
            self.clock.reading,
            has_ended,
        );
        let is_new = self
            .charge
            .as_ref()
            .is_none_or(|known| known.report != charge.report);
        if is_new {
            self.changes.add(Changes::CHARGE);
        }
        match &mut self.charge {
            Some(known) => **known = charge,
            None => self.charge = Some(Box::new(charge)),
        }
    }

    fn take_time(&mut self, now: Instant, shared: &mut Shared, raw: Option<RawTime>) {
        let was_wrong = self.clock.reading.map(|clock| clock.is_wrong());
        let is_lost = self.clock.read(now, &shared.clock, raw.unwrap_or_default());
        if self.clock.reading.map(|clock| clock.is_wrong()) != was_wrong {
            self.changes.add(Changes::CLOCK);
        }
        if let Some(clock) = self.clock.reading.filter(|_| is_lost) {
            let alarm = Alarm::ForeignClock {
                delta_s: clock.delta_s,
                looks_like_utc: clock.looks_like_utc,
            };
            shared.emit(self.serial, Event::Alarm(alarm));
        }
    }

    fn take_setting(&mut self, now: Instant, message: &Message) {
        let settings = &mut self.configuration;
        let is_new = match message {
            Message::NicknameReply(reply) => {
                let name = reply.value.as_ref().map(Nickname::to_str_lossy);
                replace(&mut settings.name, name.map(|name| name.to_string()))
            }
            Message::LanguageReply(reply) => replace(&mut settings.language, reply.value),
            Message::TemperatureUnitReply(reply) => {
                replace(&mut settings.temperature_unit, reply.value)
            }
            Message::StartMethodReply(reply) => replace(&mut settings.start_method, reply.value),
            Message::OutputAmpsReply(reply) => {
                let current_a = reply.value.map(|amps| amps.0);
                self.output_current_at = current_a.map(|_| now).or(self.output_current_at);
                replace(&mut settings.output_current_a, current_a)
            }
            _ => false,
        };
        if is_new {
            self.changes.add(Changes::CONFIGURATION);
        }
    }
}

/// Keeps a new value; whether it is another one.
fn replace<T: PartialEq>(place: &mut Option<T>, value: Option<T>) -> bool {
    let is_new = value.is_some() && *place != value;
    if is_new {
        *place = value;
    }
    is_new
}
