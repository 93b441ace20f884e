//! Commands for chargers of any kind.

use std::net::Ipv4Addr;

use clap::{Args, Subcommand};
use evse::units::Milliamps;
use evse::{Address, Protocol};

use super::values::{bus_port, current, energy, minutes, protocol, start_time};
use super::{PinSource, Record, seconds};

/// Which charger is meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct Choice {
    /// Its name in the configuration, or its address such as `duosida://192.0.2.7`.
    ///
    /// Without it: the default of the configuration, its only charger, or the only one that is found.
    #[arg(value_name = "CHARGER")]
    pub(crate) charger: Option<String>,
    #[command(flatten)]
    pub(crate) pin: PinSource,
    #[command(flatten)]
    pub(crate) record: Record,
}

#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// Search for this protocol only: duosida, em or twc; repeatable.
    #[arg(long, value_name = "PROTOCOL", value_parser = protocol)]
    pub(crate) protocol: Vec<Protocol>,
    /// Search by this address, such as another subnet's broadcast address, instead of all those of this machine;
    /// repeatable.
    #[arg(long, value_name = "ADDR")]
    pub(crate) broadcast: Vec<Ipv4Addr>,
    /// Listen on this serial port or gateway too, for 12 s and without sending anything; repeatable.
    #[arg(long, value_name = "PORT", value_parser = bus_port)]
    pub(crate) bus: Vec<Address>,
    /// How long to search the network.
    #[arg(long = "for", value_name = "SECONDS", default_value = "6", value_parser = seconds)]
    pub(crate) duration: f64,
    #[command(flatten)]
    pub(crate) record: Record,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Its name in the configuration, or its address such as `duosida://192.0.2.7`: only what concerns it is looked at.
    ///
    /// Without it: this machine, its network, and every charger of the configuration.
    #[arg(value_name = "CHARGER")]
    pub(crate) charger: Option<String>,
    #[command(flatten)]
    pub(crate) pin: PinSource,
    #[command(flatten)]
    pub(crate) record: Record,
}

#[derive(Debug, Args)]
pub(crate) struct Circuits {
    /// Show them again whenever something changes, until Ctrl-C. Nobody is told anything.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Divide what they bear among their chargers, until Ctrl-C, and show that.
    #[arg(long, conflicts_with = "watch")]
    pub(crate) keep: bool,
    /// End --watch or --keep after so long.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) duration: Option<f64>,
    #[command(flatten)]
    pub(crate) record: Record,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Names in the configuration, or addresses; all chargers of the configuration without any, else all that are found.
    #[arg(value_name = "CHARGER")]
    pub(crate) chargers: Vec<String>,
    #[command(flatten)]
    pub(crate) pin: PinSource,
    #[command(flatten)]
    pub(crate) record: Record,
    /// End after so long.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) duration: Option<f64>,
}

/// What a charger cannot do it says, before anything is sent.
#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// Current; the one that is set by default.
    #[arg(long, value_parser = current)]
    pub(crate) amps: Option<Milliamps>,
    /// When, at most 24 h ahead: 23:30, +90m, or date and time such as 2026-03-29T23:30.
    #[arg(long = "at", value_name = "TIME", value_parser = start_time)]
    pub(crate) at_unix_s: Option<i64>,
    /// Charge for so long at most: 90, 90m or 1h30m.
    #[arg(long = "duration", value_name = "TIME", value_parser = minutes)]
    pub(crate) duration_min: Option<u32>,
    /// Charge so much at most, kWh.
    #[arg(long = "energy", value_name = "KWH", value_parser = energy)]
    pub(crate) energy_centikwh: Option<u32>,
    /// Who charges.
    #[arg(long, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Name of the charge; must be unique.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
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

#[derive(Debug, Args)]
pub(crate) struct SetCurrent {
    /// Amps; what the charger cannot be told exactly is rounded down.
    #[arg(value_parser = current)]
    pub(crate) amps: Milliamps,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// For Tesla units: stay until Ctrl-C, for what they are told lives only while a controller speaks.
    #[arg(long)]
    pub(crate) hold: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show what is configured, without secrets.
    #[command(after_help = "Example:\n  evse config show --json")]
    Show,
    /// Read the configuration and say what is wrong with it.
    #[command(after_help = "Example:\n  evse config check --config evse.toml")]
    Check,
    /// Write a configuration to begin with, unless there is one.
    ///
    /// With --discover the chargers that a search finds stand in it, by names made up: rename them there. PINs do not.
    #[command(
        after_help = "Examples:\n  evse config init --discover\n  evse config init --discover --bus /dev/ttyUSB0"
    )]
    Init(Init),
}

#[derive(Debug, Args)]
#[command(mut_args(|arg| if arg.get_id() == "discover" { arg } else { arg.requires("discover") }))]
pub(crate) struct Init {
    /// Search as `evse discover` does, and put there who is found.
    #[arg(long)]
    pub(crate) discover: bool,
    #[command(flatten)]
    pub(crate) search: Discover,
    /// UDP port to listen on for `EVSEMaster` chargers. They answer to no other than 28376; simulators do.
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) client_port: Option<u16>,
}
