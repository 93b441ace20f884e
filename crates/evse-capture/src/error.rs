use std::io;

use crate::pcap::LinkType;

/// What can be wrong with a capture file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither pcap nor pcapng.
    #[error("this is neither a pcap nor a pcapng file")]
    NotACapture,
    /// The file ends in the middle of a packet.
    #[error("the capture is cut off: its last {bytes_left} bytes are no whole packet")]
    CutOff {
        /// From the unfinished packet to the end.
        bytes_left: usize,
    },
    /// A block of the file contradicts itself.
    #[error("the capture is damaged {bytes_left} bytes before its end")]
    Damaged {
        /// From the damage to the end.
        bytes_left: usize,
    },
    /// A packet of a pcapng file names an interface that the file does not describe.
    #[error("a packet names interface {0}, which the capture does not describe")]
    NoInterface(u32),
    /// Only a damaged file has thousands of interfaces.
    #[error("the capture describes too many interfaces")]
    TooManyInterfaces,
    /// A pcap file has one link type.
    #[error("packets of link types {} and {} do not fit into one pcap file", .0.0, .1.0)]
    MixedLinkTypes(LinkType, LinkType),
    /// A packet that other tools would refuse to read.
    #[error("a packet of {0} bytes is too long for a capture file")]
    TooLong(usize),
    /// One end of a connection is IPv4, the other IPv6.
    #[error("one address is IPv4, the other IPv6")]
    MixedAddresses,
    /// The file could not be read or written.
    #[error("the capture could not be read or written: {0}")]
    Io(#[from] io::Error),
}
