//! What is printed in the end.

use std::iter::once;

/// One command against one simulator.
pub(super) struct Row {
    /// Whose client meets whose charger.
    pub(super) direction: &'static str,
    pub(super) command: String,
    /// In the peer's words.
    pub(super) reported: String,
    /// In the simulator's.
    pub(super) saw: String,
    /// Notes of a success.
    pub(super) note: String,
    pub(super) failure: Option<String>,
}

impl Row {
    /// A case that did not come to its end.
    pub(super) fn failed(direction: &'static str, command: &str, error: &anyhow::Error) -> Self {
        Self {
            direction,
            command: command.to_owned(),
            reported: String::new(),
            saw: String::new(),
            note: String::new(),
            failure: Some(format!("{error:#}")),
        }
    }
}

pub(super) const THEIRS_OURS: &str = "their client, our charger";
pub(super) const OURS_THEIRS: &str = "our client, their charger";
/// None of the peer's: it has no charger.
pub(super) const OURS_PYTHON: &str = "our client, a charger in Python";

const HEAD: [&str; 6] = [
    "peer",
    "direction",
    "command",
    "peer reported",
    "simulator saw",
    "result",
];

/// Prints the rows in columns, each with its peer's name and version.
pub(super) fn print(rows: &[(String, Row)]) {
    let cells = rows.iter().map(|(peer, row)| {
        let result = match &row.failure {
            Some(failure) => {
                let words: Vec<&str> = failure.split_whitespace().collect();
                format!("FAILED: {}", words.join(" "))
            }
            None if row.note.is_empty() => "ok".to_owned(),
            None => format!("ok; {}", row.note),
        };
        [
            peer.clone(),
            row.direction.to_owned(),
            row.command.clone(),
            row.reported.clone(),
            row.saw.clone(),
            result,
        ]
    });
    let cells: Vec<[String; 6]> = once(HEAD.map(str::to_owned)).chain(cells).collect();
    let mut widths = [0; 6];
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for line in &cells {
        let padded = line.iter().zip(widths);
        let padded: Vec<String> = padded
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        println!("{}", padded.join("  ").trim_end());
    }
}
