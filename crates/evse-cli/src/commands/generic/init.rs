//! `evse config init`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use evse::config::{BusConfig, ChargerConfig, Config};
use evse::model::Device;
use evse::units::Milliamps;
use evse::{Address, Found, FoundKind, Identity, Protocol};

use super::discover;
use crate::cli::Init;
use crate::connect::generic as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

/// What is written without a search: nothing that counts until somebody takes the comments away.
const TEMPLATE: &str = include_str!("template.toml");

/// What comes before those who were found.
const HEADING: &str = "\
# Chargers by their names, for the evse command, as a search found them. Rename them: what
# follows \"chargers.\" is the name, of a-z, A-Z, 0-9, - and _. Take \"#: \" away from what you
# need; `evse config check` tells what is wrong.
";

pub(super) async fn run(arguments: &Init, context: &Context) -> Result<(), Failure> {
    let path = Config::locate(context.config_file())?;
    if path.exists() {
        // Said before a search that would be in vain.
        return Err(not_written(&path, &io::ErrorKind::AlreadyExists.into()));
    }
    if arguments.discover {
        return discovered(&path, arguments, context).await;
    }
    write_new(&path, TEMPLATE).map_err(|error| not_written(&path, &error))?;
    if context.json {
        return output::object(&json::config::InitJson::new(&path, &[], &[]));
    }
    output::line(&format!(
        "wrote {}; `evse discover` tells the addresses to put there",
        path.display()
    ))
}

async fn discovered(path: &Path, arguments: &Init, context: &Context) -> Result<(), Failure> {
    let mut config = Config::default();
    config.em.port = arguments.client_port;
    config.em.broadcast.clone_from(&arguments.search.broadcast);
    let options = discover::options(&arguments.search, &config);
    let (found, nothing) = match connect::search(options, context).await {
        Ok(found) => (found, connect::nothing_found()),
        Err(nothing) => (Vec::new(), nothing),
    };
    let mut told = Vec::new();
    let mut ports = Vec::new();
    for found in &found {
        match (found.kind, &found.address) {
            (FoundKind::SerialPort, Address::Twc { port, .. }) => ports.push(port.clone()),
            _ => told.extend(add(&mut config, found)),
        }
    }
    let text = if told.is_empty() {
        TEMPLATE.to_owned()
    } else {
        text(&config, &told, &ports)
    };
    write_new(path, &text).map_err(|error| not_written(path, &error))?;
    if context.json {
        return output::object(&json::config::InitJson::new(path, &config.chargers, &ports));
    }
    tell(path, &config.chargers, &told, &ports, &nothing)
}

/// What was found, where it is written, and what to do next.
fn tell(
    path: &Path,
    chargers: &[ChargerConfig],
    told: &[String],
    ports: &[String],
    nothing: &Failure,
) -> Result<(), Failure> {
    if !(told.is_empty() && ports.is_empty()) {
        output::line(&table::generic::written(chargers, told, ports))?;
    }
    let path = path.display();
    if chargers.is_empty() {
        let hint = nothing.hint.as_deref().unwrap_or_default();
        return output::line(&format!(
            "wrote {path}, a template, for {}; {hint}",
            nothing.message
        ));
    }
    let needs_pin = chargers.iter().any(is_em);
    let pin = if needs_pin {
        "; `evse em login` remembers a PIN"
    } else {
        ""
    };
    output::line(&format!(
        "wrote {path}; rename chargers there, behind `chargers.`{pin}"
    ))
}

/// A charger that was found, by a name that is free, unless it is there; what it tells of itself.
fn add(config: &mut Config, found: &Found) -> Option<String> {
    let address = lasting(found);
    let mut known = config.chargers.iter();
    if known.any(|charger| charger.address == address) {
        return None;
    }
    let name = free_name(&config.chargers, address.protocol().name());
    config.chargers.push(ChargerConfig::new(name, address));
    Some(about(found.name.as_ref(), &found.device))
}

/// For one line of a comment, although it came over the network.
fn about(name: Option<&String>, device: &Device) -> String {
    let device = [&device.brand, &device.model, &device.firmware];
    let words = name.into_iter().chain(device.into_iter().flatten());
    let words: Vec<&str> = words.map(String::as_str).collect();
    words.join(" ").replace(char::is_control, " ")
}

/// By serial number, which a new address does not change, where it is told.
fn lasting(found: &Found) -> Address {
    let serial = found.identity.as_ref().map(Identity::serial);
    match (&found.address, serial.map(str::parse)) {
        (Address::Em { .. }, Some(Ok(serial))) => Address::EmSerial(serial),
        (address, _) => address.clone(),
    }
}

fn free_name(chargers: &[ChargerConfig], first: &str) -> String {
    let mut name = first.to_owned();
    let mut number = 1;
    while chargers.iter().any(|charger| charger.name == name) {
        number += 1;
        name = format!("{first}-{number}");
    }
    name
}

/// A block for each charger and each bus.
fn text(config: &Config, told: &[String], ports: &[String]) -> String {
    let mut blocks = vec![HEADING.to_owned()];
    for (charger, about) in config.chargers.iter().zip(told) {
        let mut lines = Vec::new();
        if !about.is_empty() {
            lines.push(format!("# {about}"));
        }
        let table = toml(|one| one.chargers.push(charger.clone()));
        lines.push(table.trim_end().to_owned());
        lines.extend(suggestions(charger));
        blocks.push(lines.join("\n") + "\n");
    }
    let mut buses: Vec<&str> = Vec::new();
    for charger in &config.chargers {
        match &charger.address {
            Address::Twc { port, .. } if !buses.contains(&port.as_str()) => buses.push(port),
            _ => {}
        }
    }
    for port in buses {
        let about = "What the common breaker carries for hours, and the wiring of each unit; 6 A unless said.";
        blocks.push(bus(port, about));
    }
    for port in ports {
        let about = format!(
            "Tesla Gen2 units, if this port is their bus: `evse discover --bus {port}` only listens."
        );
        blocks.push(bus(port, &about));
    }
    blocks.push(toml(|one| one.em = config.em.clone()));
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n")
}

/// What a search cannot know of a charger.
fn suggestions(charger: &ChargerConfig) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if charger.address.protocol() == Protocol::Duosida {
        lines.push("# Let the router give it the same address every time.".into());
    }
    if is_em(charger) {
        let variable = charger.name.to_uppercase().replace('-', "_");
        lines.extend([
            "# Its PIN, that of the vendor's app: `evse em login` remembers it; or a variable tells it,".into(),
            "# or a command (pin_command = \"pass show evse\").".into(),
            format!("#: pin_env = \"{variable}_PIN\""),
        ]);
    }
    lines.extend([
        "# The most that it may be told, for its cable or fuse.".into(),
        "#: max_current = \"16 A\"".into(),
    ]);
    lines
}

fn is_em(charger: &ChargerConfig) -> bool {
    charger.address.protocol() == Protocol::Em
}

/// The table of a bus, as a comment.
fn bus(port: &str, about: &str) -> String {
    let table = toml(|one| {
        let mut bus = BusConfig::new(port);
        bus.limit = Some(Milliamps(40_000));
        bus.wiring = Some(Milliamps(16_000));
        one.buses.push(bus);
    });
    let table = table.trim_end().replace('\n', "\n#: ");
    format!("# {about}\n#: {table}\n")
}

/// Tables as a configuration has them.
fn toml(fill: impl FnOnce(&mut Config)) -> String {
    let mut config = Config::default();
    fill(&mut config);
    config.to_toml(false)
}

fn not_written(path: &Path, source: &io::Error) -> Failure {
    match source.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("there is a configuration at {}", path.display()))
                .try_this("see it with `evse config show`, or name another file with --config")
        }
        _ => Failure::usage(format!("{} cannot be written: {source}", path.display()))
            .try_this("check path and permissions, or name another file with --config"),
    }
}

/// Readable by this user alone: PINs may come to stand in it.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use evse::Config;
    use evse::config::ChargerConfig;
    use evse::model::Device;

    use super::{TEMPLATE, about, free_name, text};

    /// With what is suggested.
    fn in_full(text: &str) -> Config {
        let lines = text.lines();
        let lines: Vec<&str> = lines
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect();
        Config::parse(&lines.join("\n"), "evse.toml").expect("it is valid")
    }

    #[test]
    fn the_template_is_empty_until_its_comments_are_taken_away() {
        let parsed = Config::parse(TEMPLATE, "evse.toml").expect("it is valid");
        assert_eq!(parsed, Config::default());
        let parsed = in_full(TEMPLATE);
        let names: Vec<&str> = parsed
            .chargers
            .iter()
            .map(|charger| &*charger.name)
            .collect();
        assert_eq!(names, ["garage", "carport", "left"]);
        assert_eq!(parsed.defaults.charger.as_deref(), Some("garage"));
        assert_eq!(parsed.buses.len(), 1);
    }

    #[test]
    fn what_a_charger_tells_of_itself_configures_nothing() {
        let name = "Garage\n[chargers.garage]\r\n\u{85}".to_owned();
        let mut device = Device::default();
        device.model = Some("BS20".to_owned());
        let told = about(Some(&name), &device);
        assert_eq!(told, "Garage [chargers.garage]    BS20");
    }

    #[test]
    fn all_kinds_and_ports_are_valid_with_and_without_what_is_suggested() {
        let mut config = Config::default();
        for address in [
            "duosida://192.0.2.7",
            "em://9181102751219513",
            "em://0011223344556677",
            "twc:///dev/ttyUSB0#3495",
            "twc:///dev/ttyUSB0#3496",
        ] {
            let address: evse::Address = address.parse().expect("an address");
            let name = free_name(&config.chargers, address.protocol().name());
            config.chargers.push(ChargerConfig::new(name, address));
        }
        let told = ["", "Garage Besen BS20", "", "", ""].map(str::to_owned);
        let text = text(&config, &told, &["/dev/ttyUSB1".to_owned()]);
        let parsed = Config::parse(&text, "evse.toml").expect("it is valid");
        assert_eq!(parsed, config);
        let full = in_full(&text);
        let ports: Vec<&str> = full.buses.iter().map(|bus| &*bus.port).collect();
        assert_eq!(ports, ["/dev/ttyUSB0", "/dev/ttyUSB1"]);
        let names = full.chargers.iter().map(|charger| &*charger.name);
        assert_eq!(
            names.collect::<Vec<_>>(),
            ["duosida", "em", "em-2", "twc", "twc-2"]
        );
        let pins = full.chargers.iter().map(|charger| charger.pin.is_some());
        assert_eq!(pins.collect::<Vec<_>>(), [false, true, true, false, false]);
    }
}
