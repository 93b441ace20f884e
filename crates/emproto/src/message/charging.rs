//! The session.

use alloc::vec::Vec;

use super::parse::{fixed, text_at, u16_at, u32_at};
use super::status::overridden;
use super::{ChargeType, ChargerState, Identifier, Limit, RawBytes, Reading, StartType};
use crate::PayloadError;
use crate::time::RawTime;

/// The session that runs, else the one that is planned, else the last one:
/// [`Command::ChargingPush`](crate::Command::ChargingPush) and
/// [`Command::ChargingReply`](crate::Command::ChargingReply).
///
/// | bytes | field | scale |
/// | --- | --- | --- |
/// | 0, 1 | line, charger state | |
/// | 2..18 | charge id | |
/// | 18, 19 | start type, charge type | |
/// | 20..22, 22..24, 24..26 | limits of time, energy, fee | min, 0.01 kWh, 0.01 |
/// | 26..30 | reservation | see [`crate::time`] |
/// | 30..46 | user id | |
/// | 46 | current | A |
/// | 47..51 | start | see [`crate::time`] |
/// | 51..55 | duration | s |
/// | 55..59, 59..63, 63..67 | counter at the start, counter now, energy | 0.01 kWh |
/// | 67..71, 71, 72..74 | price, fee type, fee per kWh | 0.01 |
/// | 74 | second state | when there are 75 bytes |
///
/// Source: several implementations; a capture of 74 bytes. Confidence: high, the fee limit and the second state low.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargingStatus {
    /// The charger's own line number.
    pub line_id: u8,
    /// State of the charger, by the byte that every such payload has; see [`ChargingStatus::current_state`].
    pub state: ChargerState,
    /// Identifies the session; some clients use one for all sessions of a minute.
    pub charge_id: Identifier,
    /// What began it.
    pub start_type: StartType,
    /// Its kind.
    pub charge_type: ChargeType,
    /// Longest duration, minutes of charging.
    pub max_duration_min: Limit<u16>,
    /// Most energy, hundredths of kWh.
    pub max_energy_centikwh: Reading<u16>,
    /// A fee limit by its position, hundredths.
    pub parameter_3: Reading<u16>,
    /// When it was to start. Meaningful in states 14 and 20 only.
    pub reservation: RawTime,
    /// Who started it.
    pub user_id: Identifier,
    /// Its current, A.
    pub max_current_a: Limit<u8>,
    /// When it began, or the reservation was taken.
    pub started: RawTime,
    /// How long it has lasted, s.
    pub duration_s: Reading<u32>,
    /// Energy counter at the start, hundredths of kWh. 0 after the session on some models.
    pub start_energy_centikwh: u32,
    /// Energy counter now, hundredths of kWh.
    pub current_energy_centikwh: u32,
    /// Energy of the session, hundredths of kWh.
    pub session_energy_centikwh: u32,
    /// Price of the session, hundredths.
    pub price_cents: u32,
    /// Unknown.
    pub fee_type: u8,
    /// Price of a kWh, hundredths.
    pub fee_cents: u16,
    /// What follows.
    pub extra: RawBytes,
}

impl ChargingStatus {
    /// State of the charger: the second state byte, when it is 18 or 19, replaces the first. Source: two
    /// implementations; confidence medium.
    pub fn current_state(&self) -> ChargerState {
        overridden(self.state, self.extra.first().copied())
    }

    #[expect(clippy::inline_always, reason = "measured: saves moving the result")]
    #[inline(always)]
    pub(super) fn parse(payload: &[u8]) -> Result<Self, PayloadError> {
        let (head, extra) = fixed::<{ field::END }>(payload, field::NAMES)?;
        Ok(Self {
            line_id: head[field::LINE],
            state: head[field::STATE].into(),
            charge_id: Identifier(text_at(head, field::CHARGE_ID)),
            start_type: head[field::START_TYPE].into(),
            charge_type: head[field::CHARGE_TYPE].into(),
            max_duration_min: Limit(u16_at(head, field::MAX_DURATION)),
            max_energy_centikwh: Reading(u16_at(head, field::MAX_ENERGY)),
            parameter_3: Reading(u16_at(head, field::PARAMETER_3)),
            reservation: RawTime(u32_at(head, field::RESERVATION)),
            user_id: Identifier(text_at(head, field::USER_ID)),
            max_current_a: Limit(head[field::MAX_CURRENT]),
            started: RawTime(u32_at(head, field::STARTED)),
            duration_s: Reading(u32_at(head, field::DURATION)),
            start_energy_centikwh: u32_at(head, field::START_ENERGY),
            current_energy_centikwh: u32_at(head, field::CURRENT_ENERGY),
            session_energy_centikwh: u32_at(head, field::SESSION_ENERGY),
            price_cents: u32_at(head, field::PRICE),
            fee_type: head[field::FEE_TYPE],
            fee_cents: u16_at(head, field::FEE),
            extra: extra.into(),
        })
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.line_id, self.state.code()]);
        out.extend_from_slice(&self.charge_id.0);
        out.extend_from_slice(&[self.start_type.code(), self.charge_type.code()]);
        out.extend_from_slice(&self.max_duration_min.0.to_be_bytes());
        out.extend_from_slice(&self.max_energy_centikwh.0.to_be_bytes());
        out.extend_from_slice(&self.parameter_3.0.to_be_bytes());
        out.extend_from_slice(&self.reservation.0.to_be_bytes());
        out.extend_from_slice(&self.user_id.0);
        out.push(self.max_current_a.0);
        for word in [
            self.started.0,
            self.duration_s.0,
            self.start_energy_centikwh,
            self.current_energy_centikwh,
            self.session_energy_centikwh,
            self.price_cents,
        ] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.push(self.fee_type);
        out.extend_from_slice(&self.fee_cents.to_be_bytes());
        out.extend_from_slice(&self.extra);
    }
}

/// Where the fields begin.
mod field {
    pub(super) const LINE: usize = 0;
    pub(super) const STATE: usize = 1;
    pub(super) const CHARGE_ID: usize = 2;
    pub(super) const START_TYPE: usize = 18;
    pub(super) const CHARGE_TYPE: usize = 19;
    pub(super) const MAX_DURATION: usize = 20;
    pub(super) const MAX_ENERGY: usize = 22;
    pub(super) const PARAMETER_3: usize = 24;
    pub(super) const RESERVATION: usize = 26;
    pub(super) const USER_ID: usize = 30;
    pub(super) const MAX_CURRENT: usize = 46;
    pub(super) const STARTED: usize = 47;
    pub(super) const DURATION: usize = 51;
    pub(super) const START_ENERGY: usize = 55;
    pub(super) const CURRENT_ENERGY: usize = 59;
    pub(super) const SESSION_ENERGY: usize = 63;
    pub(super) const PRICE: usize = 67;
    pub(super) const FEE_TYPE: usize = 71;
    pub(super) const FEE: usize = 72;
    pub(super) const END: usize = 74;
    pub(super) const NAMES: &[(&str, usize)] = &[
        ("line", LINE),
        ("charger state", STATE),
        ("charge id", CHARGE_ID),
        ("start type", START_TYPE),
        ("charge type", CHARGE_TYPE),
        ("maximum duration", MAX_DURATION),
        ("maximum energy", MAX_ENERGY),
        ("parameter 3", PARAMETER_3),
        ("reservation", RESERVATION),
        ("user id", USER_ID),
        ("current", MAX_CURRENT),
        ("start", STARTED),
        ("duration", DURATION),
        ("counter at the start", START_ENERGY),
        ("counter", CURRENT_ENERGY),
        ("energy", SESSION_ENERGY),
        ("price", PRICE),
        ("fee type", FEE_TYPE),
        ("fee", FEE),
    ];
}
