//! When to open the port again. Pure: times come in.

use std::time::Duration;

/// Pauses before the first attempts; the last one repeats.
const PAUSES_S: [u64; 4] = [1, 2, 5, 10];

/// A port that stayed open for so long is well, and the pauses begin anew. Some gateways take a connection and close it
/// at once while another client is there; they are not asked every second.
const WELL: Duration = Duration::from_secs(10);

/// Counts failures.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: usize,
}

impl Backoff {
    /// The port closed after it was open for a time, or could not be opened: how long to wait.
    pub(crate) fn closed(&mut self, open_for: Duration) -> Duration {
        if open_for >= WELL {
            self.failures = 0;
        }
        let index = self.failures.min(PAUSES_S.len() - 1);
        self.failures = index + 1;
        Duration::from_secs(PAUSES_S[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_the_port_stays_open() {
        let mut backoff = Backoff::default();
        let mut after = |open_ms| backoff.closed(Duration::from_millis(open_ms)).as_secs();
        let pauses = [60_000, 0, 0, 0, 0, 9_999, 10_000, 0].map(&mut after);
        assert_eq!(pauses, [1, 2, 5, 10, 10, 10, 1, 2]);
    }
}
