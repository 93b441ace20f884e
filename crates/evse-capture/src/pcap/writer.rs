use std::io::Write;

use super::{BYTE_ORDER_MAGIC, LinkType, Packet, SECTION_HEADER};
use crate::Error;

/// Writes pcap or pcapng with nanoseconds, as the packets come.
#[derive(Debug)]
pub struct Writer<W> {
    sink: W,
    format: Format,
}

#[derive(Debug)]
enum Format {
    Pcap(LinkType),
    /// The interfaces that are described already.
    PcapNg(Vec<LinkType>),
}

impl<W: Write> Writer<W> {
    /// Writes the header of a pcap file, which every tool reads.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(mut sink: W, link: LinkType) -> Result<Self, Error> {
        let (zone_and_accuracy, snap_len) = ([0; 8], MAX_PACKET_LEN);
        sink.write_all(&MAGIC_NANOSECONDS.to_le_bytes())?;
        sink.write_all(&[2, 0, 4, 0])?; // version 2.4
        sink.write_all(&zone_and_accuracy)?;
        sink.write_all(&snap_len.to_le_bytes())?;
        sink.write_all(&link.0.to_le_bytes())?;
        let format = Format::Pcap(link);
        Ok(Self { sink, format })
    }

    /// Writes the header of a pcapng file, for packets of several link types: each has an interface, which is described
    /// when its first packet comes.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn of_several(mut sink: W) -> Result<Self, Error> {
        let mut body = BYTE_ORDER_MAGIC.to_le_bytes().to_vec();
        body.extend([1, 0, 0, 0]); // version 1.0
        body.extend([0xFF; 8]); // a section of any length
        block(&mut sink, u32::from_le_bytes(SECTION_HEADER), &body)?;
        let format = Format::PcapNg(Vec::new());
        Ok(Self { sink, format })
    }

    /// Writes one packet.
    ///
    /// # Errors
    /// Those of the sink; [`Error::MixedLinkTypes`], because a pcap file has one link type; [`Error::TooLong`] above
    /// 262,144 bytes, which other tools refuse to read.
    pub fn write(&mut self, packet: &Packet) -> Result<(), Error> {
        let captured = u32::try_from(packet.bytes.len())
            .ok()
            .filter(|len| *len <= MAX_PACKET_LEN)
            .ok_or(Error::TooLong(packet.bytes.len()))?;
        let sink = &mut self.sink;
        match &mut self.format {
            Format::Pcap(link) if packet.link == *link => record(sink, packet, captured),
            Format::Pcap(link) => Err(Error::MixedLinkTypes(*link, packet.link)),
            Format::PcapNg(known) => {
                let place = known.iter().position(|link| *link == packet.link);
                if place.is_none() {
                    describe(sink, packet.link)?;
                    known.push(packet.link);
                }
                let interface = place.unwrap_or(known.len() - 1);
                enhanced(sink, packet, captured, interface)
            }
        }
    }

    /// Brings everything so far to the sink's end.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn flush(&mut self) -> Result<(), Error> {
        Ok(self.sink.flush()?)
    }

    /// Flushes and gives the sink back.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(mut self) -> Result<W, Error> {
        self.sink.flush()?;
        Ok(self.sink)
    }
}

/// One packet of pcap.
fn record(sink: &mut impl Write, packet: &Packet, captured: u32) -> Result<(), Error> {
    // The format ends in the year 2106.
    let seconds = u32::try_from(packet.time.as_secs()).unwrap_or(u32::MAX);
    let nanos = packet.time.subsec_nanos();
    for word in [seconds, nanos, captured, packet.wire_len.max(captured)] {
        sink.write_all(&word.to_le_bytes())?;
    }
    sink.write_all(&packet.bytes)?;
    Ok(())
}

/// One interface of pcapng.
fn describe(sink: &mut impl Write, link: LinkType) -> Result<(), Error> {
    // Two bytes of link type and two that are reserved.
    let mut body = link.0.to_le_bytes().to_vec();
    body.extend(MAX_PACKET_LEN.to_le_bytes());
    body.extend([9, 0, 1, 0, 9, 0, 0, 0]); // option if_tsresol: 10^-9 s
    body.extend([0; 4]); // no more options
    block(sink, INTERFACE_DESCRIPTION, &body)
}

/// One packet of pcapng.
fn enhanced(
    sink: &mut impl Write,
    packet: &Packet,
    captured: u32,
    interface: usize,
) -> Result<(), Error> {
    let nanos = u64::try_from(packet.time.as_nanos()).unwrap_or(u64::MAX);
    let mut body = Vec::with_capacity(packet.bytes.len() + 20);
    for word in [interface as u64, nanos >> 32, nanos & u64::from(u32::MAX)] {
        body.extend(u32::try_from(word).unwrap_or(u32::MAX).to_le_bytes());
    }
    body.extend(captured.to_le_bytes());
    body.extend(packet.wire_len.max(captured).to_le_bytes());
    body.extend(&packet.bytes);
    block(sink, ENHANCED_PACKET, &body)
}

/// One block of pcapng, filled up to whole words.
fn block(sink: &mut impl Write, kind: u32, body: &[u8]) -> Result<(), Error> {
    let padding = body.len().next_multiple_of(4) - body.len();
    let len = u32::try_from(body.len() + padding + 12).map_err(|_| Error::TooLong(body.len()))?;
    sink.write_all(&kind.to_le_bytes())?;
    sink.write_all(&len.to_le_bytes())?;
    sink.write_all(body)?;
    for _ in 0..padding {
        sink.write_all(&[0])?;
    }
    sink.write_all(&len.to_le_bytes())?;
    Ok(())
}

const MAGIC_NANOSECONDS: u32 = 0xA1B2_3C4D;
/// The largest that libpcap reads.
const MAX_PACKET_LEN: u32 = 262_144;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;
