//! Another controller on the bus, as a real one behaves.
use std::time::{Duration, Instant};

use twc_proto::Address;
use twc_proto::frame::Decoder;
use twc_proto::message::{
    Action, ControllerHeartbeat, FirmwareVersion, Message, Meter, PeripheralHeartbeat,
    PeripheralState, Presence, ProtocolVersion, Query, SerialNumber, VinPart, VinSection,
};

use super::config::TrailerPolicy;
use crate::DelayRange;
use crate::random::Random;

/// What can be chosen about a simulated foreign controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControllerConfig {
    /// Its id.
    pub id: Address,
    /// Which protocol it speaks. Version 1 is silent while it is alone, but for three idle frames every two hours.
    pub version: ProtocolVersion,
    /// What it shares out, 0.01 A.
    pub limit_ca: u16,
}

impl Default for ControllerConfig {
    fn default() -> Self {
        Self {
            id: Address(0x7973),
            version: ProtocolVersion::V2,
            limit_ca: 1_600,
        }
    }
}

/// A simulated controller that is not ours: powers up, claims peripherals, polls them and tells of itself. Its periods
/// are those of a capture with times.
#[derive(Clone, Debug)]
pub struct ForeignController {
    config: ControllerConfig,
    session: u8,
    random: Random,
    decoder: Decoder,
    units: Vec<Unit>,
    next: Instant,
    step: Step,
    /// Which of its data it tells, and asks for, next.
    item: usize,
    outgoing: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug)]
struct Unit {
    id: Address,
    heard: Instant,
    wants: Action,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    PowerUp(usize),
    Alone(u8),
    Heartbeat(usize),
    OwnDatum,
    Ask,
}

impl ForeignController {
    /// A controller that has just been switched on.
    pub fn new(config: ControllerConfig, seed: u64, now: Instant) -> Self {
        let mut random = Random::new(seed, CONTROLLER_STREAM);
        Self {
            config,
            session: u8::try_from(1 + random.below(254)).unwrap_or(1),
            random,
            decoder: Decoder::new(),
            units: Vec::new(),
            next: now + Duration::from_millis(POWER_UP_MS[0]),
            step: Step::PowerUp(0),
            item: 0,
            outgoing: None,
        }
    }

    /// The configuration.
    pub fn config(&self) -> &ControllerConfig {
        &self.config
    }

    /// Bytes that it heard on the line, up to a pause.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        let mut decoder = std::mem::take(&mut self.decoder);
        for frame in decoder.push(bytes).flatten() {
            match Message::decode(&frame) {
                Message::PeripheralPresence(presence) => self.found(now, presence.sender),
                Message::PeripheralHeartbeat(heartbeat)
                    if heartbeat.recipient == self.config.id =>
                {
                    self.heard(now, &heartbeat);
                }
                _ => {}
            }
        }
        decoder.silence();
        self.decoder = decoder;
    }

    /// Time passes.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.next > now {
            return;
        }
        let (message, pause) = self.act(now);
        self.next = now + pause;
        if let Some(message) = message {
            let frame = message.encode(self.config.version);
            let trailer = TrailerPolicy::ByLength.pick(frame.len(), &mut self.random);
            self.outgoing = Some(frame.encode(trailer).to_vec());
        }
    }

    /// When [`ForeignController::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Instant {
        self.next
    }

    /// The next bytes for the line.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outgoing.take()
    }

    fn found(&mut self, now: Instant, id: Address) {
        let is_known = self.units.iter().any(|unit| unit.id == id);
        if is_known || self.units.len() == MAX_UNITS {
            return;
        }
        self.units.push(Unit {
            id,
            heard: now,
            wants: Action::None,
        });
        if matches!(self.step, Step::Alone(_)) {
            self.step = Step::Heartbeat(0);
            self.next = now + FIRST_HEARTBEAT;
        }
    }

    fn heard(&mut self, now: Instant, heartbeat: &PeripheralHeartbeat) {
        let share_ca = self.share_ca();
        let is_v1 = self.config.version == ProtocolVersion::V1;
        let Some(unit) = self
            .units
            .iter_mut()
            .find(|unit| unit.id == heartbeat.sender)
        else {
            return;
        };
        unit.heard = now;
        let available_ca = heartbeat.current_available_ca;
        unit.wants = match heartbeat.state {
            PeripheralState::PluggedReady if available_ca == 0 => Action::SetInitialCurrent,
            PeripheralState::Starting if available_ca == 0 => Action::AcknowledgeStartOrStop,
            PeripheralState::Charging | PeripheralState::Limiting if available_ca != share_ca => {
                if is_v1 {
                    Action::SetInitialCurrent
                } else {
                    Action::SetSessionCurrent
                }
            }
            _ => Action::None,
        };
    }

    /// What each unit may have: whole amps.
    fn share_ca(&self) -> u16 {
        let units = u16::try_from(self.units.len().max(1)).unwrap_or(1);
        self.config.limit_ca / units / 100 * 100
    }

    /// What it does now, and the pause to its next step.
    fn act(&mut self, now: Instant) -> (Option<Message>, Duration) {
        match self.step {
            Step::PowerUp(count) => self.power_up(count),
            Step::Alone(count) => {
                self.step = Step::Alone((count + 1) % IDLES);
                match self.config.version {
                    ProtocolVersion::V2 => (Some(self.own_datum(0)), OWN_METER),
                    ProtocolVersion::V1 => {
                        let pause = if count + 1 < IDLES {
                            IDLE_PAUSE
                        } else {
                            IDLE_PERIOD
                        };
                        let sender = Address(0);
                        (Some(Message::Idle { sender }), pause)
                    }
                }
            }
            Step::Heartbeat(index) => {
                self.step = if index + 1 < self.units.len() {
                    Step::Heartbeat(index + 1)
                } else {
                    Step::OwnDatum
                };
                (self.heartbeat(index), self.pause(HEARTBEAT_MS))
            }
            Step::OwnDatum => {
                let pause = self.pause(DATUM_MS);
                self.step = Step::Ask;
                let datum = self.own_datum(self.item);
                (
                    Some(datum).filter(|_| self.config.version == ProtocolVersion::V2),
                    pause,
                )
            }
            Step::Ask => (self.ask(now), self.pause(QUERY_MS)),
        }
    }

    fn power_up(&mut self, count: usize) -> (Option<Message>, Duration) {
        let own = Presence {
            sender: self.config.id,
            session: self.session,
            max_current_ca: 0,
        };
        let message = if count < ANNOUNCES {
            Message::ControllerAnnounce(own)
        } else {
            Message::ControllerDiscover(own)
        };
        let pause = if let Some(pause) = POWER_UP_MS.get(count + 1) {
            self.step = Step::PowerUp(count + 1);
            *pause
        } else {
            self.step = self.round();
            AFTER_POWER_UP_MS
        };
        (Some(message), Duration::from_millis(pause))
    }

    /// The end of a round: a query to one unit, the next time to the same or the next one.
    fn ask(&mut self, now: Instant) -> Option<Message> {
        let query = DATA.get(self.item % DATA.len()).copied();
        let unit = self.units.get(self.item / DATA.len()).map(|unit| unit.id);
        self.item = (self.item + 1) % (DATA.len() * self.units.len().max(1));
        self.units
            .retain(|unit| now.saturating_duration_since(unit.heard) < UNIT_LOST);
        self.step = self.round();
        let (query, recipient) = query.zip(unit)?;
        Some(Message::Query {
            sender: self.config.id,
            recipient,
            query,
        })
    }

    /// The first step of a round.
    fn round(&self) -> Step {
        if self.units.is_empty() {
            Step::Alone(0)
        } else {
            Step::Heartbeat(0)
        }
    }

    fn heartbeat(&mut self, index: usize) -> Option<Message> {
        let share_ca = self.share_ca();
        let unit = self.units.get_mut(index)?;
        let action = std::mem::replace(&mut unit.wants, Action::None);
        Some(Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: self.config.id,
            recipient: unit.id,
            action,
            current_ca: if action == Action::None { 0 } else { share_ca },
            controller_plugged: false,
        }))
    }

    fn pause(&mut self, (min, max): (u64, u64)) -> Duration {
        self.random.delay(DelayRange::from_millis(min, max))
    }

    fn own_datum(&self, item: usize) -> Message {
        let sender = self.config.id;
        match DATA.get(item % DATA.len()) {
            Some(Query::Version) => Message::Version {
                sender,
                version: FIRMWARE,
            },
            Some(Query::Vin(section)) => Message::VinPart {
                sender,
                part: VinPart::none(*section),
            },
            Some(Query::Serial) => Message::Serial {
                sender,
                serial: SerialNumber::new(&format!("A17A000{sender}")),
            },
            _ => Message::Meter {
                sender,
                meter: Meter {
                    energy_raw: 11,
                    volts: [243, 0, 0],
                    half_amps: [Some(0); 3],
                },
            },
        }
    }
}

/// Before each of six announces and three discovers. Source: one power-up in a capture with times.
const POWER_UP_MS: [u64; 9] = [500, 1_000, 900, 600, 700, 650, 1_300, 600, 300];
const ANNOUNCES: usize = 6;
const AFTER_POWER_UP_MS: u64 = 700;
/// Period of its own meter while it is alone. Source: the same capture.
const OWN_METER: Duration = Duration::from_secs(2);
/// From a presence to the first heartbeat. Source: the same capture.
const FIRST_HEARTBEAT: Duration = Duration::from_millis(400);
/// From a heartbeat, with its reply, to the next thing.
const HEARTBEAT_MS: (u64, u64) = (550, 700);
/// From its own datum to a query.
const DATUM_MS: (u64, u64) = (250, 300);
/// From a query, with its reply, to the next heartbeat.
const QUERY_MS: (u64, u64) = (550, 700);
/// A unit that is silent for so long is given up. Source: captures; confidence medium.
const UNIT_LOST: Duration = Duration::from_secs(26);
/// Idle frames of a lone version 1 controller. Source: one log.
const IDLES: u8 = 3;
const IDLE_PAUSE: Duration = Duration::from_secs(1);
const IDLE_PERIOD: Duration = Duration::from_hours(2);
/// What it tells and asks for, in the order of the capture.
const DATA: [Query; 6] = [
    Query::Meter,
    Query::Version,
    Query::Vin(VinSection::First),
    Query::Vin(VinSection::Middle),
    Query::Vin(VinSection::Last),
    Query::Serial,
];
const FIRMWARE: FirmwareVersion = FirmwareVersion {
    release: 4,
    major: 5,
    minor: 3,
    patch: Some(2),
};
const MAX_UNITS: usize = 3;
/// Stream of the random generator.
const CONTROLLER_STREAM: u64 = 4;
