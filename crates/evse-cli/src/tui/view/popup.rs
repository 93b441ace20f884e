//! Help and questions, over the rest.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use super::look::{Look, QUIET, TITLE};
use crate::output::wrapped;
use crate::tui::app::{App, Mode};

pub(super) fn draw(app: &App, look: Look, frame: &mut Frame<'_>, area: Rect) {
    match &app.mode {
        Mode::Look | Mode::Filter => {}
        Mode::Help => show("keys", help(), look.accent(), frame, area),
        Mode::Amps {
            name,
            text,
            complaint,
        } => {
            let lines = vec![
                Line::raw(format!("current, A: {text}▏")),
                Line::styled(complaint.clone(), look.bad()),
                Line::styled("enter sets it, esc leaves it", QUIET),
            ];
            show(name, lines, look.accent(), frame, area);
        }
        Mode::Ask { name, switch } => {
            let question = switch.question(name);
            let lines = wrapped(&question, QUESTION, 0);
            let mut lines: Vec<Line<'_>> = lines.into_iter().map(Line::raw).collect();
            lines.push(Line::default());
            lines.push(Line::styled("y yes   any other key no", TITLE));
            show(name, lines, look.waiting(), frame, area);
        }
    }
}

fn show(title: &str, lines: Vec<Line<'_>>, border: Style, frame: &mut Frame<'_>, area: Rect) {
    let width = lines.iter().map(Line::width).max().unwrap_or_default();
    let width = u16::try_from(width.max(title.len())).unwrap_or(u16::MAX);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let area = area.centered(
        Constraint::Length(width.saturating_add(6)),
        Constraint::Length(height.saturating_add(2)),
    );
    let block = Block::bordered()
        .border_style(border)
        .title(format!(" {title} "))
        .padding(Padding::horizontal(2));
    frame.render_widget(Clear, area);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn help() -> Vec<Line<'static>> {
    let line = |(key, text): &(&'static str, &'static str)| {
        Line::from(vec![
            Span::styled(format!("{key:<13}"), TITLE),
            Span::raw(*text),
        ])
    };
    KEYS.iter().map(line).collect()
}

const KEYS: [(&str, &str); 19] = [
    ("↑ ↓", "select a charger"),
    ("g", "start to charge; held back for 60 s after a stop"),
    ("x", "stop"),
    ("a", "set the current that it may draw"),
    ("enter", "details on the whole screen, and back"),
    ("/", "show chargers with this in name, address or device"),
    ("s", "sort by name, state, power, energy"),
    ("page up/down", "older and newer events"),
    ("ctrl-l", "draw everything anew"),
    ("q", "quit, when what was begun is done; ctrl-c at once"),
    ("", ""),
    ("", "on Tesla units"),
    ("1 2 3 4 5", "6, 10, 20, 32, 0 A to start sessions with"),
    ("6 7 8 9 0", "6, 10, 20, 32, 0 A for the session that runs"),
    ("+ −", "2 A more, 2 A less for about 10 s"),
    ("d", "open the contactors, after a question"),
    ("c", "close the contactors, after a question"),
    ("", ""),
    ("", "any key closes this"),
];

/// How wide a question is at most.
const QUESTION: usize = 60;
