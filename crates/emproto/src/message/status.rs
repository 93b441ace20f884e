//! Readings and state of the charger.

use alloc::vec::Vec;

use super::parse::{fixed, u16_at, u32_at};
use super::{ChargerState, Faults, OutputState, PlugState, RawBytes, Reading, Temperature};
use crate::PayloadError;

/// Readings and state: [`Command::StatusPush`](crate::Command::StatusPush) and
/// [`Command::StatusReply`](crate::Command::StatusReply).
///
/// | bytes | field | scale |
/// | --- | --- | --- |
/// | 0 | line | |
/// | 1..3, 3..5 | L1 voltage, current | 0.1 V, 0.01 A |
/// | 5..9 | power | W |
/// | 9..13 | energy counter | 0.01 kWh |
/// | 13..15, 15..17 | inner, outer temperature | see [`Temperature`] |
/// | 17 | emergency stop input | 1 = not pressed |
/// | 18, 19, 20 | plug, output, charger state | |
/// | 21..25 | faults | 21..23 when the payload has 23 or 24 bytes |
/// | 25..33 | voltage and current of L2, then L3 | when there are 33 bytes |
/// | 34 | second state | when there are 35 bytes |
///
/// Source: several implementations; captures of 23, 25 and 40 bytes. Confidence: high, the second state low.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The charger's own line number; 1 on three phases too.
    pub line_id: u8,
    /// Readings of L1.
    pub l1: Phase,
    /// Reported power, W; of one phase on three-phase chargers. See [`Status::total_power_w`].
    pub power_w: Reading<u32>,
    /// Energy counter, hundredths of kWh. It may restart after a power loss.
    pub energy_centikwh: Reading<u32>,
    /// Temperature inside.
    pub inner_temperature: Temperature,
    /// Temperature outside; usually the same.
    pub outer_temperature: Temperature,
    /// 1 when the emergency stop is not pressed; see [`Status::emergency_stop`].
    pub emergency_raw: u8,
    /// The plug.
    pub plug: PlugState,
    /// Power on the plug.
    pub output: OutputState,
    /// The charger, by the byte that every status has; see [`Status::current_state`].
    pub state: ChargerState,
    /// All faults.
    pub faults: Faults,
    /// How many of them the payload has room for.
    pub fault_width: FaultWidth,
    /// Readings of L2 and L3; absent from short payloads. Single-phase chargers may send zeros.
    pub l2_l3: Option<[Phase; 2]>,
    /// What follows.
    pub extra: RawBytes,
}

/// Readings of one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phase {
    /// Voltage, tenths of a volt.
    pub voltage_decivolts: Reading<u16>,
    /// Current, hundredths of an ampere.
    pub current_centiamps: Reading<u16>,
}

/// Size of the field for faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaultWidth {
    /// 16 bits, faults 0 to 15: payloads of 23 or 24 bytes.
    Upper16,
    /// 32 bits.
    #[default]
    All32,
}

impl Status {
    /// State of the charger: the second state byte, when it is 18 or 19, replaces the first. Source: one
    /// implementation, read; confidence low.
    pub fn current_state(&self) -> ChargerState {
        let second = self.l2_l3.and_then(|_| self.extra.get(SECOND_STATE));
        overridden(self.state, second.copied())
    }

    /// Whether the emergency stop is active: any code but 1.
    pub const fn emergency_stop(&self) -> bool {
        self.emergency_raw != 1
    }

    /// The phases that the payload has, L1 first.
    pub fn phases(&self) -> impl Iterator<Item = Phase> {
        [self.l1]
            .into_iter()
            .chain(self.l2_l3.into_iter().flatten())
    }

    /// The larger of the reported power and the sum of voltage times current, whole W. `None` when there is neither.
    pub fn total_power_w(&self) -> Option<u32> {
        let milliwatts = |phase: Phase| {
            let voltage = phase.voltage_decivolts.get()?;
            let current = phase.current_centiamps.get()?;
            Some(u64::from(voltage) * u64::from(current))
        };
        let measured = self.phases().filter_map(milliwatts).reduce(|a, b| a + b);
        let measured = measured.and_then(|milliwatts| u32::try_from(milliwatts / 1_000).ok());
        measured.max(self.power_w.get())
    }

    #[expect(clippy::inline_always, reason = "measured: saves moving the result")]
    #[inline(always)]
    pub(super) fn parse(payload: &[u8]) -> Result<Self, PayloadError> {
        let (head, rest) = fixed::<{ field::END }>(payload, field::NAMES)?;
        let upper = u32::from(u16_at(head, field::FAULTS)) << 16;
        let (faults, fault_width, rest) = match rest {
            [high, low, rest @ ..] => {
                let lower = u16::from_be_bytes([*high, *low]);
                (upper | u32::from(lower), FaultWidth::All32, rest)
            }
            _ => (upper, FaultWidth::Upper16, rest),
        };
        let (l2_l3, extra) = match rest.split_first_chunk::<8>() {
            Some((phases, extra)) => (Some([Phase::at(phases, 0), Phase::at(phases, 4)]), extra),
            None => (None, rest),
        };
        Ok(Self {
            line_id: head[field::LINE],
            l1: Phase::at(head, field::L1),
            power_w: Reading(u32_at(head, field::POWER)),
            energy_centikwh: Reading(u32_at(head, field::ENERGY)),
            inner_temperature: Temperature(u16_at(head, field::INNER_TEMPERATURE)),
            outer_temperature: Temperature(u16_at(head, field::OUTER_TEMPERATURE)),
            emergency_raw: head[field::EMERGENCY],
            plug: head[field::PLUG].into(),
            output: head[field::OUTPUT].into(),
            state: head[field::STATE].into(),
            faults: Faults(faults),
            fault_width,
            l2_l3,
            extra: extra.into(),
        })
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.push(self.line_id);
        self.l1.put(out);
        out.extend_from_slice(&self.power_w.0.to_be_bytes());
        out.extend_from_slice(&self.energy_centikwh.0.to_be_bytes());
        out.extend_from_slice(&self.inner_temperature.0.to_be_bytes());
        out.extend_from_slice(&self.outer_temperature.0.to_be_bytes());
        out.push(self.emergency_raw);
        out.extend_from_slice(&[self.plug.code(), self.output.code(), self.state.code()]);
        let faults = self.faults.0.to_be_bytes();
        match self.fault_width {
            FaultWidth::All32 => out.extend_from_slice(&faults),
            FaultWidth::Upper16 => out.extend_from_slice(&faults[..2]),
        }
        for phase in self.l2_l3.iter().flatten() {
            phase.put(out);
        }
        out.extend_from_slice(&self.extra);
    }
}

impl Phase {
    const fn at<const N: usize>(bytes: &[u8; N], at: usize) -> Self {
        Self {
            voltage_decivolts: Reading(u16_at(bytes, at)),
            current_centiamps: Reading(u16_at(bytes, at + 2)),
        }
    }

    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.voltage_decivolts.0.to_be_bytes());
        out.extend_from_slice(&self.current_centiamps.0.to_be_bytes());
    }
}

/// A second state counts only if it is 18 or 19.
pub(super) fn overridden(state: ChargerState, second: Option<u8>) -> ChargerState {
    second
        .filter(|second| matches!(second, 18 | 19))
        .map_or(state, ChargerState::from)
}

/// Byte 34 of the payload, counted from the end of the phases.
const SECOND_STATE: usize = 1;

/// Where the fields begin.
mod field {
    pub(super) const LINE: usize = 0;
    pub(super) const L1: usize = 1;
    pub(super) const POWER: usize = 5;
    pub(super) const ENERGY: usize = 9;
    pub(super) const INNER_TEMPERATURE: usize = 13;
    pub(super) const OUTER_TEMPERATURE: usize = 15;
    pub(super) const EMERGENCY: usize = 17;
    pub(super) const PLUG: usize = 18;
    pub(super) const OUTPUT: usize = 19;
    pub(super) const STATE: usize = 20;
    pub(super) const FAULTS: usize = 21;
    pub(super) const END: usize = 23;
    pub(super) const NAMES: &[(&str, usize)] = &[
        ("line", LINE),
        ("voltage of L1", L1),
        ("current of L1", L1 + 2),
        ("power", POWER),
        ("energy counter", ENERGY),
        ("inner temperature", INNER_TEMPERATURE),
        ("outer temperature", OUTER_TEMPERATURE),
        ("emergency stop", EMERGENCY),
        ("plug state", PLUG),
        ("output state", OUTPUT),
        ("charger state", STATE),
        ("faults", FAULTS),
    ];
}
