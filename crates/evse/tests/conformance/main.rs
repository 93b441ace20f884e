//! One list of scenarios, run for every protocol through the public API against its simulator on real sockets and ptys.
//!
//! All run at once, each on a bench of its own. The table of protocol and scenario goes to standard output past the
//! test harness. `CONFORMANCE=word cargo test -p evse --test conformance` runs the scenarios with that word in their
//! names.

mod bench;
mod families;
mod scenarios;

use std::io::Write as _;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use bench::Verdict;
use families::Family;
use scenarios::{SCENARIOS, Scenario};

/// Far above what any scenario takes.
const LIMIT: Duration = Duration::from_secs(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_scenario_holds_for_every_protocol() {
    let begin = Instant::now();
    let chosen = std::env::var("CONFORMANCE").unwrap_or_default();
    let chosen: Vec<_> = SCENARIOS
        .iter()
        .filter(|scenario| scenario.name.contains(&chosen))
        .collect();
    let mut running = JoinSet::new();
    for (row, scenario) in chosen.iter().copied().enumerate() {
        for (column, family) in Family::ALL.into_iter().enumerate() {
            running.spawn(async move { ((row, column), run(scenario, family).await) });
        }
    }
    let mut table = vec![[const { None }; Family::ALL.len()]; chosen.len()];
    while let Some(done) = running.join_next().await {
        let ((row, column), verdict) =
            done.unwrap_or_else(|error| resume_unwind(error.into_panic()));
        table[row][column] = Some(verdict);
    }
    let failures = print(&chosen, &table, begin.elapsed()).expect("written");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What came of a scenario, or why it failed.
async fn run(scenario: &'static Scenario, family: Family) -> Result<Verdict, String> {
    // A panic in a scenario shall not hide what the others say.
    let task = tokio::spawn(async move {
        let mut bench = family.bench().await;
        let verdict = (scenario.run)(&mut *bench).await;
        let violations = bench.violations();
        assert!(
            violations.is_empty(),
            "the charger complains: {violations:?}"
        );
        verdict
    });
    let abort = task.abort_handle();
    let ended = timeout(LIMIT, task).await.map_err(|_| {
        abort.abort();
        format!("not over after {LIMIT:?}")
    })?;
    ended.map_err(|error| {
        let panic = error.into_panic();
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
            .unwrap_or_default()
    })
}

/// Prints the table; what failed.
fn print(
    chosen: &[&Scenario],
    table: &[[Option<Result<Verdict, String>>; Family::ALL.len()]],
    took: Duration,
) -> std::io::Result<Vec<String>> {
    // Not captured, unlike what the macros print.
    let mut out = std::io::stdout().lock();
    write!(out, "\n{:<58}", "scenario")?;
    let mut failures = Vec::new();
    for family in Family::ALL {
        write!(out, "{:<10}", family.name())?;
    }
    for (scenario, row) in chosen.iter().zip(table) {
        write!(out, "\n{:<58}", scenario.title())?;
        for (family, verdict) in Family::ALL.into_iter().zip(row.iter().flatten()) {
            let word = match verdict {
                Ok(Verdict::Holds) => "holds",
                Ok(Verdict::SaysNo) => "says no",
                Err(error) => {
                    failures.push(format!("{}, {}: {error}", family.name(), scenario.title()));
                    "FAILS"
                }
            };
            write!(out, "{word:<10}")?;
        }
    }
    let seconds = took.as_secs_f64();
    writeln!(out, "\n{} scenarios in {seconds:.1} s", chosen.len())?;
    Ok(failures)
}
