//! Cutting a stream.

use duosida_proto::frame::{self, Decoder, Direction, Framing, MAX_MESSAGE_LEN};

/// A stream in arbitrary pieces: memory stays bounded, no byte is lost from the count, and a healthy stream gives the
/// same frames however it is cut.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 0 | bit 0: wrapped; bit 1: to the charger; bits 2 and 3, both: the stream repeats until it is longer than any message, to see the bound alone; bits 4 to 7: `n` |
/// | 1..1+n | sizes of the pieces, in turn; 0 stands for 256; without any, 1,460 each |
/// | rest | the stream |
///
/// # Panics
///
/// When that does not hold.
pub fn duosida_frame(data: &[u8]) {
    let Some((&options, rest)) = data.split_first() else {
        return;
    };
    let Some((sizes, stream)) = rest.split_at_checked(usize::from(options >> 4)) else {
        return;
    };
    let framing = if options & 1 == 0 {
        Framing::Raw
    } else {
        Framing::Wrapped
    };
    let direction = if options & 2 == 0 {
        Direction::FromCharger
    } else {
        Direction::ToCharger
    };
    if options & 0x0C == 0x0C && !stream.is_empty() {
        let times = 1 + MAX_MESSAGE_LEN / stream.len();
        Outcome::of(framing, direction, &stream.repeat(times), sizes);
        return;
    }
    let reads = Outcome::of(framing, direction, stream, &[]);
    let pieces = Outcome::of(framing, direction, stream, sizes);
    if reads.skipped == 0 || pieces.skipped == 0 {
        assert!(reads == pieces, "the cuts changed the frames");
    }
    for frame in &reads.frames {
        wraps_and_unwraps(direction, frame);
    }
}

/// What came of a stream.
#[derive(PartialEq, Eq)]
struct Outcome {
    frames: Vec<Vec<u8>>,
    skipped: u64,
    pending: usize,
}

impl Outcome {
    fn of(framing: Framing, direction: Direction, stream: &[u8], sizes: &[u8]) -> Self {
        let mut decoder = Decoder::new(framing, direction);
        let mut frames = Vec::new();
        for piece in pieces(stream, sizes) {
            decoder.push(piece);
            while let Some(frame) = decoder.next_frame() {
                assert!(frame.len() <= MAX_MESSAGE_LEN, "{} bytes", frame.len());
                frames.push(frame);
            }
            let pending = decoder.pending_bytes();
            assert!(pending <= MAX_MESSAGE_LEN, "{pending} bytes are held");
        }
        let (skipped, pending) = (decoder.skipped_bytes(), decoder.pending_bytes());
        if framing == Framing::Raw {
            let delivered: usize = frames.iter().map(Vec::len).sum();
            let total = (delivered + pending) as u64 + skipped;
            assert_eq!(total, stream.len() as u64, "bytes got lost");
        }
        Self {
            frames,
            skipped,
            pending,
        }
    }
}

/// The stream in pieces of these sizes, in turn.
fn pieces<'a>(mut stream: &'a [u8], sizes: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = match sizes.next() {
            None => TCP_SEGMENT,
            Some(0) => 256,
            Some(&size) => usize::from(size),
        };
        let (piece, rest) = stream.split_at(size.min(stream.len()));
        stream = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn wraps_and_unwraps(direction: Direction, message: &[u8]) {
    if let Ok(wrapped) = frame::encode(Framing::Wrapped, direction, message) {
        assert_eq!(frame::unwrap(direction, &wrapped), Ok(message));
    }
}

/// What one Ethernet frame carries of a TCP stream.
const TCP_SEGMENT: usize = 1_460;
