//! What faults do to an EM device.
use std::time::{Duration, Instant};

use emproto::Pin;
use emproto::message::{Fault as ChargerFault, Faults};

use super::Fault;
use crate::em::Device;
use crate::faults::{FaultSpec, Schedule};
use crate::random::Random;

/// What the owner of the network has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAction {
    /// Let nothing pass, in either direction, until then.
    SilenceUntil(Instant),
    /// Give the charger another address.
    MoveCharger,
}

/// Decides, by seed, what goes wrong, and undoes what must not last.
#[derive(Clone, Debug)]
pub struct Injector {
    schedule: Schedule<Fault>,
    /// What must be undone, and when.
    cures: Vec<(Instant, Cure)>,
}

#[derive(Clone, Copy, Debug)]
enum Cure {
    Pin(Pin),
    Clock,
    Faults,
}

impl Injector {
    /// Faults that begin at `start` and end, with all their effects, `lasts` later (`None`: never).
    pub fn new(
        specs: &[FaultSpec<Fault>],
        seed: u64,
        start: Instant,
        lasts: Option<Duration>,
    ) -> Self {
        Self {
            schedule: Schedule::new(specs, seed, start, lasts),
            cures: Vec::new(),
        }
    }

    /// Whether the faults are over at `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        self.schedule.is_over(now)
    }

    /// What struck so far, with the time: the first 1,000.
    pub fn log(&self) -> &[(Instant, Fault)] {
        self.schedule.log()
    }

    /// When [`Injector::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let cures = self.cures.iter().map(|(at, _)| *at);
        cures.chain(self.schedule.poll_timeout()).min()
    }

    /// Lets due faults strike `device`; returns what the owner has to do with the network.
    pub fn handle_timeout(&mut self, now: Instant, device: &mut Device) -> Vec<LinkAction> {
        let over = self.is_over(now);
        if over {
            self.schedule.end();
        }
        let due = |(at, _): &mut (Instant, Cure)| over || *at <= now;
        let cures: Vec<_> = self.cures.extract_if(.., due).collect();
        for (_, cure) in cures {
            match cure {
                Cure::Pin(pin) => device.set_pin(pin),
                Cure::Clock => device.refuse_clock(false),
                Cure::Faults => device.set_faults(now, Faults::NONE),
            }
        }
        let mut actions = Vec::new();
        while let Some(fault) = self.schedule.poll_strike(now) {
            actions.extend(self.strike(now, fault, device));
        }
        actions
    }

    /// Whether a fault of messages strikes the packet that is sent now.
    pub(super) fn strikes(&mut self, now: Instant, fault: Fault) -> bool {
        self.schedule.strikes(now, fault)
    }

    pub(super) fn random(&mut self) -> &mut Random {
        self.schedule.random()
    }

    fn strike(&mut self, now: Instant, fault: Fault, device: &mut Device) -> Option<LinkAction> {
        match fault {
            Fault::Silence => {
                return Some(LinkAction::SilenceUntil(
                    self.schedule.later(now, 5.0, 40.0),
                ));
            }
            Fault::IpChange => return Some(LinkAction::MoveCharger),
            Fault::Reboot => device.reboot(now),
            Fault::WrongPin => self.change_pin(now, device),
            Fault::ClockJump => {
                let by_s = self.schedule.random().between(-400_000.0, 400_000.0);
                device.jump_clock(now, seconds(by_s));
            }
            Fault::ForeignClock => {
                let truth = device.ground_truth();
                let offset = i64::from(device.config().utc_offset_s);
                let right = EIGHT_HOURS_S - offset;
                device.jump_clock(now, right - truth.clock_skew_s);
            }
            Fault::RefuseClock => {
                device.refuse_clock(true);
                self.cure(now, 60.0, 180.0, Cure::Clock);
            }
            Fault::Steal => {
                let until = self.schedule.later(now, 15.0, 60.0);
                device.steal(now, until.duration_since(now));
            }
            Fault::Faulted => {
                let which = usize::try_from(self.schedule.random().below(4)).unwrap_or_default();
                let fault = CHARGER_FAULTS.get(which).copied();
                device.set_faults(now, fault.into_iter().collect());
                self.cure(now, 10.0, 60.0, Cure::Faults);
            }
            Fault::UnknownValues => device.show_unknown_values(now),
            Fault::UnknownCommand => device.send_unknown_command(now),
            Fault::Announce => device.announce(now),
            // Those strike packets, in the network.
            Fault::Drop
            | Fault::Duplicate
            | Fault::Reorder
            | Fault::Corrupt
            | Fault::Truncate
            | Fault::Delay => {}
        }
        None
    }

    /// The PIN is another one for a while; a second strike meanwhile changes nothing.
    fn change_pin(&mut self, now: Instant, device: &mut Device) {
        let right = device.config().pin;
        let changed = self
            .cures
            .iter()
            .any(|(_, cure)| matches!(cure, Cure::Pin(_)));
        let other = if right.expose() == OTHER_PINS[0] {
            OTHER_PINS[1]
        } else {
            OTHER_PINS[0]
        };
        if let Ok(other) = other.parse()
            && !changed
        {
            device.set_pin(other);
            self.cure(now, 20.0, 90.0, Cure::Pin(right));
        }
    }

    fn cure(&mut self, now: Instant, low_s: f64, high_s: f64, cure: Cure) {
        let at = self.schedule.later(now, low_s, high_s);
        self.cures.push((at, cure));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "saturating cast of a rounded value"
)]
fn seconds(value: f64) -> i64 {
    value.round() as i64
}

/// One of each kind of reason why a session ends.
const CHARGER_FAULTS: [ChargerFault; 4] = [
    ChargerFault::EmergencyStop,
    ChargerFault::RelayStuckL1,
    ChargerFault::OverTemperatureInside,
    ChargerFault::NotGrounded,
];
const OTHER_PINS: [&str; 2] = ["000001", "000002"];
/// The firmware's zone: a clock that keeps Unix seconds is wrong by this, less the owner's offset.
const EIGHT_HOURS_S: i64 = 8 * 3_600;
