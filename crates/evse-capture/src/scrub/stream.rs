//! The content of TCP connections: put together, scrubbed, and given back to the segments.

use duosida_proto::frame::Direction;

use super::book::Book;
use super::{frame, twc};
use crate::decode::duosida::{Cut, Cutter};
use crate::link::Segment;
use crate::pcap::Packet;
use crate::reassembly::{Piece, Stream};

/// One direction between two ends.
#[derive(Debug)]
pub(super) struct Half {
    /// Of a Duosida charger; `None` for a bus behind a gateway.
    direction: Option<Direction>,
    stream: Stream,
    connections: Vec<Vec<Run>>,
}

/// Bytes without a gap.
#[derive(Debug)]
struct Run {
    offset: u64,
    bytes: Vec<u8>,
    /// Position, length and whether it is wrapped, of each message.
    frames: Vec<(usize, usize, bool)>,
}

/// Which bytes a segment carried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    connection: usize,
    offset: u64,
}

impl Half {
    pub(super) const fn new(direction: Option<Direction>) -> Self {
        Self {
            direction,
            stream: Stream::new(),
            connections: Vec::new(),
        }
    }

    /// Takes a segment and says where its bytes belong.
    pub(super) fn push(&mut self, packet: &Packet, segment: &Segment<'_>) -> Option<Place> {
        let pieces = self.stream.push(packet.time, segment);
        self.keep(pieces);
        Some(Place {
            connection: self.connections.len().checked_sub(1)?,
            offset: self.stream.offset_of(segment)?,
        })
    }

    /// The capture ends.
    pub(super) fn finish(&mut self) {
        let pieces = self.stream.finish();
        self.keep(pieces);
    }

    fn keep(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Start => self.connections.push(Vec::new()),
                Piece::Data { offset, bytes, .. } => {
                    let Some(runs) = self.connections.last_mut() else {
                        continue;
                    };
                    match runs.last_mut() {
                        Some(run) if run.end() == offset => run.bytes.extend(bytes),
                        _ => runs.push(Run {
                            offset,
                            bytes,
                            frames: Vec::new(),
                        }),
                    }
                }
                Piece::Gap(_) | Piece::End => {}
            }
        }
    }

    /// Scrubs messages; learns what stands where.
    pub(super) fn scrub_messages(&mut self, book: &mut Book) {
        for run in self.connections.iter_mut().flatten() {
            let Some(direction) = self.direction else {
                twc::line(book, &mut run.bytes);
                continue;
            };
            let mut done = 0;
            run.frames = run.find_frames(direction);
            for &(start, len, _) in &run.frames {
                frame::text(run.bytes.get_mut(done..start).unwrap_or_default());
                let end = start + len;
                frame::message(book, run.bytes.get_mut(start..end).unwrap_or_default());
                done = end;
            }
            frame::text(run.bytes.get_mut(done..).unwrap_or_default());
        }
    }

    /// Replaces what is known by now wherever it stands, and corrects the wrappers' checksums.
    pub(super) fn scrub_the_rest(&mut self, book: &mut Book) {
        for run in self.connections.iter_mut().flatten() {
            if self.direction.is_none() {
                twc::damage(book, &mut run.bytes);
                continue;
            }
            book.everywhere(&mut run.bytes);
            for &(start, len, wrapped) in &run.frames {
                let end = start + len;
                // The two constant bytes before the payload count.
                let summed = start.checked_sub(2).and_then(|at| run.bytes.get(at..end));
                let sum = summed.unwrap_or_default().iter();
                let sum = sum.fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
                if let (true, Some(checksum)) = (wrapped, run.bytes.get_mut(end)) {
                    *checksum = sum;
                }
            }
        }
    }

    /// Overwrites a segment's payload; `false` when not all of it is known.
    pub(super) fn fill(&self, place: Place, payload: &mut [u8]) -> bool {
        let runs = self.connections.get(place.connection);
        let run = runs.and_then(|runs| runs.iter().rfind(|run| run.offset <= place.offset));
        let scrubbed = run.and_then(|run| {
            let at = usize::try_from(place.offset - run.offset).ok()?;
            run.bytes.get(at..at.checked_add(payload.len())?)
        });
        if let Some(scrubbed) = scrubbed {
            payload.copy_from_slice(scrubbed);
        }
        scrubbed.is_some() || payload.is_empty()
    }
}

impl Run {
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    fn find_frames(&self, direction: Direction) -> Vec<(usize, usize, bool)> {
        let mut cutter = Cutter::new(direction);
        cutter
            .push(&self.bytes)
            .into_iter()
            .filter_map(|cut| match cut {
                Cut::Frame {
                    offset,
                    wrapped,
                    bytes,
                } => Some((usize::try_from(offset).ok()?, bytes.len(), wrapped)),
                Cut::Skipped { .. } => None,
            })
            .collect()
    }
}
