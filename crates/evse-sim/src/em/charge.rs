//! A session, from the reservation or the start to its end.
use std::time::{Duration, Instant};

use emproto::message::{ChargeStart, ChargeType, Identifier, Limit, Reading, StartType};
use emproto::time::RawTime;

/// The session or reservation that the charger has.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "named as in the messages")]
pub(super) struct Charge {
    pub(super) id: Identifier,
    pub(super) user: Identifier,
    pub(super) start_type: StartType,
    pub(super) charge_type: ChargeType,
    pub(super) max_duration_min: Limit<u16>,
    pub(super) max_energy_centikwh: Reading<u16>,
    pub(super) parameter_3: Reading<u16>,
    pub(super) is_reservation: bool,
    /// The start time of the order.
    pub(super) reservation: RawTime,
    pub(super) current_a: u8,
    /// When it began or the reservation was taken, by the charger's clock.
    pub(super) started: RawTime,
    pub(super) begun: Instant,
    /// How long power was on.
    pub(super) charged: Duration,
    pub(super) start_wh: f64,
    pub(super) phase: Phase,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its time has not come.
    Reserved,
    /// It waits for the car.
    Waiting,
    /// Power is on.
    On,
    /// A new current interrupts it.
    Interrupted,
}

impl Charge {
    pub(super) fn from_order(order: &ChargeStart, now: Instant, clock: RawTime) -> Self {
        Self {
            id: order.charge_id,
            user: order.user_id,
            start_type: order.start_type,
            charge_type: order.charge_type,
            max_duration_min: order.max_duration_min,
            max_energy_centikwh: order.max_energy_centikwh,
            parameter_3: order.parameter_3,
            is_reservation: order.is_reservation == 1,
            reservation: order.start,
            current_a: order.current_a,
            started: clock,
            begun: now,
            charged: Duration::ZERO,
            start_wh: 0.0,
            phase: Phase::Reserved,
        }
    }

    /// A session that the charger begins by itself; its id is the start in decimal, as the weekly plan's.
    pub(super) fn own(
        kind: StartType,
        user: &str,
        current_a: u8,
        now: Instant,
        clock: RawTime,
    ) -> Self {
        let text = |text: &str| Identifier::new(text).unwrap_or_default();
        Self {
            id: text(&clock.0.to_string()),
            user: text(user),
            start_type: kind,
            charge_type: match kind {
                StartType::WeeklyPlan => ChargeType::Unknown(2),
                _ => ChargeType::Normal,
            },
            max_duration_min: Limit::<u16>::NONE,
            max_energy_centikwh: Reading::<u16>::NONE,
            parameter_3: Reading::<u16>::NONE,
            is_reservation: false,
            reservation: RawTime::NONE,
            current_a,
            started: clock,
            begun: now,
            charged: Duration::ZERO,
            start_wh: 0.0,
            phase: Phase::Reserved,
        }
    }
}
