//! Keys.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::commands::twc::contactors::Switch;
use crate::commands::twc::order::Order;
use crate::tui::app::Mode;
use crate::tui::input::{Action, action};

const CHARS: &str = "abcdefghijklmnopqrstuvwxyz0123456789+-/?. ";

fn press(mode: &Mode, code: KeyCode, is_twc: bool) -> Option<Action> {
    action(KeyEvent::new(code, KeyModifiers::NONE), mode, is_twc)
}

fn amps() -> Mode {
    Mode::Amps {
        name: "garage".to_owned(),
        text: String::new(),
        complaint: String::new(),
    }
}

fn question() -> Mode {
    Mode::Ask {
        name: "left".to_owned(),
        switch: Switch::Open,
    }
}

#[test]
fn keys_of_tesla_units_are_for_those_only() {
    let close = Switch::Close { force: false };
    for (char, expected) in [
        ('d', Action::Contactors(Switch::Open)),
        ('c', Action::Contactors(close)),
        ('1', Action::Unit(Order::DefaultCurrent(6))),
        ('0', Action::Unit(Order::SessionCurrent(0))),
        ('+', Action::Unit(Order::Increase)),
        ('-', Action::Unit(Order::Decrease)),
    ] {
        let code = KeyCode::Char(char);
        assert_eq!(press(&Mode::Look, code, true), Some(expected), "{char}");
        assert_eq!(press(&Mode::Look, code, false), None, "{char}");
    }
    for char in "gxas/?q".chars() {
        let code = KeyCode::Char(char);
        let common = press(&Mode::Look, code, false);
        assert!(common.is_some(), "{char}");
        assert_eq!(press(&Mode::Look, code, true), common, "{char}");
    }
}

#[test]
fn nothing_but_y_is_yes() {
    for char in CHARS.chars() {
        let expected = if char == 'y' {
            Action::Enter
        } else {
            Action::Cancel
        };
        let answer = press(&question(), KeyCode::Char(char), true);
        assert_eq!(answer, Some(expected), "{char}");
    }
    for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Up] {
        assert_eq!(press(&question(), code, true), Some(Action::Cancel));
    }
}

#[test]
fn letters_are_text_while_someone_writes() {
    for char in CHARS.chars() {
        let code = KeyCode::Char(char);
        let typed = Some(Action::Type(char));
        assert_eq!(press(&Mode::Filter, code, true), typed, "{char}");
        let is_number = char.is_ascii_digit() || char == '.';
        let expected = typed.filter(|_| is_number);
        assert_eq!(press(&amps(), code, true), expected, "{char}");
    }
    for mode in [Mode::Filter, amps()] {
        for (code, expected) in [
            (KeyCode::Enter, Action::Enter),
            (KeyCode::Esc, Action::Cancel),
            (KeyCode::Backspace, Action::Erase),
        ] {
            assert_eq!(press(&mode, code, false), Some(expected), "{mode:?}");
        }
    }
}

#[test]
fn ctrl_c_ends_whatever_is_asked() {
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    for mode in [Mode::Look, Mode::Help, Mode::Filter, amps(), question()] {
        assert_eq!(action(ctrl_c, &mode, true), Some(Action::Interrupt));
        let chord = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::CONTROL);
        assert_eq!(action(chord, &mode, true), None, "{mode:?}");
        let released = KeyEvent::new_with_kind(
            KeyCode::Char('x'),
            KeyModifiers::NONE,
            KeyEventKind::Release,
        );
        assert_eq!(action(released, &mode, true), None, "{mode:?}");
    }
    assert_eq!(
        press(&Mode::Help, KeyCode::Char('x'), false),
        Some(Action::Cancel),
        "no stop while the help hides what is selected"
    );
}
