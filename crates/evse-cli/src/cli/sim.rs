//! `evse sim …`: simulated chargers.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use evse::em::proto::{Pin, Serial};
use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse_sim::em::Model;
use evse_sim::faults::{Fault, FaultKind, FaultSpec, em, twc};

use super::values::{pin, serial, unit};
use super::{Record, Traffic, seconds, speed};

#[derive(Debug, Args)]
pub(crate) struct Sim {
    #[command(flatten)]
    pub(crate) record: Record,
    #[command(subcommand)]
    pub(crate) device: SimDevice,
}

impl Sim {
    /// What it is spoken to by.
    pub(super) const fn traffic(&self) -> Traffic {
        match self.device {
            SimDevice::Twc(_) => Traffic::Line,
            _ => Traffic::Network,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimDevice {
    /// A Duosida wallbox on TCP, answering discovery on UDP.
    #[command(after_help = duosida_help())]
    Duosida(SimDuosida),
    /// Chargers of the `EVSEMaster` kind (Besen, Telestar, Morec and relatives) on UDP, one or thousands.
    ///
    /// They announce themselves until a client logs in, and send to its port 28376 only, as the hardware does. On
    /// loopback each has an address of its own, the next one counted up.
    #[command(after_help = em_help())]
    Em(SimEm),
    /// Tesla Gen2 wall connectors on a pseudo terminal or behind a TCP port, at the pace of their line.
    ///
    /// They begin without a controller, and judge each frame of the one that comes.
    #[command(after_help = twc_help())]
    Twc(SimTwc),
}

#[derive(Debug, Args)]
pub(crate) struct SimDuosida {
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub(crate) bind: IpAddr,
    /// TCP port; 0 takes a free one.
    #[arg(long, default_value_t = evse::DUOSIDA_PORT)]
    pub(crate) port: u16,
    /// Address to answer discovery on; probes are broadcast, so all by default.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    pub(crate) discovery_bind: IpAddr,
    /// UDP port of discovery; 0 takes a free one.
    #[arg(long, default_value_t = 48899)]
    pub(crate) discovery_port: u16,
    /// Identifier, 19 digits.
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// What the car does at the start.
    #[arg(long, value_enum, default_value_t = SimCar::Plugged)]
    pub(crate) car: SimCar,
    /// Phases of the mains: 1 or 3.
    #[arg(long, default_value_t = 1, value_parser = phases)]
    pub(crate) phases: u8,
    /// How long the one session stays busy after it ends.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub(crate) slot_busy: f64,
    /// How fast the charger's time passes.
    #[arg(long, default_value = "1", value_parser = speed)]
    pub(crate) speed: f64,
    /// Seed of everything random; the same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A fault from the list below, with a probability and a time such as 90s if wanted; repeatable.
    #[arg(long, value_name = "NAME[=P][@TIME]")]
    pub(crate) fault: Vec<FaultSpec>,
    /// Play the charger of this capture (pcap or pcapng) instead: the first client gets its first connection, the
    /// second its second; after the last, each gets the last again.
    ///
    /// Waits for the requests that the capture has, up to 5 s beyond their time, and answers under their message ids;
    /// all else is sent as it was recorded, with the recorded gaps divided by `--speed`. What the capture does not have
    /// is not answered, and reported.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "car", "phases", "slot_busy", "seed", "fault"])]
    pub(crate) replay: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SimEm {
    /// Address of the first charger.
    #[arg(long, default_value_t = Ipv4Addr::new(127, 0, 0, 2))]
    pub(crate) bind: Ipv4Addr,
    /// UDP port that a charger sends from; 0 takes a free one, as the hardware does.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Serial number of the first charger, 16 hex digits; the others count up.
    #[arg(long, default_value = "1000000000000001", value_parser = serial)]
    pub(crate) serial: Serial,
    /// The PIN, six digits.
    #[arg(long, default_value = "123456", value_parser = pin)]
    pub(crate) pin: Pin,
    /// How many chargers.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) count: u32,
    /// Phases: 1 or 3.
    #[arg(long, default_value_t = 1, value_parser = phases)]
    pub(crate) phases: u8,
    /// Which model's ways it has.
    #[arg(long, default_value = "bs20", value_parser = PossibleValuesParser::new(Model::ALL.map(|(_, name)| name)).map(|name| model(&name)))]
    pub(crate) model: Model,
    /// What the car does at the start.
    #[arg(long, value_enum, default_value_t = SimCar::Plugged)]
    pub(crate) car: SimCar,
    /// Where it announces itself; by default to all, on loopback to a client at 127.0.0.1.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) announce_to: Option<SocketAddrV4>,
    /// Port of clients: everything goes there, whatever port a request came from.
    #[arg(long, value_name = "PORT", default_value_t = evse::em::proto::CLIENT_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) client_port: u16,
    /// How many past charges it remembers at the start.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(..=2_000))]
    pub(crate) history: u32,
    /// How fast the charger's time passes.
    #[arg(long, default_value = "1", value_parser = speed)]
    pub(crate) speed: f64,
    /// Seed of everything random; the same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A fault from the list below, with a probability and a time such as 90s if wanted; repeatable.
    #[arg(long, value_name = "NAME[=P][@TIME]")]
    pub(crate) fault: Vec<FaultSpec<em::Fault>>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("place").required(true))]
pub(crate) struct SimTwc {
    /// A path that becomes a link to the pseudo terminal.
    #[arg(long, value_name = "PATH", group = "place")]
    pub(crate) pty: Option<PathBuf>,
    /// Be a gateway at this address instead; port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", group = "place")]
    pub(crate) listen: Option<SocketAddr>,
    /// How many units: 1 to 3.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=3))]
    pub(crate) units: u16,
    /// Id of the first unit, four hex digits, with which its serial number ends; the others count up.
    #[arg(long, value_name = "ID", default_value = "3495", value_parser = unit)]
    pub(crate) id: Unit,
    /// Which version of the protocol they speak: 1 or 2.
    #[arg(long = "version", value_name = "N", default_value = "2", value_parser = twc_version)]
    pub(crate) protocol: ProtocolVersion,
    /// What is plugged into each unit at the start.
    #[arg(long, value_enum, default_value_t = SimTwcCar::Tesla)]
    pub(crate) car: SimTwcCar,
    /// Phases: 1 or 3.
    #[arg(long, default_value_t = 3, value_parser = phases)]
    pub(crate) phases: u8,
    /// Put another controller on the bus.
    #[arg(long)]
    pub(crate) foreign_controller: bool,
    /// How fast time passes on the bus. A controller on real time keeps up with 5 at most.
    #[arg(long, default_value = "1", value_parser = speed)]
    pub(crate) speed: f64,
    /// Seed of everything random; the same seed gives the same run.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A fault from the list below, with a probability and a time such as 90s if wanted; repeatable.
    #[arg(long, value_name = "NAME[=P][@TIME]")]
    pub(crate) fault: Vec<FaultSpec<twc::Fault>>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SimTwcCar {
    /// A Tesla, which tells its VIN.
    Tesla,
    /// Another make.
    Other,
    /// No car.
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SimCar {
    /// No car.
    None,
    /// Plugged in, waiting for a start.
    Plugged,
    /// Charging.
    Charging,
}

/// Examples, and the faults with what they do.
fn duosida_help() -> String {
    help::<Fault>(
        "evse sim duosida --bind 127.0.0.1 --car charging --speed 10 --fault garbage=0.1@2m",
        &[
            "evse sim duosida --record session.pcap",
            "evse sim duosida --replay session.pcap --speed 10",
        ],
    )
}

fn em_help() -> String {
    help::<em::Fault>(
        "evse sim em --bind 127.0.0.2 --count 10 --phases 3 --car charging",
        &[
            "evse sim em --client-port 28380 --fault drop=0.06 --fault reboot@2m",
            "evse sim em --bind 192.0.2.7 --model ec311s --record session.pcap",
        ],
    )
}

fn twc_help() -> String {
    help::<twc::Fault>(
        "evse sim twc --pty ./twc0 --units 2 --car tesla",
        &[
            "evse sim twc --pty ./twc0 --foreign-controller --fault drop=0.05",
            "evse sim twc --listen 127.0.0.1:4196 --version 1 --record bus.pcap",
        ],
    )
}

fn help<F: FaultKind>(example: &str, others: &[&str]) -> String {
    let mut text = format!("Examples:\n  {example}");
    for other in others {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {other}");
    }
    text += "\n\nFaults:";
    for (_, name, what) in F::ALL {
        let _ = write!(text, "\n  {name:<16} {what}");
    }
    text
}

/// One of the names that the parser lets through.
fn model(name: &str) -> Model {
    let found = Model::ALL.iter().find(|(_, known)| *known == name);
    found.map_or_else(Model::default, |(model, _)| *model)
}

fn twc_version(text: &str) -> Result<ProtocolVersion, String> {
    match text {
        "1" => Ok(ProtocolVersion::V1),
        "2" => Ok(ProtocolVersion::V2),
        _ => Err("1 or 2 is wanted".to_owned()),
    }
}

fn phases(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err("1 or 3 is wanted".to_owned()),
    }
}
