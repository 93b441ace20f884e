//! `evse tui` on a real pseudo terminal, against simulated chargers of all kinds.

use std::time::{Duration, Instant};

use crate::common::em::{self, PIN, SERIAL};
use crate::common::generic::Home;
use crate::common::terminal::Terminal;
use crate::common::twc::at_once;
use crate::common::{Bench, twc};

fn garage(bench: &Bench) -> String {
    format!(
        "[chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\n",
        bench.port()
    )
}

fn carport(bench: &em::Bench) -> String {
    format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.carport]\naddress = \"em://{SERIAL}\"\npin = \"{PIN}\"\n",
        bench.port()
    )
}

fn tui(home: &Home, arguments: &str) -> Terminal {
    let mut command = home.command(arguments);
    Terminal::run(command.env("TERM", "xterm").env_remove("NO_COLOR"))
}

fn chargers_are_seen_and_stopped_and_the_terminal_is_left_clean() {
    let (duosida, em) = (Bench::charging(), em::Bench::plugged());
    let home = Home::new(&(carport(&em) + &garage(&duosida)));
    let mut terminal = tui(&home, "tui");
    for text in [
        "carport",
        "garage",
        "charging",
        "kW",
        "2 chargers",
        "x stop",
    ] {
        terminal.has(text);
    }
    terminal.press("/gar\r");
    terminal.has("▸ garage");
    terminal.has("charging (C)");
    terminal.press("x");
    terminal.has("garage       stop: done, confirmed by the charger");
    assert!(!duosida.is_charging());
    terminal.press("g");
    terminal.has("garage       start: ");
    terminal.press("a40\r");
    terminal.has("it takes 6 A to 32 A");
    terminal.press("\x7f\x7f10\r");
    terminal.has("current 10 A: done, confirmed by the charger");
    assert_eq!(
        duosida.setting("VendorMaxWorkCurrent").as_deref(),
        Some("10")
    );
    terminal.press("\x1b");
    terminal.has_no("/gar");
    terminal.resize(79, 24);
    terminal.has("80 and 24 are needed");
    // Nobody sees what it would do; with the help open `q` would not quit.
    terminal.press("?");
    terminal.resize(78, 24);
    terminal.has("78 columns");
    terminal.resize(130, 40);
    terminal.has("TODAY");
    terminal.press("q");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("\x1b[38;5;"), "colours: {printed:?}");
}

fn who_quits_learns_what_comes_of_a_stop() {
    let duosida = Bench::charging();
    let home = Home::new(&garage(&duosida));
    let mut terminal = tui(&home, "tui");
    terminal.has("charging (C)");
    terminal.press("xq");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
    let left = printed.rfind("\x1b[?1049l").expect("the old screen");
    let said = printed.rfind("garage: stop: done, confirmed by the charger");
    assert!(said.is_some_and(|said| said > left), "{printed}");
    assert!(!duosida.is_charging());
}

fn a_stop_waits_for_the_first_connection() {
    let duosida = Bench::charging();
    let home = Home::new(&garage(&duosida));
    let mut terminal = tui(&home, "tui");
    terminal.has("x stop");
    terminal.press("x");
    terminal.has("garage       stop: done, confirmed by the charger");
    assert!(!duosida.is_charging());
    terminal.press("q");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
}

fn a_signal_leaves_the_terminal_clean_and_colours_are_left_out_where_nobody_wants_them() {
    let em = em::Bench::plugged();
    let home = Home::new(&carport(&em));
    for (end, code) in [("-TERM", 0), ("\x03", 130)] {
        let mut command = home.command("tui");
        let mut terminal = Terminal::run(command.env("TERM", "xterm").env("NO_COLOR", "1"));
        terminal.has("carport      online");
        if end == "-TERM" {
            terminal.signal(end);
        } else {
            terminal.press(end);
        }
        let (ended, printed) = terminal.end();
        assert_eq!(ended, Some(code), "{printed}");
        assert!(!printed.contains("\x1b[38;5;"), "{printed:?}");
    }
}

fn keys_count_while_the_size_changes() {
    let duosida = Bench::charging();
    let home = Home::new(&garage(&duosida));
    let mut terminal = tui(&home, "tui");
    terminal.has("x stop");
    let help = "any key closes this";
    for step in 0..60 {
        terminal.resize(80 + step % 2, 24);
        // The key must come when the change has been noticed and not yet been looked at: some of these meet that.
        let began = Instant::now();
        while began.elapsed() < Duration::from_micros(5) * step.into() {}
        terminal.press("?");
        terminal.has(help);
        terminal.press("?");
        terminal.has_no(help);
    }
    terminal.press("q");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
}

fn contactors_are_switched_after_a_question() {
    let bus = twc::Bench::other_car();
    let port = bus.port();
    let home = Home::new(&format!(
        "[chargers.left]\naddress = \"twc://{port}#3495\"\n[buses.\"{port}\"]\nlimit = \"16 A\"\nwiring = \"16 A\"\n"
    ));
    let mut terminal = tui(&home, "tui left --for 60");
    terminal.has("charging (C)");
    terminal.press("7");
    terminal.has("unit 3495: session current 10 A: granted; accepted");
    terminal.press("d");
    terminal.has("open the contactors of left?");
    terminal.press("n");
    terminal.press("?");
    terminal.has("any key closes this");
    terminal.press("d");
    terminal.press("d");
    terminal.has("y yes");
    assert!(bus.truth(0).contactors_closed);
    terminal.press("y");
    terminal.has("open contactors: done, confirmed by the charger");
    assert!(!bus.truth(0).contactors_closed);
    terminal.press("x");
    terminal.has("left         stop: ");
    terminal.press("q");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
}

fn the_demo_is_on_the_screen_until_a_key_ends_it() {
    let mut terminal = tui(&Home::empty(), "demo");
    terminal.has("4 chargers, 2 charging");
    for name in ["▸ garage", "carport", "left", "right", "house  ", "40 A"] {
        terminal.has(name);
    }
    terminal.press("x");
    terminal.has("garage       stop: done, confirmed by the charger");
    terminal.has("  left            charging");
    terminal.has("  right           charging");
    terminal.press("q");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
}

#[test]
fn the_screen_shows_and_controls_chargers_of_all_kinds() {
    at_once(&[
        &chargers_are_seen_and_stopped_and_the_terminal_is_left_clean,
        &who_quits_learns_what_comes_of_a_stop,
        &a_stop_waits_for_the_first_connection,
        &a_signal_leaves_the_terminal_clean_and_colours_are_left_out_where_nobody_wants_them,
        &keys_count_while_the_size_changes,
        &contactors_are_switched_after_a_question,
        &the_demo_is_on_the_screen_until_a_key_ends_it,
    ]);
}

#[test]
fn without_a_terminal_it_says_what_to_use() {
    let error = Home::empty().refused("tui", 2, "usage");
    let hint = error["hint"].as_str().expect("a hint");
    assert!(hint.contains("evse watch"), "{hint}");
}
