//! A charger of an application's own, behind the trait.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use evse::guard::Requester;
use evse::model::{CurrentRange, StartStop};
use evse::units::{Milliamps, Watts};
use evse::{
    Backend, Capabilities, Charger, Command, CustomError, Done, Effect, Error, ErrorKind, Event,
    EventKind, EventStream, Fault, Identity, Protocol, StartOptions, State, Telemetry,
};
use futures_util::StreamExt as _;
use futures_util::stream;

/// A charger on paper.
#[derive(Clone)]
struct Paper {
    told: Arc<Mutex<Vec<Command>>>,
    state: Arc<Mutex<State>>,
    range: Option<CurrentRange>,
}

impl Paper {
    fn new() -> Self {
        Self {
            told: Arc::default(),
            state: Arc::new(Mutex::new(State::Connected)),
            range: Some(CurrentRange::from_six_to(16)),
        }
    }

    fn told(&self) -> Vec<Command> {
        std::mem::take(&mut *self.told.lock().expect("not poisoned"))
    }
}

#[async_trait::async_trait]
impl Backend for Paper {
    fn identity(&self) -> Identity {
        Identity::new(Protocol::Custom("paper"), "0000001234")
    }

    fn state(&self) -> State {
        *self.state.lock().expect("not poisoned")
    }

    fn telemetry(&self) -> Telemetry {
        let mut telemetry = Telemetry::default();
        telemetry.power = Some(Watts(3_680));
        telemetry
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.current = self.range;
        capabilities
    }

    fn faults(&self) -> Vec<Fault> {
        vec![Fault::new(1, "torn", "it is torn")]
    }

    fn last_update(&self) -> Option<SystemTime> {
        Some(SystemTime::UNIX_EPOCH)
    }

    fn events(&self) -> EventStream {
        let event = Event::new(self.identity(), EventKind::Telemetry);
        Box::pin(stream::iter([event]))
    }

    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
        let state = match command {
            Command::Start(_) => State::Charging,
            Command::Stop => State::Finished,
            Command::Refresh | Command::SetCurrent { .. } => self.state(),
            Command::OpenContactors => {
                return Err(Error::Custom(CustomError {
                    kind: ErrorKind::Unconfirmed,
                    text: "the paper was wet; look at it".to_owned(),
                }));
            }
            _ => return Err(Error::unsupported(&self.identity(), "to do this")),
        };
        *self.state.lock().expect("not poisoned") = state;
        self.told.lock().expect("not poisoned").push(command);
        Ok(Done::new(Effect::Confirmed))
    }
}

#[tokio::test]
async fn an_own_charger_has_the_whole_surface() {
    let paper = Paper::new();
    let charger = Charger::custom(paper.clone());
    assert_eq!(charger.identity().key(), "paper:0000001234");
    assert_eq!(charger.name(), "paper …1234");
    assert_eq!(format!("{charger:?}"), "Charger(Identity(paper …1234))");
    #[cfg(feature = "duosida")]
    assert!(charger.as_duosida().is_none());
    #[cfg(feature = "em")]
    assert!(charger.as_em().is_none());
    assert_eq!(charger.address(), None);
    assert!(charger.last_error().is_none());
    assert_eq!(charger.capabilities().start_stop, StartStop::Yes);

    let snapshot = charger.snapshot();
    assert_eq!(snapshot.state_summary(), "connected");
    assert_eq!(snapshot.iec_letter(), Some('B'));
    assert_eq!(snapshot.telemetry, charger.telemetry());
    assert_eq!(snapshot.faults, charger.faults());
    assert_eq!(snapshot.last_update, Some(SystemTime::UNIX_EPOCH));

    let event = charger.events().next().await.expect("one");
    assert_eq!(event.identity, charger.identity());
    assert_eq!(event.kind, EventKind::Telemetry);
    assert!(event.protocol.is_none());

    let done = charger.start(StartOptions::default()).await;
    assert_eq!(done.expect("started").completion, Effect::Confirmed);
    assert_eq!(charger.snapshot().status_text(), "charging, 3680 W");
    charger.stop().await.expect("stopped");
    charger.refresh().await.expect("refreshed");
    assert_eq!(
        paper.told(),
        [
            Command::Start(StartOptions::default()),
            Command::Stop,
            Command::Refresh
        ]
    );
    let error = charger.execute(Command::CloseContactors).await;
    let error = error.expect_err("it has none");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(
        error.to_string(),
        "the charger paper …1234 cannot be told to do this; nothing was sent"
    );
    let error = charger.execute(Command::OpenContactors).await;
    assert_eq!(error.expect_err("wet").kind(), ErrorKind::Unconfirmed);
    charger.shutdown().await;
}

#[tokio::test]
async fn a_toggle_looks_before_it_acts() {
    let paper = Paper::new();
    let charger = Charger::custom(paper.clone());
    for (state, expected) in [
        (State::Connected, "start"),
        (State::Charging, "stop"),
        (State::SuspendedByVehicle, "stop"),
        (State::Finished, "start"),
    ] {
        *paper.state.lock().expect("not poisoned") = state;
        charger.toggle().await.expect("done");
        let told = paper.told();
        let names: Vec<_> = told.iter().map(Command::name).collect();
        assert_eq!(names, ["refresh", expected], "{state}");
    }
}

#[tokio::test]
async fn currents_are_rounded_down_and_bounded_by_the_charger() {
    let paper = Paper::new();
    let charger = Charger::custom(paper.clone());
    let person = Requester::Person;
    for (wanted, expected) in [(16_999, 16), (6_000, 6), (10_001, 10)] {
        let done = charger.set_current(Milliamps(wanted), person).await;
        done.expect("told");
        let current = Milliamps::from_amps(expected);
        let requester = person;
        assert_eq!(paper.told(), [Command::SetCurrent { current, requester }]);
    }
    for wanted in [0, 5_999, 17_000, u32::MAX] {
        let error = charger.set_current(Milliamps(wanted), person).await;
        let error = error.expect_err("outside");
        assert_eq!(error.kind(), ErrorKind::BadInput);
        let mut options = StartOptions::default();
        options.current = Some(Milliamps(wanted));
        let error = charger.start(options).await.expect_err("outside");
        assert_eq!(
            error.to_string(),
            format!(
                "the charger paper …1234 takes 6 A to 16 A, not {}; nothing was sent",
                Milliamps(wanted)
            )
        );
    }
    assert_eq!(paper.told(), [], "nothing was sent");

    let fixed = Charger::custom(Paper {
        range: None,
        ..Paper::new()
    });
    let error = fixed.set_current(Milliamps(10_000), person).await;
    assert_eq!(error.expect_err("fixed").kind(), ErrorKind::Unsupported);
}
