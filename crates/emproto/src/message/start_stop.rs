//! Starting and stopping a charge, and the answers.

use alloc::vec::Vec;

use nom::number::complete::{be_u8, be_u16, be_u32};

use super::parse::{Parsed, Payload, bytes, field};
use super::{
    ChargeType, Identifier, Limit, RawBytes, Reading, ReservationResult, StartError, StartType,
};
use crate::time::RawTime;
use crate::{InvalidArgument, MAX_CURRENT_A, MIN_CURRENT_A};

/// Starts a charge: [`Command::ChargeStart`](crate::Command::ChargeStart). To build one, see [`StartOrder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeStart {
    /// 1, or 2 for three phases. Sources disagree.
    pub line_id: u8,
    /// Who starts it.
    pub user_id: Identifier,
    /// Names the session.
    pub charge_id: Identifier,
    /// 1 when the start lies in the future.
    pub is_reservation: u8,
    /// When it starts, or the present time.
    pub start: RawTime,
    /// What starts it: [`StartType::App`].
    pub start_type: StartType,
    /// Its kind.
    pub charge_type: ChargeType,
    /// Longest duration, minutes of charging.
    pub max_duration_min: Limit<u16>,
    /// Most energy, hundredths of kWh.
    pub max_energy_centikwh: Reading<u16>,
    /// None: 0 ends the session after seconds.
    pub parameter_3: Reading<u16>,
    /// Current, A. The charger also stores it as its configured current.
    pub current_a: u8,
    /// What follows.
    pub extra: RawBytes,
}

/// A start as a client orders it; `ChargeStart::try_from` checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOrder {
    /// 1, or 2 for three phases.
    pub line_id: u8,
    /// Who starts it.
    pub user_id: Identifier,
    /// Names the session; unique.
    pub charge_id: Identifier,
    /// Whether `start` lies in the future.
    pub is_reservation: bool,
    /// When it starts, by the charger's clock, at most 24 h ahead; else the present time.
    pub start: RawTime,
    /// Its kind; usually [`ChargeType::Normal`].
    pub charge_type: ChargeType,
    /// Longest duration, minutes: up to 65,534; `None` or 0 for no limit.
    pub max_duration_min: Option<u32>,
    /// Most energy, hundredths of kWh: up to 65,534; `None` or 0 for no limit.
    pub max_energy_centikwh: Option<u32>,
    /// Current, A: 6 to 32; the charger's own maximum may be lower.
    pub current_a: u8,
}

impl TryFrom<StartOrder> for ChargeStart {
    type Error = InvalidArgument;

    fn try_from(order: StartOrder) -> Result<Self, InvalidArgument> {
        check_current(order.current_a)?;
        let duration = limit("the maximum duration in minutes", order.max_duration_min)?;
        let energy = limit("the maximum energy in 0.01 kWh", order.max_energy_centikwh)?;
        Ok(Self {
            line_id: order.line_id,
            user_id: order.user_id,
            charge_id: order.charge_id,
            is_reservation: order.is_reservation.into(),
            start: order.start,
            start_type: StartType::App,
            charge_type: order.charge_type,
            max_duration_min: Limit(duration),
            max_energy_centikwh: Reading(energy),
            parameter_3: Reading::<u16>::NONE,
            current_a: order.current_a,
            extra: RawBytes::EMPTY,
        })
    }
}

/// Checks a current of 6 to 32 A.
pub(super) fn check_current(current_a: u8) -> Result<(), InvalidArgument> {
    InvalidArgument::check(
        "the current in amperes",
        current_a.into(),
        MIN_CURRENT_A.into(),
        MAX_CURRENT_A.into(),
    )
}

/// A limit on the wire, where all bits set mean none.
fn limit(argument: &'static str, wanted: Option<u32>) -> Result<u16, InvalidArgument> {
    match wanted {
        None | Some(0) => Ok(u16::MAX),
        Some(wanted) => {
            InvalidArgument::check(argument, wanted, 0, u32::from(u16::MAX) - 1)?;
            Ok(u16::try_from(wanted).unwrap_or(u16::MAX))
        }
    }
}

impl Payload for ChargeStart {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, line_id) = field("line", be_u8, input)?;
        let (input, user_id) = bytes("user id", input)?;
        let (input, charge_id) = bytes("charge id", input)?;
        let (input, is_reservation) = field("reservation flag", be_u8, input)?;
        let (input, start) = field("start", be_u32, input)?;
        let (input, start_type) = field("start type", be_u8, input)?;
        let (input, charge_type) = field("charge type", be_u8, input)?;
        let (input, max_duration) = field("maximum duration", be_u16, input)?;
        let (input, max_energy) = field("maximum energy", be_u16, input)?;
        let (input, parameter_3) = field("parameter 3", be_u16, input)?;
        let (extra, current_a) = field("current", be_u8, input)?;
        let start = Self {
            line_id,
            user_id: Identifier(user_id),
            charge_id: Identifier(charge_id),
            is_reservation,
            start: RawTime(start),
            start_type: start_type.into(),
            charge_type: charge_type.into(),
            max_duration_min: Limit(max_duration),
            max_energy_centikwh: Reading(max_energy),
            parameter_3: Reading(parameter_3),
            current_a,
            extra: extra.into(),
        };
        Ok((&[], start))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.line_id);
        out.extend_from_slice(&self.user_id.0);
        out.extend_from_slice(&self.charge_id.0);
        out.push(self.is_reservation);
        out.extend_from_slice(&self.start.0.to_be_bytes());
        out.extend_from_slice(&[self.start_type.code(), self.charge_type.code()]);
        out.extend_from_slice(&self.max_duration_min.0.to_be_bytes());
        out.extend_from_slice(&self.max_energy_centikwh.0.to_be_bytes());
        out.extend_from_slice(&self.parameter_3.0.to_be_bytes());
        out.push(self.current_a);
        out.extend_from_slice(&self.extra);
    }
}

/// Answer to a start: [`Command::ChargeStartReply`](crate::Command::ChargeStartReply).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartReply {
    /// The charger's own line number, not the one of the request.
    pub line_id: u8,
    /// What became of the time.
    pub reservation_result: ReservationResult,
    /// 1 was seen with success, 0 with a failure.
    pub start_result: u8,
    /// Why it failed.
    pub error: StartError,
    /// Current, A.
    pub current_a: u8,
    /// What follows.
    pub extra: RawBytes,
}

impl StartReply {
    /// Whether a charge has started or is reserved. For a start that was meant for later,
    /// [`ReservationResult::InThePast`] is an alarm: it charges now.
    pub const fn is_success(&self) -> bool {
        matches!(self.error, StartError::None)
            && matches!(
                self.reservation_result,
                ReservationResult::StartedNow
                    | ReservationResult::Reserved
                    | ReservationResult::InThePast
            )
    }
}

impl Payload for StartReply {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, line_id) = field("line", be_u8, input)?;
        let (input, reservation_result) = field("reservation result", be_u8, input)?;
        let (input, start_result) = field("start result", be_u8, input)?;
        let (input, error) = field("error reason", be_u8, input)?;
        let (extra, current_a) = field("current", be_u8, input)?;
        let reply = Self {
            line_id,
            reservation_result: reservation_result.into(),
            start_result,
            error: error.into(),
            current_a,
            extra: extra.into(),
        };
        Ok((&[], reply))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[
            self.line_id,
            self.reservation_result.code(),
            self.start_result,
            self.error.code(),
            self.current_a,
        ]);
        out.extend_from_slice(&self.extra);
    }
}

/// Stops a charge or cancels a reservation: [`Command::ChargeStop`](crate::Command::ChargeStop).
///
/// Clients are known that send an empty payload or 17 bytes; canonical are 47.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeStop {
    /// Line and user, unless the payload was empty.
    pub order: Option<StopOrder>,
    /// What follows: 30 zeros in the canonical form.
    pub extra: RawBytes<30>,
}

/// What to stop, and who stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopOrder {
    /// 1, or the session's line.
    pub line_id: u8,
    /// Who stops it.
    pub user_id: Identifier,
}

impl ChargeStop {
    /// The canonical form.
    pub fn new(line_id: u8, user_id: Identifier) -> Self {
        Self {
            order: Some(StopOrder { line_id, user_id }),
            extra: [0; 30].into(),
        }
    }
}

impl Payload for ChargeStop {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        if input.is_empty() {
            let stop = Self {
                order: None,
                extra: RawBytes::EMPTY,
            };
            return Ok((&[], stop));
        }
        let (input, line_id) = field("line", be_u8, input)?;
        let (extra, user_id) = bytes("user id", input)?;
        let stop = Self {
            order: Some(StopOrder {
                line_id,
                user_id: Identifier(user_id),
            }),
            extra: extra.into(),
        };
        Ok((&[], stop))
    }

    fn put(&self, out: &mut Vec<u8>) {
        if let Some(order) = &self.order {
            out.push(order.line_id);
            out.extend_from_slice(&order.user_id.0);
        }
        out.extend_from_slice(&self.extra);
    }
}

/// Answer to a stop: [`Command::ChargeStopReply`](crate::Command::ChargeStopReply).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopReply {
    /// The charger's own line number.
    pub line_id: u8,
    /// A stop reason by two implementations; 11 was seen.
    pub stop_result: u8,
    /// 0 when it stopped; the other numbers are not known.
    pub fail_reason: u8,
    /// What follows.
    pub extra: RawBytes,
}

impl StopReply {
    /// Whether it stopped.
    pub const fn is_success(&self) -> bool {
        self.fail_reason == 0
    }
}

impl Payload for StopReply {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, line_id) = field("line", be_u8, input)?;
        let (input, stop_result) = field("stop result", be_u8, input)?;
        let (extra, fail_reason) = field("fail reason", be_u8, input)?;
        let reply = Self {
            line_id,
            stop_result,
            fail_reason,
            extra: extra.into(),
        };
        Ok((&[], reply))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.line_id, self.stop_result, self.fail_reason]);
        out.extend_from_slice(&self.extra);
    }
}
