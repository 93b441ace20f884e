//! The screen as lines of text. Pure: what there is to see comes in.

use std::time::Instant;

use evse::twc::proto::Address as Unit;
use evse::twc::proto::session::{Peripheral, State};

use crate::output::{table, wrapped};

/// What there is to see.
pub(super) struct View<'a> {
    pub(super) port: String,
    pub(super) is_closed: bool,
    pub(super) state: State,
    pub(super) limit_a: u16,
    /// What the units may draw right now, by what they were told.
    pub(super) committed_a: u32,
    pub(super) units: Vec<Peripheral>,
    pub(super) selected: Option<Unit>,
    /// Instead of the help.
    pub(super) question: Option<&'a str>,
    /// The oldest first.
    pub(super) messages: &'a [String],
    pub(super) now: Instant,
}

/// A row of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) look: Look,
}

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Title,
    Selected,
    Quiet,
}

impl View<'_> {
    /// As many lines as there are rows, none longer than there are columns.
    pub(super) fn lines(&self, columns: usize, rows: usize) -> Vec<Line> {
        let mut lines = vec![line(Look::Title, self.title()), empty()];
        self.table(&mut lines);
        lines.push(empty());
        let footer = self.footer(columns);
        let room = rows.saturating_sub(lines.len() + footer.len() + 1);
        let mut messages: Vec<Line> = self
            .messages
            .iter()
            .flat_map(|message| wrapped(message, columns, INDENT))
            .map(|text| line(Look::Plain, text))
            .collect();
        messages.drain(..messages.len().saturating_sub(room));
        lines.extend(messages);
        lines.resize(rows.saturating_sub(footer.len()), empty());
        lines.extend(footer);
        for line in &mut lines {
            line.text = line.text.chars().take(columns).collect();
        }
        lines.truncate(rows);
        lines
    }

    fn title(&self) -> String {
        let Self {
            port,
            state,
            limit_a,
            committed_a,
            ..
        } = self;
        match state {
            _ if self.is_closed => format!("{port}   closed, see below"),
            State::ListenOnly(_) => format!("{port}   {state}"),
            _ => format!("{port}   {state}   {committed_a} of {limit_a} A in use"),
        }
    }

    fn table(&self, lines: &mut Vec<Line>) {
        if self.units.is_empty() {
            lines.push(line(Look::Plain, "no unit heard yet".to_owned()));
            return;
        }
        lines.push(line(Look::Quiet, format!("  {}", table::twc::HEADINGS)));
        for unit in &self.units {
            let readings = table::twc::readings(unit);
            lines.push(if self.selected == Some(unit.address) {
                line(Look::Selected, format!("> {readings:<69}"))
            } else {
                line(Look::Plain, format!("  {readings}"))
            });
        }
        let mut units = self.units.iter();
        let selected = units.find(|unit| self.selected == Some(unit.address));
        if let Some(unit) = selected {
            lines.push(empty());
            let details = table::twc::details(unit, self.now);
            lines.extend(details.into_iter().map(|text| line(Look::Plain, text)));
        }
    }

    fn footer(&self, columns: usize) -> Vec<Line> {
        match self.question {
            Some(question) => wrapped(&format!("{question} y/n"), columns, INDENT)
                .into_iter()
                .map(|text| line(Look::Title, text))
                .collect(),
            None => HELP.map(|text| line(Look::Quiet, text.to_owned())).to_vec(),
        }
    }
}

fn line(look: Look, text: String) -> Line {
    Line { text, look }
}

fn empty() -> Line {
    line(Look::Plain, String::new())
}

const HELP: [&str; 2] = [
    "up down unit   1-5 default, 6-9 0 session current: 6 10 20 32 0 A   + - 2 A",
    "d open, c close contactors   q quit",
];
/// As wide as the time of a message.
const INDENT: usize = 9;
