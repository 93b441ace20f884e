//! Personal data in the packets of EM chargers.

use emproto::frame::{Datagram, datagrams};
use emproto::message::{
    ChargeRecord, ChargeStart, ChargeStop, ChargingStatus, HistoryInfo, HistorySlot,
    HistorySlotRequest, Identifier, LoginInfo, LoginMore, Message, Nickname, RawBytes, RawMessage,
    RecordAck, Setting, StartReply, Status, StopReply, Version,
};
use emproto::{Command, Password, Serial};

use super::book::Book;
use super::frame::text;

/// Scrubs all datagrams of a packet; lengths stay, checksums are made anew. Damaged bytes wait until all serials of
/// the capture are known: see [`damage`].
pub(super) fn packet(book: &mut Book, packet: &mut [u8]) {
    let original = packet.to_vec();
    let mut start = 0;
    for item in datagrams(&original) {
        match item {
            Ok(datagram) => {
                let end = start + emproto::frame::MIN_LEN + datagram.payload.len();
                let place = packet.get_mut(start..end).unwrap_or_default();
                match scrubbed(book, &datagram) {
                    Some(bytes) if bytes.len() == place.len() => place.copy_from_slice(&bytes),
                    _ => text(place),
                }
                start = end;
            }
            Err(error) => {
                start = error.offset + error.bytes;
                let bytes = packet.get_mut(error.offset..start).unwrap_or_default();
                if let ([0x06, 0x01, ..], Some(serial)) =
                    (&*bytes, bytes.get(5..).and_then(<[u8]>::first_chunk))
                {
                    // Most of a damaged datagram is right.
                    book.serial(&mut serial.clone());
                }
            }
        }
    }
}

/// Scrubs what is no datagram: known serials, and all text.
pub(super) fn damage(book: &mut Book, packet: &mut [u8]) {
    let original = packet.to_vec();
    for error in datagrams(&original).filter_map(Result::err) {
        let end = error.offset + error.bytes;
        let bytes = packet.get_mut(error.offset..end).unwrap_or_default();
        book.serials_everywhere(bytes);
        text(bytes);
    }
}

fn scrubbed(book: &mut Book, datagram: &Datagram<'_>) -> Option<Vec<u8>> {
    let mut serial = datagram.serial.0;
    book.serial(&mut serial);
    let mut password = *datagram.password.expose();
    if !datagram.password.is_none() {
        book.pin(&mut password);
    }
    let mut payload = Vec::new();
    match Message::decode(datagram) {
        Ok(mut message) if datagram.key_type == 0 => {
            scrub_message(book, &mut message);
            message.put_payload(&mut payload);
        }
        _ => {
            payload.extend_from_slice(datagram.payload);
            if datagram.command.holds_secret() {
                book.password(&mut payload);
            } else {
                text(&mut payload);
            }
        }
    }
    let datagram = Datagram {
        serial: Serial(serial),
        password: Password::from_bytes(password),
        payload: &payload,
        ..*datagram
    };
    datagram.to_vec().ok()
}

fn scrub_message(book: &mut Book, message: &mut Message) {
    match message {
        Message::ChargingPush(charging) | Message::ChargingReply(charging) => {
            id(book, &mut charging.charge_id);
            id(book, &mut charging.user_id);
        }
        Message::ChargeStart(start) => {
            id(book, &mut start.user_id);
            id(book, &mut start.charge_id);
        }
        Message::ChargeStop(stop) => {
            if let Some(order) = &mut stop.order {
                id(book, &mut order.user_id);
            }
        }
        Message::RecordCurrent(record) | Message::RecordLocal(record) => self::record(book, record),
        Message::HistorySlot(slot) => {
            if let Some(record) = &mut slot.record {
                self::record(book, record);
            }
        }
        Message::RecordCurrentAck(ack) | Message::RecordLocalAck(ack) => {
            id(book, &mut ack.charge_id);
        }
        Message::Nickname(setting) | Message::NicknameReply(setting) => nickname(book, setting),
        Message::WifiReply(config) => {
            let (ssid, rest) = at_nul(&mut config.ssid);
            book.name(ssid);
            // What stands behind the NUL may be the end of an older name.
            text(rest);
            let (passphrase, rest) = at_nul(&mut config.passphrase);
            book.password(passphrase);
            text(rest);
            let mut extra = config.extra.to_vec();
            book.password(&mut extra);
            config.extra = RawBytes::from(&*extra);
        }
        Message::Raw(RawMessage { command, payload }) => {
            let mut bytes = payload.to_vec();
            scrub_raw(book, *command, &mut bytes);
            *payload = RawBytes::from(&*bytes);
        }
        _ => {}
    }
    scrub_extra(message);
}

/// What is not known of a message, at its end, may hold texts.
fn scrub_extra(message: &mut Message) {
    match message {
        Message::Heading(extra)
        | Message::PasswordError(extra)
        | Message::LoginConfirm(extra)
        | Message::LoginRequest(extra)
        | Message::HeadingAck(extra)
        | Message::StatusAck(extra)
        | Message::ChargingAck(extra)
        | Message::ChargingRequest(extra)
        | Message::HistoryInfoRequest(extra)
        | Message::StatusRequest(extra)
        | Message::VersionRequest(extra)
        | Message::ChargeStart(ChargeStart { extra, .. })
        | Message::ChargeStartReply(StartReply { extra, .. })
        | Message::ChargeStopReply(StopReply { extra, .. })
        | Message::ChargingPush(ChargingStatus { extra, .. })
        | Message::ChargingReply(ChargingStatus { extra, .. })
        | Message::HistoryInfo(HistoryInfo { extra, .. })
        | Message::HistorySlot(HistorySlot { extra, .. })
        | Message::HistorySlotRequest(HistorySlotRequest { extra, .. })
        | Message::RecordCurrentAck(RecordAck { extra, .. })
        | Message::RecordLocalAck(RecordAck { extra, .. })
        | Message::StatusPush(Status { extra, .. })
        | Message::StatusReply(Status { extra, .. })
        | Message::VersionReply(Version { extra, .. })
        | Message::Language(Setting { extra, .. })
        | Message::LanguageReply(Setting { extra, .. })
        | Message::Nickname(Setting { extra, .. })
        | Message::NicknameReply(Setting { extra, .. })
        | Message::OutputAmps(Setting { extra, .. })
        | Message::OutputAmpsReply(Setting { extra, .. })
        | Message::StartMethod(Setting { extra, .. })
        | Message::StartMethodReply(Setting { extra, .. })
        | Message::SystemTime(Setting { extra, .. })
        | Message::SystemTimeReply(Setting { extra, .. })
        | Message::TemperatureUnit(Setting { extra, .. })
        | Message::TemperatureUnitReply(Setting { extra, .. })
        | Message::WeeklyPlan(Setting { extra, .. })
        | Message::WeeklyPlanReply(Setting { extra, .. }) => mask(extra, 0),
        Message::Announce(LoginInfo { more, .. }) | Message::LoginOk(LoginInfo { more, .. }) => {
            match more {
                LoginMore::Long { extra, .. } | LoginMore::Other(extra) => mask(extra, 0),
                LoginMore::HotLine(_) => {}
            }
        }
        Message::ChargeStop(ChargeStop { extra, .. }) => mask(extra, 0),
        // Done with what is known of them.
        Message::RecordCurrent(_)
        | Message::RecordLocal(_)
        | Message::WifiReply(_)
        | Message::Raw(_) => {}
    }
}

/// Makes texts unreadable from byte `known` on.
fn mask<const N: usize>(extra: &mut RawBytes<N>, known: usize) {
    let mut bytes = extra.to_vec();
    text(bytes.get_mut(known..).unwrap_or_default());
    *extra = RawBytes::from(&*bytes);
}

/// Payloads without a known layout may hold names and card numbers.
fn scrub_raw(book: &mut Book, command: Command, payload: &mut [u8]) {
    if command.holds_secret() {
        book.password(payload);
    } else {
        text(payload);
    }
}

fn record(book: &mut Book, record: &mut ChargeRecord) {
    id(book, &mut record.started_by);
    id(book, &mut record.stopped_by);
    id(book, &mut record.charge_id);
    let known = if record.log_count.is_some() {
        READINGS
    } else {
        0
    };
    mask(&mut record.extra, known);
}

fn id(book: &mut Book, id: &mut Identifier) {
    let len = id.trimmed().len();
    if !IMPERSONAL.contains(&&*id.to_str_lossy()) {
        book.name(id.0.get_mut(..len).unwrap_or_default());
    }
    // What stands behind the NUL may be the end of an older one.
    text(at_nul(&mut id.0).1);
}

fn nickname(book: &mut Book, setting: &mut Setting<Nickname>) {
    if let Some(Nickname(field)) = &mut setting.value {
        let mut bytes = field.to_vec();
        let skip = if bytes.starts_with(PREFIX) {
            PREFIX.len()
        } else {
            0
        };
        let (name, rest) = at_nul(bytes.get_mut(skip..).unwrap_or_default());
        let len = name.trim_ascii_end().len();
        book.name(name.get_mut(..len).unwrap_or_default());
        text(rest);
        *field = RawBytes::from(&*bytes);
    }
}

fn at_nul(field: &mut [u8]) -> (&mut [u8], &mut [u8]) {
    let end = field.iter().position(|byte| *byte == 0);
    field.split_at_mut(end.unwrap_or(field.len()))
}

/// What the firmware writes in place of a user.
const IMPERSONAL: [&str; 3] = ["Clock", "PAP", "Fix Time"];
/// How many bytes of a record are readings, behind their number.
const READINGS: usize = 348;
const PREFIX: &[u8] = b"ACP#";
