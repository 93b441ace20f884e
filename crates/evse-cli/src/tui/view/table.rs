//! The chargers, one a row.

use evse::Snapshot;
use evse::units::Milliamps;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Cell, Row, Table, TableState};

use super::look::{Look, QUIET, SELECTED};
use super::text;
use crate::output::table::short;
use crate::tui::app::{App, Sort};

/// How wide the columns are.
struct Widths {
    name: u16,
    state: u16,
    bar: u16,
    /// Whether there is room for the length of the session and the energy of today.
    has_more: bool,
}

impl Widths {
    const fn new(columns: u16) -> Self {
        let has_more = columns >= WIDE;
        let (state, bar) = if has_more {
            (25, 8 + (columns - WIDE) / 2)
        } else {
            (18, 8 + columns.saturating_sub(80) / 2)
        };
        let mut others = MARKER + state + POWER + bar + CURRENT + ENERGY + 5;
        if has_more {
            others += LENGTH + ENERGY + 2;
        }
        Self {
            name: columns.saturating_sub(others),
            state,
            bar,
            has_more,
        }
    }

    fn constraints(&self) -> Vec<Constraint> {
        let mut widths = vec![self.name, self.state, POWER, self.bar, CURRENT, ENERGY];
        if self.has_more {
            widths.extend([LENGTH, ENERGY]);
        }
        widths.into_iter().map(Constraint::Length).collect()
    }
}

pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let widths = Widths::new(area.width);
    let visible = app.visible();
    let selected = app.selected().map(|charger| charger.now.name.as_str());
    let place = visible
        .iter()
        .position(|charger| Some(charger.now.name.as_str()) == selected);
    let rows = visible.iter().map(|charger| {
        row(
            &charger.now,
            &widths,
            look,
            Some(charger.now.name.as_str()) == selected,
        )
    });
    let table = Table::new(rows, widths.constraints())
        .header(header(app.sort, &widths))
        .column_spacing(1)
        .highlight_symbol("▸ ");
    let mut state = TableState::new().with_selected(place);
    frame.render_stateful_widget(table, area, &mut state);
}

fn header(sort: Sort, widths: &Widths) -> Row<'static> {
    let heading = |text: &str, by: Option<Sort>, is_right: bool| {
        let mark = if by == Some(sort) { "▾" } else { "" };
        let line = Line::styled(format!("{text}{mark}"), QUIET);
        if is_right { line.right_aligned() } else { line }
    };
    let mut cells = vec![
        heading("NAME", Some(Sort::Name), false),
        heading("STATE", Some(Sort::State), false),
        heading("POWER", Some(Sort::Power), true),
        heading("", None, false),
        heading("CURRENT", None, true),
        heading("SESSION", Some(Sort::Energy), true),
    ];
    if widths.has_more {
        cells.push(heading("TIME", None, true));
        cells.push(heading("TODAY", None, true));
    }
    Row::new(cells)
}

fn row(now: &Snapshot, widths: &Widths, look: Look, is_selected: bool) -> Row<'static> {
    let readings = &now.telemetry;
    let style = if is_selected { SELECTED } else { Style::new() };
    let name = text::name(&now.name, widths.name.into());
    let state = if widths.has_more {
        now.state.text()
    } else {
        short(now.state)
    };
    let right = |text: String| Cell::new(Text::raw(text).right_aligned());
    let mut cells = vec![
        Cell::new(Span::styled(name, style)),
        Cell::new(Span::styled(state, look.state(now.state))),
        right(text::or_absent(readings.power.map(text::power))),
        Cell::new(bar(now, widths.bar.into(), look)),
        right(current(now)),
        right(text::or_absent(readings.session_energy.map(text::energy))),
    ];
    if widths.has_more {
        cells.push(right(text::or_absent(
            now.session_duration().and_then(text::session_length),
        )));
        cells.push(right(text::or_absent(
            readings.today_energy.map(text::energy),
        )));
    }
    Row::new(cells)
}

/// What is drawn, of what may be drawn.
fn bar(now: &Snapshot, columns: usize, look: Look) -> Line<'static> {
    let drawn = now.telemetry.highest_current();
    let Some((drawn, whole)) = drawn.zip(limit(now).or_else(|| most(now))) else {
        return Line::default();
    };
    let (heavy, light) = text::bar(drawn, whole, columns);
    Line::from(vec![
        Span::styled(heavy, look.state(now.state)),
        Span::styled(light, QUIET),
    ])
}

fn current(now: &Snapshot) -> String {
    let drawn = now.telemetry.highest_current().map(text::amps);
    match (drawn, limit(now)) {
        (Some(drawn), Some(limit)) => {
            format!("{} / {limit}", drawn.trim_end_matches(" A"))
        }
        (None, Some(limit)) => format!("{} / {limit}", text::ABSENT),
        (drawn, None) => text::or_absent(drawn),
    }
}

/// The current that counts at this moment.
pub(super) fn limit(now: &Snapshot) -> Option<Milliamps> {
    now.telemetry
        .limit
        .effective
        .or(now.telemetry.limit.reported)
}

/// The most that it can be told.
pub(super) fn most(now: &Snapshot) -> Option<Milliamps> {
    let told = now.capabilities.current.map(|range| range.max);
    told.or(now.device.max_current)
}

const MARKER: u16 = 2;
const POWER: u16 = 9;
const CURRENT: u16 = 13;
const ENERGY: u16 = 10;
const LENGTH: u16 = 12;
/// From here on there are more columns.
const WIDE: u16 = 120;
