//! What a frame costs.
//!
//! `cargo xtask report --bench` runs this and prints the table of the crate's README. There each row is compared with
//! the last row before it whose name starts with `bare sum`, so the order here is that of the table.

use std::fmt;

use divan::{Bencher, black_box};
use twc_proto::frame::{Decoder, Frame, Trailer};
use twc_proto::message::{Message, ProtocolVersion};

fn main() {
    // Samples of one call would measure the clock.
    divan::Divan::default()
        .sample_size(1_000)
        .sample_count(200)
        .config_with_args()
        .main();
}

/// The least that validation can cost: every byte is added up.
#[divan::bench(name = "bare sum of the bytes of a heartbeat")]
fn sum(bencher: Bencher<'_, '_>) {
    let line = line(HEARTBEAT);
    bencher.bench_local(|| {
        black_box(&*line)
            .iter()
            .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
    });
}

#[divan::bench(name = "cut and check a peripheral_heartbeat")]
fn check(bencher: Bencher<'_, '_>) {
    let line = line(HEARTBEAT);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| decoder.push(black_box(&line)).next());
}

/// From the bytes to the typed message, everything checked.
#[divan::bench(name = "decode", args = KINDS)]
fn decode(bencher: Bencher<'_, '_>, kind: &Kind) {
    let line = line(kind.vector);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| read(&mut decoder, &line));
}

#[divan::bench(name = "decode a peripheral_heartbeat, byte by byte")]
fn byte_by_byte(bencher: Bencher<'_, '_>) {
    let line = line(HEARTBEAT);
    let mut decoder = Decoder::new();
    bencher.bench_local(|| {
        for byte in line.chunks(1) {
            read(&mut decoder, byte);
        }
    });
}

/// One frame of a line with all kinds of frames, read in pieces of 64 bytes.
#[divan::bench(name = "decode a stream of all kinds, a frame of it")]
fn stream(bencher: Bencher<'_, '_>) {
    let line: Vec<u8> = KINDS.iter().flat_map(|kind| line(kind.vector)).collect();
    let mut decoder = Decoder::new();
    let mut reads = line.chunks(64).cycle();
    let mut bytes: &[u8] = &[];
    bencher.bench_local(|| {
        loop {
            if let Some(item) = decoder.decode(&mut bytes) {
                return item.map(|frame| Message::decode(&frame));
            }
            bytes = black_box(reads.next().unwrap_or_default());
        }
    });
}

/// From the typed message to the bytes.
#[divan::bench(name = "encode", args = KINDS)]
fn encode(bencher: Bencher<'_, '_>, kind: &Kind) {
    let message = Message::decode(&frame(kind.vector));
    bencher.bench_local(|| {
        let frame = black_box(&message).encode(ProtocolVersion::V2);
        frame.encode(Trailer::default())
    });
}

#[inline]
fn read(decoder: &mut Decoder, bytes: &[u8]) {
    for frame in decoder.push(black_box(bytes)).flatten() {
        black_box(&Message::decode(&frame));
    }
}

fn frame(name: &str) -> Frame {
    match Decoder::new().push(&line(name)).next() {
        Some(Ok(frame)) => frame,
        other => panic!("{name} is {other:?}"),
    }
}

fn line(name: &str) -> Vec<u8> {
    let vectors = fixtures::vectors("twc");
    match vectors.iter().find(|vector| vector.name == name) {
        Some(vector) => vector.bytes(),
        None => panic!("no vector is called {name}"),
    }
}

/// A kind of frame, and a vector of it.
struct Kind {
    name: &'static str,
    vector: &'static str,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const HEARTBEAT: &str = "real_heartbeat_reply_idle";
const KINDS: [Kind; 21] = [
    kind("controller_announce", "real_announce"),
    kind("controller_discover", "real_discover"),
    kind("peripheral_presence", "real_presence_8E"),
    kind("controller_heartbeat", "real_heartbeat_idle"),
    kind("peripheral_heartbeat", HEARTBEAT),
    kind("query", "real_query_meter"),
    kind("meter", "meter_three_phase_20"),
    kind("version", "real_version_reply"),
    kind("serial", "real_serial_reply"),
    kind("vin_part", "vin_ee"),
    kind("plug_state", "plug_state_1"),
    kind("close_contactors", "twcm_start_command"),
    kind("open_contactors", "twcm_stop_command"),
    kind("close_contactors_ack", "real_close_ack"),
    kind("open_contactors_ack", "open_ack"),
    kind("idle", "real_v1_idle"),
    kind("legacy_model", "legacy_model_reply"),
    kind("legacy_version", "legacy_version_reply"),
    kind("unknown", "unknown_command_A9"),
    kind("controller_heartbeat with escapes", "esc_recipient_C0DB"),
    kind(
        "peripheral_heartbeat of version 1",
        "twcm_slave_heartbeat_v1",
    ),
];

const fn kind(name: &'static str, vector: &'static str) -> Kind {
    Kind { name, vector }
}
