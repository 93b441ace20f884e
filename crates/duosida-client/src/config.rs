//! What a connection can be told: times, policy, session settings.

use std::time::Duration;

use duosida_proto::{frame::Framing, session};

use crate::Tap;

/// Longer times count as this one: a year, which is for ever here and still a point in time that can be computed.
pub(crate) const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How a [`Charger`](crate::Charger) connects, and what it does when the connection ends.
///
/// The defaults suit a real charger. Shorter times than these have locked real ones out; shorten them only against a
/// simulator.
///
/// ```
/// use std::time::Duration;
/// use duosida_client::{Options, Reconnect};
///
/// let once = Options { reconnect: Reconnect::Never, deadline: Some(Duration::from_secs(20)), ..Options::default() };
/// assert_eq!(once.connect_timeout, Duration::from_secs(10));
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Settings of the protocol's session: polling, the expected identifier, what worked before.
    pub session: session::Config,
    /// How messages lie in the stream. Default [`Framing::Raw`]; the wrapped form is known from one client's tables
    /// only.
    pub framing: Framing,
    /// How long one TCP connection attempt may take. Default 10 s: a Wi-Fi module with packet loss needs retries.
    pub connect_timeout: Duration,
    /// How long written bytes may stay untaken before the connection counts as lost. Default 10 s: shorter than the
    /// session's limit for silence, so that a stalled peer is named as such.
    pub write_timeout: Duration,
    /// Wait between attempts until the session is ready for the first time. Default 31 s: after a close the charger's
    /// one slot stays busy for about 30 s, and frequent attempts made real chargers refuse everything for minutes.
    pub busy_retry: Duration,
    /// Limit for everything until the session is ready for the first time, with all attempts. Default 60 s; `None`
    /// tries until [`shutdown`](crate::Charger::shutdown).
    pub deadline: Option<Duration>,
    /// What to do when a ready connection ends. Default [`Reconnect::Forever`].
    pub reconnect: Reconnect,
    /// Waits before the first, second, third attempt to reconnect; the last one repeats. Default 60, 120, 300 s, the
    /// delays that a real charger tolerates.
    pub reconnect_delays: [Duration; 3],
    /// Sees each connection and its bytes, for recorders. Default none. A transport that was
    /// [attached](crate::Charger::attach) is not watched: it has no addresses, and its owner can wrap it.
    pub tap: Option<Tap>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            session: session::Config::default(),
            framing: Framing::Raw,
            connect_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            busy_retry: Duration::from_secs(31),
            deadline: Some(Duration::from_mins(1)),
            reconnect: Reconnect::default(),
            reconnect_delays: [60, 120, 300].map(Duration::from_secs),
            tap: None,
        }
    }
}

/// What happens when a connection that was ready ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reconnect {
    /// The handle is closed. Right for a single command.
    Never,
    /// A new attempt after each of [`Options::reconnect_delays`], as long as a handle exists.
    #[default]
    Forever,
}
