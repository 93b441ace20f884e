//! The buses in a capture: serial lines, and connections to gateways.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use twc_proto::frame::Decoder;

use super::{Roles, StreamDecoder};
use crate::Error;
use crate::decode::{CaptureOptions, Decoded, direction};
use crate::link::{self, Segment, Serial, SerialDirection, Transport};
use crate::pcap::Reader;
use crate::reassembly::{Piece, Stream};

/// Sender and receiver.
type Ends = (SocketAddr, SocketAddr);

/// The connections to gateways. Gateways have no usual port; they are known by what goes through: more frames than
/// errors, whichever way.
pub(crate) struct Gateways(BTreeSet<Ends>);

impl Gateways {
    /// Looks through a capture.
    pub(crate) fn find(file: &[u8], options: &CaptureOptions) -> Result<Self, Error> {
        let mut decoders: BTreeMap<Ends, Decoder> = BTreeMap::new();
        for packet in Reader::new(file)?.map_while(Result::ok) {
            if let Some(Transport::Tcp(segment)) = link::parse(&packet)
                && direction(&segment, options.duosida_port).is_none()
            {
                let ends = (segment.source, segment.destination);
                let decoder = decoders.entry(ends).or_default();
                decoder.push(segment.payload).for_each(drop);
            }
        }
        decoders.retain(|_, decoder| decoder.counters().frames > decoder.counters().errors());
        let both = |(from, to)| [(from, to), (to, from)];
        Ok(Self(decoders.into_keys().flat_map(both).collect()))
    }

    /// Whether a segment is on its way to or from a gateway.
    pub(crate) fn have(&self, segment: &Segment<'_>) -> bool {
        self.0.contains(&(segment.source, segment.destination))
    }
}

/// Everything of these chargers in one capture.
#[derive(Default)]
pub(crate) struct Buses {
    connections: BTreeMap<Ends, (Stream, StreamDecoder)>,
    sent: StreamDecoder,
    received: StreamDecoder,
    roles: Roles,
}

impl Buses {
    /// A segment to or from a gateway.
    pub(crate) fn segment(
        &mut self,
        time: Duration,
        segment: &Segment<'_>,
        out: &mut Vec<Decoded>,
    ) {
        let ends = (segment.source, segment.destination);
        let (stream, decoder) = self.connections.entry(ends).or_default();
        let pieces = stream.push(time, segment);
        take(decoder, &mut self.roles, pieces, ends, out);
    }

    /// Bytes of a serial line.
    pub(crate) fn line(&mut self, time: Duration, serial: &Serial<'_>, out: &mut Vec<Decoded>) {
        let decoder = match serial.direction {
            SerialDirection::Sent => &mut self.sent,
            SerialDirection::Received => &mut self.received,
        };
        let objects = decoder.push(time, serial.payload, &mut self.roles);
        out.extend(objects.into_iter().map(|object| decoded(object, None)));
    }

    /// The capture ends.
    pub(crate) fn finish(mut self, out: &mut Vec<Decoded>) {
        for (ends, (mut stream, mut decoder)) in self.connections {
            take(&mut decoder, &mut self.roles, stream.finish(), ends, out);
            out.extend(
                decoder
                    .finish()
                    .into_iter()
                    .map(|object| decoded(object, Some(ends))),
            );
        }
        for mut decoder in [self.sent, self.received] {
            out.extend(
                decoder
                    .finish()
                    .into_iter()
                    .map(|object| decoded(object, None)),
            );
        }
    }
}

fn take(
    decoder: &mut StreamDecoder,
    roles: &mut Roles,
    pieces: Vec<Piece>,
    ends: Ends,
    out: &mut Vec<Decoded>,
) {
    for piece in pieces {
        let objects = match piece {
            Piece::Data { time, bytes, .. } => decoder.push(time, &bytes, roles),
            Piece::Gap(_) | Piece::Start | Piece::End => decoder.finish(),
        };
        out.extend(
            objects
                .into_iter()
                .map(|object| decoded(object, Some(ends))),
        );
    }
}

fn decoded((time, object): (Duration, Value), ends: Option<Ends>) -> Decoded {
    Decoded {
        time,
        source: ends.map(|ends| ends.0),
        destination: ends.map(|ends| ends.1),
        object,
    }
}
