//! What a pair is made of.
use twc_proto::session::{Config, UnitConfig};

use crate::twc::{BusConfig, PeripheralConfig};

/// What a [`Pair`](super::Pair) is made of.
#[derive(Clone, Debug)]
pub struct PairOptions {
    /// The bus, what goes wrong on it, and the seed that decides every draw.
    pub bus: BusConfig,
    /// The controller.
    pub session: Config,
}

impl PairOptions {
    /// A quiet bus, whose units share a limit, A; the wiring of each carries what its hardware can give.
    pub fn new(seed: u64, limit_a: u16, peripherals: Vec<PeripheralConfig>) -> Self {
        Self {
            bus: BusConfig::new(seed, peripherals),
            session: Config {
                limit_a,
                unit: UnitConfig {
                    wiring_a: 32,
                    ..UnitConfig::default()
                },
                ..Config::default()
            },
        }
    }
}
