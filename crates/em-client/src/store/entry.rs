//! One charger in the file.

use std::{collections::BTreeMap, fmt, net::SocketAddrV4};

use emproto::{
    Serial,
    message::{Language, StartMethod, TemperatureUnit},
    session::{Configuration, Info, Known, Session},
};
use jiff::{civil::DateTime, tz::TimeZone};
use serde_json::{Map, Number, Value};

use super::pin;

/// Why something in the file is no charger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Invalid(pub(crate) &'static str);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What the file says about a charger.
pub(crate) struct Entry {
    pub(crate) serial: Serial,
    /// Members that are absent or make no sense are not known.
    pub(crate) known: Known,
    /// Everything as it was read, for what is not known here.
    pub(crate) members: Map<String, Value>,
}

impl Entry {
    pub(super) fn read(members: Map<String, Value>) -> Result<Self, Invalid> {
        let empty = Map::new();
        let object = |name| members.get(name).and_then(Value::as_object);
        let info = object("info").ok_or(Invalid("it has no member info"))?;
        let config = object("config").unwrap_or(&empty);
        let ip = text(info, "ip").and_then(|ip| ip.parse().ok());
        let ip = ip.ok_or(Invalid("info.ip is no IPv4 address"))?;
        let port = number(info, "port").filter(|port| *port != 0);
        let port = port.ok_or(Invalid("info.port is no UDP port"))?;
        let serial = text(info, "serial").and_then(|serial| serial.parse().ok());
        let serial = serial.filter(|serial: &Serial| !serial.is_zero());
        let serial = serial.ok_or(Invalid("info.serial is no serial number"))?;
        let known = Known {
            address: Some(SocketAddrV4::new(ip, port)),
            pin: text(&members, "password").and_then(|stored| pin::decode(&stored)),
            info: read_info(info),
            configuration: read_configuration(config),
            last_seen_unix_s: unix(&members, "lastSeen"),
            last_configuration_unix_s: unix(&members, "lastConfigUpdate"),
            live_limit: None,
        };
        Ok(Self {
            serial,
            known,
            members,
        })
    }

    /// What the file shall say about a charger, on top of what it said.
    pub(crate) fn of(session: &Session, loaded: &BTreeMap<Serial, Map<String, Value>>) -> Self {
        let serial = session.serial();
        Self {
            serial,
            known: Known {
                address: session.address(),
                pin: session.pin(),
                info: session.info().clone(),
                configuration: session.configuration().clone(),
                last_seen_unix_s: session.last_seen_unix_s(),
                last_configuration_unix_s: session.last_configuration_unix_s(),
                live_limit: None,
            },
            members: loaded.get(&serial).cloned().unwrap_or_default(),
        }
    }

    /// The object for the file: what was read, and what is known now on top of it. None without an address.
    pub(crate) fn write(self) -> Option<Map<String, Value>> {
        let Self {
            serial,
            known,
            mut members,
        } = self;
        let address = known.address?;
        let mut info = taken(&mut members, "info");
        put(&mut info, "ip", Some(address.ip().to_string()));
        put(&mut info, "port", Some(address.port()));
        put(&mut info, "serial", Some(serial.to_string()));
        write_info(&mut info, known.info);
        put(&mut members, "info", Some(info));
        let mut config = taken(&mut members, "config");
        write_configuration(&mut config, known.configuration);
        put(&mut members, "config", Some(config));
        put(
            &mut members,
            "lastConfigUpdate",
            known.last_configuration_unix_s,
        );
        put(&mut members, "lastSeen", known.last_seen_unix_s);
        put(&mut members, "password", known.pin.map(pin::encode));
        Some(members)
    }
}

fn read_info(object: &Map<String, Value>) -> Info {
    let text = |name| text(object, name).unwrap_or_default();
    Info {
        brand: text("brand"),
        model: text("model"),
        hardware_version: text("hardwareVersion"),
        software_version: text("softwareVersion"),
        hot_line: text("hotLine"),
        phases: number(object, "phases").filter(|phases| matches!(phases, 1 | 3)),
        max_power_w: number(object, "maxPower"),
        max_current_a: number(object, "maxElectricity"),
        feature: number(object, "feature"),
        support_new: number(object, "supportNew"),
        ..Info::default()
    }
}

fn write_info(object: &mut Map<String, Value>, info: Info) {
    put(object, "phases", info.phases);
    for (name, text) in [
        ("brand", info.brand),
        ("model", info.model),
        ("hardwareVersion", info.hardware_version),
        ("softwareVersion", info.software_version),
        ("hotLine", info.hot_line),
    ] {
        put(object, name, Some(text).filter(|text| !text.is_empty()));
    }
    put(object, "maxPower", info.max_power_w);
    put(object, "maxElectricity", info.max_current_a);
    put(object, "feature", info.feature);
    put(object, "supportNew", info.support_new);
}

fn read_configuration(object: &Map<String, Value>) -> Configuration {
    let code = |name| number::<u8>(object, name);
    Configuration {
        name: text(object, "name"),
        language: code("language").map(Language::from),
        temperature_unit: code("temperatureUnit").map(TemperatureUnit::from),
        start_method: code("offLineCharge").map(StartMethod::from),
        output_current_a: code("maxElectricity"),
    }
}

fn write_configuration(object: &mut Map<String, Value>, configuration: Configuration) {
    let Configuration {
        name,
        language,
        temperature_unit,
        start_method,
        output_current_a,
    } = configuration;
    put(object, "name", name);
    put(object, "language", language.map(u8::from));
    put(object, "temperatureUnit", temperature_unit.map(u8::from));
    put(object, "offLineCharge", start_method.map(u8::from));
    put(object, "maxElectricity", output_current_a);
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

fn number<T: TryFrom<u64>>(object: &Map<String, Value>, name: &str) -> Option<T> {
    object.get(name)?.as_u64()?.try_into().ok()
}

/// Unix seconds, or a time by ISO 8601.
fn unix(object: &Map<String, Value>, name: &str) -> Option<i64> {
    match object.get(name)? {
        Value::Number(seconds) => whole(seconds),
        Value::String(text) => iso_8601(text),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "fractions of a second are dropped, and the cast saturates"
)]
fn whole(seconds: &Number) -> Option<i64> {
    let fraction = || seconds.as_f64().map(|seconds| seconds as i64);
    seconds.as_i64().or_else(fraction)
}

/// As JavaScript reads it: a date alone is UTC, a time without an offset is local.
fn iso_8601(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_second());
    }
    let civil: DateTime = text.parse().ok()?;
    let date_alone = !text.contains(['T', 't', ' ']);
    let zone = if date_alone {
        TimeZone::UTC
    } else {
        TimeZone::system()
    };
    Some(civil.to_zoned(zone).ok()?.timestamp().as_second())
}

/// A member that is an object, to be put back; empty if it is none.
fn taken(object: &mut Map<String, Value>, name: &str) -> Map<String, Value> {
    let member = object.get_mut(name).and_then(Value::as_object_mut);
    member.map(std::mem::take).unwrap_or_default()
}

/// What is not known leaves the member alone.
fn put<T: Into<Value>>(object: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}
