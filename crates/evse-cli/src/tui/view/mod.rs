//! Draws what there is to see.

mod chart;
mod circuits;
mod detail;
mod log;
mod look;
mod popup;
mod table;
mod text;

use evse::units::Watts;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Paragraph, Wrap};

pub(super) use look::Look;
use look::{QUIET, TITLE};

use super::app::{App, Mode, Sort};

/// Draws all of it.
pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>) {
    let area = frame.area();
    if !fits(area.as_size()) {
        let text = format!(
            "This terminal has {} columns and {} rows; {COLUMNS} and {ROWS} are needed. q quits.",
            area.width, area.height
        );
        let text = Paragraph::new(text).wrap(Wrap { trim: true });
        return frame.render_widget(text, area);
    }
    let [title_row, body, keys_row] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    title(app, frame, title_row);
    let [chargers, circuits, details, events] = panes(app, body);
    if !app.is_zoomed {
        table::draw(app, look, frame, chargers);
        circuits::draw(app, look, frame, circuits);
        log::draw(app, look, frame, events);
    }
    selected(app, look, frame, details);
    keys(app, frame, keys_row);
    popup::draw(app, look, frame, area);
}

/// Whether all of it can be seen.
pub(super) const fn fits(size: Size) -> bool {
    size.width >= COLUMNS && size.height >= ROWS
}

/// For the chargers, circuits if there are any, the details of one charger, and events.
fn panes(app: &App, body: Rect) -> [Rect; 4] {
    if app.is_zoomed {
        return [Rect::ZERO, Rect::ZERO, body, Rect::ZERO];
    }
    let rows = u16::try_from(app.chargers().len()).unwrap_or(u16::MAX);
    let least = body.height / 4;
    let circuits = match u16::try_from(app.circuits.len()).unwrap_or(u16::MAX) {
        0 => 0,
        rows => 1 + rows.min(body.height / 8),
    };
    Layout::vertical([
        Constraint::Length(1 + rows.clamp(2, least)),
        Constraint::Length(circuits),
        Constraint::Max(18),
        Constraint::Min(5),
    ])
    .areas(body)
}

fn title(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let chargers = app.chargers();
    let charging = chargers.iter().filter(|charger| charger.now.is_charging());
    let power = chargers
        .iter()
        .filter_map(|charger| charger.now.telemetry.power);
    let power = power.fold(0, |sum: u32, Watts(watts)| sum.saturating_add(watts));
    let count = match chargers {
        [_] => " 1 charger".to_owned(),
        _ => format!(
            " {} chargers, {} charging",
            chargers.len(),
            charging.count()
        ),
    };
    let caret = if app.mode == Mode::Filter { "▏" } else { "" };
    let filter = match app.filter.as_str() {
        "" if caret.is_empty() => String::new(),
        filter => format!("   /{filter}{caret}"),
    };
    let sort = match app.sort {
        Sort::Configured => "",
        Sort::Name => "   by name",
        Sort::State => "   by state",
        Sort::Power => "   by power",
        Sort::Energy => "   by energy",
    };
    let line = Line::from(vec![
        Span::styled(" evse", TITLE),
        Span::raw(format!("{count}, {}", text::power(Watts(power)))),
        Span::raw(filter),
        Span::raw(sort),
    ]);
    frame.render_widget(line, area);
    let time = app.now.wall.strftime("%H:%M:%S ").to_string();
    let time = Line::from(Span::styled(time, QUIET)).right_aligned();
    frame.render_widget(time, area);
}

/// The charger that is selected.
fn selected(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let name = app.selected().map(|charger| charger.now.name.as_str());
    let block = rule(name.unwrap_or("no charger"));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let charts = Constraint::Length(area.width.saturating_sub(DETAILS).max(CHARTS));
    let [left, right] = Layout::horizontal([Constraint::Fill(1), charts])
        .spacing(1)
        .areas(inner);
    let left = Rect {
        x: left.x + 1,
        width: left.width - 1,
        ..left
    };
    detail::draw(app, look, frame, left);
    chart::draw(app, look, frame, right);
}

/// A line across, with a title.
fn rule(title: &str) -> Block<'static> {
    Block::new()
        .borders(Borders::TOP)
        .border_style(QUIET)
        .title(Line::from(vec![
            Span::raw("─"),
            Span::styled(format!(" {title} "), TITLE),
        ]))
}

fn keys(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let keys = match app.mode {
        Mode::Filter => " type a part of a name   enter keep   esc show all",
        _ if app.is_twc() => {
            " a amps   1–5 default   6–9 0 session   + −   d open   c close   ? help   q quit"
        }
        _ => " ↑↓ select   g start   x stop   a amps   / filter   s sort   ? help   q quit",
    };
    frame.render_widget(Line::styled(keys, QUIET), area);
}

/// What it needs at least.
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;
/// How wide charts are at least, and details where there is room.
const CHARTS: u16 = 34;
const DETAILS: u16 = 60;
