//! Past charges.

use evse::em::proto::Serial;
use evse::em::proto::message::ChargeRecord;
use evse::em::proto::time::RawTime;
use serde::Serialize;

use super::{known, kwh};

/// A past charge. Times are the charger's, without zone.
#[derive(Debug, Serialize)]
pub(crate) struct RecordJson {
    serial: String,
    charge_id: Option<String>,
    started: Option<String>,
    stopped: Option<String>,
    duration: u32,
    energy: f64,
    started_by: Option<String>,
    stopped_by: Option<String>,
    start_type: String,
    charge_type: String,
    stop_reason: String,
    reserved_for: Option<String>,
    price: Option<f64>,
    price_per_kwh: Option<f64>,
    counter_start: f64,
    counter_stop: f64,
}

impl RecordJson {
    pub(crate) fn new(serial: Serial, record: &ChargeRecord) -> Self {
        let civil = |time: RawTime| time.civil().map(|time| time.to_string());
        Self {
            serial: serial.to_string(),
            charge_id: known(&record.charge_id.to_str_lossy()),
            started: civil(record.started),
            stopped: civil(record.stopped),
            duration: record.duration_s,
            energy: kwh(record.session_energy_centikwh),
            started_by: known(&record.started_by.to_str_lossy()),
            stopped_by: known(&record.stopped_by.to_str_lossy()),
            start_type: record.start_type.to_string(),
            charge_type: record.charge_type.to_string(),
            stop_reason: record.stop_reason.to_string(),
            reserved_for: civil(record.reservation).filter(|_| record.has_reservation == 1),
            price: record
                .price
                .map(|price| f64::from(price.price_cents) / 100.0),
            price_per_kwh: record.price.map(|price| f64::from(price.fee_cents) / 100.0),
            counter_start: kwh(record.start_energy_centikwh),
            counter_stop: kwh(record.stop_energy_centikwh),
        }
    }
}
