//! A simulated charger with its two directions of network.
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Instant;

use super::PairOptions;
use crate::em::{Device, DeviceConfig};
use crate::faults::em::{Injector, LinkAction, Network};

/// One charger of a pair.
#[derive(Debug)]
pub(super) struct Charger {
    pub(super) device: Device,
    pub(super) injector: Injector,
    pub(super) address: SocketAddrV4,
    /// From the client.
    pub(super) inbound: Network<SocketAddrV4>,
    /// To the client, with the address that the charger had when it sent.
    pub(super) outbound: Network<SocketAddrV4>,
    pub(super) faults_seen: usize,
    index: u16,
    moves: u16,
}

impl Charger {
    pub(super) fn new(
        index: u16,
        config: &DeviceConfig,
        options: &PairOptions,
        start: Instant,
    ) -> Self {
        let number = u64::from(index);
        // Faults, too, must differ between chargers.
        let seed = options
            .seed
            .wrapping_mul(CHARGERS_PER_SEED)
            .wrapping_add(number);
        let latency = options.latency;
        Self {
            device: Device::new(config.clone(), seed, start, options.unix_time_s),
            injector: Injector::new(&options.faults, seed, start, options.faults_last),
            address: address(index, 0),
            inbound: Network::new(seed, 0, latency),
            outbound: Network::new(seed, 1, latency),
            faults_seen: 0,
            index,
            moves: 0,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.device.poll_timeout(),
            self.injector.poll_timeout(),
            self.inbound.poll_timeout(),
            self.outbound.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Lets due faults strike.
    pub(super) fn strike(&mut self, now: Instant) {
        if self.injector.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        if self.injector.is_over(now) {
            self.inbound.silence_until(None);
            self.outbound.silence_until(None);
        }
        for action in self.injector.handle_timeout(now, &mut self.device) {
            match action {
                LinkAction::SilenceUntil(until) => {
                    self.inbound.silence_until(Some(until));
                    self.outbound.silence_until(Some(until));
                }
                LinkAction::MoveCharger => {
                    self.moves += 1;
                    self.address = address(self.index, self.moves);
                }
            }
        }
    }
}

/// Address and port of a charger after so many moves: no two are ever the same.
fn address(index: u16, moves: u16) -> SocketAddrV4 {
    let [high, low] = index.to_be_bytes();
    let [_, host] = moves.to_be_bytes();
    SocketAddrV4::new(Ipv4Addr::new(10, high, low, host), 20_000 + moves)
}

const CHARGERS_PER_SEED: u64 = 64;
