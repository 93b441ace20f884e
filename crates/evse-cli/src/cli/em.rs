//! `evse em …`: one family's commands.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand, ValueEnum};
use evse::Secret;
use evse::em::proto::message::{Identifier, Language, StartMethod, TemperatureUnit};
use evse::em::proto::time::CivilTime;
use evse::em::proto::{CLIENT_PORT, Serial};

use super::values::{
    DayPlan, civil_time, day_plan, energy, identifier, minutes, serial, start_time,
};
use super::{Record, seconds};

#[derive(Debug, Args)]
pub(crate) struct Em {
    #[command(flatten)]
    pub(crate) target: EmTarget,
    #[command(flatten)]
    pub(crate) record: Record,
    #[command(subcommand)]
    pub(crate) command: EmCommand,
}

/// Which charger, how to find it, and its PIN.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Charger and PIN")]
pub(crate) struct EmTarget {
    /// Name or IP address of the charger.
    #[arg(long, global = true)]
    pub(crate) host: Option<String>,
    /// Its serial number, 16 hex digits.
    #[arg(long, global = true, value_parser = serial)]
    pub(crate) serial: Option<Serial>,
    /// Any part of its serial number, brand, model or name; exactly one charger must match.
    ///
    /// Without --host, --serial and --charger: the only charger with a known PIN, else the only one found.
    #[arg(long, short, global = true, value_name = "TEXT")]
    pub(crate) charger: Option<String>,
    #[command(flatten)]
    pub(crate) pin: PinSource,
    /// The file of known chargers, in emproto's format; else `evses.json` beside the state file.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) evses: Option<PathBuf>,
    /// UDP port to listen on. Chargers answer to no other; simulators do.
    #[arg(long, global = true, value_name = "PORT", default_value_t = CLIENT_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) client_port: u16,
    /// Search by this address, such as another subnet's broadcast address, instead of all those of this machine;
    /// repeatable.
    #[arg(long, global = true, value_name = "ADDR")]
    pub(crate) broadcast: Vec<Ipv4Addr>,
}

/// Where a PIN comes from, unless it is known.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PinSource {
    /// Its PIN, six digits. Other users of this machine can see it; better use `$EVSE_PIN` or --pin-file.
    #[arg(long, global = true, value_parser = secret)]
    pub(crate) pin: Option<Secret>,
    /// A file with its PIN.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "pin")]
    pub(crate) pin_file: Option<PathBuf>,
}

impl PinSource {
    /// Whether the command line itself has one.
    pub(crate) const fn is_given(&self) -> bool {
        self.pin.is_some() || self.pin_file.is_some()
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum EmCommand {
    /// Find chargers on this network. Needs no PIN.
    #[command(after_help = "Example:\n  evse em discover --json")]
    Discover {
        /// How long to search.
        #[arg(long = "for", value_name = "SECONDS", default_value = "6", value_parser = seconds)]
        duration: f64,
    },
    /// Show state, readings and settings, once.
    #[command(
        after_help = "Examples:\n  evse em status --charger besen\n  evse em status --host 192.0.2.7 --json | jq .power"
    )]
    Status,
    /// Log in to every charger with a known PIN and show readings as they come.
    #[command(
        after_help = "Examples:\n  evse em watch\n  evse em watch --charger besen --for 600 --json"
    )]
    Watch {
        /// End after so long.
        #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
        duration: Option<f64>,
    },
    /// Check the PIN, and remember it with what the charger says about itself.
    #[command(
        after_help = "Examples:\n  evse em login --host 192.0.2.7\n  evse em login --serial 9181102751219513 --pin-file ~/.garage-pin"
    )]
    Login,
    /// Start a charge, now or later, and wait until the charger shows it.
    #[command(
        after_help = "Examples:\n  evse em start --amps 16\n  evse em start --at 23:30 --duration 6h --charger besen"
    )]
    Start(StartArguments),
    /// Stop the charge, or cancel the reservation. Never refused by this program.
    #[command(after_help = "Example:\n  evse em stop --charger besen")]
    Stop {
        /// Who stops it, up to 16 characters.
        #[arg(long, value_name = "ID", value_parser = identifier)]
        user: Option<Identifier>,
    },
    /// Set the current that charges use unless told otherwise: 6 to 32 A, not above the charger's rating.
    ///
    /// Some models take it during a charge, a Telestar EC311S faults minutes later: it is refused there.
    #[command(after_help = "Example:\n  evse em set-current 16")]
    SetCurrent {
        /// Amperes.
        amps: u8,
    },
    /// Show or set the name.
    #[command(after_help = "Examples:\n  evse em name\n  evse em name Garage")]
    Name {
        /// Up to 11 characters of ASCII.
        name: Option<String>,
    },
    /// Show or set the language of the display.
    #[command(after_help = "Example:\n  evse em language german")]
    Language {
        /// The language.
        #[arg(value_parser = PossibleValuesParser::new(Language::ALL.iter().filter_map(|one| one.name())).map(|name| language(&name)))]
        language: Option<Language>,
    },
    /// Show or set the temperature unit of the display.
    #[command(after_help = "Example:\n  evse em temperature-unit celsius")]
    TemperatureUnit {
        /// The unit.
        #[arg(value_parser = PossibleValuesParser::new(TemperatureUnit::ALL.iter().filter_map(|one| one.name())).map(|name| temperature_unit(&name)))]
        unit: Option<TemperatureUnit>,
    },
    /// Show or set how charging may be started without an app.
    #[command(after_help = "Example:\n  evse em offline-charge off")]
    OfflineCharge {
        /// How.
        mode: Option<OfflineCharge>,
    },
    /// Show the charger's clock, and how wrong it is.
    #[command(after_help = "Example:\n  evse em get-time")]
    GetTime,
    /// Set the charger's clock.
    #[command(after_help = "Examples:\n  evse em set-time\n  evse em set-time 2026-03-29T12:00")]
    SetTime {
        /// Local date and time; the present time by default.
        #[arg(value_parser = civil_time)]
        time: Option<CivilTime>,
    },
    /// Show or change the weekly plan: one time of charging a day, by the charger's clock.
    ///
    /// Days that are not named stay as they are. An end before the start is on the next day.
    #[command(
        after_help = "Examples:\n  evse em weekly-plan\n  evse em weekly-plan mon-fri=23:00-06:00 sat,sun=off\n  evse em weekly-plan all=01:30+4h30m"
    )]
    WeeklyPlan {
        /// What to do on which days: mon, tue-fri, sat,sun or all; then off, from-to, or from+duration.
        #[arg(value_name = "DAYS=TIME", value_parser = day_plan)]
        days: Vec<DayPlan>,
    },
    /// Read the charger's memory of past charges; about 80 s for the usual 300.
    #[command(after_help = "Examples:\n  evse em history\n  evse em history --last 10 --json")]
    History {
        /// Show the last ones only. All are read: the charger does not say which are the last.
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Show model and versions.
    #[command(after_help = "Example:\n  evse em version --json")]
    Version,
    /// Log in as `watch` does and print every datagram, with PINs and passwords masked.
    #[command(after_help = "Examples:\n  evse em dump --for 60\n  evse em dump --listen --json")]
    Dump {
        /// End after so long.
        #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
        duration: Option<f64>,
        /// Send nothing but a search.
        #[arg(long)]
        listen: bool,
    },
    /// Take over the chargers of a file of emproto, PINs included.
    #[command(after_help = "Example:\n  evse em import ~/evses.json")]
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Write the known chargers to a file as emproto has it. It holds the PINs, hardly hidden; only you may read it.
    #[command(after_help = "Example:\n  evse em export evses.json")]
    Export {
        /// The file; one that is there is replaced.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StartArguments {
    /// Current: 6 to 32 A, not above the charger's rating; the configured one by default. The charger keeps it.
    #[arg(long)]
    pub(crate) amps: Option<u8>,
    /// When, at most 24 h ahead: 23:30, +90m, or date and time such as 2026-03-29T23:30.
    #[arg(long = "at", value_name = "TIME", value_parser = start_time)]
    pub(crate) start_at_unix_s: Option<i64>,
    /// Charge for so long at most: 90, 90m or 1h30m.
    #[arg(long = "duration", value_name = "TIME", value_parser = minutes)]
    pub(crate) duration_min: Option<u32>,
    /// Charge so much at most, kWh.
    #[arg(long = "energy", value_name = "KWH", value_parser = energy)]
    pub(crate) energy_centikwh: Option<u32>,
    /// Who charges, up to 16 characters.
    #[arg(long, value_name = "ID", value_parser = identifier)]
    pub(crate) user: Option<Identifier>,
    /// Name of the charge, up to 16 characters; must be unique.
    #[arg(long, value_name = "ID", value_parser = identifier)]
    pub(crate) id: Option<Identifier>,
    /// Use one phase of a charger with three.
    #[arg(long)]
    pub(crate) single_phase: bool,
    /// Cancel a reservation first; with --force also stop a charge that runs.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Start although the guard says to wait: it spares the contactors of charger and car.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OfflineCharge {
    /// Anyone standing at the charger can start.
    On,
    /// Only an app can.
    Off,
    /// It starts when plugged in; not all models know this.
    Auto,
}

impl From<OfflineCharge> for StartMethod {
    fn from(mode: OfflineCharge) -> Self {
        match mode {
            OfflineCharge::On => Self::AppAndButton,
            OfflineCharge::Off => Self::AppOnly,
            OfflineCharge::Auto => Self::Automatic,
        }
    }
}

/// Whatever it is: what is wrong with it is said without it.
#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

/// One of the names that the parser lets through.
fn language(name: &str) -> Language {
    let found = Language::ALL.iter().find(|one| one.name() == Some(name));
    found.copied().unwrap_or(Language::English)
}

/// One of the names that the parser lets through.
fn temperature_unit(name: &str) -> TemperatureUnit {
    let found = TemperatureUnit::ALL.iter();
    let found = found.copied().find(|one| one.name() == Some(name));
    found.unwrap_or(TemperatureUnit::Celsius)
}
