//! What keys, readings and events do.

use std::time::Duration;

use evse::model::LastError;
use evse::units::{Milliamps, WattHours, Watts};
use evse::{
    Command, ErrorKind, Event, EventKind, Fault, Identity, MemberEvent, Protocol, StartOptions,
    State,
};

use super::{Mock, at, seen, start};
use crate::commands::twc::contactors::Switch;
use crate::commands::twc::order::Order;
use crate::tui::act::Task;
use crate::tui::app::{App, Mode, Sort, Step};
use crate::tui::input::Action;

fn names(app: &App) -> Vec<&str> {
    let visible = app.visible().into_iter();
    visible.map(|charger| charger.now.name.as_str()).collect()
}

fn selected(app: &App) -> Option<&str> {
    app.selected().map(|charger| charger.now.name.as_str())
}

fn write(app: &mut App, text: &str) {
    for char in text.chars() {
        assert_eq!(app.act(Action::Type(char)), None);
    }
}

/// The text of what was logged last.
fn last(app: &App) -> &str {
    &app.log.backwards().next().expect("an entry").text
}

#[test]
fn chargers_are_sorted_by_what_was_chosen() {
    let mut big = Mock::charging(Milliamps(16_000));
    big.telemetry.session_energy = Some(WattHours(100));
    let mut app = seen(&[
        Mock::offline().named("old"),
        Mock::charging(Milliamps(6_000)).named("Carport"),
        big.named("barn"),
        Mock::faulty().named("attic"),
    ]);
    for (sort, expected) in [
        (Sort::Configured, ["old", "Carport", "barn", "attic"]),
        (Sort::Name, ["attic", "barn", "Carport", "old"]),
        (Sort::State, ["attic", "Carport", "barn", "old"]),
        (Sort::Power, ["barn", "Carport", "attic", "old"]),
        (Sort::Energy, ["Carport", "barn", "old", "attic"]),
        (Sort::Configured, ["old", "Carport", "barn", "attic"]),
    ] {
        assert_eq!((app.sort, names(&app)), (sort, expected.to_vec()));
        assert_eq!(selected(&app), Some("old"), "the order does not matter");
        app.act(Action::Sort);
    }
}

#[test]
fn the_selection_moves_within_the_list() {
    let mut app = seen(&["a", "b", "c"].map(|name| Mock::idle().named(name)));
    for (action, expected) in [
        (Action::Up, "a"),
        (Action::Down, "b"),
        (Action::Down, "c"),
        (Action::Down, "c"),
        (Action::Up, "b"),
    ] {
        app.act(action);
        assert_eq!(selected(&app), Some(expected));
    }
    assert_eq!(selected(&seen(&[])), None);
    assert_eq!(seen(&[]).act(Action::Stop), None);
}

#[test]
fn a_filter_shows_what_is_called_so() {
    let mut app = seen(&[
        Mock::idle().named("garage"),
        Mock::charging(Milliamps(6_000)).named("carport"),
    ]);
    app.act(Action::Filter);
    write(&mut app, "CAR");
    assert_eq!(names(&app), ["carport"]);
    assert_eq!(selected(&app), Some("carport"), "keys are for what is seen");
    write(&mut app, "x");
    assert_eq!((names(&app), selected(&app)), (vec![], None));
    app.act(Action::Erase);
    app.act(Action::Enter);
    assert_eq!((names(&app), &app.mode), (vec!["carport"], &Mode::Look));
    app.act(Action::Cancel);
    assert_eq!(names(&app), ["garage", "carport"]);
    for (filter, count) in [("192.0.2", 2), ("acme", 2), ("box", 2), ("charging", 0)] {
        app.filter = filter.to_owned();
        assert_eq!(names(&app).len(), count, "{filter}");
    }
}

#[test]
fn keys_become_tasks_for_the_charger_that_is_selected() {
    let mut app = seen(&["a", "b"].map(|name| Mock::idle().named(name)));
    app.act(Action::Down);
    let order = Order::SessionCurrent(10);
    for (action, task, said) in [
        (
            Action::Start,
            Task::of(Command::Start(StartOptions::default())),
            "start …",
        ),
        (Action::Stop, Task::of(Command::Stop), "stop …"),
        (
            Action::Unit(order),
            Task::Unit(order),
            "session current 10 A …",
        ),
    ] {
        let name = "b".to_owned();
        assert_eq!(app.act(action), Some(Step::Do { name, task }));
        assert_eq!(last(&app), said);
    }
    for (action, step) in [
        (Action::Quit, Step::Quit),
        (Action::Interrupt, Step::Interrupt),
        (Action::Redraw, Step::Redraw),
    ] {
        assert_eq!(app.act(action), Some(step));
    }
}

#[test]
fn a_current_is_one_that_the_charger_takes() {
    let mut app = seen(&[Mock::idle().named("garage")]);
    for (text, expected) in [
        ("", Err("amps are meant, such as 10")),
        ("5.9", Err("it takes 6 A to 16 A")),
        ("17", Err("it takes 6 A to 16 A")),
        ("1.2.3", Err("amps are meant, such as 10")),
        ("10", Ok(Milliamps(10_000))),
        ("16.5", Ok(Milliamps(16_500))),
    ] {
        app.act(Action::Amps);
        write(&mut app, text);
        let step = app.act(Action::Enter);
        match expected {
            Ok(current) => {
                let (name, task) = ("garage".to_owned(), Task::set(current));
                assert_eq!(step, Some(Step::Do { name, task }), "{text}");
                assert_eq!(app.mode, Mode::Look);
            }
            Err(expected) => {
                assert_eq!(step, None, "{text}");
                let Mode::Amps { complaint, .. } = &app.mode else {
                    panic!("{text}: {:?}", app.mode);
                };
                assert_eq!(complaint, expected);
                app.act(Action::Cancel);
            }
        }
    }
}

#[test]
fn a_question_is_about_the_charger_it_was_asked_for() {
    let left = Mock::idle().of(Protocol::Twc).named("left");
    let right = Mock::idle().of(Protocol::Twc).named("right");
    let mut app = seen(&[left, right.clone()]);
    assert!(app.is_twc());
    let open = Action::Contactors(Switch::Open);
    assert_eq!(app.act(open), None, "nothing is done yet");
    // Meanwhile it is taken out of the configuration, say.
    app.tick(at(1), vec![right]);
    assert_eq!(selected(&app), Some("right"));
    let (name, task) = ("left".to_owned(), Task::of(Command::OpenContactors));
    assert_eq!(app.act(Action::Enter), Some(Step::Do { name, task }));
    app.act(Action::Contactors(Switch::Close { force: false }));
    assert_eq!(app.act(Action::Cancel), None);
    assert_eq!(app.mode, Mode::Look);
    assert_eq!(app.act(Action::Enter), None, "the question is gone");
}

#[test]
fn the_history_has_a_sample_a_second_and_an_end() {
    let charging = || vec![Mock::charging(Milliamps(10_000)).named("a")];
    let mut app = seen(&charging());
    for quarter in 1..4 * 2_000_u64 {
        let mut now = at(quarter / 4);
        now.uptime = Duration::from_millis(quarter * 250);
        app.tick(now, charging());
    }
    let history = &app.chargers()[0].history;
    assert_eq!(history.samples().count(), 601);
    assert_eq!(history.span(), Duration::from_mins(10));
    let first = history.samples().next().expect("some");
    assert_eq!(first.at, Duration::from_secs(1_999 - 600));
    assert_eq!(first.current, Some(Milliamps(10_000)));
    assert_eq!(first.power, Some(Watts(2_300)));
}

#[test]
fn a_chart_grows_with_what_there_is() {
    let idle = || vec![Mock::idle().named("a")];
    let mut app = seen(&idle());
    for (seconds, minutes) in [(60, 1), (61, 2), (121, 5), (301, 10), (900, 10)] {
        app.tick(at(seconds), idle());
        let span = app.chargers()[0].history.span();
        assert_eq!(span, Duration::from_mins(minutes), "{seconds}");
    }
}

#[test]
fn who_is_not_heard_draws_nobody_knows_what() {
    let mut stale = Mock::charging(Milliamps(10_000));
    stale.state = State::Offline;
    let app = seen(&[stale.named("a")]);
    let sample = *app.chargers()[0].history.samples().next().expect("one");
    assert_eq!((sample.power, sample.current), (None, None));
}

#[test]
fn what_happens_is_told_in_words_and_readings_are_not() {
    let mut app = seen(&[Mock::idle().named("a")]);
    let of = |kind| {
        let identity = Identity::new(Protocol::Duosida, "1");
        MemberEvent::Charger(Event::new(identity, kind))
    };
    let faults = |faults| of(EventKind::Faults(faults));
    let (from, to) = (State::Connected, State::Charging);
    let trouble = LastError {
        at: start(),
        kind: ErrorKind::Unreachable,
        text: "no route".to_owned(),
    };
    for (event, text, is_bad) in [
        (MemberEvent::Connected, "online", false),
        (MemberEvent::NotConnected(trouble), "no route", true),
        (
            MemberEvent::Missed { count: 7 },
            "7 events are not shown",
            true,
        ),
        (
            of(EventKind::State { from, to }),
            "connected → charging",
            false,
        ),
        (
            faults(vec![Fault::new(1, "hot", "too hot")]),
            "too hot",
            true,
        ),
        (faults(Vec::new()), "no fault any more", false),
    ] {
        app.happened("a", &event);
        let entry = app.log.backwards().next().expect("an entry");
        assert_eq!((entry.text.as_str(), entry.is_bad), (text, is_bad));
        assert_eq!(
            (entry.name.as_str(), entry.time.as_str()),
            ("a", "18:00:00")
        );
    }
    let before = app.log.backwards().count();
    app.happened("a", &of(EventKind::Telemetry));
    assert_eq!(app.log.backwards().count(), before);
}

#[test]
fn the_log_forgets_the_oldest_and_stays_where_someone_reads() {
    let mut app = seen(&[]);
    for number in 0..600 {
        app.say("a", &number.to_string(), false);
    }
    assert_eq!(app.log.backwards().count(), 500);
    assert_eq!(last(&app), "599");
    app.act(Action::Older);
    assert_eq!(last(&app), "596");
    app.say("a", "news", false);
    assert_eq!((last(&app), app.log.hidden()), ("596", 4));
    app.act(Action::Newer);
    app.act(Action::Newer);
    assert_eq!((last(&app), app.log.hidden()), ("news", 0));
}
