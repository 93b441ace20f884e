//! From a captured packet to what a program sent: a TCP segment, a UDP datagram, bytes on a serial line.
//!
//! Everything else (other protocols, fragments, headers that were cut off) is `None`, and no bytes make it fail.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use etherparse::{EtherType, IpNumber, LaxNetSlice, LaxSlicedPacket, TcpSlice, UdpSlice};

use crate::pcap::{LinkType, Packet};

/// What a packet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport<'a> {
    /// Bytes on a serial line.
    Serial(Serial<'a>),
    /// Part of a TCP connection.
    Tcp(Segment<'a>),
    /// A UDP datagram.
    Udp(Datagram<'a>),
}

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Sender.
    pub source: SocketAddr,
    /// Receiver.
    pub destination: SocketAddr,
    /// Number of the first byte (of the SYN, where it has one).
    pub sequence: u32,
    /// First segment of a connection in its direction.
    pub syn: bool,
    /// Last segment of a connection in its direction.
    pub fin: bool,
    /// The connection is dead.
    pub rst: bool,
    /// The bytes, as far as they were captured.
    pub payload: &'a [u8],
}

/// A UDP datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Sender.
    pub source: SocketAddr,
    /// Receiver.
    pub destination: SocketAddr,
    /// The bytes, as far as they were captured.
    pub payload: &'a [u8],
}

/// Bytes on a serial line, link type 250.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 0..4 | seconds | since the Unix epoch, big-endian |
/// | 4..8 | microseconds | big-endian |
/// | 8 | event | 1, 3: sent; 2, 4: received; others: no data |
/// | 9 | control lines | bits for CTS, DCD, DSR, RTS, DTR, RING |
/// | 10..12 | footer | zeros |
/// | 12.. | data | |
///
/// Source: registry of link types and `packet-rtacser` of Wireshark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serial<'a> {
    /// When, by the device that captured.
    pub time: Duration,
    /// Sent or received by the port that captured; on a shared bus this says nothing about who spoke.
    pub direction: SerialDirection,
    /// The bytes.
    pub payload: &'a [u8],
}

/// Which way bytes went through the serial port that captured them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialDirection {
    /// Into the port.
    Received,
    /// Out of the port.
    Sent,
}

impl Serial<'_> {
    /// A packet with these bytes, for a capture of this link type.
    pub fn to_packet(&self) -> Packet {
        let word = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
        let event = match self.direction {
            SerialDirection::Sent => 1,
            SerialDirection::Received => 2,
        };
        let mut bytes = Vec::with_capacity(SERIAL_HEADER_LEN + self.payload.len());
        bytes.extend(word(self.time.as_secs()));
        bytes.extend(word(self.time.subsec_micros().into()));
        bytes.extend([event, 0, 0, 0]);
        bytes.extend(self.payload);
        Packet::new(self.time, LinkType::RTAC_SERIAL, bytes)
    }
}

/// Takes a packet apart.
pub fn parse(packet: &Packet) -> Option<Transport<'_>> {
    if packet.link == LinkType::RTAC_SERIAL {
        return serial(&packet.bytes).map(Transport::Serial);
    }
    let layers = layers(packet)?;
    let payload = packet.bytes.get(layers.payload)?;
    let (source, destination) = (layers.source, layers.destination);
    Some(match layers.tcp {
        Some(flags) => Transport::Tcp(Segment {
            source,
            destination,
            sequence: flags.sequence,
            syn: flags.syn,
            fin: flags.fin,
            rst: flags.rst,
            payload,
        }),
        None => Transport::Udp(Datagram {
            source,
            destination,
            payload,
        }),
    })
}

/// Where the parts of a packet lie.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    /// The TCP or UDP header.
    pub(crate) transport: usize,
    pub(crate) payload: Range<usize>,
    /// `None` for UDP.
    pub(crate) tcp: Option<Flags>,
    /// Whether everything that was sent was also captured.
    pub(crate) whole: bool,
}

#[derive(Debug)]
pub(crate) struct Flags {
    sequence: u32,
    syn: bool,
    fin: bool,
    rst: bool,
}

pub(crate) fn layers(packet: &Packet) -> Option<Layers> {
    let bytes = packet.bytes.as_slice();
    let (ether_type, network) = network(packet.link, bytes)?;
    let inner = bytes.get(network..)?;
    let sliced = match ether_type {
        Some(ether_type) => LaxSlicedPacket::from_ether_type(EtherType(ether_type), inner),
        None => LaxSlicedPacket::from_ip(inner).ok()?,
    };
    let (source, destination, ip) = match sliced.net? {
        LaxNetSlice::Ipv4(v4) => {
            let header = v4.header();
            let (from, to) = (header.source_addr(), header.destination_addr());
            (from.into(), to.into(), v4.payload().clone())
        }
        LaxNetSlice::Ipv6(v6) => {
            let header = v6.header();
            let (from, to) = (header.source_addr(), header.destination_addr());
            (from.into(), to.into(), v6.payload().clone())
        }
        LaxNetSlice::Arp(_) => return None,
    };
    if ip.fragmented {
        return None;
    }
    // The slice lies inside `bytes`: its distance from the start is how many bytes come before it.
    let transport = (ip.payload.as_ptr() as usize).checked_sub(bytes.as_ptr() as usize)?;
    let (ports, header_len, payload_len, tcp) = match ip.ip_number {
        IpNumber::TCP => {
            let tcp = TcpSlice::from_slice(ip.payload).ok()?;
            let flags = Flags {
                sequence: tcp.sequence_number(),
                syn: tcp.syn(),
                fin: tcp.fin(),
                rst: tcp.rst(),
            };
            let ports = (tcp.source_port(), tcp.destination_port());
            let header_len = tcp.header_slice().len();
            (ports, header_len, tcp.payload().len(), Some(flags))
        }
        IpNumber::UDP => {
            let udp = UdpSlice::from_slice_lax(ip.payload).ok()?;
            let ports = (udp.source_port(), udp.destination_port());
            (ports, udp.header_slice().len(), udp.payload().len(), None)
        }
        _ => return None,
    };
    let start = transport.checked_add(header_len)?;
    Some(Layers {
        source: SocketAddr::new(source, ports.0),
        destination: SocketAddr::new(destination, ports.1),
        transport,
        payload: start..start.checked_add(payload_len)?,
        tcp,
        whole: !ip.incomplete,
    })
}

/// Type and beginning of what is inside the link layer. No type: IP, whose version tells itself.
fn network(link: LinkType, bytes: &[u8]) -> Option<(Option<u16>, usize)> {
    let ether_type = |at: usize| {
        let (high, low) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        Some(u16::from_be_bytes([high, low]))
    };
    Some(match link {
        LinkType::ETHERNET => (Some(ether_type(12)?), 14),
        LinkType::LINUX_SLL => (Some(ether_type(14)?), 16),
        LinkType::LINUX_SLL2 => (Some(ether_type(0)?), 20),
        // 12 and 14: raw IP in files of some BSD systems.
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 | LinkType(12 | 14) => (None, 0),
        LinkType::NULL | LinkType::LOOP => (None, 4),
        _ => return None,
    })
}

fn serial(bytes: &[u8]) -> Option<Serial<'_>> {
    let (header, payload) = bytes.split_first_chunk::<SERIAL_HEADER_LEN>()?;
    let [s0, s1, s2, s3, u0, u1, u2, u3, event, ..] = *header;
    let direction = match event {
        1 | 3 => SerialDirection::Sent,
        2 | 4 => SerialDirection::Received,
        _ => return None,
    };
    let seconds = u32::from_be_bytes([s0, s1, s2, s3]);
    let micros = u32::from_be_bytes([u0, u1, u2, u3]);
    Some(Serial {
        time: Duration::from_secs(seconds.into()) + Duration::from_micros(micros.into()),
        direction,
        payload,
    })
}

/// Where the data of a serial line begins.
pub(crate) const SERIAL_HEADER_LEN: usize = 12;
