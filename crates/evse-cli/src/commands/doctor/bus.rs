//! What is heard on a bus of Tesla Gen2 units. Nothing is sent there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evse::Address;
use evse::twc::proto::Address as Unit;
use evse::twc::proto::session::Controller;
use evse::twc::{Config, Director, Error, Event, Peripheral, Tap};
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use super::case::Case;
use super::{Finding, serial};
use crate::context::Context;

/// How long to listen: some units show themselves every 10 s only.
const LISTEN: Duration = Duration::from_secs(12);

/// Fewer bytes than the shortest frame are no sign of anybody.
const FEW_BYTES: u64 = 16;

/// What came in.
#[derive(Debug, Default)]
struct Heard {
    /// How long was listened.
    duration: Duration,
    bytes: u64,
    frames: u64,
    errors: u64,
    units: Vec<Unit>,
    controllers: Vec<Ruler>,
}

/// Somebody who tells units what to do.
#[derive(Clone, Copy, Debug)]
struct Ruler {
    id: Unit,
    /// Tells of a meter, a firmware or a serial number of its own.
    is_unit: bool,
}

/// Listens on the bus.
pub(super) async fn check(port: &str, case: &Case<'_>) -> Vec<Finding> {
    match listen(port, case.context).await {
        Ok(heard) => {
            let bus = Address::twc(port, None);
            let chargers = case.chargers.iter();
            let chargers = chargers.filter(|charger| charger.address.shares_bus_with(&bus));
            let wanted = chargers.filter_map(|charger| match charger.address {
                Address::Twc { unit, .. } => unit,
                _ => None,
            });
            let listens_only = case.config.bus(port).is_some_and(|bus| bus.listen_only);
            judge(port, &heard, &wanted.collect::<Vec<_>>(), listens_only)
        }
        Err(error) => vec![unusable(port, &error)],
    }
}

async fn listen(port: &str, context: &Context) -> Result<Heard, Error> {
    let duration = LISTEN.min(context.time_left());
    let end = Instant::now() + duration;
    let bytes = Arc::new(AtomicU64::new(0));
    let mut config = Config {
        tap: Some(counting(&bytes, context.twc_tap())),
        ..Config::default()
    };
    config.session.listen_only = true;
    let director = Director::open(port, config).await?;
    let seconds = duration.as_secs();
    context.progress(&format!(
        "listening on {port} for {seconds} s; nothing is sent"
    ));
    let mut events = director.events();
    while let Ok(Some(event)) = timeout_at(end, events.next()).await {
        if let Event::PortClosed { error, .. } = event {
            return Err(error);
        }
    }
    let counters = director.read(Controller::counters);
    let controllers = director.controllers().into_iter().map(|found| Ruler {
        id: found.address,
        is_unit: found.meter.is_some() || found.version.is_some() || found.serial.is_some(),
    });
    let units = director.peripherals();
    Ok(Heard {
        duration,
        bytes: bytes.load(Ordering::Relaxed),
        frames: counters.frames,
        errors: counters.errors,
        units: units.iter().map(Peripheral::address).collect(),
        controllers: controllers.collect(),
    })
}

/// Counts what is heard: noise without a single mark of a frame is no error of any frame.
fn counting(bytes: &Arc<AtomicU64>, recording: Option<Tap>) -> Tap {
    let bytes = Arc::clone(bytes);
    Tap::new(move |traffic| {
        let length = u64::try_from(traffic.bytes.len()).unwrap_or_default();
        bytes.fetch_add(length, Ordering::Relaxed);
        if let Some(tap) = &recording {
            tap.call(traffic);
        }
    })
}

/// What it means.
fn judge(port: &str, heard: &Heard, wanted: &[Unit], listens_only: bool) -> Vec<Finding> {
    let is_garbage = heard.frames == 0 && heard.bytes >= FEW_BYTES;
    if is_garbage {
        let what = format!(
            "only garbage is heard: {} bytes, and no message in them",
            heard.bytes
        );
        return vec![Finding::problem("bus-garbage", port, what, GARBAGE)];
    }
    let mut findings: Vec<Finding> = controllers(port, heard, listens_only).into_iter().collect();
    let missing = wanted.iter().filter(|unit| !heard.units.contains(unit));
    if heard.units.is_empty() && heard.controllers.is_empty() {
        let seconds = heard.duration.as_secs();
        let what = format!("no unit says anything within {seconds} s");
        findings.push(Finding::problem("bus-silent", port, what, SILENT));
    } else if !heard.units.is_empty() {
        findings.extend(missing.map(|unit| {
            let what = format!("unit {unit} is not heard, but {} is", listed(&heard.units));
            let fix = "check its power, its rotary switch and the id in its address";
            Finding::problem("unit-not-heard", port, what, fix)
        }));
    }
    // Units that nobody controls speak at the same time now and then.
    if heard.errors * 4 > heard.frames && heard.errors > 2 {
        let what = format!(
            "the line is disturbed: {} messages were damaged, {} were not",
            heard.errors, heard.frames
        );
        findings.push(Finding::warning("bus-noise", port, what, NOISE));
    }
    if findings.is_empty() {
        let s = if heard.units.len() == 1 { "" } else { "s" };
        let what = format!(
            "unit{s} {} heard, and no other controller",
            listed(&heard.units)
        );
        findings.push(Finding::ok("bus", port, what));
    }
    findings
}

/// Somebody else controls the bus.
fn controllers(port: &str, heard: &Heard, listens_only: bool) -> Option<Finding> {
    let ids: Vec<Unit> = heard.controllers.iter().map(|one| one.id).collect();
    let problem = |code, what, fix| Some(Finding::problem(code, port, what, fix));
    match heard.controllers.as_slice() {
        [] => None,
        [one] if listens_only => {
            let what = format!(
                "controller {} runs this bus, and evse only listens, as configured",
                one.id
            );
            Some(Finding::ok("bus", port, what))
        }
        [one] if one.is_unit && heard.units.is_empty() => {
            let what = format!(
                "wall connector {} works alone: its rotary switch is not at F",
                one.id
            );
            problem("rotary-switch", what, TO_F.to_owned())
        }
        [one] if one.is_unit => {
            let what = format!(
                "wall connector {} controls {}, for its rotary switch is not at F; evse sends nothing there",
                one.id,
                listed(&heard.units)
            );
            problem("rotary-switch", what, format!("{TO_F}; {OR_LISTEN}"))
        }
        [one] => {
            let what = format!(
                "controller {} runs this bus, so evse sends nothing there",
                one.id
            );
            let fix =
                format!("end that controller, such as TWCManager or another evse; {OR_LISTEN}");
            problem("foreign-controller", what, fix)
        }
        _ => {
            let what = format!(
                "{} all act as controllers, and a bus can have one",
                listed(&ids)
            );
            let fix = format!("leave one of them; {TO_F}");
            problem("several-controllers", what, fix)
        }
    }
}

/// Why the port cannot be listened to.
fn unusable(port: &str, error: &Error) -> Finding {
    let problem = |code, what: &str, fix: &str| Finding::problem(code, port, what, fix);
    match error {
        #[cfg(unix)]
        Error::Permission { .. } => super::permission::denied(port),
        Error::NoSuchPort { seen, .. } if seen.is_empty() => problem(
            "no-adapter",
            "there is no such port, nor any other",
            serial::LOOK,
        ),
        Error::NoSuchPort { seen, .. } => {
            let what = format!(
                "there is no such port; this machine has {}",
                seen.join(", ")
            );
            problem("no-adapter", &what, serial::LOOK)
        }
        Error::Busy { .. } => problem(
            "port-held",
            "a program of another user has it open, and a bus can have one reader only",
            &format!("see which with `sudo fuser -v {port}`, and end it"),
        ),
        Error::Gateway { kind, .. } => problem(
            "gateway-unreachable",
            &format!("no connection to the gateway: {kind}"),
            "check its address and power, that it is a TCP server in raw mode, and that no other client holds it",
        ),
        Error::Lost { kind, .. } => problem(
            "port-lost",
            &format!("it went away while it was listened to: {kind}"),
            "check the adapter or gateway and its cable",
        ),
        Error::Open { reason, .. } => problem(
            "port-unusable",
            &format!("it cannot be used as a serial port: {reason}"),
            "check that it is one, and takes 9600 baud",
        ),
        other => problem("port-unusable", &other.to_string(), "try another adapter"),
    }
}

fn listed(units: &[Unit]) -> String {
    let ids: Vec<String> = units.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

const SILENT: &str = "check that the units have power; that their rotary switch is at F (at another position an older \
                      unit works alone and may say nothing); that D+ goes to A and D- to B of the adapter, or swap them \
                      to try; and that this is the right port";
const GARBAGE: &str = "swap D+ and D- to try; a gateway must be at 9600 baud, 8 data bits, no parity, 1 stop bit; and \
                       check termination and common ground";
const NOISE: &str =
    "check termination (120 ohm at both ends), common ground, and that the cable is a twisted pair";
const TO_F: &str = "switch its breaker off, turn its rotary switch to F, and switch it on again";
const OR_LISTEN: &str =
    "or leave it so, and set `listen_only = true` for this bus in evse.toml to watch only";
