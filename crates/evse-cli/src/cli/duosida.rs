//! `evse duosida …`: one family's commands.

use std::net::Ipv4Addr;

use clap::{Args, Subcommand, ValueEnum};

use super::{Record, seconds};

#[derive(Debug, Args)]
pub(crate) struct Duosida {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) record: Record,
    #[command(subcommand)]
    pub(crate) command: DuosidaCommand,
}

/// Which charger, and how to find it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Charger")]
pub(crate) struct Target {
    /// Name or IP address of the charger; without it, the only one that discovery finds.
    #[arg(long, global = true)]
    pub(crate) host: Option<String>,
    /// Its TCP port.
    #[arg(long, global = true, default_value_t = evse::DUOSIDA_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// The charger's 19 digits: refuse any other that answers at the address. Not needed.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) device_id: Option<String>,
    /// Send discovery probes to this address only, such as another subnet's broadcast address.
    #[arg(long, global = true, value_name = "ADDR")]
    pub(crate) broadcast: Option<Ipv4Addr>,
    /// UDP port of discovery.
    #[arg(long, global = true, default_value_t = 48899, value_name = "PORT")]
    pub(crate) discovery_port: u16,
    /// Send discovery probes from this UDP port; 0 is any.
    #[arg(long, global = true, default_value_t = 0, value_name = "PORT")]
    pub(crate) source_port: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DuosidaCommand {
    /// Find chargers on this network.
    #[command(after_help = "Example:\n  evse duosida discover --json")]
    Discover {
        /// How long to search.
        #[arg(long = "for", value_name = "SECONDS", default_value = "4", value_parser = seconds)]
        duration: f64,
        /// Also learn each charger's identifier. Takes its one session, which then stays busy for 30 s.
        #[arg(long)]
        identify: bool,
        /// Also try every address around the interfaces' own when nothing answers. Takes sessions as well.
        #[arg(long)]
        scan: bool,
    },
    /// Show state and readings, once.
    #[command(
        after_help = "Examples:\n  evse duosida status --json\n  evse duosida status --record session.pcap"
    )]
    Status,
    /// Show state and readings as they change, until Ctrl-C.
    #[command(after_help = "Example:\n  evse duosida monitor --interval 30 --duration 600")]
    Monitor {
        /// How often to ask, 10 to 120 s; what the charger pushes is shown at once.
        #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u64).range(10..=120))]
        interval: u64,
        /// End after this time.
        #[arg(long, value_name = "SECONDS", value_parser = seconds)]
        duration: Option<f64>,
    },
    /// Start charging. Held back for 60 s after a stop.
    #[command(after_help = "Example:\n  evse duosida start --host 192.0.2.7")]
    Start {
        /// Who charges, as the charger's records show it.
        #[arg(long, value_name = "TAG")]
        id_tag: Option<String>,
        /// Do not wait after a stop. Switching in quick succession wears contactors and cars.
        #[arg(long)]
        force: bool,
    },
    /// Stop charging. Never refused by the guard.
    #[command(after_help = "Example:\n  evse duosida stop --host 192.0.2.7")]
    Stop {
        /// Id of the transaction; without it, the one that runs.
        #[arg(long, value_name = "ID")]
        transaction: Option<i64>,
    },
    /// Limit the current: 6 to 32 A, not above the charger's rating.
    #[command(after_help = "Example:\n  evse duosida set-current 16")]
    SetCurrent {
        /// Amps.
        amps: u32,
    },
    /// Set how long a plugged-in car may wait for authorisation: 30 to 900 s.
    #[command(after_help = "Example:\n  evse duosida set-timeout 120")]
    SetTimeout {
        /// Seconds.
        seconds: u32,
    },
    /// Set the temperature that ends charging: 85 to 95 °C.
    #[command(after_help = "Example:\n  evse duosida set-max-temp 90")]
    SetMaxTemp {
        /// Degrees Celsius.
        celsius: u32,
    },
    /// Set the highest mains voltage: 265 to 290 V.
    #[command(after_help = "Example:\n  evse duosida set-max-voltage 280")]
    SetMaxVoltage {
        /// Volts.
        volts: u32,
    },
    /// Set the lowest mains voltage: 70 to 110 V.
    #[command(after_help = "Example:\n  evse duosida set-min-voltage 90")]
    SetMinVoltage {
        /// Volts.
        volts: u32,
    },
    /// Switch plug and charge (direct work mode).
    #[command(after_help = "Example:\n  evse duosida set-direct-mode off")]
    SetDirectMode {
        /// On or off.
        switch: Switch,
    },
    /// Set the light: 0 off, 1 low, 3 high. Refused by many.
    #[command(after_help = "Example:\n  evse duosida set-led-brightness 1")]
    SetLedBrightness {
        /// 0, 1 or 3.
        level: u32,
    },
    /// Switch whether unplugging the car ends the session.
    #[command(after_help = "Example:\n  evse duosida set-stop-on-disconnect on")]
    SetStopOnDisconnect {
        /// On or off.
        switch: Switch,
    },
    /// Switch the check of the pilot's negative level, a safety check.
    #[command(after_help = "Example:\n  evse duosida set-level-detection on")]
    SetLevelDetection {
        /// On or off.
        switch: Switch,
        /// Yes, switch a safety check off.
        #[arg(long)]
        yes: bool,
    },
    /// Write any setting by its key.
    #[command(after_help = "Example:\n  evse duosida config HeartbeatInterval 60")]
    Config {
        /// The key, such as `VendorMaxWorkCurrent`.
        key: String,
        /// The value as text.
        value: String,
    },
    /// Show the charger's settings.
    #[command(after_help = "Example:\n  evse duosida get-config --json")]
    GetConfig,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Switch {
    #[value(alias = "1", alias = "true")]
    On,
    #[value(alias = "0", alias = "false")]
    Off,
}

impl Switch {
    pub(crate) fn is_on(self) -> bool {
        matches!(self, Self::On)
    }
}
