//! What a pair is made of, and when its client connects again.
use std::time::Duration;

use duosida_proto::session::Config;

use crate::duosida::{DelayRange, DeviceConfig};
use crate::faults::FaultSpec;

/// What a [`Pair`](super::Pair) is made of.
#[derive(Clone, Debug)]
pub struct PairOptions {
    /// Decides every draw.
    pub seed: u64,
    /// The charger.
    pub device: DeviceConfig,
    /// The client.
    pub session: Config,
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
    /// When faults and their effects end; `None`: never.
    pub faults_last: Option<Duration>,
    /// Latency from the charger to the client; the other way takes the shortest of it.
    pub latency: DelayRange,
    /// True time at the start, seconds since 1970.
    pub unix_time_s: i64,
}

impl Default for PairOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            device: DeviceConfig::default(),
            session: Config::default(),
            faults: Vec::new(),
            faults_last: None,
            latency: DelayRange::from_millis(20, 300),
            unix_time_s: 1_790_000_000,
        }
    }
}

/// Pause before connecting again, by the number of connections lost in a row without becoming ready between them:
/// 60, 120, then 300 s. Source: hardware (spec 3).
pub fn reconnect_delay(losses: u32) -> Duration {
    Duration::from_secs(match losses {
        0 => 60,
        1 => 120,
        _ => 300,
    })
}
