//! The commands that need no charger: decoding, showing.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::seconds;

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
    /// Write a copy of the capture without what is private, in place of decoding it.
    #[arg(
        long,
        value_name = "OUT",
        requires = "file",
        conflicts_with = "show_secrets"
    )]
    pub(crate) scrub: Option<PathBuf>,
    /// Replace OUT if it is there.
    #[arg(long, requires = "scrub")]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum DecodeProtocol {
    Duosida,
    Em,
    Twc,
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
pub(crate) struct Demo {
    /// Plain text, line by line, on a terminal too: a story of 30 s.
    #[arg(long)]
    pub(crate) plain: bool,
    /// End after so long; a screen stays until a key ends it.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) duration: Option<f64>,
}
