//! What holds whatever comes in and whatever is asked for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use emproto::endpoint::{EndpointConfig, EndpointEvent, Target};
use emproto::frame::{Datagram, datagrams};
use emproto::message::{Language, Nickname, PlanSlot, WeeklyPlan};
use emproto::session::{
    Config, Event, Known, Request, RequestId, Setting, StartRequest, WallClock,
};
use emproto::{Command, Endpoint, Password, Serial};
use proptest::prelude::*;

use crate::script::{ADDRESS, SERIAL, UNIX, pin};

#[derive(Clone, Debug)]
enum Step {
    Bytes(Vec<u8>),
    Frame {
        command: u16,
        payload: Vec<u8>,
        other: bool,
    },
    Pass(u64),
    Early,
    Probe(bool),
    Ask(u8),
    Remove,
    Add,
}

fn step() -> impl Strategy<Value = Step> {
    let payload = prop::collection::vec(any::<u8>(), 0..160);
    let command = prop_oneof![
        0_u16..0x14,
        0x100_u16..0x115,
        0x155_u16..0x156,
        any::<u16>()
    ];
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..100).prop_map(Step::Bytes),
        8 => (command, payload, prop::bool::weighted(0.1))
            .prop_map(|(command, payload, other)| Step::Frame { command, payload, other }),
        3 => (0_u64..40_000).prop_map(Step::Pass),
        1 => Just(Step::Early),
        1 => any::<bool>().prop_map(Step::Probe),
        5 => any::<u8>().prop_map(Step::Ask),
        1 => prop::bool::weighted(0.1).prop_map(|rare| if rare { Step::Remove } else { Step::Add }),
    ]
}

fn request(choice: u8) -> Request {
    match choice % 18 {
        0 => Request::Login { pin: Some(pin()) },
        1 => Request::Login { pin: None },
        2 => Request::FetchConfiguration {
            max_age: Duration::ZERO,
        },
        3 => Request::Set(Setting::Name(Nickname::new("x").unwrap())),
        4 => Request::Set(Setting::Language(Language::Unknown(77))),
        5 => Request::Set(Setting::OutputCurrent(choice)),
        6 => Request::Set(Setting::WeeklyPlan(Box::new(WeeklyPlan(
            [PlanSlot::OFF; 7],
        )))),
        7 => Request::ReadClock,
        8 => Request::SetClock { civil: None },
        9 | 10 => Request::Start(Box::new(StartRequest {
            current_a: Some(16),
            replace: choice > 99,
            ..StartRequest::default()
        })),
        11 | 12 => Request::Start(Box::new(StartRequest {
            current_a: Some(6),
            start_at_unix_s: Some(UNIX + i64::from(choice) * 60),
            ..StartRequest::default()
        })),
        13 | 14 => Request::Stop { user_id: None },
        15 => Request::ReadHistory,
        16 => Request::ReadWeeklyPlan,
        _ => Request::Refresh,
    }
}

/// An endpoint that is watched all the time.
struct Watched {
    endpoint: Endpoint,
    now: Instant,
    open: BTreeSet<RequestId>,
}

impl Watched {
    fn new() -> Self {
        let now = Instant::now();
        let config = EndpointConfig {
            session: Config {
                acknowledge_records: true,
                ..Config::default()
            },
            dump: true,
            ..EndpointConfig::default()
        };
        let endpoint = Endpoint::new(config, now, WallClock::new(UNIX, |_| 3_600), 1);
        let mut watched = Self {
            endpoint,
            now,
            open: BTreeSet::new(),
        };
        watched.add();
        watched
    }

    fn add(&mut self) {
        let known = Known {
            address: Some(ADDRESS),
            pin: Some(pin()),
            ..Known::default()
        };
        self.endpoint.add(self.now, SERIAL, known);
        self.check();
    }

    fn check(&mut self) {
        self.check_events();
        self.check_packets();
    }

    fn check_packets(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            for datagram in datagrams(&transmit.bytes) {
                let datagram = datagram.unwrap();
                assert!(datagram.command.may_be_sent(), "{}", datagram.command);
                let is_broadcast = transmit.to.ip().is_broadcast();
                assert!(!is_broadcast || datagram.password.is_none());
                assert!(!is_broadcast || datagram.command == Command::LoginRequest);
            }
        }
    }

    fn check_events(&mut self) {
        while let Some(event) = self.endpoint.poll_event() {
            if let EndpointEvent::Evse { event, serial } = event {
                match event {
                    Event::Done { id, .. } => assert!(self.open.remove(&id), "{id:?}"),
                    Event::Record { key, .. } => self.endpoint.record_taken(serial, key),
                    _ => {}
                }
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.endpoint.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.endpoint.handle_timeout(self.now);
            self.check();
        }
        self.now = until;
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Bytes(bytes) => self.endpoint.handle_input(self.now, ADDRESS, &bytes),
            Step::Frame {
                command,
                payload,
                other,
            } => {
                let serial = if other {
                    Serial([command.to_be_bytes()[1]; 8])
                } else {
                    SERIAL
                };
                let command = Command::from_code(command);
                let datagram = Datagram::new(serial, Password::NONE_FF, command, &payload);
                let bytes = datagram.to_vec().unwrap();
                self.endpoint.handle_input(self.now, ADDRESS, &bytes);
            }
            Step::Pass(millis) => self.pass(Duration::from_millis(millis)),
            Step::Early => {
                let before = self.endpoint.poll_timeout();
                if before.is_none_or(|due| due > self.now) {
                    self.endpoint.handle_timeout(self.now);
                    assert_eq!(self.endpoint.poll_timeout(), before);
                    assert!(self.endpoint.poll_transmit().is_none());
                    assert!(self.endpoint.poll_event().is_none());
                }
            }
            Step::Probe(broadcast) => {
                let target = if broadcast {
                    Target::Broadcast
                } else {
                    Target::Socket(ADDRESS)
                };
                self.endpoint.probe(self.now, target);
            }
            Step::Ask(choice) => {
                let asked = self.endpoint.request(self.now, SERIAL, request(choice));
                if let Ok(id) = asked {
                    assert!(self.open.insert(id));
                }
            }
            Step::Remove => {
                self.endpoint.remove(SERIAL);
            }
            Step::Add => self.add(),
        }
        self.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn only_allowed_commands_leave_every_request_ends_once_and_nothing_panics(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut watched = Watched::new();
        for step in steps {
            watched.step(step);
        }
        // The longest request is a reading of a full ring of records, four times.
        watched.pass(Duration::from_mins(35));
        prop_assert!(watched.open.is_empty(), "{:?}", watched.open);
    }
}
