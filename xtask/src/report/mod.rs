//! Figures of each crate, to compare with the goals of the house.
//!
//! Everything is counted outside tests and generated code.

mod bench;
mod processes;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::sources::{self, SourceFile, lines_with};
use crate::tidy::percentile;
use crate::workspace::{self, Member};

/// Options of `cargo xtask report`.
#[derive(Args)]
pub(crate) struct Report {
    /// Run the benchmarks instead, and print the tables that stand in the crates' READMEs.
    #[arg(long)]
    bench: bool,
    /// Run the command against simulated chargers instead, and print what whole processes cost.
    #[arg(long, conflicts_with = "bench")]
    processes: bool,
    /// The command to measure. Default: one that is built as for a release.
    #[arg(long, value_name = "FILE", requires = "processes")]
    evse: Option<PathBuf>,
}

pub(crate) fn run(options: &Report) -> Result<()> {
    if options.bench {
        return bench::run();
    }
    if options.processes {
        return processes::run(options.evse.as_deref());
    }
    let files = workspace::files()?;
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    for member in workspace::members()? {
        let mut sources = sources::read(&member, &files)?;
        sources.retain(SourceFile::is_shipped);
        rows.push(row(&member, &sources));
    }
    print!("{}", table(&rows));
    println!("\nGoals: {GOALS}.");
    Ok(())
}

const HEADINGS: [&str; 11] = [
    "crate",
    "files",
    "lines",
    "median",
    "p90",
    "max",
    "longest file",
    "longest function",
    "unsafe",
    "panicking/1000",
    "clock reads",
];

const GOALS: &str = "median at most 200 lines, p90 400, max 700; functions 60 lines of code; \
    no unsafe; 2 panicking calls per 1000 lines; no clock reads in a crate without I/O";

const PANICKING: [&str; 4] = [".unwrap()", ".expect(", "panic!", "unreachable!"];
const CLOCKS: [&str; 3] = ["Instant::now", "SystemTime::now", ".elapsed()"];

fn row(member: &Member, sources: &[SourceFile]) -> [String; 11] {
    let mut lengths: Vec<usize> = sources.iter().map(|source| source.code.lines).collect();
    lengths.sort_unstable();
    let lines: usize = lengths.iter().sum();
    let longest_file = sources.iter().max_by_key(|source| source.code.lines);
    let functions = sources.iter().flat_map(|source| source.code.functions());
    let longest_function = functions.max_by_key(|function| function.lines);
    let count = |needles: &[&str]| -> usize {
        let counts = sources.iter().flat_map(|source| {
            needles
                .iter()
                .map(|needle| lines_with(&source.code.shipped, needle).len())
        });
        counts.sum()
    };
    let clocks = count(&CLOCKS).to_string();
    [
        member.name.clone(),
        sources.len().to_string(),
        lines.to_string(),
        percentile(&lengths, 50).to_string(),
        percentile(&lengths, 90).to_string(),
        percentile(&lengths, 100).to_string(),
        longest_file.map_or_else(String::new, |source| source.inside.clone()),
        longest_function.map_or_else(String::new, |f| format!("{} {}", f.lines, f.name)),
        count(&["unsafe "]).to_string(),
        per_thousand(count(&PANICKING), lines),
        if member.is_pure() {
            clocks
        } else {
            "-".to_owned()
        },
    ]
}

/// With one decimal.
fn per_thousand(count: usize, lines: usize) -> String {
    let tenths = (count * 10_000).checked_div(lines).unwrap_or_default();
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Columns of text to the left, of numbers to the right.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(String::len)
            .max()
    };
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column).unwrap_or_default();
            let text = matches!(
                HEADINGS.get(column),
                Some(&("crate" | "longest file" | "longest function"))
            );
            let padding = " ".repeat(width.saturating_sub(cell.len()));
            let cell = cell.as_str();
            let parts = if text {
                [cell, &padding]
            } else {
                [&padding, cell]
            };
            line.extend(parts.into_iter().chain(["  "]));
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{per_thousand, row, table};
    use crate::sources::SourceFile;
    use crate::workspace::Member;

    #[test]
    fn a_row_counts_shipped_code_only() {
        let text = "fn f() {\n    a.unwrap();\n}\n#[cfg(test)]\nmod tests {\n    fn g() { b.unwrap(); }\n}\n";
        let member = Member {
            name: "emproto".to_owned(),
            ..Member::default()
        };
        let row = row(&member, &[SourceFile::sample("src/lib.rs", text)]);
        let expected = [
            "emproto",
            "1",
            "3",
            "3",
            "3",
            "3",
            "src/lib.rs",
            "1 f",
            "0",
            "333.3",
            "0",
        ];
        assert_eq!(row, expected);
    }

    #[test]
    fn a_rate_has_one_decimal() {
        assert_eq!(per_thousand(1, 800), "1.2");
        assert_eq!(per_thousand(0, 0), "0.0");
    }

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let rows = [["crate", "files"], ["a", "1"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), "crate  files\na          1\n");
    }
}
