//! A whole capture file.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use duosida_proto::discovery;
use duosida_proto::frame::Direction;
use serde_json::Value;

use super::duosida::{self, StreamDecoder};
use super::em;
use super::twc::{Buses, Gateways};
use crate::link::{self, Datagram, Segment, Transport};
use crate::pcap::Reader;
use crate::reassembly::{Piece, Stream};
use crate::{Error, Secrets};

/// How to read a capture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CaptureOptions {
    /// What to do with passwords.
    pub secrets: Secrets,
    /// The TCP port of Duosida chargers: 9988.
    pub duosida_port: u16,
    /// The UDP port on which they answer discovery: 48899.
    pub duosida_discovery_port: u16,
    /// The UDP port to which EM chargers send: 28376.
    pub em_client_port: u16,
    /// The UDP port on which they can be probed: 7248.
    pub em_charger_port: u16,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        Self {
            secrets: Secrets::Redact,
            duosida_port: duosida_proto::TCP_PORT,
            duosida_discovery_port: duosida_proto::DISCOVERY_PORT,
            em_client_port: emproto::CLIENT_PORT,
            em_charger_port: emproto::CHARGER_PORT,
        }
    }
}

/// A frame of a capture.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// When its last byte was captured, since the Unix epoch.
    pub time: Duration,
    /// Who sent it; `None` on a serial line.
    pub source: Option<SocketAddr>,
    /// To whom; `None` on a serial line.
    pub destination: Option<SocketAddr>,
    /// The frame, with the direction by its addresses.
    pub object: Value,
}

/// What was in a capture.
#[derive(Debug)]
pub struct DecodedCapture {
    /// In the order of time.
    pub frames: Vec<Decoded>,
    /// Why the rest of the file could not be read.
    pub damage: Option<Error>,
}

/// Decodes all traffic of chargers in a pcap or pcapng file. Other traffic is left out.
///
/// # Errors
/// [`Error::NotACapture`]. A file with damage further on gives what comes before the damage.
pub fn decode_capture(file: &[u8], options: &CaptureOptions) -> Result<DecodedCapture, Error> {
    let gateways = Gateways::find(file, options)?;
    let mut capture = Capture {
        options,
        buses: Buses::default(),
        connections: BTreeMap::new(),
        frames: Vec::new(),
    };
    let mut damage = None;
    for packet in Reader::new(file)? {
        match packet {
            Ok(packet) => match link::parse(&packet) {
                Some(Transport::Tcp(segment)) if gateways.have(&segment) => {
                    let frames = &mut capture.frames;
                    capture.buses.segment(packet.time, &segment, frames);
                }
                Some(Transport::Tcp(segment)) => capture.segment(packet.time, &segment),
                Some(Transport::Udp(datagram)) => capture.datagram(packet.time, &datagram),
                Some(Transport::Serial(line)) => {
                    capture.buses.line(packet.time, &line, &mut capture.frames);
                }
                None => {}
            },
            Err(error) => damage = Some(error),
        }
    }
    let mut frames = capture.finish();
    frames.sort_by_key(|frame| frame.time);
    Ok(DecodedCapture { frames, damage })
}

/// Sender and receiver.
type Ends = (SocketAddr, SocketAddr);

struct Capture<'a> {
    options: &'a CaptureOptions,
    connections: BTreeMap<Ends, Half>,
    buses: Buses,
    frames: Vec<Decoded>,
}

impl Capture<'_> {
    fn segment(&mut self, time: Duration, segment: &Segment<'_>) {
        let Some(direction) = direction(segment, self.options.duosida_port) else {
            return;
        };
        let ends = (segment.source, segment.destination);
        let half = self
            .connections
            .entry(ends)
            .or_insert_with(|| Half::new(direction, self.options.secrets));
        let pieces = half.stream.push(time, segment);
        half.take(pieces, ends, time, &mut self.frames);
    }

    fn datagram(&mut self, time: Duration, datagram: &Datagram<'_>) {
        let (source, destination) = (datagram.source, datagram.destination);
        match udp_protocol(datagram, self.options) {
            Some(Udp::DuosidaDiscovery) => {}
            Some(Udp::Em(direction)) => {
                for mut object in em::decode_packet(datagram.payload, self.options.secrets) {
                    if let (Some(place), Some(direction)) = (object.get_mut("direction"), direction)
                    {
                        *place = direction.into();
                    }
                    self.frames.push(Decoded {
                        time,
                        source: Some(source),
                        destination: Some(destination),
                        object,
                    });
                }
                return;
            }
            None => return,
        }
        let object = if discovery::is_probe(datagram.payload) {
            duosida::decode_probe(datagram.payload)
        } else {
            let ip = match source.ip() {
                IpAddr::V4(ip) => ip,
                IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
            };
            duosida::reply(datagram.payload, ip, self.options.secrets)
        };
        self.frames.push(Decoded {
            time,
            source: Some(source),
            destination: Some(destination),
            object,
        });
    }

    fn finish(mut self) -> Vec<Decoded> {
        for (ends, mut half) in self.connections {
            let pieces = half.stream.finish();
            let last = half.last;
            half.take(pieces, ends, last, &mut self.frames);
        }
        self.buses.finish(&mut self.frames);
        self.frames
    }
}

/// Which way a segment goes, or `None` when it is not the protocol's.
pub(crate) fn direction(segment: &Segment<'_>, port: u16) -> Option<Direction> {
    if segment.destination.port() == port {
        Some(Direction::ToCharger)
    } else if segment.source.port() == port {
        Some(Direction::FromCharger)
    } else {
        None
    }
}

/// What a UDP packet is.
pub(crate) enum Udp {
    DuosidaDiscovery,
    /// With the direction, where the ports tell it.
    Em(Option<&'static str>),
}

/// By the ports, else by the content.
pub(crate) fn udp_protocol(datagram: &Datagram<'_>, options: &CaptureOptions) -> Option<Udp> {
    let (from, to) = (datagram.source.port(), datagram.destination.port());
    let has = |port| from == port || to == port;
    if has(options.duosida_discovery_port) {
        return Some(Udp::DuosidaDiscovery);
    }
    let client = options.em_client_port;
    if has(client) || to == options.em_charger_port || em::is_em(datagram.payload) {
        let direction = match (from == client, to == client) {
            (true, false) => Some("to_charger"),
            (false, true) => Some("from_charger"),
            _ => None,
        };
        return Some(Udp::Em(direction));
    }
    None
}

/// One direction of a connection.
struct Half {
    direction: Direction,
    stream: Stream,
    decoder: StreamDecoder,
    /// When its last bytes were captured.
    last: Duration,
}

impl Half {
    fn new(direction: Direction, secrets: Secrets) -> Self {
        Self {
            direction,
            stream: Stream::new(),
            decoder: StreamDecoder::new(direction, secrets),
            last: Duration::ZERO,
        }
    }

    fn take(&mut self, pieces: Vec<Piece>, ends: Ends, now: Duration, out: &mut Vec<Decoded>) {
        for piece in pieces {
            let objects = match piece {
                Piece::Data { time, bytes, .. } => {
                    self.last = time;
                    self.decoder.push(&bytes)
                }
                Piece::Gap(missing) => {
                    let mut objects = self.decoder.finish();
                    objects.push(duosida::decode_gap(missing));
                    objects
                }
                Piece::Start | Piece::End => self.decoder.finish(),
            };
            let time = if self.last.is_zero() { now } else { self.last };
            for mut object in objects {
                if let Some(direction) = object.get_mut("direction") {
                    *direction = match self.direction {
                        Direction::ToCharger => "to_charger".into(),
                        Direction::FromCharger => "from_charger".into(),
                    };
                }
                out.push(Decoded {
                    time,
                    source: Some(ends.0),
                    destination: Some(ends.1),
                    object,
                });
            }
        }
    }
}
