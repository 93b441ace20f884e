//! Who the charger is, and its settings as it reports them.

use std::fmt;
use std::string::String;
use std::vec::Vec;

use crate::proto::{BootNotificationReq, DataPullAllConfigurationConf};

/// Who the charger is.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// 19 digits on all hardware seen; any text of up to 64 printable characters is taken. Private.
    pub identifier: String,
    /// Such as `DUOSIDA Mode3@32A`.
    pub model: Option<String>,
    /// Such as `UCHEN`.
    pub vendor: Option<String>,
    /// Main board, variant, transport and Wi-Fi module, comma separated.
    pub firmware: Option<String>,
}

impl Identity {
    pub(super) fn new(identifier: String) -> Self {
        Self {
            identifier,
            model: None,
            vendor: None,
            firmware: None,
        }
    }

    pub(super) fn boot(&mut self, boot: &BootNotificationReq) {
        let text = |field: &Option<String>| field.as_deref().map(|text| text.trim().into());
        self.model = text(&boot.charge_point_model);
        self.vendor = text(&boot.charge_point_vendor);
        self.firmware = text(&boot.firmware_version);
    }

    /// Rated current in amps: the number after the `@` of the model.
    pub fn rating_amps(&self) -> Option<u8> {
        let (_, rating) = self.model.as_deref()?.rsplit_once('@')?;
        let digits = rating.trim_end().trim_end_matches(['A', 'a']);
        digits.parse().ok()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            identifier: _,
            model,
            vendor,
            firmware,
        } = self;
        f.debug_struct("Identity")
            .field("identifier", &"[redacted]")
            .field("model", model)
            .field("vendor", vendor)
            .field("firmware", firmware)
            .finish()
    }
}

/// The charger's settings, without its Wi-Fi names and passwords. Absent is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// Current limit, A.
    pub max_current_a: Option<f32>,
    /// Highest station temperature, °C.
    pub max_temperature_c: Option<f32>,
    /// Highest mains voltage, V.
    pub max_voltage_v: Option<f32>,
    /// Lowest mains voltage, V.
    pub min_voltage_v: Option<f32>,
    /// Plug and charge.
    pub direct_work_mode: Option<bool>,
    /// Whether the charger talks to the vendor's cloud.
    pub connect_to_server: Option<bool>,
    /// Seconds between heartbeats.
    pub heartbeat_interval_s: Option<i32>,
    /// Seconds between pushed meter values.
    pub meter_value_sample_interval_s: Option<i32>,
    /// Energy limit of a session, Wh; 0 is none.
    pub max_wh_per_charge: Option<i32>,
    /// Numbers of fields that only have a guessed name.
    pub unknown_fields: Vec<u32>,
}

impl Configuration {
    pub(super) fn new(conf: &DataPullAllConfigurationConf, unknown_fields: Vec<u32>) -> Self {
        let finite = |value: Option<f32>| value.filter(|v| v.is_finite());
        Self {
            max_current_a: finite(conf.max_work_current_a),
            max_temperature_c: finite(conf.max_work_temperature_c),
            max_voltage_v: finite(conf.max_work_voltage_v),
            min_voltage_v: finite(conf.min_work_voltage_v),
            direct_work_mode: conf.direct_work_mode,
            connect_to_server: conf.connect_server,
            heartbeat_interval_s: conf.heartbeat_interval,
            meter_value_sample_interval_s: conf.meter_value_sample_interval,
            max_wh_per_charge: conf.max_wh_per_charge,
            unknown_fields,
        }
    }

    /// The current limit in hundredths of an amp, rounded down; `None` when it is no plausible current.
    pub fn limit_centiamps(&self) -> Option<u16> {
        let centiamps = self.max_current_a? * 100.0 + 0.01;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked"
        )]
        (0.0..=65_000.0)
            .contains(&centiamps)
            .then_some(centiamps as u16)
    }
}
