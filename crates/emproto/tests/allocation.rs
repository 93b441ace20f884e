//! Datagrams decode without allocation.

use std::hint::black_box;

use emproto::frame::datagrams;
use emproto::message::Message;

fn allocations(packet: &[u8]) -> u64 {
    let measured = allocation_counter::measure(|| {
        for datagram in datagrams(black_box(packet)).flatten() {
            let _ = black_box(Message::decode(&datagram));
        }
    });
    measured.count_total
}

#[test]
fn datagrams_decode_without_allocation() {
    let mut checked = 0;
    for vector in fixtures::vectors("em") {
        let bytes = vector.bytes();
        // The log of a record and what follows an empty slot are long.
        let long = ["real_record_local_155", "fake_history_slot_8_empty"];
        let expected = u64::from(long.contains(&&*vector.name));
        assert_eq!(allocations(&bytes), expected, "{}", vector.name);
        checked += 1;
    }
    assert_eq!(checked, 105);
}
