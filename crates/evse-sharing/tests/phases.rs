//! How phases are written.

use evse_sharing::{Phase, Phases, PhasesError};

#[test]
fn phases_are_shown_as_they_are_read() {
    for text in ["L1", "L3", "L2L3", "L2L3L1", "unknown"] {
        assert_eq!(
            text.parse::<Phases>().map(|phases| phases.to_string()),
            Ok(text.to_owned())
        );
    }
}

#[test]
fn what_is_no_wiring_is_refused() {
    for text in [
        "",
        "L",
        "L4",
        "L1L1",
        "L1L2L1",
        "L1L2L3L1",
        "L1 L2",
        "l1",
        "L1L",
        "unknownL1",
    ] {
        assert_eq!(text.parse::<Phases>(), Err(PhasesError), "{text}");
    }
}

#[test]
fn a_limit_counts_on_the_phases_of_the_wiring_and_unknown_on_all() {
    let on = |text: &str| {
        let phases = text.parse::<Phases>();
        Phase::ALL.map(|phase| phases.is_ok_and(|phases| phases.counts_on(phase)))
    };
    assert_eq!(on("L2"), [false, true, false]);
    assert_eq!(on("L3L1"), [true, false, true]);
    assert_eq!(on("unknown"), [true; 3]);
}
