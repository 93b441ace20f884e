//! The pictures in the manual's chapter on circuits are what a planner does.

use std::fmt::Write as _;
use std::time::Duration;

use evse::State;
use evse::circuit::Standing;
use evse::units::Milliamps;

use super::bench::{Bench, Fake, amps, config};

const CHAPTER: &str = include_str!("../../../src/manual/circuits.md");

/// A line for each second that differs from the one before: a letter for each amp that a charger may draw, small where
/// it does not draw it, `#` for the house, `.` for what is free.
struct Picture {
    began: Duration,
    text: String,
    last: String,
}

impl Picture {
    fn of(bench: &Bench) -> Self {
        Self {
            began: bench.now,
            text: String::new(),
            last: String::new(),
        }
    }

    fn draw(&mut self, bench: &mut Bench, seconds: u64) {
        for _ in 0..seconds {
            let bar = bar(&bench.standing());
            if bar != self.last {
                let at = bench.now.saturating_sub(self.began).as_secs();
                writeln!(self.text, "{at:>4} s |{bar}|").expect("text");
                self.last = bar;
            }
            bench.run(1);
        }
    }
}

fn bar(standing: &Standing) -> String {
    let on = standing.circuits[0].phases[0];
    let mut bar = "#".repeat(amps_of(on.house));
    for (member, letter) in standing.members.iter().zip('A'..) {
        for amp in 0..amps_of(member.committed) {
            let is_drawn = amp < amps_of(member.delivered);
            bar.push(if is_drawn {
                letter
            } else {
                letter.to_ascii_lowercase()
            });
        }
    }
    format!("{bar:.<width$}", width = amps_of(on.limit))
}

fn amps_of(current: Milliamps) -> usize {
    usize::try_from(current.whole_amps()).expect("few")
}

fn assert_shown(picture: &str) {
    assert!(
        CHAPTER.contains(picture),
        "the chapter should show\n{picture}"
    );
}

#[test]
fn a_second_vehicle_comes() {
    let config = config("limit = 20", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    bench.chargers[1].state = State::Charging;
    let mut picture = Picture::of(&bench);
    picture.draw(&mut bench, 200);
    assert_shown(&picture.text);
}

#[test]
fn a_charger_falls_silent() {
    let config = config("limit = 20", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::plugged(6)]);
    let mut picture = Picture::of(&bench);
    bench.chargers[1].is_silent = true;
    bench.planner.set_limit(0, [amps(17); 3]);
    picture.draw(&mut bench, 120);
    bench.chargers[1].is_silent = false;
    picture.draw(&mut bench, 200);
    assert_shown(&picture.text);
}

#[test]
fn the_house_needs_more() {
    let config = config("limit = 25\nreserve = 10", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::plugged(6)]);
    let mut picture = Picture::of(&bench);
    for (load, seconds) in [(3, 120), (12, 120), (3, 120)] {
        for _ in 0..seconds {
            bench.planner.measured(0, bench.now, [amps(load); 3]);
            picture.draw(&mut bench, 1);
        }
    }
    assert_shown(&picture.text);
}
