use std::io::Write;

use super::{LinkType, Packet};
use crate::Error;

/// Writes pcap with nanoseconds, as the packets come.
#[derive(Debug)]
pub struct Writer<W> {
    sink: W,
    link: LinkType,
}

impl<W: Write> Writer<W> {
    /// Writes the file's header.
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
        Ok(Self { sink, link })
    }

    /// Writes one packet.
    ///
    /// # Errors
    /// Those of the sink; [`Error::MixedLinkTypes`], because a pcap file has one link type; [`Error::TooLong`] above
    /// 262,144 bytes, which other tools refuse to read.
    pub fn write(&mut self, packet: &Packet) -> Result<(), Error> {
        if packet.link != self.link {
            return Err(Error::MixedLinkTypes(self.link, packet.link));
        }
        let captured = u32::try_from(packet.bytes.len())
            .ok()
            .filter(|len| *len <= MAX_PACKET_LEN)
            .ok_or(Error::TooLong(packet.bytes.len()))?;
        // The format ends in the year 2106.
        let seconds = u32::try_from(packet.time.as_secs()).unwrap_or(u32::MAX);
        let nanos = packet.time.subsec_nanos();
        for word in [seconds, nanos, captured, packet.wire_len.max(captured)] {
            self.sink.write_all(&word.to_le_bytes())?;
        }
        self.sink.write_all(&packet.bytes)?;
        Ok(())
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

const MAGIC_NANOSECONDS: u32 = 0xA1B2_3C4D;
/// The largest that libpcap reads.
const MAX_PACKET_LEN: u32 = 262_144;
