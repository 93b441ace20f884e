//! TCP segments in every order that a network and a capture can bring them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::time::Duration;

use evse_capture::link::Segment;
use evse_capture::reassembly::{MAX_WAITING, Piece, Stream};
use proptest::prelude::*;

const NOW: Duration = Duration::from_secs(7);

fn segment(sequence: u32, payload: &[u8]) -> Segment<'_> {
    let address = SocketAddr::from(([127, 0, 0, 1], 9988));
    Segment {
        source: address,
        destination: address,
        sequence,
        syn: false,
        fin: false,
        rst: false,
        payload,
    }
}

fn syn(sequence: u32) -> Segment<'static> {
    Segment {
        syn: true,
        ..segment(sequence, b"")
    }
}

fn fin(sequence: u32, payload: &[u8]) -> Segment<'_> {
    Segment {
        fin: true,
        ..segment(sequence, payload)
    }
}

/// What comes out, short: `^` start, bytes, `<n>` a gap, `$` end.
fn text(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Start => out.push('^'),
            Piece::Data { bytes, .. } => out.push_str(&String::from_utf8_lossy(bytes)),
            Piece::Gap(len) => out.extend(["<", &len.to_string(), ">"]),
            Piece::End => out.push('$'),
        }
    }
    out
}

fn check(segments: &[Segment<'_>], expected: &str) {
    let mut stream = Stream::new();
    let mut pieces: Vec<Piece> = segments
        .iter()
        .flat_map(|segment| stream.push(NOW, segment))
        .collect();
    pieces.extend(stream.finish());
    assert_eq!(text(&pieces), expected);
}

#[test]
fn segments_in_order_are_their_bytes() {
    check(
        &[
            syn(99),
            segment(100, b"ab"),
            segment(102, b"cd"),
            fin(104, b""),
        ],
        "^abcd$",
    );
}

#[test]
fn retransmissions_and_overlaps_come_out_once() {
    let (a, b) = (segment(100, b"abcd"), segment(102, b"cdef"));
    check(
        &[syn(99), a.clone(), a.clone(), b.clone(), a, b],
        "^abcdef$",
    );
    check(
        &[
            syn(99),
            segment(102, b"c"),
            segment(102, b"cde"),
            segment(100, b"abcdef"),
        ],
        "^abcdef$",
    );
}

#[test]
fn reordered_segments_wait() {
    check(
        &[
            syn(99),
            segment(104, b"ef"),
            segment(102, b"cd"),
            segment(100, b"ab"),
        ],
        "^abcdef$",
    );
}

#[test]
fn a_fin_before_the_last_data_waits() {
    let mut stream = Stream::new();
    stream.push(NOW, &syn(99));
    assert_eq!(stream.push(NOW, &fin(102, b"cd")), []);
    assert_eq!(text(&stream.push(NOW, &segment(100, b"ab"))), "abcd$");
    assert_eq!(stream.push(NOW, &segment(104, b"late")), []);
}

#[test]
fn what_never_came_is_a_gap() {
    check(
        &[syn(99), segment(100, b"ab"), segment(105, b"f")],
        "^ab<3>f$",
    );
}

#[test]
fn a_gap_is_given_up_when_too_much_waits() {
    let mut stream = Stream::new();
    stream.push(NOW, &segment(0, b"a"));
    let chunk = vec![b'x'; 60_000];
    let mut pieces = Vec::new();
    let mut sequence = 10;
    for _ in 0..=MAX_WAITING / chunk.len() {
        assert_eq!(pieces, []);
        pieces = stream.push(NOW, &segment(sequence, &chunk));
        sequence += 60_000;
    }
    assert_eq!(pieces[0], Piece::Gap(9));
    assert_eq!(pieces.len(), 2 + MAX_WAITING / chunk.len());
}

#[test]
fn a_gap_is_given_up_when_too_many_segments_wait() {
    let mut stream = Stream::new();
    stream.push(NOW, &segment(0, b"a"));
    let pieces: Vec<Piece> = (1..5000)
        .flat_map(|n| stream.push(NOW, &segment(n * 2, b"b")))
        .collect();
    assert!(pieces.len() > 1000, "{}", pieces.len());
    assert_eq!(text(&pieces[..4]), "<1>b<1>b");
}

#[test]
fn numbers_wrap_around() {
    let last = u32::MAX;
    check(
        &[
            syn(last - 2),
            segment(1, b"de"),
            segment(last - 1, b"abc"),
            fin(3, b""),
        ],
        "^abcde$",
    );
}

#[test]
fn a_capture_may_begin_in_the_middle() {
    check(
        &[
            segment(5000, b""),
            segment(5001, b"ab"),
            segment(5003, b"c"),
        ],
        "^abc$",
    );
    check(&[segment(5001, b"ab"), segment(4001, b"old")], "^ab$");
}

#[test]
fn a_reset_brings_out_what_waits() {
    let reset = Segment {
        rst: true,
        ..segment(109, b"")
    };
    check(&[syn(99), segment(101, b"b"), reset], "^<1>b$");
}

#[test]
fn the_same_ports_may_be_used_again() {
    check(
        &[
            syn(99),
            segment(100, b"ab"),
            syn(99),
            syn(7),
            segment(8, b"c"),
        ],
        "^ab$^c$",
    );
}

proptest! {
    #[test]
    fn any_order_of_any_cuts_gives_the_same_bytes(
        origin: u32,
        cuts in prop::collection::vec((0_usize..500, 1_usize..80), 0..40),
        order in prop::collection::vec(0_usize..1000, 60),
    ) {
        let content: Vec<u8> = (0..500_u16).map(|n| n.to_le_bytes()[0]).collect();
        let mut parts: Vec<(usize, usize)> = (0..10).map(|n| (n * 50, n * 50 + 50)).collect();
        parts.extend(cuts.iter().map(|&(at, len)| (at, (at + len).min(500))));
        let mut keyed: Vec<_> = order.iter().zip(parts).collect();
        keyed.sort();
        let mut stream = Stream::new();
        stream.push(NOW, &syn(origin.wrapping_sub(1)));
        let mut bytes = Vec::new();
        for (_, (from, to)) in keyed {
            let sequence = origin.wrapping_add(u32::try_from(from).unwrap());
            for piece in stream.push(NOW, &segment(sequence, &content[from..to])) {
                let Piece::Data { offset, bytes: new, .. } = piece else {
                    panic!("{piece:?}");
                };
                prop_assert_eq!(offset, bytes.len() as u64);
                bytes.extend(new);
            }
        }
        prop_assert_eq!(bytes, content);
    }
}
