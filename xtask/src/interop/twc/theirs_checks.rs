//! What `twc-director` must report and our units must have seen.

use serde_json::Value;

use super::of_kind;
use crate::interop::check::{ensure, events, text};
use crate::interop::faults::KnownFault;
use crate::interop::process::Seen;

type Checked = Result<[String; 2], String>;

/// Serial number, version, meter: what the unit sent.
pub(super) fn read(told: &Value, seen: &Seen) -> Checked {
    let device = &told["device"];
    is_unit(device, seen)?;
    let (meter, volts) = (last(seen, "meter")?, &device["voltage_phase_l1"]);
    let same = device["total_kwh"] == meter["energy_raw"] && *volts == meter["volts"][0];
    ensure(same, || format!("reports {device}, was sent {meter}"))?;
    let alone = device["vin"] == "No Car Connected" && device["state"] == "READY";
    ensure(alone, || format!("reports {device} without a car"))?;
    let reported = format!(
        "{}, {} kWh, {volts} V",
        device["serial"], device["total_kwh"]
    );
    Ok([reported, asked(seen)])
}

/// The same; the meter is read as [`faults`] says.
pub(super) fn three_phases(told: &Value, seen: &Seen) -> Checked {
    let device = &told["device"];
    is_unit(device, seen)?;
    let volts = ["l1", "l2", "l3"].map(|phase| &device[format!("voltage_phase_{phase}")]);
    let [l1, l2, l3] = volts;
    let sent = &last(seen, "meter")?["volts"];
    Ok([format!("{l1}, {l2}, {l3} V"), format!("sent {sent} V")])
}

pub(super) fn units(told: &Value, seen: &Seen) -> Checked {
    let devices = told["devices"].as_array().into_iter().flatten();
    let mut addresses: Vec<&str> = devices.map(|device| text(&device["address"])).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let presences = of_kind(&seen.frames, "peripheral_presence");
    let mut there: Vec<&str> = presences
        .iter()
        .map(|frame| text(&frame["sender"]))
        .collect();
    there.sort_unstable();
    there.dedup();
    let are_same = addresses == there && there.len() == 2;
    ensure(are_same, || format!("found {addresses:?} of {there:?}"))?;
    Ok([format!("found {}", addresses.join(" and ")), asked(seen)])
}

/// The initial current is given, the VIN read.
pub(super) fn car(told: &Value, seen: &Seen) -> Checked {
    let device = &told["device"];
    ensure(told["complete"] == true, || format!("no VIN: {device}"))?;
    let parts = ["first", "middle", "last"].map(|name| {
        let parts = of_kind(&seen.frames, "vin_part").into_iter().rev();
        let mut parts = parts.filter(|part| part["part"] == name);
        parts.next().map_or("", |part| text(&part["text"]))
    });
    ensure(device["vin"] == parts.concat(), || {
        format!("reports another VIN: {device}")
    })?;
    ensure(device["current_available"] == 600, || {
        format!("reports {device}")
    })?;
    ensure(has_sent(seen, 5, 600), || "no initial current".to_owned())?;
    let is_event = holds(&told["events"], "TWC_CAR_CONNECTED");
    ensure(is_event, || "no event of the car".to_owned())?;
    let reported = format!(
        "VIN of {} characters, {}",
        parts.concat().len(),
        text(&device["state"])
    );
    Ok([reported, "initial current 6 A, taken".to_owned()])
}

pub(super) fn commands(told: &Value, seen: &Seen) -> Checked {
    for step in ["initial", "session", "decrease", "increase", "open"] {
        ensure(told[step] == true, || format!("{step} was not reported"))?;
    }
    let before = &told["before"]["current_available"];
    ensure(*before == 1_600, || format!("initial current {before}"))?;
    let sent = [(5, 1_600), (9, 1_000), (6, 0), (7, 0)];
    ensure(
        sent.iter()
            .all(|(action, limit)| has_sent(seen, *action, *limit)),
        || asked(seen),
    )?;
    let contactors = ["open", "close"].map(|name| {
        let kind = format!("{name}_contactors");
        of_kind(&seen.frames, &kind).len() == 1
            && of_kind(&seen.frames, &format!("{kind}_ack")).len() == 1
    });
    ensure(contactors == [true; 2], || {
        "contactors without acknowledgement".to_owned()
    })?;
    let reported = "16 A, then 10 A; less, more; no current when open".to_owned();
    Ok([
        reported,
        "each command once; contactors open, closed".to_owned(),
    ])
}

/// What is above the shared limit it does not send, and says nothing.
pub(super) fn refused(told: &Value, seen: &Seen) -> Checked {
    ensure(told["above"].is_null(), || {
        format!("raised {}", told["above"])
    })?;
    let limits = of_kind(&seen.frames, "controller_heartbeat").into_iter();
    let sent = limits.filter(|frame| frame["action_code"] != 0).count();
    ensure(sent == 0, || format!("{sent} limits sent"))?;
    Ok(["nothing".to_owned(), "no limit".to_owned()])
}

pub(super) fn unheard(told: &Value, seen: &Seen) -> Checked {
    let presences = of_kind(&seen.frames, "peripheral_presence").len();
    ensure(presences > 0, || "no presence".to_owned())?;
    ensure(told["found"] == 0, || format!("found {}", told["found"]))?;
    Ok([
        "no device".to_owned(),
        format!("{presences} presences sent"),
    ])
}

/// A unit that another controller has is found all the same.
pub(super) fn controller(told: &Value, seen: &Seen) -> Checked {
    ensure(told["found"] == 1, || format!("found {}", told["found"]))?;
    let known = told["known"].as_object().map_or(0, serde_json::Map::len);
    Ok([format!("{known} devices known, one found"), asked(seen)])
}

/// Its program shows the unit; what its keys mean is sent.
pub(super) fn utility(told: &Value, seen: &Seen) -> Checked {
    ensure(told["found"] == true, || "no unit shown".to_owned())?;
    let sent = [(5, 600), (9, 600), (9, 0), (6, 0), (7, 0)];
    ensure(
        sent.iter()
            .all(|(action, limit)| has_sent(seen, *action, *limit)),
        || asked(seen),
    )?;
    for kind in ["open_contactors", "close_contactors"] {
        let count = of_kind(&seen.frames, kind).len();
        ensure(count == 1, || format!("{count} {kind}"))?;
    }
    logged(told, seen)
}

/// Its program writes its log.
pub(super) fn logged(told: &Value, seen: &Seen) -> Checked {
    let serial = text(&last(seen, "serial")?["serial"]);
    let lines = told["log"].as_array().map_or(0, Vec::len);
    let is_logged = holds(&told["log"], &format!("Data: |{serial}|"));
    ensure(is_logged, || {
        format!("{lines} lines of log, none with {serial}")
    })?;
    Ok([format!("{lines} lines of log"), asked(seen)])
}

/// Everything wrong that came up in a run.
pub(super) fn faults(told: &Value, seen: &Seen) -> Vec<String> {
    let lists = [&told["complaints"], &told["raised"]].into_iter();
    let said = lists.filter_map(Value::as_array).flatten().map(text);
    let violations = events(seen, "violation").into_iter();
    // How many run together is a matter of luck.
    let violations = violations.map(|text| match text.split_once(" frames at once") {
        Some((before, _)) if !before.ends_with(" 0") => TOGETHER,
        _ => text,
    });
    let mut faults: Vec<String> = said.chain(violations).map(str::to_owned).collect();
    faults.extend(
        text(&told["escaped"])
            .split_terminator('\n')
            .map(str::to_owned),
    );
    let silent = silent(told, seen).into_iter();
    faults.extend(
        silent
            .filter(|(is_so, _)| *is_so)
            .map(|(_, fault)| fault.to_owned()),
    );
    faults
}

/// What neither of them complains of.
fn silent(told: &Value, seen: &Seen) -> [(bool, &'static str); 10] {
    let device = &told["device"];
    let sent = of_kind(&seen.frames, "meter").into_iter().rev();
    let sent = sent.map(|meter| &meter["volts"]).next();
    let misread = |volts: &Value| {
        let phases = ["l1", "l2", "l3"].map(|phase| &device[format!("voltage_phase_{phase}")]);
        phases[0].is_u64() && (0..3).any(|phase| *phases[phase] != volts[phase])
    };
    let others = seen.frames.iter().map(|frame| text(&frame["sender"]));
    let others: Vec<&str> = others.filter(|sender| *sender != OWN).collect();
    let is_controller =
        |frame: &&Value| frame["direction"] == "to_charger" && frame["sender"] != OWN;
    let foreign = seen
        .frames
        .iter()
        .find(is_controller)
        .map(|frame| &frame["sender"]);
    let asks = |foreign: &Value| {
        seen.frames
            .iter()
            .any(|frame| frame["recipient"] == *foreign && frame["sender"] == OWN)
    };
    let is_version_1 = seen
        .frames
        .iter()
        .any(|frame| frame["kind"] == "peripheral_presence" && frame["len"] == 14);
    [
        (
            !others.is_empty() && of_kind(&seen.frames, "controller_announce").is_empty(),
            NEVER_ANNOUNCES,
        ),
        (
            told["events"].is_array() && !holds(&told["events"], "__ALL_COMMANDS__"),
            ALL_COMMANDS,
        ),
        (told["unasked"] == false, UNASKED),
        (told["setpoint"] == 9_999, SETPOINT),
        (sent.is_some_and(misread), MISREAD),
        (is_version_1 && told["found"] == 0, VERSION_1),
        (foreign.is_some_and(asks), CLAIMS),
        (
            told["screen"].is_string() && has_sent(seen, 9, 600) && !has_sent(seen, 9, 1_000),
            KEYS,
        ),
        (text(&told["screen"]).contains("600A"), HUNDREDTHS),
        (
            text(&told["screen"]).contains("There is no current event loop in thread"),
            SCREEN,
        ),
    ]
}

/// Id, serial number, version and hardware maximum are those of the unit.
fn is_unit(device: &Value, seen: &Seen) -> Result<(), String> {
    let presence = last(seen, "peripheral_presence")?;
    let maximum = device["maximum"].as_f64().map(|amps| amps * 100.0);
    let is_it = device["address"] == presence["sender"]
        && device["serial"] == last(seen, "serial")?["serial"]
        && device["version"] == last(seen, "version")?["version"]
        && maximum == presence["max_current_ca"].as_f64();
    ensure(is_it, || format!("reports {device}"))
}

/// The newest.
fn last<'a>(seen: &'a Seen, kind: &str) -> Result<&'a Value, String> {
    let last = of_kind(&seen.frames, kind).pop();
    last.ok_or_else(|| format!("there was no {kind}"))
}

/// Whether the controller sent this limit with this action.
fn has_sent(seen: &Seen, action: u8, limit_ca: u16) -> bool {
    let heartbeats = of_kind(&seen.frames, "controller_heartbeat");
    heartbeats
        .iter()
        .any(|frame| frame["action_code"] == action && frame["current_ca"] == limit_ca)
}

/// Whether one of these texts holds that one.
fn holds(texts: &Value, wanted: &str) -> bool {
    let texts = texts.as_array().into_iter().flatten();
    texts.map(text).any(|text| text.contains(wanted))
}

/// How much the controller asked.
fn asked(seen: &Seen) -> String {
    let heartbeats = of_kind(&seen.frames, "controller_heartbeat").len();
    let queries = of_kind(&seen.frames, "query").len();
    format!("{heartbeats} heartbeats, {queries} queries")
}

/// What is wrong with the peer.
pub(in crate::interop) const KNOWN_FAULTS: [KnownFault; 17] = [
    KnownFault {
        text: "talked while a reply was due",
        reason: "each presence spawns three claims, which know nothing of its queries; nothing waits for a reply",
    },
    KnownFault {
        text: "talked within 50 ms of another station",
        reason: "it answers a presence, and a heartbeat that asks for a limit, at once",
    },
    KnownFault {
        text: TOGETHER,
        reason: "its transmit queue has no pauses",
    },
    KnownFault {
        text: "talked beside another controller",
        reason: "it does not look for one",
    },
    KnownFault {
        text: "limit of 0",
        reason: "a key of its program, which its documentation calls a test",
    },
    KnownFault {
        text: "type 'bytearray' is not subscriptable",
        reason: "its escaping indexes the type: nothing with C0 or DB in it can be sent",
    },
    KnownFault {
        text: "does not match calculated checksum",
        reason: "sender and checksum are not unescaped; and what it talks into is garbage for it, too",
    },
    KnownFault {
        text: NEVER_ANNOUNCES,
        reason: "it has the function and does not call it",
    },
    KnownFault {
        text: ALL_COMMANDS,
        reason: "it is raised as __ALL_UPDATES__",
    },
    KnownFault {
        text: UNASKED,
        reason: "it is looked at only when somebody asks whether a car is connected, or for the VIN",
    },
    KnownFault {
        text: SETPOINT,
        reason: "an else belongs to the wrong if",
    },
    KnownFault {
        text: MISREAD,
        reason: "it takes voltages for single bytes, in another order",
    },
    KnownFault {
        text: VERSION_1,
        reason: "it wants at least 16 bytes before the marker",
    },
    KnownFault {
        text: CLAIMS,
        reason: "whoever speaks is a peripheral",
    },
    KnownFault {
        text: KEYS,
        reason: "the shared limit is 6 A and cannot be set, and what is above it is dropped without a word",
    },
    KnownFault {
        text: HUNDREDTHS,
        reason: "it does not divide",
    },
    KnownFault {
        text: SCREEN,
        reason: "the event is raised in a thread that has no event loop",
    },
];

const TOGETHER: &str = "two frames within 250 ms";
const NEVER_ANNOUNCES: &str = "does not announce itself";
const ALL_COMMANDS: &str = "the event __ALL_COMMANDS__ is never raised";
const UNASKED: &str = "the event of a connected car is not raised";
const SETPOINT: &str = "a setpoint above the maximum is stored";
const MISREAD: &str = "three phases are misread";
const VERSION_1: &str = "units of version 1 are not heard";
const CLAIMS: &str = "another controller is asked and claimed";
const KEYS: &str = "the keys for 10, 20 and 32 A send nothing";
const HUNDREDTHS: &str = "shows hundredths of an amp as amps";
const SCREEN: &str = "its program's screen dies when a VIN is complete";
/// The id of its controller.
const OWN: &str = "F00D";
