//! The charger's one connection. After it ends many chargers take no other for 30 s, and refuse everything for minutes
//! when somebody knocks all the same. So a charger that is known to do this is left alone until it is free.

use std::time::{Duration, SystemTime};

use crate::state_store::ChargerState;

/// How long such a charger stays busy, with some reserve. Source: duosida-lan, hardware.
const BUSY: Duration = Duration::from_millis(30_500);

/// How much longer a charger is busy after our own last session with it; `None` when it is free or not known to stay
/// busy. A session end in the future (a clock set back) counts for nothing.
pub(super) fn wait(charger: &ChargerState, now: SystemTime) -> Option<Duration> {
    if !charger.slot_stays_busy {
        return None;
    }
    left(charger, now)
}

/// What a connection teaches: whether the charger was `refused` for a while after our own last session.
pub(super) fn learned(charger: &ChargerState, began: SystemTime, refused: bool) -> bool {
    match left(charger, began) {
        Some(_) => refused,
        None => charger.slot_stays_busy,
    }
}

fn left(charger: &ChargerState, now: SystemTime) -> Option<Duration> {
    let since = now.duration_since(charger.last_session_end()?).ok()?;
    BUSY.checked_sub(since).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(slot_stays_busy: bool) -> (ChargerState, SystemTime) {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let mut charger = ChargerState {
            slot_stays_busy,
            ..ChargerState::default()
        };
        charger.note_session_end(end);
        (charger, end)
    }

    #[test]
    fn busy_charger_is_waited_for_until_it_is_free() {
        let (charger, end) = ended(true);
        let after = |seconds| wait(&charger, end + Duration::from_secs(seconds));
        assert_eq!(after(10), Some(Duration::from_millis(20_500)));
        assert_eq!(after(31), None);
        assert_eq!(wait(&charger, end - Duration::from_secs(1)), None);
    }

    #[test]
    fn charger_that_is_free_at_once_is_not_waited_for() {
        let (charger, end) = ended(false);
        assert_eq!(wait(&charger, end + Duration::from_secs(1)), None);
        assert_eq!(wait(&ChargerState::default(), end), None);
    }

    #[test]
    fn only_a_connection_soon_after_our_own_session_teaches() {
        let (charger, end) = ended(false);
        assert!(learned(&charger, end + Duration::from_secs(5), true));
        assert!(
            !learned(&charger, end + Duration::from_mins(1), true),
            "that was somebody else"
        );
        let (charger, end) = ended(true);
        assert!(!learned(&charger, end + Duration::from_secs(5), false));
        assert!(learned(&charger, end + Duration::from_mins(1), false));
    }
}
