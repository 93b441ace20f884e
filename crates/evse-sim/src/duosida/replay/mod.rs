//! The charger's side of a recorded connection, played to a live client.
//!
//! A [`Player`] has the shape of the sessions: messages and time come in by `handle_…`, what the charger said comes out
//! by `poll_…`. It does not understand what it says; all of it stands in a [`Script`].
//!
//! The client sets the pace. Where the recording has one of its requests, the player waits for one of the same kind, and
//! then goes on with the recorded gaps. What the charger sends is byte for byte what was recorded, but for one thing: an
//! answer carries the message id of the live request that it answers. The client's confirmations are not waited for.

mod script;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use script::{Act, Kind, Request};
pub use script::{Recorded, Script};

/// Something that whoever watches may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client asked for something that the rest of the recording does not hold. It gets no answer.
    Unexpected {
        /// What it asked for.
        message: String,
    },
    /// The recorded client asked for something that the live one did not, in time. Its answer is left out.
    Missing {
        /// What was not asked for.
        message: String,
    },
    /// Everything is said; the connection stays open until the client closes it.
    Finished,
    /// Everything is said, and the charger closed the connection then: the owner closes it.
    Close,
}

/// Plays one connection.
#[derive(Debug)]
pub struct Player {
    script: Script,
    /// Index of the step that comes next.
    next: usize,
    /// How many times faster than recorded.
    speed: f64,
    /// A live instant and the recorded time that it stands for; gaps count from here.
    anchor: (Instant, Duration),
    /// Live requests whose place in the script is yet to come, the oldest first.
    asked: VecDeque<Asked>,
    /// For each recorded request that was passed: the id of the live one, if there was one.
    ids: BTreeMap<u64, Option<u64>>,
    transmits: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
    ended: bool,
}

#[derive(Debug)]
struct Asked {
    request: Request,
    at: Instant,
}

impl Player {
    /// A connection that a client has just opened. `speed` divides the recorded gaps; it must be above 0.
    pub fn new(script: Script, speed: f64, now: Instant) -> Self {
        let mut player = Self {
            script,
            next: 0,
            speed,
            anchor: (now, Duration::ZERO),
            asked: VecDeque::new(),
            ids: BTreeMap::new(),
            transmits: VecDeque::new(),
            events: VecDeque::new(),
            ended: false,
        };
        player.handle_timeout(now);
        player
    }

    /// A message from the client, as a frame decoder cuts it.
    pub fn handle_input(&mut self, now: Instant, frame: &[u8]) {
        match script::request(frame) {
            Ok(Some(request)) if self.has_place_for(&request.kind) => {
                self.asked.push_back(Asked { request, at: now });
            }
            Ok(Some(request)) => self.unexpected(request.kind.to_string()),
            Ok(None) => {}
            Err(error) => self.unexpected(format!("an unreadable message ({error})")),
        }
        self.handle_timeout(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while self.step(now) {}
    }

    /// The next message for the client, without framing.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmits.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When something is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let step = self.script.steps.get(self.next)?;
        let due = match step.act {
            Act::Request(_) => self.due(step.at) + PATIENCE,
            Act::Say(_) | Act::Answer { .. } | Act::Close => self.due(step.at),
        };
        let hurry = self.asked.front().map(|asked| asked.at + HURRY);
        Some(hurry.map_or(due, |hurry| due.min(hurry)))
    }

    /// Takes the next step if it is due; whether it was.
    fn step(&mut self, now: Instant) -> bool {
        let Some(step) = self.script.steps.get(self.next) else {
            if !std::mem::replace(&mut self.ended, true) {
                self.events.push_back(Event::Finished);
            }
            return false;
        };
        let (at, due) = (step.at, self.due(step.at));
        let hurried = self
            .asked
            .front()
            .is_some_and(|asked| asked.at + HURRY <= now);
        match &step.act {
            Act::Request(Request { kind, id }) => {
                let (id, kind) = (*id, kind.clone());
                let place = self
                    .asked
                    .iter()
                    .position(|asked| asked.request.kind == kind);
                let live = place.and_then(|place| self.asked.remove(place));
                if live.is_none() {
                    if now < due + PATIENCE && !hurried {
                        return false;
                    }
                    let message = kind.to_string();
                    self.events.push_back(Event::Missing { message });
                }
                self.ids.insert(id, live.map(|asked| asked.request.id));
                self.anchor = (now, at);
            }
            _ if now < due && !hurried => return false,
            Act::Say(message) => self.transmits.push_back(message.clone()),
            Act::Answer { to, message } => match self.ids.get(to) {
                Some(Some(live)) => self.transmits.push_back(script::with_id(message, *live)),
                Some(None) => {} // nobody asked
                None => self.transmits.push_back(message.clone()),
            },
            Act::Close => {
                self.ended = true;
                self.events.push_back(Event::Close);
            }
        }
        if now < due {
            self.anchor = (now, at);
        }
        self.next += 1;
        true
    }

    fn due(&self, at: Duration) -> Instant {
        let (instant, recorded) = self.anchor;
        let gap = at.saturating_sub(recorded).as_secs_f64() / self.speed;
        instant + Duration::try_from_secs_f64(gap).map_or(LONGEST, |gap| gap.min(LONGEST))
    }

    /// Whether the rest of the script holds more requests of this kind than wait already.
    fn has_place_for(&self, kind: &Kind) -> bool {
        let rest = self.script.steps.get(self.next..).unwrap_or_default();
        let places = rest
            .iter()
            .filter(|step| matches!(&step.act, Act::Request(request) if request.kind == *kind));
        let waiting = self
            .asked
            .iter()
            .filter(|asked| asked.request.kind == *kind);
        places.count() > waiting.count()
    }

    fn unexpected(&mut self, message: String) {
        self.events.push_back(Event::Unexpected { message });
    }
}

/// How long the player waits for a request beyond its recorded time. Shorter than the limits of clients that wait for
/// what comes after it; longer than the differences in pace between clients.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a live request waits for its place in the script; then what comes before is sent without gaps.
const HURRY: Duration = Duration::from_secs(1);
/// Longer gaps count as this one, so that a point in time can be computed.
const LONGEST: Duration = Duration::from_hours(365 * 24);
