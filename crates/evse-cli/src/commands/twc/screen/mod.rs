//! `evse twc watch` on a terminal: a table that lives, and keys.

pub(crate) mod keys;
mod terminal;
mod view;

use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, EventStream, KeyEvent};
use evse::twc::proto::Address as Unit;
use evse::twc::{Director, Event, Peripheral};
use futures_util::StreamExt as _;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::contactors::Switch;
use super::order::Order;
use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED};
use crate::output::{self, table};
use crate::terminal::Screen as Guard;

use keys::Action;
use view::View;

/// Shows the bus until the time is up, or a key or a signal ends it.
pub(super) async fn run(
    director: &Director,
    context: &Context,
    wanted: Option<Unit>,
    duration: Option<f64>,
) -> Result<(), Failure> {
    let _guard = Guard::enter()?;
    let mut screen = Screen {
        director,
        context,
        selected: wanted,
        question: None,
        is_closed: false,
        messages: Vec::new(),
        answers: JoinSet::new(),
    };
    let mut events = director.events();
    let mut inputs = EventStream::new();
    let mut clock = interval(REDRAW);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = sleep(Duration::from_secs_f64(duration.unwrap_or_default()));
    tokio::pin!(end);
    loop {
        tokio::select! {
            _ = clock.tick() => screen.draw()?,
            input = inputs.next() => match input {
                Some(Ok(Input::Key(key))) => {
                    if let Some(end) = screen.key(key) {
                        return end;
                    }
                    screen.draw()?;
                }
                Some(Ok(_)) => screen.draw()?,
                Some(Err(error)) => return Err(error.into()),
                None => return Ok(()),
            },
            event = events.next() => match event {
                Some(event) => screen.event(&event),
                None => return Ok(()),
            },
            Some(answer) = screen.answers.join_next() => {
                screen.say(&answer.unwrap_or_else(|error| error.to_string()));
                screen.draw()?;
            }
            () = &mut end, if duration.is_some() => return Ok(()),
        }
    }
}

struct Screen<'a> {
    director: &'a Director,
    context: &'a Context,
    selected: Option<Unit>,
    question: Option<(Unit, Switch)>,
    /// The port is gone.
    is_closed: bool,
    messages: Vec<String>,
    /// Commands on their way, each with what to say in the end.
    answers: JoinSet<String>,
}

impl Screen<'_> {
    /// What a key does; the end, if it is that.
    fn key(&mut self, key: KeyEvent) -> Option<Result<(), Failure>> {
        if keys::interrupts(key) {
            return Some(Err(Failure::quiet(INTERRUPTED)));
        }
        if let Some((unit, switch)) = self.question {
            if let Some(is_yes) = keys::answer(key) {
                self.question = None;
                if is_yes {
                    self.switch(unit, switch);
                }
            }
            return None;
        }
        match keys::action(key)? {
            Action::Quit => return Some(Ok(())),
            Action::Interrupt => return Some(Err(Failure::quiet(INTERRUPTED))),
            Action::Up => self.select(-1),
            Action::Down => self.select(1),
            Action::Order(order) => self.order(order),
            Action::Contactors(switch) => {
                self.question = self.unit().map(|unit| (unit.address(), switch));
            }
        }
        None
    }

    fn select(&mut self, step: isize) {
        let units = self.director.peripherals();
        let place = units
            .iter()
            .position(|unit| Some(unit.address()) == self.selected)
            .unwrap_or_default();
        let place = place
            .saturating_add_signed(step)
            .min(units.len().saturating_sub(1));
        self.selected = units.get(place).map(Peripheral::address);
    }

    fn order(&mut self, order: Order) {
        let Some(unit) = self.unit() else { return };
        self.answers.spawn(async move {
            let (Ok(text) | Err(text)) = order.send_and_tell(&unit).await;
            text
        });
    }

    fn switch(&mut self, id: Unit, switch: Switch) {
        let Some(unit) = self.director.peripheral(id) else {
            return self.say(&format!(
                "unit {id} is gone; its contactors are as they were"
            ));
        };
        let store = match self.context.store() {
            Ok(store) => store,
            Err(error) => return self.say(&format!("unit {id}: nothing was switched: {error}")),
        };
        self.answers.spawn(async move {
            match switch.carry_out(unit, store).await {
                Ok(done) => done.text,
                Err(failure) => format!("unit {id}: {}", failure.message),
            }
        });
    }

    /// The one that is selected, the first until someone selects one.
    fn unit(&self) -> Option<Peripheral> {
        match self.selected {
            Some(unit) => self.director.peripheral(unit),
            None => self.director.peripherals().into_iter().next(),
        }
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::PortClosed { .. } => self.is_closed = true,
            Event::PortOpened => self.is_closed = false,
            Event::Bus(_) | Event::Missed { .. } => {}
        }
        if let Some(text) = table::twc::event(event) {
            self.say(&text);
        }
    }

    fn say(&mut self, text: &str) {
        self.messages.push(format!("{} {text}", output::time()));
        let surplus = self.messages.len().saturating_sub(MESSAGES);
        self.messages.drain(..surplus);
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let question = self
            .question
            .map(|(unit, switch)| switch.question(&format!("unit {unit}")));
        let selected = self.unit().map(|unit| unit.address());
        let mut view = self.director.read(|controller| View {
            port: String::new(),
            state: controller.state(),
            limit_a: controller.limit_a(),
            committed_a: controller.committed_a(),
            units: controller.peripherals().cloned().collect(),
            is_closed: self.is_closed,
            selected,
            question: question.as_deref(),
            messages: &self.messages,
            now: Instant::now(),
        });
        view.port = self.director.port().to_string();
        let (columns, rows) = terminal::size();
        terminal::draw(&view.lines(columns, rows))?;
        Ok(())
    }
}

/// How often the screen is drawn anew, whatever happens.
const REDRAW: Duration = Duration::from_millis(250);
/// More than any screen has rows.
const MESSAGES: usize = 200;
