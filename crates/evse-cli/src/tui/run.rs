//! The loop: events of the fleet, keys, a clock, and answers to what was asked for.

use std::collections::HashMap;
use std::io::{Stdout, Write as _, stderr, stdout};
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, EventStream, KeyEvent};
use evse::circuit::{CircuitEvent, CircuitStanding, Circuits, MemberStanding, PhaseStanding};
use evse::units::Milliamps;
use evse::{Fleet, FleetEvent, MemberEvent};
use futures_util::stream::{StreamExt as _, pending};
use jiff::Zoned;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::act::{self, Outcome};
use super::app::{App, Circuit, Load, Mode, Now, Share, Step};
use super::input::{self, Action};
use super::view::{self, Look};
use crate::commands::settings;
use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED};
use crate::output;
use crate::terminal::Screen;

/// Shows chargers of a fleet until the time is up, or a key ends it. What was begun is waited for then.
pub(crate) async fn run(
    fleet: &Fleet,
    circuits: Option<&Circuits>,
    names: &[String],
    context: &Context,
    duration: Option<Duration>,
) -> Result<(), Failure> {
    // Later than the screen, to be heard if nobody waits for it.
    let mut sent = Sent::default();
    let screen = Screen::enter()?;
    let mut shown = Shown {
        fleet,
        circuits,
        names,
        screen: &screen,
        terminal: Terminal::new(CrosstermBackend::new(stdout()))?,
        look: Look::from_environment(),
        began: Instant::now(),
        app: App::new(now(Duration::ZERO)),
    };
    tokio::select! {
        result = shown.live(&mut sent) => result?,
        () = sleep(duration.unwrap_or_default()), if duration.is_some() => (),
    }
    drop(shown);
    drop(screen);
    sent.finish(context).await
}

struct Shown<'a> {
    fleet: &'a Fleet,
    circuits: Option<&'a Circuits>,
    /// Other chargers of the fleet are not shown.
    names: &'a [String],
    screen: &'a Screen,
    terminal: Terminal<CrosstermBackend<Stdout>>,
    look: Look,
    began: Instant,
    app: App,
}

impl Shown<'_> {
    async fn live(&mut self, sent: &mut Sent) -> Result<(), Failure> {
        let mut events = self.fleet.events();
        let mut on_circuits = match self.circuits {
            Some(circuits) => circuits.events().left_stream(),
            None => pending().right_stream(),
        };
        let mut inputs = EventStream::new();
        let mut clock = interval(REDRAW);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = clock.tick() => self.draw()?,
                input = inputs.next() => match input {
                    Some(Ok(Input::Key(key))) => match self.key(key)? {
                        Some(Step::Quit) => return Ok(()),
                        Some(Step::Interrupt) => return Err(Failure::quiet(INTERRUPTED)),
                        Some(Step::Redraw) => {
                            self.terminal.clear()?;
                            self.draw()?;
                        }
                        Some(Step::Do { name, task }) => {
                            sent.send(self.fleet, name, task);
                            self.draw()?;
                        }
                        None => self.draw()?,
                    },
                    Some(Ok(_)) => self.draw()?,
                    Some(Err(error)) => return Err(error.into()),
                    None => return Ok(()),
                },
                event = events.next() => match event {
                    Some(event) => self.event(&event),
                    None => return Ok(()),
                },
                Some(event) = on_circuits.next() => {
                    use CircuitEvent as E;
                    let is_good = matches!(
                        event,
                        E::OverloadOver { .. } | E::MeterBack { .. } | E::Back { .. } | E::Started { .. } | E::Probed { .. }
                    );
                    self.app.say("circuits", &event.to_string(), !is_good);
                }
                Some((name, outcome)) = sent.next() => {
                    self.app.say(&name, &outcome.text, outcome.is_bad);
                    self.draw()?;
                }
            }
        }
    }

    fn key(&mut self, key: KeyEvent) -> Result<Option<Step>, Failure> {
        let action = if view::fits(self.terminal.size()?) {
            input::action(key, &self.app.mode, self.app.is_twc())
        } else {
            // Nobody sees what others would do.
            input::action(key, &Mode::Look, false)
                .filter(|action| matches!(action, Action::Quit | Action::Interrupt))
        };
        Ok(action.and_then(|action| self.app.act(action)))
    }

    fn event(&mut self, happened: &FleetEvent) {
        if !self.names.iter().any(|name| **name == *happened.name) {
            return;
        }
        if matches!(happened.event, MemberEvent::Connected)
            && let Ok(charger) = self.fleet.charger(&happened.name)
        {
            // For its current limit; without an answer the limit stays unknown.
            tokio::spawn(async move { settings(&charger).await });
        }
        self.app.happened(&happened.name, &happened.event);
    }

    fn draw(&mut self) -> Result<(), Failure> {
        if !self.screen.is_there() {
            return Err(Failure::failed(
                "panic",
                "this program has a bug, see above",
            ));
        }
        let mut snapshots = self.fleet.snapshot();
        snapshots.retain(|now| self.names.contains(&now.name));
        self.app.tick(now(self.began.elapsed()), snapshots);
        if let Some(circuits) = self.circuits {
            let standing = circuits.standing();
            let standing = standing.borrow();
            self.app.circuits = standing.circuits.iter().map(circuit).collect();
            self.app.shares = standing.members.iter().map(share).collect();
        }
        let (app, look) = (&self.app, self.look);
        self.terminal.draw(|frame| view::draw(app, look, frame))?;
        Ok(())
    }
}

fn circuit(circuit: &CircuitStanding) -> Circuit {
    let load = |phase: &PhaseStanding| Load {
        phase: phase.phase.to_string(),
        limit: phase.limit,
        used: Milliamps(phase.used.0.saturating_add(phase.house.0)),
        is_overloaded: phase.is_overloaded(),
    };
    Circuit {
        name: circuit.name.to_string(),
        phases: circuit.phases.iter().map(load).collect(),
    }
}

fn share(member: &MemberStanding) -> Share {
    let granted = member.granted.unwrap_or_default();
    Share {
        name: member.name.to_string(),
        text: format!("{granted} of {}: {}", member.circuit, member.why),
    }
}

fn now(uptime: Duration) -> Now {
    Now {
        uptime,
        wall: Zoned::now(),
    }
}

/// What was asked for, until its outcome is told.
#[derive(Default)]
struct Sent {
    outcomes: JoinSet<Outcome>,
    /// At which charger, and what.
    waiting: HashMap<Id, (String, String)>,
}

impl Sent {
    fn send(&mut self, fleet: &Fleet, name: String, task: act::Task) {
        let what = task.to_string();
        let outcome = act::carry_out(fleet.clone(), name.clone(), task);
        let id = self.outcomes.spawn(outcome).id();
        self.waiting.insert(id, (name, what));
    }

    /// What came of something, and at which charger; `None` when nothing is waited for.
    async fn next(&mut self) -> Option<(String, Outcome)> {
        let ended = self.outcomes.join_next_with_id().await?;
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let (name, what) = self.waiting.remove(&id).unwrap_or_default();
        let outcome = ended.map(|(_, outcome)| outcome);
        let outcome = outcome.unwrap_or_else(|error| Outcome {
            text: format!("{what}: {error}; see its status"),
            is_bad: true,
        });
        Some((name, outcome))
    }

    /// Waits for the rest, and says what came of it.
    async fn finish(mut self, context: &Context) -> Result<(), Failure> {
        for (name, what) in self.waiting.values() {
            context.progress(&format!(
                "{name}: waiting for what comes of: {what}; Ctrl-C leaves at once"
            ));
        }
        while let Some((name, outcome)) = self.next().await {
            output::line(&format!("{name}: {}", outcome.text))?;
        }
        Ok(())
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        for (name, what) in self.waiting.values() {
            // Nobody may be reading any more.
            let _ = writeln!(
                stderr(),
                "warning: {name}: {what}: nobody waited for what comes of it; see its status"
            );
        }
    }
}

/// How often readings are taken and drawn.
const REDRAW: Duration = Duration::from_millis(250);
