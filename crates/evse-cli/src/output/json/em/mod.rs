//! JSON of `evse em …`. V, A, W, °C, kWh, seconds unless a comment says otherwise; times as RFC 3339.

mod answer;
mod device;
mod record;
mod status;

pub(crate) use answer::{
    ClockJson, DoneJson, FileJson, LoginJson, PlanJson, SettingJson, StartedJson,
};
pub(crate) use device::{FoundJson, VersionJson};
pub(crate) use record::RecordJson;
pub(crate) use status::{EventJson, StatusJson};

/// Text that says something.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn kwh(hundredths: u32) -> f64 {
    f64::from(hundredths) / 100.0
}
