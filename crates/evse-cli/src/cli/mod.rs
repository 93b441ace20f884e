//! The whole command line, in one place.

mod duosida;
mod em;
mod generic;
mod record;
mod sim;
mod tools;
mod twc;
mod values;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, Parser, Subcommand};

pub(crate) use duosida::{Duosida, DuosidaCommand, Target};
pub(crate) use em::{Em, EmCommand, EmTarget, OfflineCharge, PinSource, StartArguments};
pub(crate) use generic::{
    Choice, Circuits, ConfigCommand, Discover, Doctor, Init, SetCurrent, Start, Watch,
};
pub(crate) use record::{Record, Traffic};
pub(crate) use sim::{Sim, SimCar, SimDevice, SimDuosida, SimEm, SimTwc, SimTwcCar};
pub(crate) use tools::{Decode, DecodeFraming, DecodeProtocol, Demo};
pub(crate) use twc::{Bus, Stay, Twc, TwcCommand, TwcTarget};
pub(crate) use values::{DAYS, DayPlan, UnitMax};
use values::{seconds, speed};

const EXAMPLES: &str = "\
Examples:
  evse demo                                   everything, without hardware
  evse discover                               which chargers are on this network?
  evse status                                 of the only charger, configured or found
  evse tui                                    all of them, live, on the whole terminal
  evse start garage --amps 10                 by its name in evse.toml
  evse duosida set-current 16 --host 192.0.2.7
  evse em login --pin 123456                  of the only charger found; remembers the PIN
  evse em start --amps 10 --charger besen
  evse twc watch /dev/ttyUSB0                 Tesla Gen2 units on their RS-485 line

Exit codes: 0 done; 1 the charger said no or did not answer; 2 wrong usage; 130 interrupted; 143 ended before
it was done.";

/// Over the options that a command does not have of its own.
const COMMON: &str = "Common options";

const CIRCUITS: &str = "\
Columns:
  HOUSE     other loads: as measured, else the reserve
  DRAWN     what chargers draw
  MAY DRAW  the most that they may draw right now; nobody else is raised into that
  FREE      LIMIT less HOUSE and MAY DRAW
  WANTS     the most that its vehicle takes
  GETS      what it is to have once all have followed; the line below says why

Words:
  stale       other loads were measured too long ago, the reserve counts
  over limit  more is drawn than there is; who draws too much is told, with --keep
  overload    more has to be kept than there is: something has to be switched off
  floor       the least that a charge takes, 6 A mostly

Examples:
  evse circuits
  evse circuits --watch --json
  evse circuits --keep";

/// Local control of EV chargers, without cloud.
#[derive(Debug, Parser)]
#[command(name = "evse", version, about, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = COMMON)]
pub(crate) struct Common {
    /// Print JSON: one object, or one per line for streams.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How long to try to reach the charger; the one session of a Duosida may be busy for 30 s after the last command.
    #[arg(long, global = true, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) timeout: f64,
    /// The configuration; else `$EVSE_CONFIG`, else `$XDG_CONFIG_HOME/evse/evse.toml`.
    #[arg(long = "config", global = true, value_name = "FILE")]
    pub(crate) config_file: Option<PathBuf>,
    /// The state file; else `$EVSE_STATE_FILE`, else `$XDG_STATE_HOME/evse/state.json`.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) state_file: Option<PathBuf>,
    /// Say what happens, on standard error; twice for more.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find chargers of all kinds on this network, and list serial ports.
    ///
    /// On a bus of Tesla Gen2 units it only listens, and only on ports of the configuration or of --bus.
    #[command(
        after_help = "Examples:\n  evse discover\n  evse discover --protocol em --broadcast 192.0.2.255 --json"
    )]
    Discover(Discover),
    /// Show state and readings of a charger of any kind, once.
    #[command(
        after_help = "Examples:\n  evse status\n  evse status garage --json\n  evse status duosida://192.0.2.7"
    )]
    Status(Choice),
    /// Show what happens at chargers of all kinds, until Ctrl-C.
    ///
    /// Stays connected: an `EVSEMaster` charger is logged in to, and this program is the controller of a bus.
    #[command(
        after_help = "Examples:\n  evse watch\n  evse watch garage carport --json\n  evse watch --for 600"
    )]
    Watch(Watch),
    /// Show chargers of all kinds on the whole terminal, live, with keys to control them; `?` explains them.
    ///
    /// Stays connected, as `evse watch` does.
    #[command(after_help = "Examples:\n  evse tui\n  evse tui garage duosida://192.0.2.7")]
    Tui(Watch),
    /// Start to charge. Held back for 60 s after a stop.
    #[command(
        after_help = "Examples:\n  evse start garage\n  evse start --amps 10 --at 23:30 --duration 6h em://9181102751219513"
    )]
    Start(Start),
    /// Stop charging, or cancel a reservation. Never refused by the guard.
    #[command(after_help = "Example:\n  evse stop garage")]
    Stop(Choice),
    /// Stop if a session is open, else start.
    #[command(after_help = "Example:\n  evse toggle garage")]
    Toggle(Choice),
    /// Set the current that a charger may draw.
    #[command(
        after_help = "Examples:\n  evse set-current 16\n  evse set-current 10 garage\n  evse set-current 6 left --hold"
    )]
    SetCurrent(SetCurrent),
    /// Show the circuits that chargers share: limit and use, and what each charger wants, gets and draws, and why.
    ///
    /// Circuits are configured: `[circuits.NAME]` in evse.toml. With --keep this program divides what they bear among
    /// their chargers, of any kind, for as long as it runs; so does `evse tui`.
    #[command(
        after_help = CIRCUITS
    )]
    Circuits(Circuits),
    /// The configuration: names, addresses and limits of chargers.
    #[command(subcommand, after_help = "Example:\n  evse config check")]
    Config(ConfigCommand),
    /// Find out what keeps chargers from being reached, and say in plain words what to do about it.
    ///
    /// Looks at the configuration and the state file, at serial ports and who holds them, at the network, and at each
    /// charger. It starts, stops and sets nothing, neither on chargers nor on this machine; on a bus of Tesla Gen2 units
    /// it listens for 12 s and sends nothing. Exit code 1 if there is a problem.
    #[command(
        after_help = "Examples:\n  evse doctor\n  evse doctor garage\n  evse doctor twc:///dev/ttyUSB0\n  evse doctor --json | jq '.findings[] | select(.severity == \"problem\")'"
    )]
    Doctor(Doctor),
    /// Chargers that speak the Duosida protocol (Duosida, UCHEN and relatives).
    #[command(after_help = "Example:\n  evse duosida status --host 192.0.2.7")]
    Duosida(Duosida),
    /// Chargers that speak the `EVSEMaster` protocol (Besen, Telestar, Morec and relatives).
    ///
    /// They have a PIN of six digits, the one of the vendor's app. Give it once to `evse em login`, which remembers it,
    /// or with --pin, --pin-file or `$EVSE_PIN` to each command. Commands do not log in, so the vendor's app keeps its
    /// connection; `watch`, `dump` and `login` do, and take it over for a while. Chargers answer to UDP port 28376
    /// only, so one such program can run on a machine at a time. The traffic is not encrypted.
    #[command(
        after_help = "Examples:\n  evse em login --pin-file ~/.garage-pin\n  evse em status --charger besen"
    )]
    Em(Em),
    /// Tesla wall connectors of the second generation, on their RS-485 line.
    ///
    /// The units have their rotary switch at F, and this program is their controller: for 5 s it only listens, then it
    /// finds them, and divides a limit among them, 6 A unless --max-current and --unit-max say more. What it tells them
    /// lives only while it runs: left alone, units stop within about 30 s. With another controller on the bus nothing is
    /// sent.
    #[command(
        after_help = "Examples:\n  evse twc list /dev/ttyUSB0\n  evse twc watch /dev/ttyUSB0 --max-current 40 --unit-max 32"
    )]
    Twc(Twc),
    /// Decode a capture, or frames from hex or standard input.
    ///
    /// Prints each frame with its content, the gap to the frame before and, with -v, its bytes; a summary at the end.
    /// In colour on a terminal, unless `NO_COLOR` or `CLICOLOR=0` is set. Standard input may be hex text or the bytes
    /// themselves. Secrets are masked. Exit code 1 if a frame failed.
    ///
    /// A copy for a report, made by --scrub, has the traffic of chargers alone. Serial numbers, identifiers, PINs, tags,
    /// names, Wi-Fi passwords, VINs and MACs are replaced by others of the same length, and checksums made right again;
    /// IP addresses stay. Look at it before you publish it.
    #[command(
        after_help = "Examples:\n  evse decode charger.pcap\n  evse decode charger.pcap --scrub public.pcap\n  evse decode --protocol duosida --hex a2030408001000a20603494f53a80600\n  evse decode --protocol em < packets.hex\n  evse decode --protocol twc --hex c0fbe07777243300000000000000000025c0fc"
    )]
    Decode(Decode),
    /// Run a simulated charger on real sockets, until Ctrl-C.
    #[command(after_help = "Example:\n  evse sim duosida --car plugged --slot-busy 0")]
    Sim(Sim),
    /// Watch simulated chargers of each family and live sessions with them; no hardware, no network.
    ///
    /// On a terminal they are on the screen of `evse tui`, with its keys; else a story is told line by line.
    #[command(after_help = "Examples:\n  evse demo\n  evse demo --plain --for 40")]
    Demo(Demo),
    /// Print completions for a shell.
    #[command(
        after_help = "Example:\n  evse completions bash > ~/.local/share/bash-completion/completions/evse"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder.
    #[command(after_help = "Examples:\n  evse man > evse.1\n  evse man ~/.local/share/man/man1")]
    Man {
        /// The folder, which must be there.
        folder: Option<PathBuf>,
    },
}

impl Command {
    /// Where its traffic is to be recorded, and what traffic that is.
    pub(crate) fn record(&self) -> Option<(&Path, Traffic)> {
        let (record, traffic) = match self {
            Self::Discover(discover) => (&discover.record, Traffic::Any),
            Self::Status(choice) | Self::Stop(choice) | Self::Toggle(choice) => {
                (&choice.record, Traffic::Any)
            }
            Self::Watch(watch) | Self::Tui(watch) => (&watch.record, Traffic::Any),
            Self::Circuits(circuits) => (&circuits.record, Traffic::Any),
            Self::Doctor(doctor) => (&doctor.record, Traffic::Any),
            Self::Start(start) => (&start.choice.record, Traffic::Any),
            Self::SetCurrent(set) => (&set.choice.record, Traffic::Any),
            Self::Duosida(duosida) => (&duosida.record, Traffic::Network),
            Self::Em(em) => (&em.record, Traffic::Network),
            Self::Twc(twc) => (&twc.record, Traffic::Line),
            Self::Sim(sim) => (&sim.record, sim.traffic()),
            Self::Config(ConfigCommand::Init(init)) => (&init.search.record, Traffic::Any),
            _ => return None,
        };
        Some((record.file.as_deref()?, traffic))
    }
}
