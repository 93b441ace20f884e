//! Taking out of a capture what tells whose charger it is.
//!
//! Identifiers, serial numbers and the bus ids that stem from them, VINs, PINs, RFID tags, chargers' names, Wi-Fi names
//! and passwords, and hardware addresses are replaced by others of the same length, the same value always by the same.
//! Packets keep their times, lengths and valid checksums. What is no traffic of a charger, and what cannot be scrubbed
//! (fragments), is left out. In stretches that cannot be decoded, texts become asterisks, and so do credentials in URLs
//! and in Duosida settings. Fields that the schema does not know stay, except for values seen elsewhere and numbers of
//! twelve digits or more. IP addresses and ports stay.
//!
//! Look at the result before publishing it.

mod book;
mod em;
mod frame;
mod stream;
mod twc;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use etherparse::{TcpSlice, UdpHeader};

use crate::Error;
use crate::decode::twc::Gateways;
use crate::decode::{CaptureOptions, Udp, direction, udp_protocol};
use crate::link::{self, SERIAL_HEADER_LEN, SerialDirection, Transport};
use crate::pcap::{LinkType, Packet, Reader, Writer};
use book::Book;
pub(crate) use frame::text as mask_text;
use stream::{Half, Place};

/// A capture without personal data.
#[derive(Debug)]
pub struct Scrubbed {
    /// In the order of the file.
    pub packets: Vec<Packet>,
    /// How many packets were left out.
    pub left_out: usize,
    /// Why the rest of the file could not be read.
    pub damage: Option<Error>,
}

impl Scrubbed {
    /// Writes a pcap file, or a pcapng file when the packets are of several link types.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write<W: Write>(&self, sink: W) -> Result<W, Error> {
        let link = self
            .packets
            .first()
            .map_or(LinkType::ETHERNET, |packet| packet.link);
        let mut writer = if self.packets.iter().all(|packet| packet.link == link) {
            Writer::new(sink, link)?
        } else {
            Writer::of_several(sink)?
        };
        for packet in &self.packets {
            writer.write(packet)?;
        }
        writer.finish()
    }
}

/// Scrubs a pcap or pcapng file. Of `options` only the ports matter.
///
/// # Errors
/// [`Error::NotACapture`].
pub fn scrub(file: &[u8], options: &CaptureOptions) -> Result<Scrubbed, Error> {
    let gateways = Gateways::find(file, options)?;
    let mut streams = Streams::default();
    let mut kept: Vec<(Packet, Kept)> = Vec::new();
    let (mut left_out, mut damage) = (0, None);
    for packet in Reader::new(file)? {
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) => {
                damage = Some(error);
                break;
            }
        };
        match classify(&packet, options, &gateways, &mut streams) {
            Some(what) => kept.push((packet, what)),
            None => left_out += 1,
        }
    }
    let mut book = Book::default();
    for half in streams.halves.values_mut() {
        half.finish();
        half.scrub_messages(&mut book);
    }
    for line in &mut streams.lines {
        twc::line(&mut book, line);
    }
    for (packet, what) in &mut kept {
        let Some(layers) = link::layers(packet) else {
            continue;
        };
        let payload = packet.bytes.get_mut(layers.payload).unwrap_or_default();
        match what {
            Kept::Segment(..) | Kept::Line(..) => {}
            Kept::Datagram => frame::datagram(&mut book, payload),
            Kept::Em => em::packet(&mut book, payload),
        }
    }
    for half in streams.halves.values_mut() {
        half.scrub_the_rest(&mut book);
    }
    for line in &mut streams.lines {
        twc::damage(&book, line);
    }
    let mut packets = Vec::new();
    for (mut packet, what) in kept {
        if finish_packet(&mut packet, &what, &streams, &mut book).is_some() {
            packets.push(packet);
        } else {
            left_out += 1;
        }
    }
    Ok(Scrubbed {
        packets,
        left_out,
        damage,
    })
}

/// Sender and receiver.
type Ends = (SocketAddr, SocketAddr);

/// Bytes that several packets carry.
#[derive(Default)]
struct Streams {
    halves: BTreeMap<Ends, Half>,
    /// What the port that captured received, and what it sent.
    lines: [Vec<u8>; 2],
}

/// What a packet that stays carries.
enum Kept {
    /// Bytes of a serial line: which line, and where in it they begin.
    Line(usize, usize),
    Segment(Ends, Option<Place>),
    /// Of a discovery of Duosida chargers.
    Datagram,
    /// Datagrams of EM chargers, scrubbed as a whole.
    Em,
}

fn classify(
    packet: &Packet,
    options: &CaptureOptions,
    gateways: &Gateways,
    streams: &mut Streams,
) -> Option<Kept> {
    match link::parse(packet)? {
        Transport::Tcp(segment) => {
            let direction = direction(&segment, options.duosida_port);
            if direction.is_none() && !gateways.have(&segment) {
                return None;
            }
            let ends = (segment.source, segment.destination);
            let half = streams.halves.entry(ends);
            let half = half.or_insert_with(|| Half::new(direction));
            Some(Kept::Segment(ends, half.push(packet, &segment)))
        }
        Transport::Udp(datagram) => Some(match udp_protocol(&datagram, options)? {
            Udp::DuosidaDiscovery => Kept::Datagram,
            Udp::Em(_) => Kept::Em,
        }),
        Transport::Serial(serial) => {
            let number = usize::from(serial.direction == SerialDirection::Sent);
            let line = streams.lines.get_mut(number)?;
            let start = line.len();
            line.extend(serial.payload);
            Some(Kept::Line(number, start))
        }
    }
}

/// Puts the scrubbed bytes in; `None` when they are not known.
fn finish_packet(
    packet: &mut Packet,
    what: &Kept,
    streams: &Streams,
    book: &mut Book,
) -> Option<()> {
    if let Kept::Line(number, start) = what {
        let payload = packet.bytes.get_mut(SERIAL_HEADER_LEN..)?;
        let line = streams.lines.get(*number)?;
        payload.copy_from_slice(line.get(*start..start + payload.len())?);
        return Some(());
    }
    let layers = link::layers(packet)?;
    let payload = packet.bytes.get_mut(layers.payload.clone())?;
    match what {
        Kept::Datagram => book.everywhere(payload),
        Kept::Em => em::damage(book, payload),
        Kept::Segment(ends, Some(place)) => {
            streams
                .halves
                .get(ends)?
                .fill(*place, payload)
                .then_some(())?;
        }
        Kept::Segment(_, None) => payload.is_empty().then_some(())?,
        Kept::Line(..) => {}
    }
    // What follows an IP packet is padding, which may hold anything.
    packet.bytes.get_mut(layers.payload.end..)?.fill(0);
    for at in mac_positions(packet) {
        let place = packet.bytes.get_mut(at..)?.first_chunk_mut::<6>()?;
        book.mac(place);
    }
    if layers.whole {
        let place = layers.transport + if layers.tcp.is_some() { 16 } else { 6 };
        let sum = checksum(packet, &layers)?;
        let bytes = packet.bytes.get_mut(place..)?.first_chunk_mut::<2>()?;
        let is_unused = layers.tcp.is_none() && *bytes == [0, 0];
        if !is_unused {
            *bytes = sum.to_be_bytes();
        }
    }
    Some(())
}

fn mac_positions(packet: &Packet) -> Vec<usize> {
    let byte = |at: usize| packet.bytes.get(at).copied();
    match packet.link {
        LinkType::ETHERNET => vec![0, 6],
        LinkType::LINUX_SLL if byte(5) == Some(6) => vec![6],
        LinkType::LINUX_SLL2 if byte(11) == Some(6) => vec![12],
        _ => Vec::new(),
    }
}

fn checksum(packet: &Packet, layers: &link::Layers) -> Option<u16> {
    let bytes = packet.bytes.get(layers.transport..layers.payload.end)?;
    let ips = (layers.source.ip(), layers.destination.ip());
    if layers.tcp.is_some() {
        let tcp = TcpSlice::from_slice(bytes).ok()?;
        match ips {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                tcp.calc_checksum_ipv4(from.octets(), to.octets()).ok()
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                tcp.calc_checksum_ipv6(from.octets(), to.octets()).ok()
            }
            _ => None,
        }
    } else {
        let (header, payload) = UdpHeader::from_slice(bytes).ok()?;
        match ips {
            (IpAddr::V4(from), IpAddr::V4(to)) => header
                .calc_checksum_ipv4_raw(from.octets(), to.octets(), payload)
                .ok(),
            (IpAddr::V6(from), IpAddr::V6(to)) => header
                .calc_checksum_ipv6_raw(from.octets(), to.octets(), payload)
                .ok(),
            _ => None,
        }
    }
}
