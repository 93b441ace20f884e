//! What a message costs, beside bare prost on the same bytes.
//!
//! `cargo xtask report --bench` runs this and prints the table of the crate's README. There each row is compared with
//! the last row before it whose name starts with `bare prost`, so the order here is that of the table.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark starts its session's clock"
)]

use std::time::Instant;

use divan::{Bencher, black_box, black_box_drop};
use duosida_proto::config::{LimitFormat, Setting};
use duosida_proto::frame::{Decoder, Direction, Framing};
use duosida_proto::message::{self, Body, Envelope};
use duosida_proto::proto::ChangeConfigurationReq;
use duosida_proto::session::{Config, Session};
use prost::Message as _;

fn main() {
    // Samples of one call would measure the clock.
    divan::Divan::default()
        .sample_size(1_000)
        .sample_count(200)
        .config_with_args()
        .main();
}

#[divan::bench(name = "bare prost: decode a vendor status")]
fn prost_decode(bencher: Bencher<'_, '_>) {
    let frame = frame(VENDOR_STATUS);
    bencher.bench_local(|| Envelope::decode(black_box(&*frame)));
}

#[divan::bench(name = "`message::decode`")]
fn message_decode(bencher: Bencher<'_, '_>) {
    let frame = frame(VENDOR_STATUS);
    bencher.bench_local(|| message::decode(black_box(&frame)));
}

#[divan::bench(name = "`frame::Decoder` alone")]
fn cut(bencher: Bencher<'_, '_>) {
    let frame = frame(VENDOR_STATUS);
    let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
    bencher.bench_local(|| {
        decoder.push(black_box(&frame));
        decoder.next_frame()
    });
}

#[divan::bench(name = "`frame::Decoder` and `message::decode`")]
fn cut_and_decode(bencher: Bencher<'_, '_>) {
    let frame = frame(VENDOR_STATUS);
    let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
    bencher.bench_local(|| {
        decoder.push(black_box(&frame));
        let cut = decoder.next_frame();
        cut.map(|frame| message::decode(&frame))
    });
}

/// The session confirms each vendor status, so one encoding is part of it.
#[divan::bench(name = "`Session::handle_input`, confirmation, status")]
fn to_status(bencher: Bencher<'_, '_>) {
    let frame = frame(VENDOR_STATUS);
    let now = Instant::now();
    let mut session = Session::new(Config::default(), now, UNIX_TIME_S);
    session.handle_input(now, &self::frame("hw_boot_notification"));
    assert!(session.is_ready(), "the boot notification ends the opening");
    bencher.bench_local(|| {
        session.handle_input(now, black_box(&frame));
        while let Some(bytes) = session.poll_transmit() {
            black_box_drop(bytes);
        }
        while let Some(event) = session.poll_event() {
            black_box_drop(event);
        }
        session.status(now)
    });
}

#[divan::bench(name = "100 frames out of reads of 1,460 bytes")]
fn cut_a_hundred(bencher: Bencher<'_, '_>) {
    let stream = frame(VENDOR_STATUS).repeat(100);
    let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
    bencher.bench_local(|| {
        let mut frames = 0;
        for read in black_box(&stream).chunks(TCP_SEGMENT) {
            decoder.push(read);
            while let Some(frame) = decoder.next_frame() {
                black_box_drop(frame);
                frames += 1;
            }
        }
        assert_eq!(frames, 100);
    });
}

#[divan::bench(name = "bare prost: encode a `ChangeConfiguration`")]
fn prost_encode(bencher: Bencher<'_, '_>) {
    let envelope = change_configuration(&Setting::MaxCurrent { amps: 16 });
    bencher.bench_local(|| black_box(&envelope).encode_to_vec());
}

#[divan::bench(name = "`message::encode`")]
fn message_encode(bencher: Bencher<'_, '_>) {
    let envelope = change_configuration(&Setting::MaxCurrent { amps: 16 });
    bencher.bench_local(|| message::encode(black_box(&envelope)));
}

#[divan::bench(name = "`Setting` to bytes")]
fn setting_to_bytes(bencher: Bencher<'_, '_>) {
    let setting = Setting::MaxCurrent { amps: 16 };
    bencher.bench_local(|| message::encode(&change_configuration(black_box(&setting))));
}

/// The message of a change, as a session builds it.
fn change_configuration(setting: &Setting) -> Envelope {
    Envelope {
        message: Some(Body::ChangeConfigurationReq(ChangeConfigurationReq {
            key: Some(setting.key().into()),
            value: Some(setting.value(LimitFormat::Integer)),
        })),
        client_id: Some("0000000000000000000".into()),
        message_id: Some(3),
    }
}

fn frame(name: &str) -> Vec<u8> {
    let vectors = fixtures::vectors("duosida");
    match vectors.iter().find(|vector| vector.name == name) {
        Some(vector) => vector.bytes(),
        None => panic!("no vector is called {name}"),
    }
}

/// Captured while charging: 206 bytes, 23 fields.
const VENDOR_STATUS: &str = "hw_vendor_status_charging_6a";
/// What one Ethernet frame carries of a TCP stream.
const TCP_SEGMENT: usize = 1_460;
const UNIX_TIME_S: i64 = 1_790_000_000;
