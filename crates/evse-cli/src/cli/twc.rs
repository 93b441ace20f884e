//! `evse twc …`: one family's commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use evse::twc::proto::Address as Unit;

use super::values::{UnitMax, bus_port, unit, unit_current, unit_max};
use super::{Record, seconds};

#[derive(Debug, Args)]
pub(crate) struct Twc {
    #[command(flatten)]
    pub(crate) target: TwcTarget,
    #[command(flatten)]
    pub(crate) record: Record,
    #[command(subcommand)]
    pub(crate) command: TwcCommand,
}

/// Which unit, and what the bus may give.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Bus and unit")]
pub(crate) struct TwcTarget {
    /// Id of the unit on its bus, four hex digits; without it, the only one there.
    #[arg(long, global = true, value_name = "ID", value_parser = unit)]
    pub(crate) address: Option<Unit>,
    /// What the common breaker carries for hours: all units together are given no more.
    #[arg(long, global = true, value_name = "AMPS", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) max_current: u16,
    /// What the wiring of each unit carries for hours, or of one unit only; repeatable. 6 A unless you say so.
    ///
    /// With its rotary switch at F nothing in a unit limits its current: this does.
    #[arg(long, global = true, value_name = "[ID=]AMPS", value_parser = unit_max)]
    pub(crate) unit_max: Vec<UnitMax>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TwcCommand {
    /// Run the bus and show its units: a live table on a terminal, with keys, else a line for each change.
    ///
    /// Keys: up and down select a unit. 1 to 5 set the current to start with to 6, 10, 20, 32 and 0 A; 6 to 9 and 0 that
    /// of the running session; + and - step by 2 A. All of them get what the units share, no more. d and c open and close
    /// the contactors, after a question. q or Ctrl-C ends, and says what the units will do.
    #[command(
        after_help = "Examples:\n  evse twc watch /dev/ttyUSB0 --max-current 40 --unit-max 32\n  evse twc watch gateway.lan:4196 --disable-controller --json"
    )]
    Watch {
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        listen: Listen,
        #[command(flatten)]
        stay: Stay,
    },
    /// Show the units on the bus, once.
    #[command(
        after_help = "Examples:\n  evse twc list /dev/ttyUSB0\n  evse twc list /dev/ttyUSB0 --disable-controller --json"
    )]
    List {
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        listen: Listen,
    },
    /// Set the current that sessions of a unit start with: 6 A or more, or 0 for none.
    ///
    /// The unit is told when its vehicle asks, by the controller that keeps it: this program, as long as it runs.
    #[command(after_help = "Example:\n  evse twc default-current 10 /dev/ttyUSB0 --hold")]
    DefaultCurrent {
        /// Amperes.
        #[arg(value_parser = unit_current)]
        amps: u16,
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        hold: Hold,
    },
    /// Limit the session that runs: 6 A or more, within what the units share; 0 gives the share up, which is no stop.
    #[command(
        after_help = "Examples:\n  evse twc session-current 16 /dev/ttyUSB0 --max-current 20 --unit-max 16 --hold\n  evse twc session-current 10 twc:///dev/ttyUSB0#3495 --max-current 10 --unit-max 10"
    )]
    SessionCurrent {
        /// Amperes.
        #[arg(value_parser = unit_current)]
        amps: u16,
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        hold: Hold,
    },
    /// 2 A more for the session that runs, if they are free.
    #[command(
        after_help = "Example:\n  evse twc increase /dev/ttyUSB0 --max-current 20 --unit-max 16 --hold"
    )]
    Increase {
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        hold: Hold,
    },
    /// 2 A less for the session that runs; the unit takes them back after about 10 s.
    #[command(after_help = "Example:\n  evse twc decrease /dev/ttyUSB0 --hold")]
    Decrease {
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        hold: Hold,
    },
    /// Cut the power under load, after a question. A Tesla then shows an error until it is plugged in again.
    #[command(after_help = "Example:\n  evse twc open-contactors /dev/ttyUSB0 --yes")]
    OpenContactors {
        #[command(flatten)]
        bus: Bus,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Close the contactors, after a question; those of an idle unit too. Held back for 60 s after they were switched.
    #[command(after_help = "Example:\n  evse twc close-contactors /dev/ttyUSB0 --yes")]
    CloseContactors {
        #[command(flatten)]
        bus: Bus,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Do not wait. Switching in quick succession wears contactors and cars.
        #[arg(long)]
        force: bool,
    },
    /// Share a limit among the units, until Ctrl-C: a line for each change.
    #[command(after_help = "Example:\n  evse twc share --limit 40 /dev/ttyUSB0 --unit-max 32")]
    Share {
        /// What the common breaker carries for hours, A.
        #[arg(long, value_name = "AMPS", conflicts_with = "max_current", value_parser = clap::value_parser!(u16).range(1..=1_000))]
        limit: u16,
        #[command(flatten)]
        bus: Bus,
        #[command(flatten)]
        stay: Stay,
    },
}

/// Where the bus is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Bus {
    /// A serial port such as /dev/ttyUSB0, a gateway as HOST:PORT, or a whole twc:// address.
    #[arg(value_parser = bus_port)]
    pub(crate) port: evse::Address,
}

/// Whether to send at all.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Listen {
    /// Send nothing, only listen: for a bus that has a controller.
    #[arg(long = "disable-controller", alias = "disable-fake-controller")]
    pub(crate) only: bool,
}

/// For commands that stay.
#[derive(Clone, Debug, Args)]
pub(crate) struct Stay {
    /// Append every frame to this file, a line each, as the Python tool does. It holds serial numbers and VINs.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// End after so long.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) duration: Option<f64>,
}

/// Whether the controller stays.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Hold {
    /// Stay until Ctrl-C: what a unit is told lives only while a controller speaks, about 30 s more.
    #[arg(long)]
    pub(crate) hold: bool,
}
