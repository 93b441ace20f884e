//! Packets from real chargers and from independent implementations, both directions.
//!
//! If a vector of real hardware fails, the code is wrong: do not change the vector.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use emproto::frame::datagrams;
use emproto::message::{
    Amps, ChargeStop, ChargeType, HistorySlotRequest, Identifier, Language, Message, Nickname,
    PlanSlot, RecordAck, Setting, StartMethod, StartOrder, TemperatureUnit, WeeklyPlan,
};
use emproto::time::{CivilTime, RawTime};
use emproto::{Command, InvalidArgument, Password, Pin, Serial};
use evse_capture::Secrets;
use evse_capture::decode::em::decode_packet;
use fixtures::{Vector, first_missing};
use serde_json::Value;

fn with_bytes() -> Vec<Vector> {
    let vectors = fixtures::vectors("em").into_iter();
    let vectors: Vec<_> = vectors.filter(|v| v.expect["items"].is_array()).collect();
    assert_eq!(vectors.len(), 102);
    vectors
}

#[test]
fn packets_decode_to_the_expected_items() {
    for vector in with_bytes() {
        let decoded = decode_packet(&vector.bytes(), Secrets::Show);
        assert_eq!(
            decoded.len(),
            vector.items().len(),
            "{}: {decoded:?}",
            vector.name
        );
        for (expected, actual) in vector.items().iter().zip(&decoded) {
            // Words are free, and an acknowledgement is another datagram.
            let mut expected = expected.clone();
            let object = expected.as_object_mut().unwrap();
            object.remove("ack");
            if let Some(Value::Object(fields)) = object.get_mut("decoded") {
                fields.remove("faults");
            }
            let difference = first_missing(&expected, actual);
            assert_eq!(difference, None, "{}", vector.name);
            for key in ["payload_error", "error"] {
                assert_eq!(actual.get(key), expected.get(key), "{}: {key}", vector.name);
            }
        }
    }
}

#[test]
fn the_direction_is_that_of_bit_15() {
    for vector in with_bytes() {
        let expected = match vector.direction.as_deref() {
            Some("evse->app") => "from_charger",
            _ => "to_charger",
        };
        for object in decode_packet(&vector.bytes(), Secrets::Show) {
            let is_expected = object.get("error").is_some() || object["direction"] == expected;
            assert!(is_expected, "{}", vector.name);
        }
    }
}

#[test]
fn what_decodes_encodes_to_the_same_bytes() {
    for vector in with_bytes() {
        let bytes = vector.bytes();
        let mut encoded = Vec::new();
        let mut decoded_all = true;
        for datagram in datagrams(&bytes) {
            let Ok(datagram) = datagram else {
                decoded_all = false;
                continue;
            };
            let mut again = Vec::new();
            datagram.encode(&mut again).unwrap();
            if let Ok(message) = Message::decode(&datagram) {
                let mut payload = Vec::new();
                message.put_payload(&mut payload);
                assert_eq!(payload, datagram.payload, "{}", vector.name);
                assert_eq!(message.command(), datagram.command, "{}", vector.name);
            }
            encoded.extend(again);
        }
        assert!(bytes.starts_with(&encoded), "{}", vector.name);
        assert!(!decoded_all || bytes == encoded, "{}", vector.name);
    }
}

#[test]
fn each_push_is_acknowledged_with_the_expected_bytes() {
    let pin: Pin = "123456".parse().unwrap();
    let mut acknowledged = 0;
    for vector in with_bytes() {
        let bytes = vector.bytes();
        let frames = vector
            .items()
            .iter()
            .filter(|item| item.get("error").is_none());
        for (expected, datagram) in frames.zip(datagrams(&bytes).filter_map(Result::ok)) {
            // The vectors show only what a client has to answer while registered: not a login.
            let Some(expected) = expected
                .get("ack")
                .filter(|_| datagram.command != Command::LoginOk)
            else {
                continue;
            };
            let ack = Message::decode(&datagram).unwrap().ack();
            let ack = ack.map(|ack| ack.to_datagram(datagram.serial, pin.into()).unwrap());
            assert_eq!(
                ack.map(hex::encode).as_deref(),
                expected.as_str(),
                "{}",
                vector.name
            );
            acknowledged += usize::from(!expected.is_null());
        }
    }
    assert!(acknowledged > 15, "{acknowledged}");
}

#[test]
fn arguments_encode_to_the_expected_bytes_or_are_refused() {
    let (mut encoded, mut refused) = (0, 0);
    for vector in fixtures::vectors("em") {
        let Some(encode) = vector.expect.get("encode") else {
            continue;
        };
        let serial: Serial = encode["serial"].as_str().unwrap().parse().unwrap();
        let pin: Pin = encode["password"].as_str().unwrap().parse().unwrap();
        if let Ok(message) = message(encode) {
            let bytes = message.to_datagram(serial, Password::from(pin)).unwrap();
            assert_eq!(hex::encode(bytes), vector.hex.unwrap(), "{}", vector.name);
            encoded += 1;
        } else {
            assert_eq!(
                vector.expect["error"], "invalid_argument",
                "{}",
                vector.name
            );
            refused += 1;
        }
    }
    assert_eq!((encoded, refused), (30, 3));
}

/// The message that a vector describes.
fn message(encode: &Value) -> Result<Message, InvalidArgument> {
    let args = &encode["args"];
    let number = |key: &str| {
        args[key]
            .as_u64()
            .map(|number| u32::try_from(number).unwrap())
    };
    let byte = |key: &str| number(key).map_or(0, |number| u8::try_from(number).unwrap());
    let id = |key: &str| Identifier::new(args[key].as_str().unwrap_or_default());
    let sets = byte("action") == 1;
    let code = encode["command"].as_str().unwrap().trim_start_matches("0x");
    let command = Command::from_code(u16::from_str_radix(code, 16).unwrap());
    assert!(command.may_be_sent(), "{command}");
    Ok(match command {
        Command::SystemTime if sets => {
            Message::SystemTime(Setting::<RawTime>::set(time(args, "local")))
        }
        Command::SystemTime => Message::SystemTime(Setting::get()),
        Command::OutputAmps if sets => Message::OutputAmps(Setting::<Amps>::set(byte("amps"))?),
        Command::OutputAmps => Message::OutputAmps(Setting::get()),
        Command::Nickname if sets => Message::Nickname(Setting::<Nickname>::set(
            args["nickname"].as_str().unwrap(),
        )?),
        Command::Nickname => Message::Nickname(Setting::get()),
        Command::StartMethod if sets => {
            Message::StartMethod(Setting::<StartMethod>::set(byte("mode").into()))
        }
        Command::StartMethod => Message::StartMethod(Setting::get()),
        Command::Language if sets => {
            Message::Language(Setting::<Language>::set(byte("language").into()))
        }
        Command::Language => Message::Language(Setting::get()),
        Command::TemperatureUnit if sets => {
            Message::TemperatureUnit(Setting::<TemperatureUnit>::set(byte("unit").into()))
        }
        Command::TemperatureUnit => Message::TemperatureUnit(Setting::get()),
        Command::WeeklyPlan if sets => Message::WeeklyPlan(Setting::<WeeklyPlan>::set(plan(args)?)),
        Command::WeeklyPlan => Message::WeeklyPlan(Setting::get()),
        Command::ChargeStart => Message::ChargeStart(start_order(args)?.try_into()?),
        Command::ChargeStop => {
            Message::ChargeStop(ChargeStop::new(byte("line_id"), id("user_id")?))
        }
        Command::RecordCurrentAck => Message::RecordCurrentAck(RecordAck::new(id("charge_id")?)),
        Command::RecordLocalAck => Message::RecordLocalAck(RecordAck::new(id("charge_id")?)),
        Command::HistorySlotRequest => {
            Message::HistorySlotRequest(HistorySlotRequest::new(number("index").unwrap()))
        }
        _ => Message::signal(command).unwrap(),
    })
}

fn start_order(args: &Value) -> Result<StartOrder, InvalidArgument> {
    let number = |key: &str| {
        args[key]
            .as_u64()
            .map(|number| u32::try_from(number).unwrap())
    };
    let byte = |key: &str| number(key).map_or(0, |number| u8::try_from(number).unwrap());
    let id = |key: &str| Identifier::new(args[key].as_str().unwrap_or_default());
    let centikwh = |kwh: f64| format!("{:.0}", kwh * 100.0).parse().unwrap();
    Ok(StartOrder {
        line_id: byte("line_id"),
        user_id: id("user_id")?,
        charge_id: id("charge_id")?,
        is_reservation: byte("is_reservation") == 1,
        start: time(args, "reservation_local"),
        charge_type: ChargeType::Normal,
        max_duration_min: number("max_duration_minutes"),
        max_energy_centikwh: args["max_energy_kwh"].as_f64().map(centikwh),
        current_a: byte("max_amps"),
    })
}

fn plan(args: &Value) -> Result<WeeklyPlan, InvalidArgument> {
    let mut plan = WeeklyPlan([PlanSlot::OFF; 7]);
    for (slot, wanted) in plan.0.iter_mut().zip(args["slots"].as_array().unwrap()) {
        if wanted["enabled"] == true {
            let (hour, minute) = wanted["start"].as_str().unwrap().split_once(':').unwrap();
            let duration = wanted["duration_minutes"].as_u64().unwrap();
            *slot = PlanSlot::on(
                hour.parse().unwrap(),
                minute.parse().unwrap(),
                duration.try_into().unwrap(),
            )?;
        }
    }
    Ok(plan)
}

/// A civil time such as `2026-02-03T10:15:00`; none when it is absent.
fn time(args: &Value, key: &str) -> RawTime {
    let Some(text) = args[key].as_str() else {
        return RawTime::NONE;
    };
    let numbers: Vec<u16> = text
        .split(['-', 'T', ':'])
        .map(|part| part.parse().unwrap())
        .collect();
    let small = |at: usize| u8::try_from(numbers[at]).unwrap();
    let civil = CivilTime::new(
        (numbers[0], small(1), small(2)),
        (small(3), small(4), small(5)),
    );
    RawTime::from_civil(civil.unwrap()).unwrap()
}

#[test]
fn secrets_never_print() {
    let passphrase = b"correct horse battery";
    let mut payload = vec![2];
    payload.extend_from_slice(b"Home network");
    payload.resize(33, 0);
    payload.extend_from_slice(passphrase);
    payload.resize(99, 0);
    payload.extend_from_slice(&[0, 0, 0, 0, 0x6E, 0xD8]);
    let serial: Serial = "1122334455667788".parse().unwrap();
    let pin: Pin = "654321".parse().unwrap();
    for command in [
        Command::WifiReply,
        Command::Wifi,
        Command::SetPassword,
        Command::SecretReply,
    ] {
        let datagram = emproto::frame::Datagram::new(serial, pin.into(), command, &payload);
        let bytes = datagram.to_vec().unwrap();
        let message = Message::decode(&datagram).unwrap();
        let decoded = decode_packet(&bytes, Secrets::Redact);
        // Damage must not help.
        let mut damaged = bytes.clone();
        damaged[30] ^= 1;
        let failed = decode_packet(&damaged, Secrets::Redact);
        let printed = format!("{datagram:?} {message:?} {decoded:?} {failed:?}");
        for secret in ["correct horse", "Home", "654321"] {
            assert!(
                !printed.contains(secret),
                "{command}: {secret} in {printed}"
            );
            assert!(
                !printed.contains(&hex::encode(secret)),
                "{command}: {secret} in {printed}"
            );
        }
        assert!(!format!("{datagram:?}").contains(&serial.to_string()));
        let shown = decode_packet(&bytes, Secrets::Show);
        assert_eq!(shown[0]["raw"], hex::encode(&bytes));
        assert_eq!(shown[0]["password"], "654321");
    }
}
