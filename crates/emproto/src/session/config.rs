//! What the owner of a session decides.

use std::time::Duration;

use crate::message::Identifier;

/// Settings of the sessions of an [`Endpoint`](crate::Endpoint).
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether to log in whenever a charger with a known PIN is heard, or has a known address. Without it requests
    /// work all the same, and another client keeps its registration. Default: yes.
    pub auto_login: bool,
    /// Who starts and stops charges, unless a request says otherwise. Default `evse`.
    pub user_id: Identifier,
    /// A charger is offline after so long a silence. Default 35 s: three missed headings.
    pub offline_after: Duration,
    /// How often status and session are asked for, 5 to 30 s. Default `None`: only when nothing was pushed for
    /// 30 s.
    pub poll: Option<Duration>,
    /// How often the configuration is read while registered, at least every 5 s; `None` for never. Default 120 s.
    /// Source: emproto.
    pub refresh_configuration: Option<Duration>,
    /// Whether the charger's clock is set.
    pub clock: ClockPolicy,
    /// Whether records are acknowledged, once [`Endpoint::record_taken`](crate::Endpoint::record_taken) says that they
    /// are safe. The vendor app lists only records that it acknowledged itself. Default: no; then the charger repeats
    /// its oldest record every few seconds.
    pub acknowledge_records: bool,
    /// How many slots of the ring of records are believed to exist. Default 2,000; 300 are usual.
    pub max_history_slots: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            auto_login: true,
            user_id: Identifier(*b"evse\0\0\0\0\0\0\0\0\0\0\0\0"),
            offline_after: Duration::from_secs(35),
            poll: None,
            refresh_configuration: Some(Duration::from_mins(2)),
            clock: ClockPolicy::WhenWrong,
            acknowledge_records: false,
            max_history_slots: 2_000,
        }
    }
}

/// When the charger's clock is set, requests apart. It is read at every login, every hour and before reservations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockPolicy {
    /// When it is more than 60 s wrong, at most once an hour and before reservations; not any more once another
    /// client has set it to something else three times.
    #[default]
    WhenWrong,
    /// As [`ClockPolicy::WhenWrong`], and at every login.
    EveryLogin,
    /// Never.
    Never,
}
