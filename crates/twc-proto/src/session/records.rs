//! What frames of other units say about them. A controller and a listener share this.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::peripheral::{ForeignController, LifeCycle, Peripheral};
use super::vin::VinChange;
use super::{Counters, Event, Sender};
use crate::Address;
use crate::frame::{Frame, FrameType};
use crate::message::{
    Action, ControllerHeartbeat, Message, PeripheralState, ProtocolVersion, Query,
};

/// All units of a bus, and what is to be told about them.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// In the order of their ids.
    pub(super) peripherals: Vec<Peripheral>,
    pub(super) controllers: Vec<ForeignController>,
    pub(super) counters: Counters,
    events: VecDeque<Event>,
    /// The last question of a foreign controller, to know whose answer comes.
    question: Option<(Address, Query)>,
    /// Sent data of its own, unasked, once: a controller that is alone does.
    suspect: Option<Address>,
    /// A peripheral that spoke as a controller does, once: the checksum does not protect the type of a frame.
    doubtful: Option<Address>,
    /// Since when silence counts: the line was closed before.
    open_since: Option<Instant>,
}

/// What a frame was about.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent findings")]
pub(super) struct Heard {
    pub(super) from: Sender,
    pub(super) message: Message,
    /// The unit drew another session number.
    pub(super) restarted: bool,
    /// The unit was lost before.
    pub(super) returned: bool,
    /// The state that tells of the vehicle is another one.
    pub(super) vehicle_changed: bool,
    /// From idle to state 03: a vehicle was plugged in.
    pub(super) came: bool,
    /// The unit was taken for a controller before.
    pub(super) was_controller: bool,
}

impl Records {
    pub(super) fn emit(&mut self, event: Event) {
        if self.events.len() >= MAX_EVENTS {
            let done = |event: &Event| matches!(event, Event::Done { .. });
            let oldest = self.events.iter().position(|event| !done(event));
            self.events.remove(oldest.unwrap_or_default());
            self.counters.events_dropped += 1;
        }
        self.events.push_back(event);
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn get(&self, unit: Address) -> Option<&Peripheral> {
        self.peripherals
            .iter()
            .find(|peripheral| peripheral.address == unit)
    }

    pub(super) fn get_mut(&mut self, unit: Address) -> Option<&mut Peripheral> {
        self.peripherals
            .iter_mut()
            .find(|peripheral| peripheral.address == unit)
    }

    /// Takes a frame that is not ours. `divisor` is for a peripheral that is new.
    pub(super) fn take(
        &mut self,
        now: Instant,
        frame: &Frame,
        divisor: impl Fn(Address) -> u32,
    ) -> Heard {
        self.counters.frames += 1;
        let message = Message::decode(frame);
        let mut heard = Heard {
            from: Sender::Unknown(message.sender()),
            message,
            restarted: false,
            returned: false,
            vehicle_changed: false,
            came: false,
            was_controller: false,
        };
        if frame.frame_type() == FrameType::Data {
            if let Some(sender) = message.sender() {
                self.data(now, frame, sender, &mut heard, divisor);
            }
        } else if let Some(sender) = frame.sender() {
            if self.is_doubtful(sender) {
                self.counters.ignored += 1;
            } else {
                self.controller(now, sender, &message);
                heard.from = Sender::Controller(sender);
            }
        }
        self.emit(Event::Frame {
            from: heard.from,
            message,
        });
        if let Sender::Peripheral(unit) = heard.from {
            self.look_for_news(unit);
        }
        heard
    }

    /// A frame of type FD: of a peripheral, or of a controller that tells its own data.
    fn data(
        &mut self,
        now: Instant,
        frame: &Frame,
        sender: Address,
        heard: &mut Heard,
        divisor: impl Fn(Address) -> u32,
    ) {
        if let Message::PeripheralPresence(_) | Message::PeripheralHeartbeat(_) = heard.message {
            heard.was_controller = self.is_none_after_all(sender);
        }
        if self.get(sender).is_none() && !self.is_new_peripheral(sender, &heard.message) {
            if self.is_controller(sender, &heard.message) {
                self.controller(now, sender, &heard.message);
                heard.from = Sender::Controller(sender);
            } else {
                self.counters.ignored += 1;
            }
            return;
        }
        let Some(peripheral) = self.place(now, sender, divisor) else {
            self.counters.ignored += 1;
            return;
        };
        peripheral.last_seen = now;
        heard.returned = peripheral.life == LifeCycle::Lost;
        heard.from = Sender::Peripheral(sender);
        if heard.returned {
            self.emit(Event::Returned { unit: sender });
        }
        self.apply(now, frame, sender, heard);
    }

    fn is_new_peripheral(&self, sender: Address, message: &Message) -> bool {
        match message {
            Message::PeripheralPresence(_) | Message::PeripheralHeartbeat(_) => true,
            _ => self
                .question
                .is_some_and(|(asked, query)| asked == sender && answers(message, query)),
        }
    }

    /// Whether a frame of a controller is likelier one of a peripheral, with a broken type. The second in a row is not.
    fn is_doubtful(&mut self, sender: Address) -> bool {
        let is_peripheral = self
            .get(sender)
            .is_some_and(|peripheral| peripheral.life != LifeCycle::Lost);
        is_peripheral && self.doubtful.replace(sender) != Some(sender)
    }

    /// Only peripherals say what this unit says now; tells whether it was taken for a controller.
    fn is_none_after_all(&mut self, sender: Address) -> bool {
        self.doubtful.take_if(|doubtful| *doubtful == sender);
        let before = self.controllers.len();
        self.controllers
            .retain(|controller| controller.address != sender);
        self.controllers.len() < before
    }

    /// Whether somebody that is no peripheral is a controller. Peripherals tell nothing unasked but their presence; a
    /// controller that is alone tells its own meter every two seconds, and nothing else. Source: capture.
    fn is_controller(&mut self, sender: Address, message: &Message) -> bool {
        if self
            .controllers
            .iter()
            .any(|controller| controller.address == sender)
        {
            return true;
        }
        let is_own = matches!(
            message,
            Message::Meter { .. }
                | Message::Version { .. }
                | Message::Serial { .. }
                | Message::VinPart { .. }
        );
        is_own && self.suspect.replace(sender) == Some(sender)
    }

    /// The record of a peripheral, made if there is room.
    fn place(
        &mut self,
        now: Instant,
        unit: Address,
        divisor: impl Fn(Address) -> u32,
    ) -> Option<&mut Peripheral> {
        if self.peripherals.len() >= MAX_PERIPHERALS && self.get(unit).is_none() {
            self.make_room(now);
        }
        let place = self
            .peripherals
            .binary_search_by_key(&unit, |peripheral| peripheral.address);
        let place = match place {
            Ok(place) => place,
            Err(_) if self.peripherals.len() >= MAX_PERIPHERALS => return None,
            Err(place) => {
                let peripheral = Peripheral::new(unit, now, divisor(unit));
                self.peripherals.insert(place, peripheral);
                self.emit(Event::Found { unit });
                place
            }
        };
        self.peripherals.get_mut(place)
    }

    fn apply(&mut self, now: Instant, frame: &Frame, unit: Address, heard: &mut Heard) {
        let Some(peripheral) = self.get_mut(unit) else {
            return;
        };
        match heard.message {
            Message::PeripheralPresence(presence) => {
                peripheral.protocol = ProtocolVersion::of_presence(frame).or(peripheral.protocol);
                heard.restarted = peripheral.presence(presence);
                if heard.restarted {
                    let count = peripheral.restarts;
                    self.emit(Event::Restarted { unit, count });
                }
            }
            Message::PeripheralHeartbeat(heartbeat) => {
                let version = match frame.len() {
                    14 => ProtocolVersion::V1,
                    _ => ProtocolVersion::V2,
                };
                peripheral.protocol.get_or_insert(version);
                let (before, vehicle) = (peripheral.state, peripheral.vehicle_state);
                peripheral.heartbeat(heartbeat);
                heard.vehicle_changed = peripheral.vehicle_state != vehicle;
                let waits = peripheral.vehicle_state == Some(PeripheralState::PluggedNotCharging);
                heard.came = waits && vehicle == Some(PeripheralState::Ready);
                if before != Some(heartbeat.state) {
                    let now = heartbeat.state;
                    self.emit(Event::StateChanged { unit, before, now });
                }
            }
            Message::Meter { meter, .. } if peripheral.read_meter(now, meter) => {
                let raw = meter.energy_raw;
                self.emit(Event::EnergyImplausible { unit, raw });
            }
            Message::Version { version, .. } => peripheral.version = Some(version),
            Message::Serial { serial, .. } if !serial.is_empty() => {
                peripheral.serial = Some(serial);
            }
            Message::PlugState { plug, .. } => peripheral.take_plug(plug),
            Message::VinPart { part, .. } => {
                let change = peripheral.vin.take(part);
                self.vin_changed(unit, change);
            }
            _ => {}
        }
    }

    fn vin_changed(&mut self, unit: Address, change: VinChange) {
        match change {
            VinChange::None => {}
            VinChange::Connected(vin) => self.emit(Event::CarConnected {
                unit,
                vin: Some(vin),
            }),
            VinChange::Disconnected => self.emit(Event::CarConnected { unit, vin: None }),
            VinChange::Malformed => {
                self.counters.malformed += 1;
                self.emit(Event::VinMalformed { unit });
            }
        }
    }

    /// Life cycle after a frame, and whether all of a new device is known.
    fn look_for_news(&mut self, unit: Address) {
        let Some(peripheral) = self.get_mut(unit) else {
            return;
        };
        let is_known = peripheral.version.is_some() && peripheral.serial.is_some();
        peripheral.life = match (peripheral.linked, is_known) {
            (false, _) => LifeCycle::Seen,
            (true, false) => LifeCycle::Linked,
            (true, true) => LifeCycle::Initialised,
        };
        if is_known && !peripheral.announced {
            peripheral.announced = true;
            self.emit(Event::NewDevice { unit });
        }
    }

    /// A frame of another controller.
    fn controller(&mut self, now: Instant, sender: Address, message: &Message) {
        let known = self
            .controllers
            .iter()
            .position(|controller| controller.address == sender);
        if known.is_none() {
            if self.controllers.len() >= MAX_CONTROLLERS {
                self.controllers.remove(0);
            }
            self.controllers.push(ForeignController::new(sender, now));
            self.emit(Event::ForeignController { controller: sender });
        }
        let place = known.unwrap_or(self.controllers.len() - 1);
        if let Some(controller) = self.controllers.get_mut(place) {
            controller.take(now, message);
        }
        match *message {
            Message::ControllerHeartbeat(heartbeat) => self.told(&heartbeat),
            Message::Query {
                recipient, query, ..
            } => self.question = Some((recipient, query)),
            _ => {}
        }
    }

    /// A controller told a peripheral something.
    pub(super) fn told(&mut self, heartbeat: &ControllerHeartbeat) {
        let Some(peripheral) = self.get_mut(heartbeat.recipient) else {
            return;
        };
        let limit_ca = Some(heartbeat.current_ca);
        match heartbeat.action {
            Action::SetInitialCurrent => peripheral.initial_sent_ca = limit_ca,
            Action::AcknowledgeStartOrStop | Action::SetSessionCurrent => {
                peripheral.session_sent_ca = limit_ca;
            }
            _ => {}
        }
    }

    /// The line is there again, or gone.
    pub(super) fn port(&mut self, now: Instant, is_open: bool) {
        self.open_since = is_open.then_some(now);
    }

    /// Tells which peripherals have fallen silent; returns those that are lost now.
    pub(super) fn age(&mut self, now: Instant, is_open: bool) -> Vec<Address> {
        let mut lost = Vec::new();
        for peripheral in &mut self.peripherals {
            let (stale, gone) = deadlines(peripheral, self.open_since);
            if peripheral.life < LifeCycle::Stale && stale <= now {
                peripheral.life = LifeCycle::Stale;
            }
            if peripheral.life == LifeCycle::Stale && is_open && gone <= now {
                peripheral.life = LifeCycle::Lost;
                lost.push(peripheral.address);
            }
        }
        for unit in &lost {
            self.emit(Event::Lost { unit: *unit });
        }
        lost
    }

    /// When [`Self::age`] has something to do.
    pub(super) fn next_age(&self, is_open: bool) -> Option<Instant> {
        let due = |peripheral: &Peripheral| {
            let (stale, gone) = deadlines(peripheral, self.open_since);
            match peripheral.life {
                LifeCycle::Stale if is_open => Some(gone),
                LifeCycle::Stale | LifeCycle::Lost => None,
                _ => Some(stale),
            }
        };
        self.peripherals.iter().filter_map(due).min()
    }

    /// Makes room for another peripheral: the one that was lost first goes, if its share has been released by now.
    fn make_room(&mut self, now: Instant) {
        let is_gone = |peripheral: &&Peripheral| {
            let silent = now.saturating_duration_since(peripheral.last_seen);
            peripheral.life == LifeCycle::Lost && silent > FORGOTTEN
        };
        let gone = self.peripherals.iter().filter(is_gone);
        let oldest = gone.min_by_key(|peripheral| peripheral.last_seen);
        if let Some(unit) = oldest.map(|peripheral| peripheral.address) {
            self.peripherals
                .retain(|peripheral| peripheral.address != unit);
        }
    }
}

fn deadlines(peripheral: &Peripheral, open_since: Option<Instant>) -> (Instant, Instant) {
    let seen = peripheral.last_seen;
    let heard_since = open_since.map_or(seen, |open| open.max(seen));
    (seen + STALE, heard_since + LOST)
}

fn answers(message: &Message, query: Query) -> bool {
    match (message, query) {
        (Message::Meter { .. }, Query::Meter)
        | (Message::Version { .. }, Query::Version)
        | (Message::Serial { .. }, Query::Serial)
        | (Message::PlugState { .. }, Query::PlugState) => true,
        (Message::VinPart { part, .. }, Query::Vin(section)) => part.section() == section,
        _ => false,
    }
}

/// A bus has three peripherals at most; ids change after conflicts, and noise may look like a unit.
const MAX_PERIPHERALS: usize = 8;
/// More than one is a fault already.
const MAX_CONTROLLERS: usize = 4;
/// More than one call can bring.
const MAX_EVENTS: usize = 1_024;
/// Without a frame a unit's readings are old.
const STALE: Duration = Duration::from_secs(5);
/// Without a frame for so long a unit is gone. Source: a real controller, TWCManager.
const LOST: Duration = Duration::from_secs(26);
/// A lost unit that is forgotten when its place is needed.
const FORGOTTEN: Duration = Duration::from_mins(2);
