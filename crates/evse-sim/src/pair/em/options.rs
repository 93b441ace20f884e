//! What a pair is made of.
use std::time::Duration;

use emproto::session::Config;

use crate::DelayRange;
use crate::em::DeviceConfig;
use crate::faults::FaultSpec;
use crate::faults::em::Fault;

/// What a [`Pair`](super::Pair) is made of.
#[derive(Clone, Debug)]
pub struct PairOptions {
    /// Decides every draw.
    pub seed: u64,
    /// The chargers; their serial numbers differ. The client knows their PINs, and nothing else of them.
    pub devices: Vec<DeviceConfig>,
    /// The client.
    pub session: Config,
    /// What goes wrong, with each charger.
    pub faults: Vec<FaultSpec<Fault>>,
    /// When faults and their effects end; `None`: never.
    pub faults_last: Option<Duration>,
    /// Latency of each packet.
    pub latency: DelayRange,
    /// True time at the start, seconds since 1970.
    pub unix_time_s: i64,
    /// Offset of the client's clock from UTC, seconds, east positive; that of the chargers is in their configuration.
    pub utc_offset_s: i32,
}

impl PairOptions {
    /// A quiet network.
    pub fn new(seed: u64, devices: Vec<DeviceConfig>) -> Self {
        Self {
            seed,
            devices,
            session: Config::default(),
            faults: Vec::new(),
            faults_last: None,
            latency: DelayRange::from_millis(2, 60),
            unix_time_s: 1_790_000_000,
            utc_offset_s: 0,
        }
    }
}
