//! A charger of one's own behind the trait: a wallbox that a relay switches. It keeps the rules of the guard itself, and
//! then has the whole surface of `Charger`. `cargo run -p evse --example own_backend`; it needs no hardware.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use evse::guard::{Policy, StopDecision};
use evse::model::StartStop;
use evse::state_store::StateStore;
use evse::units::{Milliamps, Watts};
use evse::{
    Backend, Capabilities, Charger, Command, Done, Effect, Error, ErrorKind, Event, EventKind,
    EventStream, Identity, Protocol, StartOptions, State, Telemetry,
};
use futures_util::{StreamExt as _, stream};
use tokio::sync::broadcast;

/// A relay, a fixed current of 10 A, and no meter.
#[derive(Clone)]
struct Relay {
    is_closed: Arc<Mutex<bool>>,
    events: broadcast::Sender<Event>,
    store: StateStore,
    policy: Policy,
}

impl Relay {
    fn new(store: StateStore) -> Self {
        Self {
            is_closed: Arc::default(),
            events: broadcast::Sender::new(16),
            store,
            policy: Policy::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_closed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Here the real one would be switched.
    fn switch(&self, closed: bool) {
        let from = self.state();
        *self.lock() = closed;
        let to = self.state();
        if from != to {
            let event = Event::new(self.identity(), EventKind::State { from, to });
            // Fails when nobody listens.
            let _ = self.events.send(event);
        }
    }

    /// The guard decides, over all programs, and what is done is written down before.
    fn start(&self, force: bool) -> Result<Effect, Error> {
        let now = SystemTime::now();
        self.store.update(|file| {
            let state = file.charger_mut(&self.identity());
            self.policy.check_start(now, &state.history(), force)?;
            state.note_start(now);
            state.last_start_unconfirmed = false;
            Ok::<(), Error>(())
        })?;
        self.switch(true);
        Ok(Effect::Confirmed)
    }

    /// A stop is never refused, not even when the state file is in the way.
    fn stop(&self) -> Effect {
        let now = SystemTime::now();
        let decision = self.store.update(|file| {
            let state = file.charger_mut(&self.identity());
            let decision = self.policy.check_stop(now, &state.history());
            if decision == StopDecision::Send {
                state.note_stop(now, true);
            }
            Ok::<_, Error>(decision)
        });
        if matches!(decision, Ok(StopDecision::Merge)) {
            return Effect::Merged;
        }
        self.switch(false);
        Effect::Confirmed
    }
}

#[async_trait::async_trait]
impl Backend for Relay {
    fn identity(&self) -> Identity {
        Identity::new(Protocol::Custom("relay"), "garage-0001")
    }

    fn state(&self) -> State {
        if *self.lock() {
            State::Charging
        } else {
            State::Connected
        }
    }

    /// What it does not measure is absent. The current is the wiring's.
    fn telemetry(&self) -> Telemetry {
        let mut telemetry = Telemetry::default();
        telemetry.limit.effective = Some(Milliamps::from_amps(10));
        telemetry.power = (!*self.lock()).then_some(Watts(0));
        telemetry
    }

    /// It can be told no current, so `Charger` refuses any.
    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.start_stop = StartStop::Yes;
        capabilities
    }

    fn last_update(&self) -> Option<SystemTime> {
        Some(SystemTime::now())
    }

    fn events(&self) -> EventStream {
        let receiver = self.events.subscribe();
        Box::pin(stream::unfold(receiver, |mut receiver| async {
            let event = receiver.recv().await.ok()?;
            Some((event, receiver))
        }))
    }

    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
        let effect = match command {
            Command::Start(options) if options == only_force(options.force) => {
                self.start(options.force)?
            }
            Command::Stop => self.stop(),
            Command::Refresh => Effect::Confirmed,
            _ => {
                return Err(Error::unsupported(
                    &self.identity(),
                    "anything but on and off",
                ));
            }
        };
        Ok(Done::new(effect))
    }
}

fn only_force(force: bool) -> StartOptions {
    let mut options = StartOptions::default();
    options.force = force;
    options
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = StateStore::at(folder.path().join("state.json"));
    let charger = Charger::custom(Relay::new(store));
    let mut events = charger.events();

    for turn in ["on", "off", "off again", "on again"] {
        let result = if turn.starts_with("on") {
            charger.start(StartOptions::default()).await
        } else {
            charger.stop().await
        };
        match result {
            Ok(done) => println!("{turn}: {}", done.completion),
            Err(error) if error.kind() == ErrorKind::HeldBack => println!("{turn}: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
    let event = events.next().await.ok_or("it was switched")?;
    println!("{:?}: {:?}", event.identity, event.kind);
    let now = charger.snapshot();
    println!(
        "{}: {}, limits {}",
        now.name,
        now.state_summary(),
        now.limits_text()
    );
    Ok(())
}
