//! Text of `evse circuits`, for 80 columns.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use evse::circuit::{House, MemberStanding, Standing};

use super::{ABSENT, text, trimmed};

/// Circuits, a line for each phase, and their members.
pub(crate) fn standing(standing: &Standing) -> String {
    format!("{}\n\n{}", circuits(standing), members(standing))
}

fn circuits(standing: &Standing) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header([
        "CIRCUIT", "WITHIN", "PHASE", "LIMIT", "HOUSE", "DRAWN", "MAY DRAW", "FREE", "",
    ]);
    for circuit in &standing.circuits {
        for phase in &circuit.phases {
            let mut notes = Vec::new();
            match circuit.house {
                House::Measured => {}
                House::Reserve if phase.house.0 == 0 => {}
                house => notes.push(house.name()),
            }
            if phase.is_overloaded() {
                notes.push("overload");
            } else if phase.used > phase.available() {
                notes.push("over limit");
            }
            table.add_row([
                circuit.name.to_string(),
                text(circuit.within.as_ref()),
                phase.phase.to_string(),
                phase.limit.to_string(),
                phase.house.to_string(),
                phase.used.to_string(),
                phase.committed.to_string(),
                phase.spare.to_string(),
                notes.join(", "),
            ]);
        }
    }
    right(&mut table, 3..8);
    trimmed(&table)
}

/// Two lines for each: the second says why.
fn members(standing: &Standing) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header([
        "MEMBER", "CIRCUIT", "PHASES", "STATE", "WANTS", "GETS", "DRAWS", "MAY DRAW",
    ]);
    for member in &standing.members {
        let state = if member.is_bus {
            "bus".to_owned()
        } else {
            text(member.state.map(evse::State::text))
        };
        let phases = member.phases.as_ref().map(ToString::to_string);
        table.add_row([
            member.name.to_string(),
            member.circuit.to_string(),
            phases.unwrap_or_else(|| "unknown".to_owned()),
            state,
            member.wanted.to_string(),
            member
                .granted
                .map_or_else(|| ABSENT.to_owned(), |granted| granted.to_string()),
            member.delivered.to_string(),
            member.committed.to_string(),
        ]);
    }
    right(&mut table, 4..8);
    let table = trimmed(&table);
    let mut lines = table.lines();
    let mut text = lines.next().unwrap_or_default().to_owned();
    for (line, member) in lines.zip(&standing.members) {
        let _ = write!(text, "\n{line}\n  {}", why(member));
    }
    text
}

fn why(member: &MemberStanding) -> String {
    let mut why = member.why.clone();
    if let Some((circuit, phase)) = &member.bottleneck {
        let _ = write!(why, "; no more on {circuit} {phase}");
    }
    if let Some(order) = &member.order {
        let _ = write!(why, "; being told: {order}");
    }
    why
}

fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
