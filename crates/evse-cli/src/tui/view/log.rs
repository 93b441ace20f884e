//! What has happened, the newest at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::look::{Look, QUIET};
use super::{rule, text};
use crate::output::{padded, width, wrapped};
use crate::tui::app::{App, Entry};

pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    let title = match app.log.hidden() {
        0 => "events".to_owned(),
        hidden => format!("events, {hidden} newer below"),
    };
    let block = rule(&title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let rows = usize::from(inner.height);
    let mut lines = Vec::new();
    for entry in app.log.backwards() {
        if lines.len() >= rows {
            break;
        }
        let entry = entry_lines(entry, inner.width.into(), look);
        lines.extend(entry.into_iter().rev());
    }
    lines.truncate(rows);
    lines.reverse();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn entry_lines(entry: &Entry, columns: usize, look: Look) -> Vec<Line<'static>> {
    let name = padded(&text::name(&entry.name, NAME), NAME);
    let head = format!(" {} {name} ", entry.time);
    let indent = width(&head);
    let style = if entry.is_bad {
        look.bad()
    } else {
        Style::new()
    };
    let parts = wrapped(&entry.text, columns.saturating_sub(indent), 0);
    let parts = parts.into_iter().enumerate().map(|(at, part)| {
        let head = if at == 0 {
            head.clone()
        } else {
            " ".repeat(indent)
        };
        Line::from(vec![Span::styled(head, QUIET), Span::styled(part, style)])
    });
    parts.collect()
}

const NAME: usize = 12;
