//! The task behind circuits: reads members, asks the planner, carries orders out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

#[cfg(feature = "twc")]
use super::bus::Bus;
use super::circuits::Shared;
use super::event::CircuitEvent;
use super::order::{Action, Order, Outcome};
use super::reading::Reading;
use crate::fleet::Fleet;
use crate::model::{Command, Effect, StartOptions};

/// Between two rounds.
const ROUND: Duration = Duration::from_secs(1);
/// An order that takes longer has an end that nobody knows. Source: ours; the families give up before that.
const LONGEST: Duration = Duration::from_mins(2);

/// Something that a round started has ended.
enum Ended {
    Order(usize, Outcome),
    #[cfg(feature = "em")]
    NotKept(CircuitEvent),
    #[cfg(feature = "twc")]
    Opened(usize, Option<twc_director::Director>),
}

struct Driver {
    fleet: Fleet,
    shared: Arc<Shared>,
    /// Whether anybody is told anything.
    decides: bool,
    work: JoinSet<Option<Ended>>,
    names: Vec<Arc<str>>,
    #[cfg(feature = "twc")]
    buses: Vec<(Bus, bool)>,
}

/// Runs until it is dropped.
pub(super) async fn drive(fleet: Fleet, shared: Arc<Shared>, decides: bool) {
    let names: Vec<_> = shared.planner().names().cloned().collect();
    #[cfg(feature = "twc")]
    let buses = {
        let places: Vec<_> = shared.planner().buses().collect();
        let bus = |place: usize| (Bus::new(place, &names[place]), false);
        places.into_iter().map(bus).collect()
    };
    let mut driver = Driver {
        fleet,
        shared,
        decides,
        work: JoinSet::new(),
        names,
        #[cfg(feature = "twc")]
        buses,
    };
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = round.tick() => driver.round(),
            Some(ended) = driver.work.join_next() => {
                if let Ok(Some(ended)) = ended {
                    driver.ended(ended);
                }
            }
        }
    }
}

impl Driver {
    fn round(&mut self) {
        self.shared.hear_meters();
        let orders = {
            let snapshots = self.fleet.snapshot();
            let mut planner = self.shared.planner();
            let (now, clock) = (self.shared.now(), SystemTime::now());
            for (place, name) in self.names.iter().enumerate() {
                if let Some(snapshot) = snapshots.iter().find(|known| *known.name == **name) {
                    planner.hear(place, now, &Reading::of(snapshot, clock));
                }
            }
            #[cfg(feature = "twc")]
            for (bus, _) in &mut self.buses {
                planner.hear_bus(bus.place, now, bus.reading());
            }
            if self.decides {
                planner.tick(now)
            } else {
                planner.look(now);
                Vec::new()
            }
        };
        for order in orders {
            info!(member = %order.name, action = %order.action, "an order");
            self.carry_out(order);
        }
        #[cfg(feature = "twc")]
        self.look_after_buses();
        self.tell();
    }

    fn carry_out(&mut self, order: Order) {
        #[cfg(feature = "twc")]
        if let Some((bus, _)) = self
            .buses
            .iter_mut()
            .find(|(bus, _)| bus.place == order.member)
        {
            if let Action::SetCurrent { current, .. } = order.action {
                bus.set_budget(u16::try_from(current.whole_amps()).unwrap_or(u16::MAX));
            }
            let now = self.shared.now();
            self.shared
                .planner()
                .done(order.member, now, &Outcome::Done);
            return;
        }
        let fleet = self.fleet.clone();
        self.work.spawn(async move {
            let result = timeout(LONGEST, fleet.execute(&order.name, command(order.action))).await;
            Some(Ended::Order(
                order.member,
                match result {
                    Ok(Ok(done)) if done.completion == Effect::Accepted => Outcome::Accepted,
                    Ok(Ok(_)) => Outcome::Done,
                    Ok(Err(error)) => Outcome::from(&error),
                    Err(_) => Outcome::Unknown {
                        reason: format!("no answer within {} s", LONGEST.as_secs()),
                    },
                },
            ))
        });
    }

    /// Budgets are renewed, and what is closed is opened.
    #[cfg(feature = "twc")]
    fn look_after_buses(&mut self) {
        for (bus, is_opening) in &mut self.buses {
            bus.renew();
            if *is_opening {
                continue;
            }
            if let Some(opening) = bus.opening(&self.fleet) {
                *is_opening = true;
                self.work.spawn(async move {
                    let (place, opened) = opening.await;
                    if opened.is_err() {
                        tokio::time::sleep(Duration::from_secs(5)).await;
                    }
                    Some(Ended::Opened(place, opened.ok()))
                });
            }
        }
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::Order(member, outcome) => {
                let now = self.shared.now();
                self.shared.planner().done(member, now, &outcome);
            }
            #[cfg(feature = "em")]
            Ended::NotKept(event) => self.announce(event),
            #[cfg(feature = "twc")]
            Ended::Opened(place, director) => {
                let mut buses = self.buses.iter_mut();
                if let Some((bus, is_opening)) = buses.find(|(bus, _)| bus.place == place) {
                    *is_opening = false;
                    if let Some(director) = director {
                        bus.opened(director);
                    }
                }
            }
        }
    }

    fn tell(&mut self) {
        let (events, standing) = {
            let mut planner = self.shared.planner();
            let events: Vec<_> = std::iter::from_fn(|| planner.poll_event()).collect();
            (events, planner.standing())
        };
        for event in events {
            self.keep(&event);
            self.announce(event);
        }
        self.shared.standing.send_if_modified(|known| {
            let is_new = *known != standing;
            *known = standing;
            is_new
        });
    }

    fn announce(&self, event: CircuitEvent) {
        match event {
            CircuitEvent::Overload { .. }
            | CircuitEvent::LimitNotHonoured { .. }
            | CircuitEvent::ForeignController { .. } => warn!("{event}"),
            _ => info!("{event}"),
        }
        // Fails when nobody listens.
        let _ = self.shared.events.send(event);
    }

    /// What was learned of an EVSEMaster charger goes into the state file.
    #[cfg(feature = "em")]
    fn keep(&mut self, event: &CircuitEvent) {
        use crate::model::Support;
        use crate::state_store::LiveLimit;

        let (member, live_limit) = match event {
            CircuitEvent::LimitNotHonoured { member, .. } => (member.clone(), LiveLimit::No),
            CircuitEvent::Probed {
                member,
                live_change: Support::Yes,
            } => (member.clone(), LiveLimit::Yes),
            _ => return,
        };
        let Ok(charger) = self.fleet.charger(&member) else {
            return;
        };
        self.work.spawn(async move {
            let error = charger.as_em()?.set_live_limit(live_limit).await.err()?;
            let reason = error.to_string();
            Some(Ended::NotKept(CircuitEvent::NotKept { member, reason }))
        });
    }

    #[cfg(not(feature = "em"))]
    #[expect(
        clippy::unused_self,
        reason = "only EVSEMaster chargers have something to keep"
    )]
    const fn keep(&self, _event: &CircuitEvent) {}
}

fn command(action: Action) -> Command {
    match action {
        Action::SetCurrent { current, requester } => Command::SetCurrent { current, requester },
        Action::Stop => Command::Stop,
        Action::Start { current } => Command::Start(StartOptions {
            current: Some(current),
            ..StartOptions::default()
        }),
    }
}
