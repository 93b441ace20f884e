//! What comes in: checks of every datagram, and who handles it.
use std::net::Ipv4Addr;
use std::time::Instant;

use emproto::frame::{Datagram, datagrams};
use emproto::message::{HistoryInfo, Message, RawBytes, RawMessage};
use emproto::{Command, Direction};

use super::device::Device;
use super::event::Event;
use super::violation::ViolationKind;

impl Device {
    pub(super) fn receive(&mut self, now: Instant, from: Ipv4Addr, packet: &[u8]) {
        for datagram in datagrams(packet) {
            match datagram {
                Ok(datagram) => self.check(now, from, &datagram),
                Err(error) => self.violate(now, ViolationKind::BadFrame(error.kind)),
            }
        }
    }

    /// Everything but the meaning: serial, direction, key, permission, PIN, length.
    fn check(&mut self, now: Instant, from: Ipv4Addr, datagram: &Datagram<'_>) {
        let command = datagram.command;
        let without_serial = datagram.serial.is_zero() && command == Command::LoginRequest;
        if datagram.serial != self.config.serial && !without_serial {
            self.violate(now, ViolationKind::ForeignSerial);
            return;
        }
        if without_serial && datagram.password.is_none() {
            self.probes += 1;
            self.refuse(now, from);
            return;
        }
        let from_app = command == Command::Heading;
        if command.direction() == Direction::FromCharger {
            self.violate(now, ViolationKind::WrongDirection(command));
            if !from_app {
                return;
            }
        }
        if datagram.key_type != 0 {
            self.violate(now, ViolationKind::KeyType(datagram.key_type));
            return;
        }
        if !from_app && !may_be_obeyed(datagram) {
            self.violate(now, ViolationKind::Forbidden(command));
            return;
        }
        if datagram.password.pin() != Some(self.config.pin) {
            self.wrong_pins += 1;
            self.notify(Event::WrongPin(from));
            self.refuse(now, from);
            return;
        }
        let found = datagram.payload.len();
        let Ok(message) = Message::decode(datagram) else {
            self.violate(now, ViolationKind::ShortPayload(command));
            return;
        };
        if canonical_len(command).is_some_and(|len| len != found) {
            self.violate(now, ViolationKind::Length { command, found });
        }
        self.obey(now, from, &message);
    }

    fn refuse(&mut self, now: Instant, from: Ipv4Addr) {
        self.reply(now, from, &Message::PasswordError(RawBytes::EMPTY));
    }

    fn obey(&mut self, now: Instant, from: Ipv4Addr, message: &Message) {
        match message {
            Message::LoginRequest(_) => self.accept_login(now, from),
            Message::LoginConfirm(_) => self.confirm_login(now, from),
            Message::HeadingAck(_) => self.acknowledged(from, Command::Heading),
            Message::StatusAck(_) => self.acknowledged(from, Command::StatusPush),
            Message::ChargingAck(_) => self.acknowledged(from, Command::ChargingPush),
            Message::RecordCurrentAck(ack) | Message::RecordLocalAck(ack) => {
                self.record_acknowledged(now, &ack.charge_id);
            }
            Message::ChargeStart(order) => self.start_ordered(now, from, order),
            Message::ChargeStop(stop) => self.stop_ordered(now, from, stop),
            _ => {
                if let Some(answer) = self.answer(now, message) {
                    self.reply(now, from, &answer);
                }
            }
        }
    }

    /// Questions and settings: one request, one reply.
    fn answer(&mut self, now: Instant, message: &Message) -> Option<Message> {
        Some(match message {
            // A Sync answers an app's heading like this.
            Message::StatusRequest(_) | Message::Heading(_) => Message::StatusReply(self.status()),
            Message::ChargingRequest(_) => Message::ChargingReply(self.charging_status(now)),
            Message::VersionRequest(_) => Message::VersionReply(self.version()),
            Message::HistoryInfoRequest(_) => Message::HistoryInfo(HistoryInfo {
                byte_0: 1,
                capacity: self.config.history_capacity,
                extra: [0; 8].into(),
            }),
            Message::HistorySlotRequest(request) => {
                Message::HistorySlot(self.records.slot(request.slot))
            }
            Message::Raw(raw) if raw.command == Command::Maneuver => Message::Raw(RawMessage {
                command: Command::ManeuverReply,
                payload: [0, 1, BRIGHTNESS_PERCENT, 0, 0, 0, 0, 0].into(),
            }),
            _ => return self.answer_setting(now, message),
        })
    }
}

/// What this charger acts on: what a client may send, and the question for the brightness, which besen asks.
fn may_be_obeyed(datagram: &Datagram<'_>) -> bool {
    let asks_brightness =
        datagram.command == Command::Maneuver && datagram.payload.get(1) == Some(&1);
    datagram.command.may_be_sent() || asks_brightness
}

/// Length of the payload that the vendor app sends. Source: captures; several clients.
fn canonical_len(command: Command) -> Option<usize> {
    Some(match command {
        Command::StatusRequest | Command::VersionRequest => 0,
        Command::LoginRequest
        | Command::LoginConfirm
        | Command::HeadingAck
        | Command::StatusAck
        | Command::ChargingAck
        | Command::ChargingRequest
        | Command::HistoryInfoRequest => 1,
        Command::OutputAmps
        | Command::StartMethod
        | Command::Language
        | Command::TemperatureUnit => 2,
        Command::HistorySlotRequest | Command::SystemTime => 5,
        Command::Maneuver => 8,
        Command::RecordCurrentAck | Command::RecordLocalAck => 18,
        Command::Nickname => 33,
        Command::ChargeStart | Command::ChargeStop => 47,
        Command::WeeklyPlan => 64,
        _ => return None,
    })
}

/// Brightness of the display.
const BRIGHTNESS_PERCENT: u8 = 80;
