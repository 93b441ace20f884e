//! Links every codec, and the sharing of current, into a library that has its own panic handler: the standard library
//! has one too, so if any dependency brings it in, this does not build.

#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::time::Duration;

use duosida_proto::frame::{Decoder, Direction, Framing};

/// Decodes and encodes what a caller fills in, with every codec.
///
/// # Safety
///
/// `bytes` must point to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn evse_codecs(bytes: *const u8, len: usize) -> usize {
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(bytes, len) };
    duosida(bytes).len() + em(bytes).len() + twc(bytes) + sharing(bytes)
}

fn duosida(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
    decoder.push(bytes);
    let frame = decoder.next_frame().unwrap_or_default();
    duosida_proto::message::decode(&frame).map_or_else(
        |error| alloc::format!("{error}").into_bytes(),
        |message| duosida_proto::message::encode(&message),
    )
}

fn em(packet: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for datagram in emproto::frame::datagrams(packet).flatten() {
        match emproto::message::Message::decode(&datagram) {
            Ok(message) => message.put_payload(&mut out),
            Err(error) => out.extend(alloc::format!("{error}").into_bytes()),
        }
    }
    out
}

/// How many bytes the messages of a line have; nothing is allocated.
fn twc(line: &[u8]) -> usize {
    use twc_proto::frame::{Decoder, Trailer};
    use twc_proto::message::{Message, ProtocolVersion};
    let frames = |frame| Message::decode(&frame).encode(ProtocolVersion::V2);
    Decoder::new()
        .push(line)
        .flatten()
        .map(|frame| frames(frame).encode(Trailer::default()).len())
        .sum()
}

fn sharing(caps_a: &[u8]) -> usize {
    let mut ledger = evse_sharing::Ledger::new(40, evse_sharing::Settings::default());
    for (key, cap_a) in caps_a.iter().enumerate() {
        let bounds = evse_sharing::Bounds {
            floor_a: 6,
            cap_a: u16::from(*cap_a),
        };
        ledger.join(key, Duration::ZERO, bounds);
        ledger.plugged(key, Duration::ZERO);
    }
    let offer = ledger.offer(0, Duration::from_secs(60));
    usize::from(offer.limit_a.unwrap_or(0))
}

/// Memory is the application's matter.
struct NoMemory;

// SAFETY: a null pointer says that there is no memory, so there is nothing to free.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static MEMORY: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
