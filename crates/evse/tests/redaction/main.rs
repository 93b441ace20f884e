//! No PIN, no whole serial number, no VIN and no name of a person reaches a log, at any level, nor `Debug` and errors:
//! over a whole life of a charger of each family.

#[path = "../conformance/bench.rs"]
#[expect(dead_code, reason = "the scenarios of another test use the rest")]
mod bench;
#[path = "../conformance/families/mod.rs"]
mod families;

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evse::guard::Requester;
use evse::units::Milliamps;
use evse::{Charger, Command, StartOptions, State};
use futures_util::{FutureExt as _, StreamExt as _};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use bench::{Bench, Can, Vehicle, charging, until, until_state};
use families::Family;

const PERSON: &str = "04A1B2C3D4";
/// The PIN by itself, and as emproto's file writes it.
const PIN: &str = "871263";
const SECRETS: &[&str] = &[
    "x8jOzcnM",
    PERSON,
    // Serial numbers: as text, and how Rust prints the bytes of one.
    "0300000000000007712",
    "9181102751219513",
    "145, 129, 16, 39",
    "A17A0003495",
    // The VIN and its parts.
    "5YJTEST",
    "A4TWC00",
    "53, 89, 74, 84",
    // Wi-Fi.
    "sim-secret",
    "sim-private",
];

/// A layer that looks into every event and span of every level.
#[derive(Clone, Default)]
struct Censor(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    leaks: Vec<String>,
    /// Targets that spoke, with their levels.
    speakers: Vec<(String, Level)>,
}

impl Censor {
    fn look(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Text)) {
        // The simulators, which are in the same process, are not meant.
        if metadata.target().starts_with("evse_sim") {
            return;
        }
        let mut text = Text(metadata.target().to_owned());
        record(&mut text);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = leak(&text.0) {
            seen.leaks.push(format!("{secret} in {}", text.0));
        }
        let target = metadata.target().split("::").next().unwrap_or_default();
        let speaker = (target.to_owned(), *metadata.level());
        if !seen.speakers.contains(&speaker) {
            seen.speakers.push(speaker);
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Censor {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        self.look(attributes.metadata(), |text| attributes.record(text));
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            self.look(span.metadata(), |text| values.record(text));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.look(event.metadata(), |text| event.record(text));
    }
}

/// All fields of a record.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

/// The secret that a text gives away.
fn leak(text: &str) -> Option<&'static str> {
    // Within longer numbers, such as nanoseconds, the digits are chance.
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    let pin = numbers.any(|number| number == PIN).then_some(PIN);
    pin.or_else(|| SECRETS.iter().copied().find(|secret| text.contains(secret)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whole_lives_of_all_families_give_nothing_away() {
    let censor = Censor::default();
    let subscriber = tracing_subscriber::registry().with(censor.clone());
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let lives = Family::ALL.map(|family| (family.name(), tokio::spawn(life(family))));
    for (family, life) in lives {
        for text in life.await.expect("it lives") {
            assert_eq!(leak(&text), None, "{family}: {text}");
        }
    }
    let seen = censor.0.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(seen.leaks.is_empty(), "{}", seen.leaks.join("\n"));
    for target in ["duosida_client", "em_client", "twc_director"] {
        let speaker = (target.to_owned(), Level::TRACE);
        assert!(seen.speakers.contains(&speaker), "{:?}", seen.speakers);
    }
    for (text, expected) in [
        ("user=\"04A1B2C3D4\"", true),
        ("pin 871263.", true),
        ("took 0.8712634 s", false),
        ("charger=…9513", false),
    ] {
        assert_eq!(leak(text).is_some(), expected, "{text}");
    }
}

/// Lets a charger go through everything, and returns what it printed.
async fn life(family: Family) -> Vec<String> {
    let mut bench = family.bench().await;
    let charger = bench.charger().clone();
    let mut events = charger.events();
    let mut printed = vec![format!("{charger:?} {:?}", charger.snapshot())];
    let mut user = StartOptions::default();
    user.user = Some(PERSON.to_owned());
    user.current = Some(Milliamps::from_amps(10));
    let mut wrong = user.clone();
    wrong.current = Some(Milliamps(1));
    // Refused, carried out, impossible: whatever comes of it.
    printed.push(tell(&charger, Command::Start(wrong)).await);
    printed.push(tell(&charger, Command::Start(user.clone())).await);
    printed.push(tell(&charger, Command::Stop).await);
    charging_of(&*bench, user, &mut printed).await;
    if bench.can(Can::TellVin) {
        let is_told = |snapshot: &evse::Snapshot| snapshot.telemetry.vin.is_some();
        until(&charger, "with a VIN", is_told).await;
    }
    printed.push(format!("{:?}", charger.snapshot()));
    for command in [
        Command::SetCurrent {
            current: Milliamps::from_amps(8),
            requester: Requester::Person,
        },
        Command::Refresh,
        Command::OpenContactors,
        Command::Stop,
        Command::Start(StartOptions::default()),
    ] {
        printed.push(tell(&charger, command).await);
    }
    bench.set_faulty(true);
    until_state(&charger, State::Fault).await;
    printed.push(format!("{:?}", charger.snapshot()));
    bench.vehicle(Vehicle::Unplugs);
    bench.go_away().await;
    until_state(&charger, State::Offline).await;
    printed.push(tell(&charger, Command::Refresh).await);
    let last = charger.snapshot();
    printed.push(format!("{last:?} {}", last.status_text()));
    while let Some(Some(event)) = events.next().now_or_never() {
        printed.push(format!("{event:?}"));
    }
    assert!(printed.len() > 12, "events were told");
    let ended = tokio::time::timeout(Duration::from_secs(20), charger.shutdown()).await;
    ended.expect("it ends");
    printed
}

/// Lets a vehicle charge, for a person where that can be said.
async fn charging_of(bench: &dyn Bench, mut user: StartOptions, printed: &mut Vec<String>) {
    if !bench.can(Can::NameUsers) {
        charging(bench).await;
        return;
    }
    bench.vehicle(Vehicle::PlugsIn);
    // The stop before may count.
    user.force = true;
    let charger = bench.charger();
    until(charger, "plugged in", |snapshot| {
        snapshot.is_vehicle_connected() == Some(true)
    })
    .await;
    printed.push(tell(charger, Command::Start(user)).await);
    until_state(charger, State::Charging).await;
}

async fn tell(charger: &Charger, command: Command) -> String {
    match charger.execute(command).await {
        Ok(done) => format!("{done:?}"),
        Err(error) => format!("{error:?} {error}"),
    }
}
