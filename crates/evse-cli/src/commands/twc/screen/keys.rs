//! What keys mean: those of the Python utility, and q.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::commands::twc::contactors::Switch;
use crate::commands::twc::order::Order;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The unit above.
    Up,
    /// The unit below.
    Down,
    /// Something for the unit that is selected.
    Order(Order),
    /// Its contactors: to be asked about.
    Contactors(Switch),
    /// End.
    Quit,
    /// End, as after Ctrl-C elsewhere.
    Interrupt,
}

/// The meaning of a key while nothing is asked.
pub(crate) fn action(key: KeyEvent) -> Option<Action> {
    let order = |order| Some(Action::Order(order));
    match pressed(key)? {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            Some(Action::Interrupt)
        }
        _ if key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
        {
            None
        }
        KeyCode::Up => Some(Action::Up),
        KeyCode::Down => Some(Action::Down),
        KeyCode::Char('d') => Some(Action::Contactors(Switch::Open)),
        KeyCode::Char('c') => Some(Action::Contactors(Switch::Close { force: false })),
        KeyCode::Char('+') => order(Order::Increase),
        KeyCode::Char('-') => order(Order::Decrease),
        KeyCode::Char('q') => Some(Action::Quit),
        KeyCode::Char(digit) => {
            let place = "1234567890".find(digit)?;
            let amps = *AMPS.get(place % AMPS.len())?;
            order(match place {
                0..5 => Order::DefaultCurrent(amps),
                _ => Order::SessionCurrent(amps),
            })
        }
        _ => None,
    }
}

/// What a key answers to a question: no, unless it is y.
pub(crate) fn answer(key: KeyEvent) -> Option<bool> {
    pressed(key).map(|code| matches!(code, KeyCode::Char('y' | 'Y')))
}

/// Whether it is Ctrl-C, whatever is asked.
pub(crate) fn interrupts(key: KeyEvent) -> bool {
    action(key) == Some(Action::Interrupt)
}

/// Some terminals tell of keys that are let go too.
fn pressed(key: KeyEvent) -> Option<KeyCode> {
    (key.kind != KeyEventKind::Release).then_some(key.code)
}

/// Of the keys 1 to 5, and of 6 to 0 again.
const AMPS: [u16; 5] = [6, 10, 20, 32, 0];

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    #[test]
    fn every_key_of_the_utility_means_what_it_meant() {
        let digits = [
            ('1', Order::DefaultCurrent(6)),
            ('2', Order::DefaultCurrent(10)),
            ('3', Order::DefaultCurrent(20)),
            ('4', Order::DefaultCurrent(32)),
            ('5', Order::DefaultCurrent(0)),
            ('6', Order::SessionCurrent(6)),
            ('7', Order::SessionCurrent(10)),
            ('8', Order::SessionCurrent(20)),
            ('9', Order::SessionCurrent(32)),
            ('0', Order::SessionCurrent(0)),
            ('+', Order::Increase),
            ('-', Order::Decrease),
        ];
        for (char, order) in digits {
            assert_eq!(
                action(key(KeyCode::Char(char))),
                Some(Action::Order(order)),
                "{char}"
            );
        }
        for (code, expected) in [
            (KeyCode::Up, Some(Action::Up)),
            (KeyCode::Down, Some(Action::Down)),
            (KeyCode::Char('d'), Some(Action::Contactors(Switch::Open))),
            (
                KeyCode::Char('c'),
                Some(Action::Contactors(Switch::Close { force: false })),
            ),
            (KeyCode::Char('q'), Some(Action::Quit)),
            (KeyCode::Char('x'), None),
            (KeyCode::Enter, None),
            (KeyCode::F(1), None),
        ] {
            assert_eq!(action(key(code)), expected, "{code:?}");
        }
    }

    #[test]
    fn ctrl_c_is_not_c_and_other_chords_are_nothing() {
        let chord = |char, modifiers| action(KeyEvent::new(KeyCode::Char(char), modifiers));
        assert_eq!(chord('c', KeyModifiers::CONTROL), Some(Action::Interrupt));
        assert!(interrupts(KeyEvent::new(
            KeyCode::Char('c'),
            KeyModifiers::CONTROL
        )));
        assert_eq!(chord('c', KeyModifiers::ALT), None);
        assert_eq!(chord('d', KeyModifiers::CONTROL), None);
        // On some keyboards.
        assert_eq!(
            chord('+', KeyModifiers::SHIFT),
            Some(Action::Order(Order::Increase))
        );
    }

    #[test]
    fn only_y_is_yes_and_letting_go_is_nothing() {
        assert_eq!(answer(key(KeyCode::Char('y'))), Some(true));
        assert_eq!(answer(key(KeyCode::Char('Y'))), Some(true));
        for code in [KeyCode::Char('n'), KeyCode::Enter, KeyCode::Esc] {
            assert_eq!(answer(key(code)), Some(false), "{code:?}");
        }
        let released = KeyEvent::new_with_kind(
            KeyCode::Char('y'),
            KeyModifiers::NONE,
            KeyEventKind::Release,
        );
        assert_eq!(answer(released), None);
        assert_eq!(action(released), None);
    }
}
