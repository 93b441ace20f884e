//! What is drawn, compared with files. `EVSE_ACCEPT=1` writes them anew.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use evse::model::Session;
use evse::units::{Milliamps, Millivolts, Watts};
use evse::{Protocol, Snapshot};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use super::{Mock, at, seen, start};
use crate::commands::twc::contactors::Switch;
use crate::tui::app::{App, Circuit, Load, Share};
use crate::tui::input::Action;
use crate::tui::view::{self, Look};

fn drawn(app: &App, look: Look, columns: u16, rows: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("infallible");
    let frame = terminal.draw(|frame| view::draw(app, look, frame));
    frame.expect("infallible").buffer.clone()
}

fn text(buffer: &Buffer) -> String {
    let columns = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(columns);
    let rows = rows.map(|row| {
        let row: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        row.trim_end().to_owned() + "\n"
    });
    rows.collect()
}

/// Compares a screen of both sizes with its files.
#[track_caller]
fn check(name: &str, app: &App) {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let drawn = text(&drawn(app, Look::new(true), columns, rows));
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("src/tui/tests/golden")
            .join(format!("{name}-{columns}x{rows}.txt"));
        if std::env::var_os("EVSE_ACCEPT").is_some() {
            fs::write(&file, &drawn).expect("written");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(drawn, expected, "{}:\n{drawn}", file.display());
    }
}

/// Three chargers of five minutes, of which the second charges more and more.
fn house() -> App {
    let garage = || Mock::idle().named("garage");
    let mut app = seen(&[garage()]);
    for second in 0..=300 {
        app.tick(at(second), vec![garage(), carport(second), old()]);
    }
    app.say("garage", "online", false);
    app.say("old", "connection refused; check address and power, and whether another program has its one connection", true);
    app
}

fn carport(second: u64) -> Snapshot {
    let step = u32::try_from(second / 60).unwrap_or_default();
    let mut mock = Mock::charging(Milliamps(6_000 + 2_000 * step));
    if (100..130).contains(&second) {
        mock = Mock::offline();
    }
    mock.telemetry.voltage[1] = Some(Millivolts(229_800));
    mock.named("em://9181102751219513")
}

fn old() -> Snapshot {
    Mock::offline().named("old")
}

#[test]
fn a_start_that_is_still_to_come_by_the_chargers_clock_is_not_shown() {
    let screen = |began: SystemTime, length: u64| {
        let mut session = Session::default();
        session.started_at = Some(began);
        session.length = Some(Duration::from_secs(length));
        let mut mock = Mock::charging(Milliamps(6_000));
        mock.telemetry.session = Some(session);
        let app = seen(&[mock.named("garage")]);
        text(&drawn(&app, Look::new(true), 80, 24))
    };
    let hour = Duration::from_hours(1);
    let ahead = screen(start() + hour, 0);
    assert!(
        !ahead.contains("since ") && !ahead.contains(", 0 s"),
        "{ahead}"
    );
    let right = screen(start() - hour, 3_600);
    assert!(right.contains("2.41 kWh, 1 h 00 min, since "), "{right}");
}

#[test]
fn idle() {
    check("idle", &house());
}

#[test]
fn charging() {
    let mut app = house();
    app.act(Action::Down);
    app.act(Action::Sort);
    check("charging", &app);
}

#[test]
fn circuits() {
    let mut app = house();
    let load = |phase: &str, amps| Load {
        phase: phase.to_owned(),
        limit: Milliamps::from_amps(20),
        used: Milliamps::from_amps(amps),
        is_overloaded: amps > 20,
    };
    app.circuits = ["house", "garden"]
        .map(|name| Circuit {
            name: name.to_owned(),
            phases: vec![load("L1", 16), load("L2", 21), load("L3", 0)],
        })
        .to_vec();
    app.shares = vec![Share {
        name: "garage".to_owned(),
        text: "10 A of house: its share".to_owned(),
    }];
    check("circuits", &app);
}

#[test]
fn fault() {
    let mut app = seen(&[Mock::faulty().named("garage")]);
    app.say("garage", "the voltage is too high", true);
    check("fault", &app);
}

#[test]
fn help() {
    let mut app = house();
    app.act(Action::Help);
    check("help", &app);
}

#[test]
fn question() {
    let unit = Mock::charging(Milliamps(16_000)).of(Protocol::Twc);
    let mut app = seen(&[unit.named("left")]);
    app.act(Action::Contactors(Switch::Open));
    check("question", &app);
}

#[test]
fn amps() {
    let mut app = house();
    app.act(Action::Amps);
    for char in "99".chars() {
        app.act(Action::Type(char));
    }
    app.act(Action::Enter);
    check("amps", &app);
}

#[test]
fn zoomed() {
    let mut app = house();
    app.act(Action::Down);
    app.act(Action::Down);
    app.act(Action::Zoom);
    check("zoomed", &app);
}

#[test]
fn a_long_list_shows_the_one_that_is_selected() {
    let names: Vec<String> = (0..30).map(|number| format!("box {number:02}")).collect();
    let snapshots = names.iter().map(|name| Mock::idle().named(name));
    let mut app = seen(&snapshots.collect::<Vec<_>>());
    for _ in 0..20 {
        app.act(Action::Down);
    }
    let drawn = text(&drawn(&app, Look::new(true), 80, 24));
    assert!(drawn.contains("▸ box 20"), "{drawn}");
    assert!(!drawn.contains("box 00"), "{drawn}");
}

#[test]
fn a_terminal_that_is_too_small_says_so() {
    for (columns, rows) in [(79, 24), (80, 23), (40, 5), (1, 1)] {
        let drawn = text(&drawn(&house(), Look::new(true), columns, rows));
        assert!(!drawn.contains("NAME"), "{drawn}");
        if columns > 1 {
            assert!(drawn.starts_with("This terminal has"), "{drawn}");
        }
    }
}

#[test]
fn every_size_and_every_mode_can_be_drawn() {
    for action in [
        None,
        Some(Action::Help),
        Some(Action::Amps),
        Some(Action::Filter),
        Some(Action::Zoom),
        Some(Action::Contactors(Switch::Open)),
    ] {
        let mut app = house();
        action.and_then(|action| app.act(action));
        for columns in (80..300).step_by(41) {
            for rows in [24, 25, 31, 50, 90] {
                drawn(&app, Look::new(true), columns, rows);
            }
        }
    }
    drawn(&seen(&[]), Look::new(true), 80, 24);
}

#[test]
fn what_no_charger_draws_can_be_drawn() {
    let mut mock = Mock::charging(Milliamps(16_000));
    mock.telemetry.current[0] = Some(Milliamps(u32::MAX));
    mock.telemetry.power = Some(Watts(u32::MAX));
    let both = [mock.clone().named("one"), mock.named("other")];
    let drawn = text(&drawn(&seen(&both), Look::new(true), 80, 24));
    assert!(drawn.contains("2 charging, 4294967.29 kW"), "{drawn}");
}

#[test]
fn colours_are_the_terminals_own_and_never_needed() {
    let mut app = house();
    app.act(Action::Down);
    let coloured = drawn(&app, Look::new(true), 80, 24);
    let plain = drawn(&app, Look::new(false), 80, 24);
    assert_eq!(text(&coloured), text(&plain));
    let suits_any = [
        Color::Reset,
        Color::Green,
        Color::Cyan,
        Color::Red,
        Color::Magenta,
    ];
    for (coloured, plain) in coloured.content.iter().zip(&plain.content) {
        assert!(suits_any.contains(&coloured.fg), "{coloured:?}");
        assert_eq!((coloured.bg, plain.bg), (Color::Reset, Color::Reset));
        assert_eq!(plain.fg, Color::Reset);
    }
    assert!(coloured.content.iter().any(|cell| cell.fg == Color::Green));
    for title in [(1, 0), (2, 5)] {
        assert_eq!(plain[title].modifier, Modifier::BOLD, "{title:?}");
    }
}
