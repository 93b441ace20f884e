//! Writing what a transport carried as a capture that other tools can read.
//!
//! A program sees bytes, not packets; the headers of Ethernet, IP, TCP and UDP are made up around them, with right
//! lengths, checksums and sequence numbers. Each connection begins with a handshake.
//!
//! ```
//! use std::time::Duration;
//! use evse_capture::record::{Ends, Recorder, Sender};
//!
//! let mut recorder = Recorder::new(Vec::new())?;
//! let ends = Ends { client: "192.0.2.9:50000".parse()?, charger: "192.0.2.7:9988".parse()? };
//! recorder.tcp(Duration::from_secs(1), ends, Sender::Client, b"\xa8\x06\x00")?;
//! recorder.close(Duration::from_secs(2), ends, Sender::Client)?;
//! let file: Vec<u8> = recorder.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{IpHeaders, PacketBuilder, PacketBuilderStep, TcpHeader};

use crate::Error;
use crate::link::{Serial, SerialDirection};
use crate::pcap::{LinkType, Packet, Writer};

/// The two ends of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    /// Who connects or asks.
    pub client: SocketAddr,
    /// The charger, or who plays it.
    pub charger: SocketAddr,
}

/// Which end sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The charger.
    Charger,
    /// The client.
    Client,
}

/// Writes a pcap file of Ethernet packets or of a serial line, or a pcapng file of both.
#[derive(Debug)]
pub struct Recorder<W> {
    writer: Writer<W>,
    connections: BTreeMap<Ends, Connection>,
    opened: u32,
}

/// The sequence numbers that come next.
#[derive(Clone, Copy, Debug)]
struct Connection {
    client: u32,
    charger: u32,
}

impl Connection {
    fn of(&mut self, sender: Sender) -> &mut u32 {
        match sender {
            Sender::Charger => &mut self.charger,
            Sender::Client => &mut self.client,
        }
    }
}

impl Sender {
    const fn other(self) -> Self {
        match self {
            Self::Charger => Self::Client,
            Self::Client => Self::Charger,
        }
    }
}

impl<W: Write> Recorder<W> {
    /// Writes the header of a file of Ethernet packets.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn new(sink: W) -> Result<Self, Error> {
        Ok(Self::with(Writer::new(sink, LinkType::ETHERNET)?))
    }

    /// Writes the header of a file of a serial line, for [`line`](Self::line) alone.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn on_line(sink: W) -> Result<Self, Error> {
        Ok(Self::with(Writer::new(sink, LinkType::RTAC_SERIAL)?))
    }

    /// Writes the header of a pcapng file of both.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn of_both(sink: W) -> Result<Self, Error> {
        Ok(Self::with(Writer::of_several(sink)?))
    }

    const fn with(writer: Writer<W>) -> Self {
        Self {
            writer,
            connections: BTreeMap::new(),
            opened: 0,
        }
    }

    /// Records that a TCP connection opens. One that is open stays as it is.
    ///
    /// # Errors
    /// Those of the sink; [`Error::MixedAddresses`].
    pub fn open(&mut self, time: Duration, ends: Ends) -> Result<(), Error> {
        if self.connections.contains_key(&ends) {
            return Ok(());
        }
        // Other numbers each time, so that a port used again is seen as a new connection.
        self.opened = self.opened.wrapping_add(1);
        let first = self.opened.wrapping_mul(100_000);
        let connection = Connection {
            client: first,
            charger: first.wrapping_add(50_000),
        };
        self.connections.insert(ends, connection);
        self.segment(time, ends, Sender::Client, &[], |header| {
            header.syn = true;
            header.ack = false;
            header.acknowledgment_number = 0;
        })?;
        self.segment(time, ends, Sender::Charger, &[], |header| header.syn = true)?;
        self.segment(time, ends, Sender::Client, &[], |_| {})
    }

    /// Records bytes of a TCP connection; the first ones open it.
    ///
    /// # Errors
    /// Those of the sink; [`Error::MixedAddresses`].
    pub fn tcp(
        &mut self,
        time: Duration,
        ends: Ends,
        sender: Sender,
        bytes: &[u8],
    ) -> Result<(), Error> {
        self.open(time, ends)?;
        for chunk in bytes.chunks(MAX_SEGMENT) {
            self.segment(time, ends, sender, chunk, |header| header.psh = true)?;
        }
        Ok(())
    }

    /// Records the end of a connection, by the end that closes it first. Unknown connections are left alone.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn close(&mut self, time: Duration, ends: Ends, sender: Sender) -> Result<(), Error> {
        if !self.connections.contains_key(&ends) {
            return Ok(());
        }
        self.segment(time, ends, sender, &[], |header| header.fin = true)?;
        self.segment(time, ends, sender.other(), &[], |header| header.fin = true)?;
        self.segment(time, ends, sender, &[], |_| {})?;
        self.connections.remove(&ends);
        Ok(())
    }

    /// Records a UDP datagram.
    ///
    /// # Errors
    /// Those of the sink; [`Error::MixedAddresses`]; [`Error::TooLong`].
    pub fn udp(
        &mut self,
        time: Duration,
        ends: Ends,
        sender: Sender,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let (from, to) = ends.path(sender);
        let mut packet = Vec::new();
        network(from.ip(), to.ip())?
            .udp(from.port(), to.port())
            .write(&mut packet, bytes)
            .map_err(|_| Error::TooLong(bytes.len()))?;
        self.write(time, packet)
    }

    /// Records bytes of a serial line. It has no sender: several may talk on it.
    ///
    /// # Errors
    /// Those of the sink; [`Error::MixedLinkTypes`] in a file of Ethernet packets.
    pub fn line(
        &mut self,
        time: Duration,
        direction: SerialDirection,
        payload: &[u8],
    ) -> Result<(), Error> {
        let bytes = Serial {
            time,
            direction,
            payload,
        };
        self.writer.write(&bytes.to_packet())
    }

    /// Brings everything so far to the sink's end, where it survives this program.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.writer.flush()
    }

    /// Flushes and gives the sink back. Connections that are still open stay so in the file.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn finish(self) -> Result<W, Error> {
        self.writer.finish()
    }

    fn segment(
        &mut self,
        time: Duration,
        ends: Ends,
        sender: Sender,
        payload: &[u8],
        flags: impl FnOnce(&mut TcpHeader),
    ) -> Result<(), Error> {
        let Some(connection) = self.connections.get_mut(&ends) else {
            return Ok(());
        };
        let (from, to) = ends.path(sender);
        let acknowledged = *connection.of(sender.other());
        let next = connection.of(sender);
        let mut header = TcpHeader::new(from.port(), to.port(), *next, WINDOW);
        header.ack = true;
        header.acknowledgment_number = acknowledged;
        flags(&mut header);
        let len = u32::try_from(payload.len()).unwrap_or_default();
        *next = next.wrapping_add(len + u32::from(header.syn) + u32::from(header.fin));
        let mut packet = Vec::new();
        network(from.ip(), to.ip())?
            .tcp_header(header)
            .write(&mut packet, payload)
            .map_err(|_| Error::TooLong(payload.len()))?;
        self.write(time, packet)
    }

    fn write(&mut self, time: Duration, packet: Vec<u8>) -> Result<(), Error> {
        self.writer
            .write(&Packet::new(time, LinkType::ETHERNET, packet))
    }
}

impl Ends {
    const fn path(self, sender: Sender) -> (SocketAddr, SocketAddr) {
        match sender {
            Sender::Charger => (self.charger, self.client),
            Sender::Client => (self.client, self.charger),
        }
    }
}

fn network(from: IpAddr, to: IpAddr) -> Result<PacketBuilderStep<IpHeaders>, Error> {
    let ethernet = PacketBuilder::ethernet2(mac(from), mac(to));
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Ok(ethernet.ipv4(from.octets(), to.octets(), TTL)),
        (IpAddr::V6(from), IpAddr::V6(to)) => Ok(ethernet.ipv6(from.octets(), to.octets(), TTL)),
        _ => Err(Error::MixedAddresses),
    }
}

/// A locally administered address made of the end of the IP address.
fn mac(ip: IpAddr) -> [u8; 6] {
    let [a, b, c, d] = match ip {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(ip) => {
            let [.., a, b, c, d] = ip.octets();
            [a, b, c, d]
        }
    };
    [0x02, 0, a, b, c, d]
}

/// What fits into an Ethernet frame, over IPv6 too.
const MAX_SEGMENT: usize = 1440;
const WINDOW: u16 = 65_535;
const TTL: u8 = 64;
