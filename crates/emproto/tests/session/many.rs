//! Thousands of chargers.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use emproto::endpoint::EndpointConfig;
use emproto::frame::datagrams;
use emproto::message::Message;
use emproto::session::{Known, WallClock};
use emproto::{Command, Endpoint, Password, Serial};

use crate::charger::login;
use crate::script::{UNIX, pin};

fn serial(number: u32) -> Serial {
    Serial((0x1000_0000_0000 + u64::from(number)).to_be_bytes())
}

fn address(number: u32) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from_bits(0x0A00_0001 + number), 7_248)
}

/// Adds so many chargers at once and runs them for a while; the network takes `per_ms` logins a millisecond and loses
/// the others. Returns when each was registered.
fn storm(count: u32, per_ms: u32, seconds: u64) -> (Endpoint, HashMap<Serial, Duration>, u32) {
    let start = Instant::now();
    let mut now = start;
    let clock = WallClock::new(UNIX, |_| 0);
    let mut endpoint = Endpoint::new(EndpointConfig::default(), now, clock, 3);
    for number in 0..count {
        let known = Known {
            address: Some(address(number)),
            pin: Some(pin()),
            ..Known::default()
        };
        assert!(endpoint.add(now, serial(number), known));
    }
    let ok = Message::LoginOk(login("BS20", 1, 32));
    let mut registered = HashMap::new();
    let (mut millisecond, mut used, mut most) = (u128::MAX, 0, 0);
    while now < start + Duration::from_secs(seconds) {
        while let Some(transmit) = endpoint.poll_transmit() {
            let datagram = datagrams(&transmit.bytes).next().unwrap().unwrap();
            if datagram.command != Command::LoginRequest {
                continue;
            }
            let at = (now - start).as_millis();
            used = if at == millisecond { used + 1 } else { 1 };
            (millisecond, most) = (at, most.max(used));
            if used <= per_ms {
                let reply = ok.to_datagram(datagram.serial, Password::NONE).unwrap();
                endpoint.handle_input(now, transmit.to, &reply);
                registered.entry(datagram.serial).or_insert(now - start);
            }
        }
        while endpoint.poll_event().is_some() {}
        let due = endpoint.poll_timeout().unwrap();
        now = now.max(due);
        endpoint.handle_timeout(now);
    }
    (endpoint, registered, most)
}

#[test]
fn a_storm_of_logins_is_spread_and_leaves_none_out() {
    let (endpoint, registered, most) = storm(5_000, 1, 30);
    assert_eq!(registered.len(), 5_000);
    assert!(
        endpoint
            .evses()
            .all(emproto::session::Session::is_registered)
    );
    assert!(registered.values().all(|at| *at <= Duration::from_secs(11)));
    assert!(most <= 2, "{most} in a millisecond");
}

#[test]
fn a_network_that_loses_all_logins_at_first_is_retried_with_spread() {
    let (_, registered, most) = storm(500, 0, 600);
    assert!(registered.is_empty());
    assert!(most <= 12, "{most} in a millisecond");
}

#[test]
fn chargers_come_in_the_order_of_their_first_sight() {
    let (endpoint, ..) = storm(100, 10, 1);
    let serials: Vec<_> = endpoint
        .evses()
        .map(emproto::session::Session::serial)
        .collect();
    assert!(serials.iter().copied().eq((0..100).map(serial)));
}

#[test]
fn an_idle_charger_takes_little_memory() {
    let inline = size_of::<emproto::session::Session>();
    assert!(inline <= 1_024, "{inline} bytes");
}

#[test]
fn a_registered_charger_takes_under_two_kib() {
    let mut kept = None;
    let measured = allocation_counter::measure(|| kept = Some(storm(1_000, 10, 60).0));
    let each = measured.bytes_current / 1_000;
    assert!(each < 2_048, "{each} bytes");
    assert_eq!(kept.map(|endpoint| endpoint.len()), Some(1_000));
}
