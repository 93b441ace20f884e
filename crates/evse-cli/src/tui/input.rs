//! What keys mean.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::app::Mode;
use crate::commands::twc::contactors::Switch;
use crate::commands::twc::keys;
use crate::commands::twc::order::Order;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The charger above.
    Up,
    /// The charger below.
    Down,
    /// Older events.
    Older,
    /// Newer events.
    Newer,
    Sort,
    /// Details on the whole screen, and back.
    Zoom,
    Help,
    Filter,
    Start,
    Stop,
    /// Ask for a current.
    Amps,
    /// Something that only Tesla units know.
    Unit(Order),
    /// Ask whether to switch contactors.
    Contactors(Switch),
    Redraw,
    Quit,
    /// End, as after Ctrl-C elsewhere.
    Interrupt,
    /// Add to the text.
    Type(char),
    /// Take the last character from the text.
    Erase,
    /// The text is complete, or yes.
    Enter,
    /// Never mind, or no.
    Cancel,
}

/// The meaning of a key.
pub(super) fn action(key: KeyEvent, mode: &Mode, is_twc: bool) -> Option<Action> {
    if keys::interrupts(key) {
        return Some(Action::Interrupt);
    }
    // Some terminals tell of keys that are let go too.
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let is_chord = key
        .modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match (mode, key.code) {
        (_, KeyCode::Char('l')) if key.modifiers == KeyModifiers::CONTROL => Some(Action::Redraw),
        _ if is_chord => None,
        (Mode::Ask { .. }, _) => keys::answer(key).map(|is_yes| {
            if is_yes {
                Action::Enter
            } else {
                Action::Cancel
            }
        }),
        (Mode::Help, _) | (_, KeyCode::Esc) => Some(Action::Cancel),
        (Mode::Look, code) => looking(code).or_else(|| of_unit(key).filter(|_| is_twc)),
        (Mode::Filter | Mode::Amps { .. }, code) => writing(code, mode),
    }
}

fn looking(code: KeyCode) -> Option<Action> {
    Some(match code {
        KeyCode::Up => Action::Up,
        KeyCode::Down => Action::Down,
        KeyCode::PageUp => Action::Older,
        KeyCode::PageDown => Action::Newer,
        KeyCode::Enter => Action::Zoom,
        KeyCode::Char('g') => Action::Start,
        KeyCode::Char('x') => Action::Stop,
        KeyCode::Char('a') => Action::Amps,
        KeyCode::Char('s') => Action::Sort,
        KeyCode::Char('/') => Action::Filter,
        KeyCode::Char('?') => Action::Help,
        KeyCode::Char('q') => Action::Quit,
        _ => return None,
    })
}

/// The keys of the Python utility.
fn of_unit(key: KeyEvent) -> Option<Action> {
    match keys::action(key)? {
        keys::Action::Order(order) => Some(Action::Unit(order)),
        keys::Action::Contactors(switch) => Some(Action::Contactors(switch)),
        _ => None,
    }
}

fn writing(code: KeyCode, mode: &Mode) -> Option<Action> {
    match code {
        KeyCode::Enter => Some(Action::Enter),
        KeyCode::Backspace => Some(Action::Erase),
        KeyCode::Up => Some(Action::Up).filter(|_| *mode == Mode::Filter),
        KeyCode::Down => Some(Action::Down).filter(|_| *mode == Mode::Filter),
        KeyCode::Char(char @ ('0'..='9' | '.')) => Some(Action::Type(char)),
        KeyCode::Char(char) if *mode == Mode::Filter => Some(Action::Type(char)),
        _ => None,
    }
}
