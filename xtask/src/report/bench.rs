//! The benchmarks' figures, as the tables that stand in the crates' READMEs.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace::root;

pub(super) fn run() -> Result<()> {
    for (package, bench, baseline) in BENCHES {
        let rows = rows(&measure(package, bench)?, baseline)
            .with_context(|| format!("cannot read the figures of {package}"))?;
        println!("{package}:\n\n{}", table(&rows, baseline));
    }
    Ok(())
}

/// What divan prints.
fn measure(package: &str, bench: &str) -> Result<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["bench", "--locked", "-p", package, "--bench", bench])
        .args(["--", "--color", "never", "--sort", "location"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo bench")?;
    if !output.status.success() {
        bail!("the benchmark {bench} of {package} failed");
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// One benchmark.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    median_ns: f64,
    /// The median over that of the baseline before it.
    ratio: f64,
}

/// The rows of divan's tree; each is compared with the last one before it whose name starts with `first`.
fn rows(tree: &str, first: &str) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut baseline = None;
    let mut group = "";
    for line in tree.lines() {
        let Some((name, median_ns)) = figure(line) else {
            group = heading(line).unwrap_or(group);
            continue;
        };
        let is_nested = !line.starts_with(['├', '╰']);
        let name = if is_nested {
            format!("{group} {name}")
        } else {
            name.to_owned()
        };
        if name.starts_with(first) {
            baseline = Some(median_ns);
        }
        let baseline = baseline.with_context(|| format!("no {first} stands before {name}"))?;
        rows.push(Row {
            name,
            median_ns,
            ratio: median_ns / baseline,
        });
    }
    if rows.is_empty() {
        bail!("there are none");
    }
    Ok(rows)
}

/// The name of a line `├─ name │ │ …`: of a benchmark that runs with several arguments.
fn heading(line: &str) -> Option<&str> {
    let line = line.strip_prefix(['├', '╰'])?.strip_prefix('─')?;
    line.split('│').next().map(str::trim)
}

/// Name and median of a line `├─ name  fastest │ slowest │ median │ mean │ samples │ iters`, with `│` or spaces before it
/// when the name is an argument's.
fn figure(line: &str) -> Option<(&str, f64)> {
    let line = line.trim_start_matches(['│', ' ', '\u{a0}']);
    let line = line.strip_prefix(['├', '╰'])?.strip_prefix('─')?;
    let mut cells = line.split('│');
    let (first, median) = (cells.next()?.trim(), cells.nth(1)?);
    // The first cell ends with the fastest time, a number and its unit.
    let (first, _unit) = first.rsplit_once(' ')?;
    let (name, _fastest) = first.rsplit_once(' ')?;
    Some((name.trim(), nanoseconds(median.trim())?))
}

fn nanoseconds(text: &str) -> Option<f64> {
    let (number, unit) = text.split_once(' ')?;
    let scale = match unit {
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

/// Aligned Markdown; columns of numbers to the right.
fn table(rows: &[Row], baseline: &str) -> String {
    let ratio = format!("{baseline} = 1");
    let mut cells = vec![["what".to_owned(), "median, ns".to_owned(), ratio]];
    cells.extend(rows.iter().map(|row| {
        let (median, ratio) = (format!("{:.0}", row.median_ns), format!("{:.2}", row.ratio));
        [row.name.clone(), median, ratio]
    }));
    let [name, median, ratio] = std::array::from_fn(|column| {
        let widths = cells.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default()
    });
    let rule = ["-".repeat(name), dashes(median), dashes(ratio)];
    cells.insert(1, rule);
    let lines = cells
        .iter()
        .map(|[a, b, c]| format!("| {a:<name$} | {b:>median$} | {c:>ratio$} |\n"));
    lines.collect()
}

/// The rule below a column of numbers.
fn dashes(width: usize) -> String {
    format!("{}:", "-".repeat(width.saturating_sub(1)))
}

/// Package, bench target, and how the names of the benchmarks begin that others are compared with.
const BENCHES: [(&str, &str, &str); 5] = [
    ("duosida-proto", "decode", "bare prost"),
    ("emproto", "decode", "bare sum"),
    ("twc-proto", "decode", "bare sum"),
    ("twc-proto", "controller", "controller step"),
    ("evse-sharing", "step", "round 3 members"),
];

#[cfg(test)]
mod tests {
    use super::{Row, figure, rows, table};

    const TREE: &str = "\
Timer precision: 20 ns
decode                  fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ bare prost: decode   429.6 ns      │ 26.77 µs      │ 400 ns        │ 724.1 ns      │ 100     │ 100
├─ a hundred of them    8.264 µs      │ 10.44 µs      │ 8.5 µs        │ 8.391 µs      │ 100     │ 100
╰─ encode                             │               │               │               │         │
   ╰─ a frame           100 ns        │ 300 ns        │ 200 ns        │ 210 ns        │ 100     │ 100
";

    #[test]
    fn every_benchmark_is_a_row() {
        let row = |name: &str, median_ns, ratio| Row {
            name: name.to_owned(),
            median_ns,
            ratio,
        };
        let expected = vec![
            row("bare prost: decode", 400.0, 1.0),
            row("a hundred of them", 8_500.0, 21.25),
            row("encode a frame", 200.0, 0.5),
        ];
        assert_eq!(rows(TREE, "bare prost").ok(), Some(expected));
    }

    #[test]
    fn headings_and_notes_are_no_figures() {
        for line in TREE.lines().take(2).chain(["├─ a group", ""]) {
            assert_eq!(figure(line), None, "{line}");
        }
    }

    #[test]
    fn figures_without_a_baseline_are_refused() {
        let orphan: String = TREE.lines().skip(3).collect();
        assert!(rows(&orphan, "bare prost").is_err());
        assert!(rows("", "bare prost").is_err());
    }

    #[test]
    fn the_table_is_aligned_markdown() {
        let row = Row {
            name: "message::decode".to_owned(),
            median_ns: 1_234.4,
            ratio: 1.0,
        };
        let expected = "\
| what            | median, ns | bare prost = 1 |
| --------------- | ---------: | -------------: |
| message::decode |       1234 |           1.00 |
";
        assert_eq!(table(&[row], "bare prost"), expected);
    }
}
