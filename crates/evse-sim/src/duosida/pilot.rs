//! The control pilot.
use crate::vehicle::Vehicle;

/// The control pilot as the charger measures it. Source: captures for all but B2 (assumption).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pilot {
    pub(super) high_v: f64,
    pub(super) low_v: f64,
    pub(super) duty: f64,
    pub(super) state: i32,
}

impl Pilot {
    pub(super) fn new(vehicle: &Vehicle, offering: bool, closed: bool, limit_a: f64) -> Self {
        let duty = ((limit_a * 1.5 - 2.0).round() / 127.0).clamp(0.0, 1.0);
        match (vehicle.is_plugged(), offering, closed) {
            (false, ..) => Self {
                high_v: 11.876,
                low_v: 0.0,
                duty: 1.0,
                state: 1,
            },
            (true, false, _) => Self {
                high_v: 8.732,
                low_v: 0.0,
                duty: 1.0,
                state: 3,
            },
            (true, true, false) => Self {
                high_v: 8.732,
                low_v: -12.394,
                duty,
                state: 4,
            },
            (true, true, true) => Self {
                high_v: 5.872,
                low_v: -12.394,
                duty,
                state: 6,
            },
        }
    }
}
