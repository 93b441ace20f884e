//! On which ports the chargers of a capture are.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use duosida_proto::discovery;
use duosida_proto::frame::Direction;

use super::CaptureOptions;
use super::duosida::StreamDecoder;
use crate::link::{self, Segment, Transport};
use crate::pcap::Reader;
use crate::{Error, Secrets};

impl CaptureOptions {
    /// The default ports where the capture has traffic on them. Where it has none, such as with a simulator on a free
    /// port: the port of the first connection whose first bytes are a message of a charger or to one, and the port
    /// of the first discovery probe.
    ///
    /// # Errors
    /// [`Error::NotACapture`]. What comes after damage is not looked at.
    pub fn detect(file: &[u8]) -> Result<Self, Error> {
        let mut options = Self::default();
        let (session, search) = (options.duosida_port, options.duosida_discovery_port);
        let (mut session_found, mut search_found) = (None, None);
        let mut seen: BTreeSet<(SocketAddr, SocketAddr)> = BTreeSet::new();
        for packet in Reader::new(file)?.map_while(Result::ok) {
            match link::parse(&packet) {
                Some(Transport::Tcp(tcp)) if !tcp.payload.is_empty() => {
                    if tcp.source.port() == session || tcp.destination.port() == session {
                        session_found = Some(session);
                    } else if session_found.is_none() && seen.insert((tcp.source, tcp.destination))
                    {
                        session_found = charger_port(&tcp);
                    }
                }
                Some(Transport::Udp(udp)) if discovery::is_probe(udp.payload) => {
                    let port = udp.destination.port();
                    if port == search || search_found.is_none() {
                        search_found = Some(port);
                    }
                }
                _ => {}
            }
        }
        options.duosida_port = session_found.unwrap_or(session);
        options.duosida_discovery_port = search_found.unwrap_or(search);
        Ok(options)
    }
}

/// The port at the charger's end, by the first message of a segment.
fn charger_port(segment: &Segment<'_>) -> Option<u16> {
    [Direction::ToCharger, Direction::FromCharger]
        .into_iter()
        .find_map(|direction| {
            let objects = StreamDecoder::new(direction, Secrets::Redact).push(segment.payload);
            let object = objects.first()?;
            object["message"]["name"].as_str()?;
            match object["direction"].as_str()? {
                "to_charger" => Some(segment.destination.port()),
                _ => Some(segment.source.port()),
            }
        })
}
