//! What the owner of a controller decides.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Address;

/// Settings of a [`Controller`](super::Controller). The defaults let no more than 6 A flow: with its rotary switch at F
/// nothing in a unit protects the wiring, so give the limits of yours.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Config {
    /// The controller's own id. Default `None`: drawn from the seed.
    pub address: Option<Address>,
    /// The most that all units together may draw, A on each phase: what the common breaker carries for hours. Default 6.
    pub limit_a: u16,
    /// What to share when the budget that was set is too old, A. Default 6. Never more than `limit_a`.
    pub safe_limit_a: u16,
    /// What is known of units that `units` does not name.
    pub unit: UnitConfig,
    /// What is known of single units.
    pub units: BTreeMap<Address, UnitConfig>,
    /// Only listen. Default: no.
    pub listen_only: bool,
    /// Whether to speak again when a foreign controller has been silent for 15 to 21 s. Default: no. Source of the time:
    /// open-watt.
    pub auto_resume: bool,
    /// How long to wait for the beginning of an answer after the end of a request. Default 300 ms: real units answer
    /// within about 180 ms. Over a network use more, such as 600 ms. At most 2 s.
    pub reply_window: Duration,
    /// Speed of the line, bit/s, to know when a frame has left. Default [`BAUD`](crate::BAUD).
    pub baud: u32,
    /// Whether announces say how much there is to share. Real controllers say 0; some other makers' vehicles are said to
    /// need it. Default: no.
    pub announce_limit: bool,
    /// What to do with the units at an orderly end. Default: [`Farewell::Floor`].
    pub farewell: Farewell,
    /// Whether a unit that already has a limit from an earlier controller keeps it, as if a person had asked for it, until
    /// one is asked for: for a command that changes one thing and leaves. Default: no.
    pub keep_limits: bool,
    /// Whether a unit that is no longer heard keeps its share for ever, instead of 60 s. Default: no.
    pub keep_lost_share: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: None,
            limit_a: 6,
            safe_limit_a: 6,
            unit: UnitConfig::default(),
            units: BTreeMap::new(),
            listen_only: false,
            auto_resume: false,
            reply_window: Duration::from_millis(300),
            baud: crate::BAUD,
            announce_limit: false,
            farewell: Farewell::default(),
            keep_limits: false,
            keep_lost_share: false,
        }
    }
}

/// What is known of a unit beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitConfig {
    /// What its wiring carries for hours, A on each phase. Default 6.
    pub wiring_a: u16,
    /// The most that a person wants it to give, A. Default `None`.
    pub max_a: Option<u16>,
    /// The current that a session shall start with, A: see
    /// [`Request::SetInitialCurrent`](super::Request::SetInitialCurrent). Default `None`.
    pub initial_a: Option<u16>,
    /// How many counts of its energy meter are 1 kWh. Default 1; some units seem to count Wh. 0 counts as 1.
    pub energy_divisor: u32,
}

impl Default for UnitConfig {
    fn default() -> Self {
        Self {
            wiring_a: 6,
            max_a: None,
            initial_a: None,
            energy_divisor: 1,
        }
    }
}

/// What to do with the units before the controller falls silent. Silent they stop by themselves within about 30 s, and
/// some vehicles then have to be plugged in again; no clean stop exists on this bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Farewell {
    /// Bring every unit that charges down to its floor first, so that whatever goes on is little. At most 10 s.
    #[default]
    Floor,
    /// Fall silent at once.
    Leave,
}
