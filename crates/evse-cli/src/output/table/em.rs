//! Text of `evse em …` for people.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use evse::em::Evse;
use evse::em::proto::message::{
    ChargeRecord, ChargerState, Phase, PlanSlot, StartMethod, Status, WeeklyPlan,
};
use evse::em::proto::session::{ClockReading, CurrentCharge, Session, Started};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{ABSENT, car, pairs, short, text, trimmed};
use crate::cli::DAYS;
use crate::output::shown;

/// The chargers, one a line.
pub(crate) fn chargers(evses: &[Evse]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["ADDRESS", "SERIAL", "MODEL", "NAME", "PIN"]);
    for evse in evses {
        let info = evse.info();
        table.add_row([
            text(evse.address()),
            evse.serial().to_string(),
            joined([&info.brand, &info.model]),
            text(evse.config().name),
            if evse.has_password() { "known" } else { ABSENT }.to_owned(),
        ]);
    }
    trimmed(&table)
}

/// All that is known, for a person.
pub(crate) fn status(evse: &Evse) -> String {
    pairs(evse.read(rows).unwrap_or_default())
}

fn rows(session: &Session) -> Vec<(&'static str, String)> {
    let (info, settings) = (session.info(), session.configuration());
    let status = session.status().map(|report| &report.status);
    let mut rows = vec![("state", state_and_letter(session))];
    let faults: Vec<String> = status
        .into_iter()
        .flat_map(|status| status.faults.iter().map(|fault| words(&fault)))
        .collect();
    if !faults.is_empty() {
        rows.push(("faults", faults.join(", ")));
    }
    if status.is_some_and(Status::emergency_stop) {
        rows.push(("emergency stop", "active".to_owned()));
    }
    let amps = |amps: Option<u8>| unit(amps, "A");
    rows.extend([
        (
            "charger",
            text(status.map(|status| words(&status.current_state()))),
        ),
        ("car", car(session.is_vehicle_connected()).to_owned()),
        ("voltage", phases(session, volts, " / ", "V")),
        ("current", phases(session, amperes, " / ", "A")),
        ("power", unit(session.total_power_w(), "W")),
        (
            "counter",
            energy(status.and_then(|status| status.energy_centikwh.get())),
        ),
        (
            "temperature",
            celsius(status.and_then(|status| status.inner_temperature.centidegrees())),
        ),
        (
            "max current",
            match info.max_current_a {
                Some(rated) => format!("{} of {rated} A", amps(settings.output_current_a)),
                None => amps(settings.output_current_a),
            },
        ),
        (
            "offline charge",
            text(settings.start_method.map(offline_charge)),
        ),
    ]);
    let known = session.charge().filter(|charge| is_known(charge));
    rows.extend(known.into_iter().flat_map(charge));
    rows.extend([
        ("name", text(settings.name.as_ref())),
        ("model", joined([&info.brand, &info.model])),
        ("serial", session.serial().to_string()),
        ("address", text(session.address())),
    ]);
    rows
}

/// When it is to begin; a charge that runs goes on reporting it.
pub(crate) fn reserved_for_unix_s(charge: &CurrentCharge) -> Option<i64> {
    let is_pending = charge.report.current_state() == ChargerState::Reserved;
    charge.reserved_for_unix_s.filter(|_| is_pending)
}

/// Whether there ever was one: else all is zero.
pub(crate) fn is_known(charge: &CurrentCharge) -> bool {
    !charge.report.charge_id.is_empty() || charge.report.started.is_some()
}

/// The charge that runs or is planned, else the last one.
fn charge(charge: &CurrentCharge) -> Vec<(&'static str, String)> {
    let title = if charge.is_current() {
        "charge"
    } else {
        "last charge"
    };
    let began = if let Some(at) = reserved_for_unix_s(charge) {
        format!("reserved for {}", local(Some(at)))
    } else if charge.is_current() {
        format!("since {}", local(charge.started_unix_s))
    } else {
        format!("began {}", local(charge.started_unix_s))
    };
    let lasted = charge
        .report
        .duration_s
        .get()
        .map_or_else(|| ABSENT.to_owned(), hours);
    vec![
        (title, began),
        ("  energy", energy(Some(charge.energy_centikwh()))),
        ("  duration", lasted),
        ("  limits", limits(charge)),
        ("  by", or_absent(&charge.report.user_id.to_str_lossy())),
    ]
}

fn limits(charge: &CurrentCharge) -> String {
    let report = &charge.report;
    let limits = [
        report.max_current_a.get().map(|amps| format!("{amps} A")),
        report
            .max_duration_min
            .get()
            .map(|minutes| hours(u32::from(minutes) * 60)),
        report
            .max_energy_centikwh
            .get()
            .map(|one| energy(Some(one.into()))),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    or_absent(&limits.join(", "))
}

fn state_and_letter(session: &Session) -> String {
    let state = evse::adapter::em::session_state(session);
    let letter = state.iec_letter(session.is_vehicle_connected());
    let words = words(&state);
    letter.map_or_else(|| words.clone(), |letter| format!("{words} ({letter})"))
}

/// The readings that change, on one line that begins with a name.
pub(crate) fn readings(evse: &Evse, name: &str) -> String {
    let line = evse.read(|session| {
        let is_running = session.charge().filter(|charge| charge.is_current());
        let energy = is_running.map(|charge| energy(Some(charge.energy_centikwh())));
        format!(
            "{name:<11.11} {:<10} {:>7} {:<13} {:<16} {}",
            short(evse::adapter::em::session_state(session)),
            unit(session.total_power_w(), "W"),
            phases(session, whole_volts, "/", "V"),
            phases(session, rough_amperes, "/", "A"),
            energy.unwrap_or_default(),
        )
    });
    line.unwrap_or_default().trim_end().to_owned()
}

/// What a start came to.
pub(crate) fn started(started: &Started) -> String {
    let amps = started.current_a;
    match started {
        Started {
            reserved_for_unix_s: Some(at),
            ..
        } => format!("start: reserved for {} with {amps} A", local(Some(*at))),
        Started {
            is_confirmed: true, ..
        } => format!("start: done with {amps} A, confirmed by the charger"),
        _ => format!("start: accepted with {amps} A; its state does not show it yet"),
    }
}

/// `on`, `off` or `auto`.
pub(crate) fn offline_charge(method: StartMethod) -> String {
    match method {
        StartMethod::AppAndButton => "on".to_owned(),
        StartMethod::AppOnly => "off".to_owned(),
        StartMethod::Automatic => "auto".to_owned(),
        StartMethod::Unknown(_) => method.to_string(),
    }
}

/// What the charger's clock shows, and how wrong it is.
pub(crate) fn clock(reading: &ClockReading) -> String {
    let Some(time) = reading.civil() else {
        return "the charger has no time".to_owned();
    };
    let time = time.to_string().replace('T', " ");
    let seconds = reading.delta_s.unsigned_abs();
    let how = match reading.delta_s {
        0 => "exactly right".to_owned(),
        1.. => format!("{} ahead", span(seconds)),
        ..0 => format!("{} behind", span(seconds)),
    };
    let by = if reading.looks_like_utc {
        ", as if another client had set it to UTC"
    } else {
        ""
    };
    format!("{time}, {how}{by}")
}

/// A day a line.
pub(crate) fn plan(plan: &WeeklyPlan) -> String {
    pairs(DAYS.into_iter().zip(plan.0.iter().map(slot)))
}

fn slot(slot: &PlanSlot) -> String {
    if !slot.is_on() {
        return "off".to_owned();
    }
    let minutes = slot.duration_min;
    let Some((hour, minute)) = slot.start() else {
        return format!("on, but no clock shows {:02}:{:02}", slot.hour, slot.minute);
    };
    let end = (u32::from(hour) * 60 + u32::from(minute) + u32::from(minutes)) % 1_440;
    format!(
        "{hour:02}:{minute:02} to {:02}:{:02}, {} h",
        end / 60,
        end % 60,
        hours(u32::from(minutes) * 60).trim_end_matches(" h")
    )
}

/// Past charges, one a line.
pub(crate) fn history(records: &[ChargeRecord]) -> String {
    if records.is_empty() {
        return "no past charges".to_owned();
    }
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["STARTED", "DURATION", "ENERGY", "BY", "ENDED BY"]);
    for record in records {
        table.add_row([
            started_at(record),
            hours(record.duration_s),
            energy(Some(record.session_energy_centikwh)),
            or_absent(&record.started_by.to_str_lossy()),
            words(&record.stop_reason),
        ]);
    }
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(comfy_table::CellAlignment::Right);
        }
    }
    trimmed(&table)
}

/// A past charge on a line.
pub(crate) fn record(record: &ChargeRecord) -> String {
    format!(
        "{}, {}, {}, began {}",
        words(&record.stop_reason),
        energy(Some(record.session_energy_centikwh)),
        hours(record.duration_s),
        started_at(record),
    )
}

fn started_at(record: &ChargeRecord) -> String {
    let time = record
        .started
        .civil()
        .map(|time| time.to_string().replace('T', " "));
    text(time.as_deref().and_then(|time| time.get(..16)))
}

/// Model and versions.
pub(crate) fn version(evse: &Evse) -> String {
    let info = evse.info();
    pairs([
        ("brand", or_absent(&info.brand)),
        ("model", or_absent(&info.model)),
        ("hardware", or_absent(&info.hardware_version)),
        ("software", or_absent(&info.software_version)),
        ("phases", text(evse.phases())),
        ("max current", unit(info.max_current_a, "A")),
        ("max power", unit(info.max_power_w, "W")),
        ("hot line", or_absent(&info.hot_line)),
        ("feature", text(info.feature)),
        ("serial", evse.serial().to_string()),
    ])
}

type Measured = fn(Phase) -> Option<String>;

fn volts(phase: Phase) -> Option<String> {
    let volts = phase.voltage_decivolts.get()?;
    Some(format!("{}.{}", volts / 10, volts % 10))
}

fn whole_volts(phase: Phase) -> Option<String> {
    let decivolts = phase.voltage_decivolts.get()?;
    Some(format!("{}", (u32::from(decivolts) + 5) / 10))
}

fn rough_amperes(phase: Phase) -> Option<String> {
    let centiamps = u32::from(phase.current_centiamps.get()?) + 5;
    Some(format!("{}.{}", centiamps / 100, centiamps / 10 % 10))
}

fn amperes(phase: Phase) -> Option<String> {
    let amps = phase.current_centiamps.get()?;
    Some(format!("{}.{:02}", amps / 100, amps % 100))
}

/// The phases that the charger has; some of one phase send zeros for the others.
fn phases(session: &Session, of: Measured, between: &str, unit: &str) -> String {
    let count = session.phases().unwrap_or(3).into();
    let phases = session.status().into_iter();
    let phases = phases.flat_map(|report| report.status.phases()).take(count);
    let known: Vec<String> = phases.filter_map(of).collect();
    if known.is_empty() {
        return ABSENT.to_owned();
    }
    format!("{} {unit}", known.join(between))
}

fn unit(value: Option<impl ToString>, unit: &str) -> String {
    value.map_or_else(
        || ABSENT.to_owned(),
        |value| format!("{} {unit}", value.to_string()),
    )
}

fn energy(centikwh: Option<u32>) -> String {
    centikwh.map_or_else(
        || ABSENT.to_owned(),
        |energy| format!("{}.{:02} kWh", energy / 100, energy % 100),
    )
}

fn celsius(centidegrees: Option<i32>) -> String {
    centidegrees.map_or_else(
        || ABSENT.to_owned(),
        |degrees| format!("{:.1} °C", f64::from(degrees) / 100.0),
    )
}

/// Hours and minutes, such as `1:05 h`.
fn hours(seconds: u32) -> String {
    let minutes = seconds / 60;
    format!("{}:{:02} h", minutes / 60, minutes % 60)
}

/// A difference of clocks, as exact as anyone wants it.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// By this machine's clock.
pub(super) fn local(unix_s: Option<i64>) -> String {
    let time = unix_s.and_then(|unix_s| Timestamp::from_second(unix_s).ok());
    text(time.map(|time| {
        let time = time.to_zoned(TimeZone::system());
        time.strftime("%F %H:%M").to_string()
    }))
}

/// Names in `snake_case` as words.
fn words(name: &impl ToString) -> String {
    name.to_string().replace('_', " ")
}

fn joined(texts: [&str; 2]) -> String {
    or_absent(texts.join(" ").trim())
}

fn or_absent(value: &str) -> String {
    if value.is_empty() {
        return ABSENT.to_owned();
    }
    shown(value)
}
