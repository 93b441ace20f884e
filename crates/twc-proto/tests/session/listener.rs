//! A bus that somebody else controls.

use std::time::{Duration, Instant};

use twc_proto::Address;
use twc_proto::message::{
    Action, ControllerHeartbeat, Message, Meter, PeripheralState, Presence, ProtocolVersion, Query,
};
use twc_proto::session::{Event, LifeCycle, Listener, PortState, Sender};

use crate::unit::Unit;

const MASTER: Address = Address(0x7777);
const UNIT: Address = Address(0x3495);

struct Heard {
    listener: Listener,
    now: Instant,
    unit: Unit,
    events: Vec<Event>,
}

impl Heard {
    fn new() -> Self {
        Self {
            listener: Listener::new(),
            now: Instant::now(),
            unit: Unit::new(UNIT.0),
            events: Vec::new(),
        }
    }

    fn say(&mut self, message: Message) {
        self.listener
            .handle_input(self.now, &message.encode(ProtocolVersion::V2));
        self.drain();
    }

    fn drain(&mut self) {
        self.events
            .extend(std::iter::from_fn(|| self.listener.poll_event()));
    }

    fn ask(&mut self, query: Query) {
        self.say(Message::Query {
            sender: MASTER,
            recipient: UNIT,
            query,
        });
        self.say(self.unit.tell(query).unwrap());
    }

    fn seconds(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(due) = self.listener.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.listener.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }
}

#[test]
fn controller_and_peripheral_are_told_apart_and_limits_are_taken_from_heartbeats() {
    let mut bus = Heard::new();
    bus.say(Message::ControllerAnnounce(Presence {
        sender: MASTER,
        session: 76,
        max_current_ca: 0,
    }));
    bus.say(bus.unit.presence());
    for (action, current_ca) in [
        (Action::SetInitialCurrent, 1_000),
        (Action::SetSessionCurrent, 1_600),
    ] {
        bus.say(Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: MASTER,
            recipient: UNIT,
            action,
            current_ca,
            controller_plugged: true,
        }));
        bus.say(bus.unit.report(MASTER, PeripheralState::Charging));
    }
    bus.say(Message::Meter {
        sender: MASTER,
        meter: Meter {
            energy_raw: 7,
            ..Meter::default()
        },
    });
    bus.ask(Query::Meter);
    bus.ask(Query::Version);
    bus.ask(Query::Serial);
    let controller = *bus.listener.controllers().next().unwrap();
    assert_eq!(controller.presence.unwrap().session, 76);
    assert_eq!(controller.meter.unwrap().energy_raw, 7);
    assert_eq!(controller.is_plugged, Some(true));
    let peripheral = bus.listener.peripheral(UNIT).unwrap();
    assert_eq!(peripheral.initial_sent_ca, Some(1_000));
    assert_eq!(peripheral.session_sent_ca, Some(1_600));
    assert_eq!(peripheral.meter.unwrap().energy_raw, 1_234);
    assert_eq!(peripheral.life, LifeCycle::Initialised);
    let told = |event: Event| bus.events.iter().filter(|one| **one == event).count();
    assert_eq!(told(Event::NewDevice { unit: UNIT }), 1);
    assert_eq!(told(Event::ForeignController { controller: MASTER }), 1);
}

#[test]
fn a_unit_that_is_only_heard_answering_is_a_peripheral() {
    let mut bus = Heard::new();
    bus.ask(Query::Serial);
    assert_eq!(bus.listener.peripherals().count(), 1);
    assert_eq!(bus.listener.controllers().count(), 1);
    let from = |event: &Event| match event {
        Event::Frame { from, .. } => Some(*from),
        _ => None,
    };
    let from: Vec<_> = bus.events.iter().filter_map(from).collect();
    assert_eq!(from, [Sender::Controller(MASTER), Sender::Peripheral(UNIT)]);
}

#[test]
fn loss_and_return_are_told_as_by_a_controller() {
    let mut bus = Heard::new();
    bus.say(bus.unit.presence());
    bus.seconds(27);
    assert!(bus.events.contains(&Event::Lost { unit: UNIT }));
    bus.listener.handle_port(bus.now, PortState::Closed);
    bus.seconds(60);
    bus.listener.handle_port(bus.now, PortState::Open);
    bus.say(bus.unit.presence());
    assert!(bus.events.contains(&Event::Returned { unit: UNIT }));
    assert_eq!(bus.listener.peripheral(UNIT).unwrap().life, LifeCycle::Seen);
}
