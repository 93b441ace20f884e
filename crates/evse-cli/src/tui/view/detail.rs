//! All that is known of the charger that is selected.

use std::time::SystemTime;

use evse::Snapshot;
use evse::units::{Milliamps, Millivolts};
use jiff::{Timestamp, Zoned};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::look::{Look, QUIET};
use super::text;
use crate::output::wrapped;
use crate::tui::app::App;

pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let Some(charger) = app.selected() else {
        return;
    };
    let columns = usize::from(area.width).saturating_sub(LABEL);
    let mut shares = app.shares.iter();
    let share = shares.find(|share| share.name == charger.now.name);
    let share = share.map(|share| share.text.clone());
    let mut lines = Vec::new();
    for (label, value, style) in rows(&charger.now, share, &app.now.wall, look) {
        let mut label = label;
        for part in wrapped(&value, columns, 0) {
            lines.push(Line::from(vec![
                Span::styled(format!("{label:<LABEL$}"), QUIET),
                Span::styled(part, style),
            ]));
            label = "";
        }
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// What matters most comes first, for there may not be room for all.
fn rows(
    now: &Snapshot,
    share: Option<String>,
    wall: &Zoned,
    look: Look,
) -> Vec<(&'static str, String, Style)> {
    let readings = &now.telemetry;
    let plain = Style::new();
    let letter = now.iec_letter();
    let letter = letter.map_or_else(String::new, |letter| format!(" ({letter})"));
    let car = match readings.vehicle_connected {
        Some(true) => ", car plugged in",
        Some(false) => ", no car",
        None => "",
    };
    let state = format!("{}{letter}{car}", now.state.text());
    let mut rows = vec![("state", Some(state), look.state(now.state))];
    let faults = now.faults.iter();
    rows.extend(faults.map(|fault| ("fault", Some(fault.text.to_string()), look.bad())));
    let phases = ["L1", "L2", "L3"].into_iter();
    let measured = readings.voltage.into_iter().zip(readings.current);
    rows.extend(
        phases
            .zip(measured)
            .map(|(name, (voltage, current))| (name, phase(voltage, current), plain)),
    );
    let energies = [
        readings
            .today_energy
            .map(|energy| format!("{} today", text::energy(energy))),
        readings
            .lifetime_energy
            .map(|energy| format!("{} in all", text::energy(energy))),
    ];
    rows.extend([
        ("limit", Some(limits(now)), plain),
        ("share", share, plain),
        ("session", session(now, wall), plain),
        ("energy", joined(energies), plain),
        ("inside", climate(now), plain),
        (
            "vin",
            readings.vin.as_ref().map(|vin| vin.expose().to_owned()),
            plain,
        ),
        ("device", device(now), plain),
        ("at", now.address.as_ref().map(ToString::to_string), plain),
        ("heard", now.last_update.map(|at| ago(at, wall)), plain),
    ]);
    let error = now.last_error.as_ref();
    rows.push((
        "trouble",
        error.map(|error| format!("{}: {}", ago(error.at, wall), error.text)),
        plain,
    ));
    let rows = rows.into_iter();
    rows.filter_map(|(label, value, style)| Some((label, value?, style)))
        .collect()
}

fn phase(voltage: Option<Millivolts>, current: Option<Milliamps>) -> Option<String> {
    let voltage = voltage.map(|voltage| voltage.to_string());
    let current = current.map(|current| current.to_string());
    joined([voltage, current])
}

/// What counts, and what was asked for and is set where that is another.
fn limits(now: &Snapshot) -> String {
    let limit = now.telemetry.limit;
    let counts = limit.effective.or(limit.reported);
    let others = [(limit.reported, "set"), (limit.wanted, "asked")];
    let others = others.map(|(other, name)| {
        let other = other.filter(|other| Some(*other) != counts);
        other.map(|other| format!("{other} {name}"))
    });
    let range = now.capabilities.current;
    let range = range.map(|range| format!("takes {} to {}", range.min, range.max));
    let [set, asked] = others;
    let limits = now.limits_text();
    joined([Some(limits), set, asked, range]).unwrap_or_default()
}

fn session(now: &Snapshot, wall: &Zoned) -> Option<String> {
    let session = now.telemetry.session.unwrap_or_default();
    // The charger's clock may run ahead of ours.
    let started_at = session
        .started_at
        .filter(|at| *at <= wall.timestamp().into());
    joined([
        now.telemetry.session_energy.map(text::energy),
        session.length.and_then(text::session_length),
        started_at.map(|at| format!("since {}", clock(at, wall))),
        session
            .reserved_for
            .map(|at| format!("begins at {}", clock(at, wall))),
    ])
}

fn climate(now: &Snapshot) -> Option<String> {
    let temperature = now.telemetry.temperature;
    let outer = temperature.outer;
    let pilot = now.telemetry.pilot.map(|pilot| {
        let derived = if pilot.is_derived { " (derived)" } else { "" };
        format!("pilot {}{derived}", pilot.level)
    });
    joined([
        temperature.inner.map(|inner| inner.to_string()),
        outer.map(|outer| format!("outside {outer}")),
        pilot,
    ])
}

fn device(now: &Snapshot) -> Option<String> {
    let device = [&now.device.brand, &now.device.model, &now.device.firmware];
    let words: Vec<&str> = device.into_iter().flatten().map(String::as_str).collect();
    let serial = Some(now.identity.serial()).filter(|serial| !serial.is_empty());
    let device = Some(words.join(" ")).filter(|words| !words.is_empty());
    joined([device, serial.map(str::to_owned)])
}

fn joined<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let parts = parts.into_iter().flatten();
    parts.reduce(|all, part| all + ", " + &part)
}

fn ago(at: SystemTime, wall: &Zoned) -> String {
    let now = SystemTime::from(wall.timestamp());
    let age = now.duration_since(at).unwrap_or_default();
    format!("{} ago", text::length(age))
}

fn clock(at: SystemTime, wall: &Zoned) -> String {
    let at = Timestamp::try_from(at).unwrap_or_default();
    let at = at.to_zoned(wall.time_zone().clone());
    at.strftime("%H:%M").to_string()
}

const LABEL: usize = 8;
