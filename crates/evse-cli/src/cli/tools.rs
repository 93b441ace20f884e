//! The commands that need no charger: decoding, simulating, showing.

use std::path::PathBuf;

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use clap::{Args, Subcommand, ValueEnum};

use evse_sim::faults::{Fault, FaultSpec};

use super::{Record, seconds, speed};

#[derive(Debug, Args)]
pub(crate) struct Decode {
    /// A capture (pcap or pcapng), such as tcpdump and Wireshark write.
    #[arg(conflicts_with_all = ["hex", "protocol", "framing"])]
    pub(crate) file: Option<PathBuf>,
    /// Whose frames they are; a capture tells by itself.
    #[arg(long, value_enum, required_unless_present = "file")]
    pub(crate) protocol: Option<DecodeProtocol>,
    /// The bytes as hex; spaces, colons and line breaks do not matter.
    #[arg(long)]
    pub(crate) hex: Option<String>,
    /// How the bytes are cut into messages.
    #[arg(long, value_enum, default_value_t = DecodeFraming::Raw)]
    pub(crate) framing: DecodeFraming,
    /// Print passwords too.
    #[arg(long)]
    pub(crate) show_secrets: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DecodeProtocol {
    Duosida,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DecodeFraming {
    /// The TCP stream.
    Raw,
    /// The checksummed form of a serial or Wi-Fi-module link.
    Wrapped,
    /// One discovery datagram.
    Discovery,
}

#[derive(Debug, Args)]
pub(crate) struct Sim {
    #[command(flatten)]
    pub(crate) record: Record,
    #[command(subcommand)]
    pub(crate) device: SimDevice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimDevice {
    /// A Duosida wallbox on TCP, answering discovery on UDP.
    #[command(after_help = sim_help())]
    Duosida(SimDuosida),
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

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Plain text, line by line. The only form so far.
    #[arg(long)]
    pub(crate) plain: bool,
    /// How long it may take.
    #[arg(long = "for", value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) duration: f64,
}

/// An example, and the faults with what they do.
fn sim_help() -> String {
    let mut text = "Example:\n  evse sim duosida --bind 127.0.0.1 --car charging --speed 10 --fault garbage=0.1@2m\n\nFaults:".to_owned();
    for (_, name, what) in Fault::ALL {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  {name:<15} {what}");
    }
    text
}

fn phases(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        "3" => Ok(3),
        _ => Err("1 or 3 is wanted".to_owned()),
    }
}
