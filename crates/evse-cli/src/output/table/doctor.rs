//! What `evse doctor` found, for people.

use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};

use crate::commands::doctor::{Finding, Severity};
use crate::output::{shown, wrapped};

/// Longer lines are hard to read.
const COLUMNS: usize = 100;

/// A line for what is well; what is wrong with its fix beneath; a summary.
pub(crate) fn findings(findings: &[Finding]) -> String {
    text(findings, columns())
}

fn text(findings: &[Finding], columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in findings {
        lines.extend(lines_of(finding, columns));
    }
    lines.push(String::new());
    lines.push(summary(findings));
    lines.join("\n")
}

fn lines_of(finding: &Finding, columns: usize) -> Vec<String> {
    let (sign, style) = sign(finding.severity);
    let text = shown(&format!("{}: {}", finding.about, finding.what));
    let mut lines = wrapped(&text, columns - INDENT, 0);
    if let Some(fix) = &finding.fix {
        lines.extend(wrapped(&format!("→ {fix}"), columns - INDENT, 2));
    }
    for (index, line) in lines.iter_mut().enumerate() {
        *line = match index {
            0 => format!("{style}{sign}{style:#} {line}"),
            _ => format!("{:INDENT$}{line}", ""),
        };
    }
    lines
}

const fn sign(severity: Severity) -> (char, Style) {
    match severity {
        Severity::Ok => ('✓', AnsiColor::Green.on_default()),
        Severity::Note => ('·', AnsiColor::Cyan.on_default()),
        Severity::Warning => ('!', AnsiColor::Yellow.on_default().bold()),
        Severity::Problem => ('✗', AnsiColor::Red.on_default().bold()),
    }
}

fn summary(findings: &[Finding]) -> String {
    let count = |severity, word: &str| {
        let findings = findings.iter();
        match findings
            .filter(|finding| finding.severity == severity)
            .count()
        {
            0 => None,
            1 => Some(format!("1 {word}")),
            several => Some(format!("{several} {word}s")),
        }
    };
    let counts = [
        count(Severity::Problem, "problem"),
        count(Severity::Warning, "warning"),
        count(Severity::Note, "note"),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        return "nothing is wrong".to_owned();
    }
    counts.join(", ")
}

/// Of the terminal; what goes elsewhere is not wrapped.
fn columns() -> usize {
    if !std::io::stdout().is_terminal() {
        return usize::MAX;
    }
    let (columns, _) = crossterm::terminal::size().unwrap_or((80, 24));
    usize::from(columns).clamp(2 * INDENT, COLUMNS)
}

/// What stands below a sign is as far to the right.
const INDENT: usize = 2;

#[cfg(test)]
mod tests {
    use super::{Finding, Severity, text};

    fn finding(severity: Severity, about: &str, what: &str, fix: Option<&str>) -> Finding {
        Finding {
            code: "a-name",
            severity,
            about: about.to_owned(),
            what: what.to_owned(),
            fix: fix.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_well_is_a_line_and_a_fix_stands_below_what_is_wrong() {
        let fine = finding(Severity::Ok, "evse.toml", "1 charger", None);
        let all_is_well = text(std::slice::from_ref(&fine), 40);
        let plain = |text: &str| anstream::adapter::strip_str(text).to_string();
        assert_eq!(
            plain(&all_is_well),
            "✓ evse.toml: 1 charger\n\nnothing is wrong"
        );
        let wrong = [
            fine,
            finding(Severity::Note, "box", "idle", Some("wait")),
            finding(Severity::Warning, "pin", "open", Some("`chmod 600 pin`")),
            finding(
                Severity::Problem,
                "/dev/ttyUSB0",
                "a program has it open, and there can be one",
                Some("end that program (`kill 7`), then try again"),
            ),
            finding(Severity::Problem, "box", "gone", Some("find it")),
        ];
        let expected = "\
✓ evse.toml: 1 charger
· box: idle
  → wait
! pin: open
  → `chmod 600 pin`
✗ /dev/ttyUSB0: a program has it open,
  and there can be one
  → end that program (`kill 7`), then
    try again
✗ box: gone
  → find it

2 problems, 1 warning, 1 note";
        assert_eq!(plain(&text(&wrong, 40)), expected);
        assert!(
            text(&wrong, 40).contains("\u{1b}[1m\u{1b}[31m✗"),
            "it stands out"
        );
    }
}
