//! What there is to see, and what keys do to it. Pure: readings, events and the time come in, tasks go out.

mod circuits;
mod history;
mod list;
mod log;

use std::time::Duration;

use evse::units::Milliamps;
use evse::{Command, EventKind, MemberEvent, Protocol, Snapshot, StartOptions};
use jiff::Zoned;

pub(super) use circuits::{Circuit, Load, Share};
pub(super) use history::{History, Sample};
pub(super) use list::Sort;
pub(super) use log::{Entry, Log};

use crate::commands::twc::contactors::Switch;
use crate::output::table;
use crate::tui::act::Task;
use crate::tui::input::Action;

/// This moment.
#[derive(Clone, Debug)]
pub(super) struct Now {
    /// Since the screen is there.
    pub(super) uptime: Duration,
    /// For people.
    pub(super) wall: Zoned,
}

/// A charger, and what it did before.
#[derive(Debug)]
pub(super) struct Charger {
    pub(super) now: Snapshot,
    pub(super) history: History,
}

/// What keys are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The chargers.
    Look,
    /// The help, until any key.
    Help,
    /// The text that names contain.
    Filter,
    /// A current for this charger, and what is wrong with it.
    Amps {
        name: String,
        text: String,
        complaint: String,
    },
    /// Whether this charger's contactors are to be switched.
    Ask { name: String, switch: Switch },
}

/// What the loop has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Something at a charger.
    Do { name: String, task: Task },
    /// Draw everything anew.
    Redraw,
    /// End, when all is done.
    Quit,
    /// End at once.
    Interrupt,
}

/// What there is to see.
#[derive(Debug)]
pub(super) struct App {
    pub(super) now: Now,
    pub(super) mode: Mode,
    pub(super) sort: Sort,
    pub(super) filter: String,
    /// The details have the whole screen.
    pub(super) is_zoomed: bool,
    pub(super) log: Log,
    pub(super) circuits: Vec<Circuit>,
    pub(super) shares: Vec<Share>,
    chargers: Vec<Charger>,
    selected: Option<String>,
}

impl App {
    pub(super) fn new(now: Now) -> Self {
        Self {
            now,
            mode: Mode::Look,
            sort: Sort::Configured,
            filter: String::new(),
            is_zoomed: false,
            log: Log::default(),
            circuits: Vec::new(),
            shares: Vec::new(),
            chargers: Vec::new(),
            selected: None,
        }
    }

    /// Takes the readings of this moment.
    pub(super) fn tick(&mut self, now: Now, snapshots: Vec<Snapshot>) {
        self.now = now;
        let mut before = std::mem::take(&mut self.chargers);
        for now in snapshots {
            let known = before
                .iter()
                .position(|charger| charger.now.name == now.name);
            let mut history =
                known.map_or_else(History::default, |place| before.swap_remove(place).history);
            history.note(self.now.uptime, &now);
            self.chargers.push(Charger { now, history });
        }
        self.settle();
    }

    /// Takes what happened at a charger.
    pub(super) fn happened(&mut self, name: &str, event: &MemberEvent) {
        let (text, is_bad) = match event {
            MemberEvent::Connected => ("online".to_owned(), false),
            MemberEvent::NotConnected(error) => (error.text.clone(), true),
            MemberEvent::Missed { count } => (format!("{count} events are not shown"), true),
            MemberEvent::Charger(event) => {
                let Some(text) = table::generic::event(&event.kind) else {
                    return;
                };
                let is_bad = match &event.kind {
                    EventKind::Faults(faults) => !faults.is_empty(),
                    kind => matches!(kind, EventKind::Alarm { .. }),
                };
                (text, is_bad)
            }
            _ => return,
        };
        self.say(name, &text, is_bad);
    }

    /// Takes what someone should know.
    pub(super) fn say(&mut self, name: &str, text: &str, is_bad: bool) {
        self.log.push(Entry {
            time: self.now.wall.strftime("%H:%M:%S").to_string(),
            name: name.to_owned(),
            text: text.to_owned(),
            is_bad,
        });
    }

    /// Does what a key asks for.
    pub(super) fn act(&mut self, action: Action) -> Option<Step> {
        match action {
            Action::Quit => return Some(Step::Quit),
            Action::Interrupt => return Some(Step::Interrupt),
            Action::Redraw => return Some(Step::Redraw),
            Action::Up => self.step(-1),
            Action::Down => self.step(1),
            Action::Older => self.log.scroll(PAGE),
            Action::Newer => self.log.scroll(-PAGE),
            Action::Sort => self.sort = self.sort.next(),
            Action::Zoom => self.is_zoomed = !self.is_zoomed,
            Action::Help => self.mode = Mode::Help,
            Action::Filter => self.mode = Mode::Filter,
            Action::Start => return self.order(Task::of(Command::Start(StartOptions::default()))),
            Action::Stop => return self.order(Task::of(Command::Stop)),
            Action::Unit(order) => return self.order(Task::Unit(order)),
            Action::Amps => {
                let name = self.selected()?.now.name.clone();
                let (text, complaint) = (String::new(), String::new());
                self.mode = Mode::Amps {
                    name,
                    text,
                    complaint,
                };
            }
            Action::Contactors(switch) => {
                let name = self.selected()?.now.name.clone();
                self.mode = Mode::Ask { name, switch };
            }
            Action::Type(char) => self.write(|text| text.push(char)),
            Action::Erase => self.write(|text| {
                text.pop();
            }),
            Action::Cancel => self.cancel(),
            Action::Enter => return self.enter(),
        }
        None
    }

    /// Whether keys of Tesla units mean something.
    pub(super) fn is_twc(&self) -> bool {
        self.selected()
            .is_some_and(|charger| charger.now.identity.protocol() == Protocol::Twc)
    }

    fn order(&mut self, task: Task) -> Option<Step> {
        let name = self.selected()?.now.name.clone();
        Some(self.send(name, task))
    }

    fn send(&mut self, name: String, task: Task) -> Step {
        self.say(&name, &format!("{task} …"), false);
        Step::Do { name, task }
    }

    fn write(&mut self, change: impl FnOnce(&mut String)) {
        match &mut self.mode {
            Mode::Amps {
                text, complaint, ..
            } => {
                change(text);
                complaint.clear();
            }
            _ => change(&mut self.filter),
        }
        self.settle();
    }

    /// Leaves what was begun as it was.
    fn cancel(&mut self) {
        if matches!(self.mode, Mode::Filter | Mode::Look) {
            self.filter.clear();
            self.is_zoomed = false;
            self.settle();
        }
        self.mode = Mode::Look;
    }

    /// Yes, that is what was meant.
    fn enter(&mut self) -> Option<Step> {
        match std::mem::replace(&mut self.mode, Mode::Look) {
            Mode::Look | Mode::Help | Mode::Filter => None,
            Mode::Ask { name, switch } => Some(self.send(name, Task::switch(switch))),
            Mode::Amps { name, text, .. } => match self.current(&name, &text) {
                Ok(current) => Some(self.send(name, Task::set(current))),
                Err(complaint) => {
                    self.mode = Mode::Amps {
                        name,
                        text,
                        complaint,
                    };
                    None
                }
            },
        }
    }

    /// A current that this charger takes.
    fn current(&self, name: &str, text: &str) -> Result<Milliamps, String> {
        let current: Milliamps = text
            .parse()
            .map_err(|_| "amps are meant, such as 10".to_owned())?;
        let mut chargers = self.chargers.iter();
        let charger = chargers.find(|charger| charger.now.name == name);
        match charger.and_then(|charger| charger.now.capabilities.current) {
            // What cannot be told any says so itself.
            None => Ok(current),
            Some(range) if range.admit(current).is_some() => Ok(current),
            Some(range) => Err(format!("it takes {} to {}", range.min, range.max)),
        }
    }
}

/// How many lines of the log a key scrolls.
const PAGE: isize = 3;
