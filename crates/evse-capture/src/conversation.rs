//! The connections of a capture as messages in time: what a replay plays.
//!
//! ```
//! use evse_capture::conversation::conversations;
//! use evse_capture::decode::CaptureOptions;
//!
//! let file = std::fs::read("tests/captures/loopback.pcapng")?;
//! let found = conversations(&file, &CaptureOptions::detect(&file)?)?;
//! for connection in &found.connections {
//!     println!("{} > {}: {} messages", connection.client, connection.charger, connection.messages.len());
//! }
//! # Ok::<(), evse_capture::Error>(())
//! ```

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use duosida_proto::discovery;
use duosida_proto::frame::{Direction, Framing};

use crate::Error;
use crate::decode::duosida::{Cut, Cutter};
use crate::decode::{CaptureOptions, direction};
use crate::link::{self, Segment, Transport};
use crate::pcap::Reader;
use crate::reassembly::{Piece, Stream};

/// What was in a capture.
#[derive(Debug, Default)]
pub struct Conversations {
    /// Duosida connections, in the order in which they began. Those without a message are left out.
    pub connections: Vec<Connection>,
    /// Duosida discovery answers, in the order of time.
    pub answers: Vec<Vec<u8>>,
    /// Why the rest of the file could not be read.
    pub damage: Option<Error>,
}

/// One TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Who connected.
    pub client: SocketAddr,
    /// The charger.
    pub charger: SocketAddr,
    /// When it began, since the Unix epoch; its first captured packet.
    pub began: Duration,
    /// Whether the messages were wrapped.
    pub framing: Framing,
    /// In the order of time. Bytes that are no message are left out.
    pub messages: Vec<Message>,
    /// When it ended, and who sent the end first; `None` when the capture does not tell.
    pub ended: Option<(Duration, Direction)>,
}

/// A message of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// When its last byte was captured, since the Unix epoch.
    pub time: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// The message, without wrapper.
    pub bytes: Vec<u8>,
}

/// Takes a pcap or pcapng file apart.
///
/// # Errors
/// [`Error::NotACapture`]. A file with damage further on gives what comes before the damage.
pub fn conversations(file: &[u8], options: &CaptureOptions) -> Result<Conversations, Error> {
    let mut found = Conversations::default();
    let mut halves: BTreeMap<(SocketAddr, SocketAddr), Half> = BTreeMap::new();
    for packet in Reader::new(file)? {
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) => {
                found.damage = Some(error);
                break;
            }
        };
        match link::parse(&packet) {
            Some(Transport::Tcp(segment)) => {
                let Some(direction) = direction(&segment, options.duosida_port) else {
                    continue;
                };
                let half = halves
                    .entry((segment.source, segment.destination))
                    .or_insert_with(|| Half::new(direction));
                let pieces = half.stream.push(packet.time, &segment);
                half.take(pieces, packet.time, &segment, &mut found.connections);
            }
            Some(Transport::Udp(udp))
                if udp.source.port() == options.duosida_discovery_port
                    && discovery::parse_reply(udp.payload, Ipv4Addr::UNSPECIFIED).is_ok() =>
            {
                found.answers.push(udp.payload.to_vec());
            }
            _ => {}
        }
    }
    for half in halves.values_mut() {
        half.finish(&mut found.connections);
    }
    found
        .connections
        .retain(|connection| !connection.messages.is_empty());
    for connection in &mut found.connections {
        connection.messages.sort_by_key(|message| message.time);
    }
    Ok(found)
}

/// One direction between two ends.
struct Half {
    direction: Direction,
    stream: Stream,
    cutter: Cutter,
    /// Index of the connection that the bytes belong to.
    connection: Option<usize>,
}

impl Half {
    const fn new(direction: Direction) -> Self {
        Self {
            direction,
            stream: Stream::new(),
            cutter: Cutter::new(direction),
            connection: None,
        }
    }

    fn take(
        &mut self,
        pieces: Vec<Piece>,
        now: Duration,
        segment: &Segment<'_>,
        connections: &mut Vec<Connection>,
    ) {
        for piece in pieces {
            if piece == Piece::Start {
                self.begin(now, segment, connections);
            }
            self.keep(piece, Some(now), connections);
        }
        // Bytes before the end may still be missing.
        let ends = segment.fin && self.stream.offset_of(segment).is_some();
        if ends {
            self.keep(Piece::End, Some(now), connections);
        }
    }

    /// The capture ends: what waited for missing bytes comes without them.
    fn finish(&mut self, connections: &mut [Connection]) {
        for piece in self.stream.finish() {
            self.keep(piece, None, connections);
        }
    }

    /// `now` is when the connection ends if the piece is its end, `None` when only the capture does.
    fn keep(&mut self, piece: Piece, now: Option<Duration>, connections: &mut [Connection]) {
        let connection = self.connection.and_then(|index| connections.get_mut(index));
        let Some(connection) = connection else {
            return;
        };
        match piece {
            Piece::Data { time, bytes, .. } => {
                let cuts = self.cutter.push(&bytes);
                connection.keep(cuts, time, self.direction);
            }
            // What was cut in the middle is no message.
            Piece::Start | Piece::Gap(_) => self.cutter = Cutter::new(self.direction),
            Piece::End => {
                let end = now.map(|time| (time, self.direction));
                connection.ended = connection.ended.or(end);
            }
        }
    }

    /// The first direction of a connection opens it; the other joins it.
    fn begin(&mut self, now: Duration, segment: &Segment<'_>, connections: &mut Vec<Connection>) {
        let (client, charger) = match self.direction {
            Direction::ToCharger => (segment.source, segment.destination),
            Direction::FromCharger => (segment.destination, segment.source),
        };
        let latest = connections
            .iter()
            .rposition(|known| (known.client, known.charger) == (client, charger));
        if latest.is_none() || latest == self.connection {
            connections.push(Connection {
                client,
                charger,
                began: now,
                framing: Framing::Raw,
                messages: Vec::new(),
                ended: None,
            });
            self.connection = connections.len().checked_sub(1);
        } else {
            self.connection = latest;
        }
    }
}

impl Connection {
    fn keep(&mut self, cuts: Vec<Cut>, time: Duration, direction: Direction) {
        for cut in cuts {
            let Cut::Frame { bytes, wrapped, .. } = cut else {
                continue;
            };
            if wrapped {
                self.framing = Framing::Wrapped;
            }
            self.messages.push(Message {
                time,
                direction,
                bytes,
            });
        }
    }
}
