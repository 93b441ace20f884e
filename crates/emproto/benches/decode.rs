//! What a datagram costs.
//!
//! `cargo xtask report --bench` runs this and prints the table of the crate's README. There each row is compared with
//! the last row before it whose name starts with `bare sum`, so the order here is that of the table.

use divan::{Bencher, black_box};
use emproto::frame::{Datagram, datagrams};
use emproto::message::Message;
use emproto::{Command, Password, Serial};

fn main() {
    // Samples of one call would measure the clock.
    divan::Divan::default()
        .sample_size(1_000)
        .sample_count(200)
        .config_with_args()
        .main();
}

/// The least that validation can cost: every byte is added up.
#[divan::bench(name = "bare sum of the bytes of a status")]
fn sum(bencher: Bencher<'_, '_>) {
    let packet = packet(STATUS);
    bencher.bench_local(|| {
        black_box(&*packet)
            .iter()
            .map(|byte| u32::from(*byte))
            .sum::<u32>()
    });
}

#[divan::bench(name = "envelope of a status, checked")]
fn envelope(bencher: Bencher<'_, '_>) {
    let packet = packet(STATUS);
    bencher.bench_local(|| datagrams(black_box(&packet)).next());
}

#[divan::bench(name = "status, 25 bytes of payload")]
fn status(bencher: Bencher<'_, '_>) {
    decode(bencher, STATUS);
}

#[divan::bench(name = "status of three phases, 33 bytes")]
fn three_phases(bencher: Bencher<'_, '_>) {
    decode(bencher, "fake_status_33_three_phase");
}

#[divan::bench(name = "charging status, 74 bytes")]
fn charging(bencher: Bencher<'_, '_>) {
    decode(bencher, CHARGING);
}

#[divan::bench(name = "record, 96 bytes")]
fn record(bencher: Bencher<'_, '_>) {
    decode(bencher, RECORD);
}

#[divan::bench(name = "heading")]
fn heading(bencher: Bencher<'_, '_>) {
    decode(bencher, "real_heading");
}

#[divan::bench(name = "encode a status")]
fn encode_status(bencher: Bencher<'_, '_>) {
    encode(bencher, STATUS);
}

#[divan::bench(name = "encode a charging status")]
fn encode_charging(bencher: Bencher<'_, '_>) {
    encode(bencher, CHARGING);
}

#[divan::bench(name = "encode a record")]
fn encode_record(bencher: Bencher<'_, '_>) {
    encode(bencher, RECORD);
}

#[divan::bench(name = "encode an acknowledgement")]
fn encode_ack(bencher: Bencher<'_, '_>) {
    let mut out = Vec::with_capacity(64);
    bencher.bench_local(|| {
        out.clear();
        let ack = Datagram::new(Serial::ZERO, Password::NONE, Command::StatusAck, &[1]);
        black_box(ack).encode(&mut out)
    });
}

/// From the packet to the typed message, everything checked.
fn decode(bencher: Bencher<'_, '_>, name: &str) {
    let packet = packet(name);
    bencher.bench_local(|| {
        for datagram in datagrams(black_box(&packet)).flatten() {
            black_box(&Message::decode(&datagram));
        }
    });
}

/// From the typed message to bytes.
fn encode(bencher: Bencher<'_, '_>, name: &str) {
    let packet = packet(name);
    let datagram = datagrams(&packet).next().and_then(Result::ok);
    let Some(Ok(message)) = datagram.map(|datagram| Message::decode(&datagram)) else {
        panic!("{name} does not decode");
    };
    bencher.bench_local(|| black_box(&message).to_datagram(Serial::ZERO, Password::NONE));
}

fn packet(name: &str) -> Vec<u8> {
    let vectors = fixtures::vectors("em");
    match vectors.iter().find(|vector| vector.name == name) {
        Some(vector) => vector.bytes(),
        None => panic!("no vector is called {name}"),
    }
}

/// Captured from a BS20 with a vehicle plugged in.
const STATUS: &str = "real_status_25_idle_plugged";
/// Captured from a BS20 after a session.
const CHARGING: &str = "real_charging_74_finished";
const RECORD: &str = "fake_record_current_96";
