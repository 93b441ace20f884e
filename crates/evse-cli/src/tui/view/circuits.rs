//! Circuits with their limit and use, one a row.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::look::{Look, QUIET};
use super::{rule, text};
use crate::tui::app::{App, Circuit, Load};

pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let block = rule("circuits");
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    let rows = app.circuits.iter();
    let rows: Vec<Line<'_>> = rows.map(|circuit| row(circuit, columns, look)).collect();
    frame.render_widget(Paragraph::new(rows), inner);
}

fn row(circuit: &Circuit, columns: usize, look: Look) -> Line<'static> {
    let name = text::name(&circuit.name, NAME);
    let mut spans = vec![Span::raw(format!(" {name:<NAME$}"))];
    let phases = circuit.phases.len().max(1);
    let room = columns.saturating_sub(NAME + 1) / phases;
    for load in &circuit.phases {
        spans.extend(phase(load, room.saturating_sub(FIGURES), look));
    }
    Line::from(spans)
}

fn phase(load: &Load, columns: usize, look: Look) -> [Span<'static>; 4] {
    let (heavy, light) = text::bar(load.used, load.limit, columns);
    let style = if load.is_overloaded {
        look.bad()
    } else {
        look.good()
    };
    let used = text::amps(load.used);
    let figures = format!("{} / {}", used.trim_end_matches(" A"), load.limit);
    [
        Span::styled(format!(" {} ", load.phase), QUIET),
        Span::styled(heavy, style),
        Span::styled(light, QUIET),
        Span::raw(format!(" {figures:>11}")),
    ]
}

const NAME: usize = 12;
/// Of a phase, beside its bar.
const FIGURES: usize = 16;
