//! From a configuration to its text.

use std::fmt::Write as _;

use super::{
    BusConfig, ChargerConfig, CircuitConfig, Config, Defaults, EmConfig, Sharing, SharingPolicy,
};
use crate::model::Identity;
use crate::secret::SecretSource;
use crate::state_store::LiveLimit;
use crate::units::Milliamps;

impl Config {
    /// The text of it, as [`parse`](Self::parse) reads it: the tables that say something. Without `show_secrets` a PIN
    /// that is written down becomes `[redacted]`, for a screen. With it the text belongs into a file of mode 0600; to add
    /// chargers to one, append the text of a configuration that holds only them.
    pub fn to_toml(&self, show_secrets: bool) -> String {
        let mut tables = vec![defaults(&self.defaults)];
        tables.extend(
            self.chargers
                .iter()
                .map(|known| charger(known, show_secrets)),
        );
        tables.extend(self.buses.iter().map(bus));
        tables.extend(self.circuits.iter().map(circuit));
        tables.extend([guard(self), em(&self.em)]);
        tables.retain(|table| table.lines().count() > 1 || table.starts_with("[buses"));
        tables.join("\n")
    }
}

fn defaults(defaults: &Defaults) -> String {
    let mut text = "[defaults]\n".to_owned();
    put(&mut text, "charger", defaults.charger.as_deref());
    put(&mut text, "max_current", defaults.max_current);
    text
}

fn charger(charger: &ChargerConfig, show_secrets: bool) -> String {
    let mut text = format!("[chargers.{}]\n", charger.name);
    put(&mut text, "address", Some(&charger.address));
    put(
        &mut text,
        "serial",
        charger.identity.as_ref().map(Identity::serial),
    );
    match &charger.pin {
        Some(SecretSource::Text(pin)) if show_secrets => put(&mut text, "pin", Some(pin.expose())),
        Some(SecretSource::Text(_)) => put(&mut text, "pin", Some("[redacted]")),
        Some(SecretSource::Variable(name)) => put(&mut text, "pin_env", Some(name)),
        Some(SecretSource::Command(command)) => put(&mut text, "pin_command", Some(command)),
        None => {}
    }
    put(&mut text, "max_current", charger.max_current);
    put(&mut text, "phases", charger.phases.as_ref());
    let live_limit = charger.live_limit.map(|known| match known {
        LiveLimit::Yes => "yes",
        LiveLimit::No => "no",
        LiveLimit::Unknown => "unknown",
    });
    put(&mut text, "live_limit", live_limit);
    put(&mut text, "wiring", charger.wiring);
    put_sharing(&mut text, charger.sharing.as_ref());
    text
}

fn bus(bus: &BusConfig) -> String {
    let mut text = format!("[buses.{}]\n", quoted(&bus.port));
    put(&mut text, "limit", bus.limit);
    put(&mut text, "wiring", bus.wiring);
    if bus.listen_only {
        text.push_str("listen_only = true\n");
    }
    put(&mut text, "phases", bus.phases.as_ref());
    put_sharing(&mut text, bus.sharing.as_ref());
    text
}

fn put_sharing(text: &mut String, sharing: Option<&Sharing>) {
    let Some(sharing) = sharing else { return };
    put(text, "circuit", Some(&sharing.circuit));
    if sharing.priority != 0 {
        let _ = writeln!(text, "priority = {}", sharing.priority);
    }
    put(text, "guaranteed", sharing.guaranteed);
    if !sharing.self_start {
        text.push_str("self_start = false\n");
    }
    if sharing.probe {
        text.push_str("probe = true\n");
    }
}

fn circuit(circuit: &CircuitConfig) -> String {
    let mut text = format!("[circuits.{}]\n", circuit.name);
    put_phases(&mut text, "limit", circuit.limit);
    put(&mut text, "within", circuit.within.as_ref());
    let usual = CircuitConfig::new("", Milliamps(0));
    if circuit.reserve != usual.reserve {
        put_phases(&mut text, "reserve", circuit.reserve);
    }
    if circuit.meter_max_age != usual.meter_max_age {
        let age_s = circuit.meter_max_age.as_secs();
        let _ = writeln!(text, "meter_max_age_s = {age_s}");
    }
    let policy = circuit.policy;
    put(
        &mut text,
        "policy",
        (policy != SharingPolicy::Fair).then_some(policy),
    );
    text
}

fn put_phases(text: &mut String, key: &str, amps: [Milliamps; 3]) {
    if amps == [amps[0]; 3] {
        return put(text, key, Some(amps[0]));
    }
    let list = amps.map(|amps| quoted(&amps.to_string())).join(", ");
    let _ = writeln!(text, "{key} = [{list}]");
}

fn guard(config: &Config) -> String {
    let mut text = "[guard]\n".to_owned();
    for (key, _, time) in config.said_of_guard() {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{key} = {}", time.as_secs());
    }
    text
}

fn em(em: &EmConfig) -> String {
    let mut text = "[em]\n".to_owned();
    if let Some(port) = em.port {
        let _ = writeln!(text, "port = {port}");
    }
    if !em.broadcast.is_empty() {
        let list: Vec<_> = em
            .broadcast
            .iter()
            .map(|to| quoted(&to.to_string()))
            .collect();
        let _ = writeln!(text, "broadcast = [{}]", list.join(", "));
    }
    text
}

fn put(text: &mut String, key: &str, value: Option<impl ToString>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{key} = {}", quoted(&value.to_string()));
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
