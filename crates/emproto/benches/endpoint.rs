//! Datagrams through an endpoint in memory, with their acknowledgements and timers, for one and for many chargers.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark may panic and starts its own clock"
)]

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use emproto::endpoint::EndpointConfig;
use emproto::frame::Datagram;
use emproto::session::{Config, Known, Request, WallClock};
use emproto::{Command, Endpoint, Password, Serial};

fn main() {
    divan::main();
}

struct Chargers {
    endpoint: Endpoint,
    now: Instant,
    packets: Vec<(SocketAddrV4, Vec<u8>)>,
    at: usize,
}

impl Chargers {
    /// So many registered chargers that have nothing left to tell.
    fn new(count: u32) -> Self {
        let now = Instant::now();
        let config = EndpointConfig {
            session: Config {
                auto_login: false,
                refresh_configuration: None,
                ..Config::default()
            },
            ..EndpointConfig::default()
        };
        let clock = WallClock::new(1_770_110_100, |_| 3_600);
        let mut chargers = Self {
            endpoint: Endpoint::new(config, now, clock, 1),
            now,
            packets: Vec::new(),
            at: 0,
        };
        for number in 0..count {
            chargers.register(number);
        }
        // What is asked at a login times out.
        chargers.now += Duration::from_secs(8);
        chargers.endpoint.handle_timeout(chargers.now);
        chargers.endpoint.handle_timeout(chargers.now);
        chargers.drain();
        // What each pushes in ten seconds.
        for (command, payload) in [
            (Command::StatusPush, &STATUS[0][..]),
            (Command::StatusPush, &STATUS[1]),
            (Command::Heading, &[]),
        ] {
            for number in 0..count {
                let packet = packet(serial(number), command, payload);
                chargers.packets.push((address(number), packet));
            }
        }
        chargers
    }

    fn register(&mut self, number: u32) {
        let known = Known {
            address: Some(address(number)),
            pin: Some("123456".parse().unwrap()),
            ..Known::default()
        };
        self.endpoint.add(self.now, serial(number), known);
        let login = Request::Login { pin: None };
        self.endpoint
            .request(self.now, serial(number), login)
            .unwrap();
        let ok = packet(serial(number), Command::LoginOk, &[1; 70]);
        self.endpoint.handle_input(self.now, address(number), &ok);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            black_box(transmit);
        }
        while let Some(event) = self.endpoint.poll_event() {
            black_box(event);
        }
    }

    /// The next datagram: in, out, timers.
    fn one(&mut self) {
        let (from, packet) = &self.packets[self.at];
        self.endpoint.handle_input(self.now, *from, packet);
        self.drain();
        self.at += 1;
        if self.at == self.packets.len() {
            self.at = 0;
            self.now += Duration::from_secs(10);
        }
        if self
            .endpoint
            .poll_timeout()
            .is_some_and(|due| due <= self.now)
        {
            self.endpoint.handle_timeout(self.now);
            self.drain();
        }
    }
}

fn serial(number: u32) -> Serial {
    Serial((0x1000_0000_0000 + u64::from(number)).to_be_bytes())
}

fn address(number: u32) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::from_bits(0x0A00_0001 + number), 7_248)
}

fn packet(serial: Serial, command: Command, payload: &[u8]) -> Vec<u8> {
    Datagram::new(serial, Password::NONE_FF, command, payload)
        .to_vec()
        .unwrap()
}

/// A three-phase status, then one with another power.
const STATUS: [[u8; 33]; 2] = {
    let mut first = [0; 33];
    first[1] = 0x09;
    first[17] = 1;
    first[18] = 4;
    first[19] = 1;
    first[20] = 14;
    let mut second = first;
    second[8] = 7;
    [first, second]
};

#[divan::bench(args = [1, 1_000, 10_000])]
fn datagrams(bencher: Bencher<'_, '_>, chargers: u32) {
    let mut chargers = Chargers::new(chargers);
    let registered = chargers
        .endpoint
        .evses()
        .filter(|evse| evse.is_registered())
        .count();
    assert_eq!(registered, chargers.endpoint.len());
    bencher
        .counter(ItemsCount::new(10_000_u32))
        .bench_local(|| (0..10_000).for_each(|_| chargers.one()));
}
