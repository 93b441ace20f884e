//! What is simulated: identity, timing and the points on which firmware differs.
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::DelayRange;
use crate::vehicle::VehicleConfig;

/// What happens to a second connection, or to one while the slot is still busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondConnection {
    /// Accepted and closed at once. Assumption.
    #[default]
    Close,
    /// Refused.
    Refuse,
    /// Beside a live session: nothing works any more until the charger is power-cycled. Seen once on hardware.
    Lock,
}

/// When vendor statuses are pushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VendorStatusPush {
    /// In every session.
    #[default]
    Always,
    /// Once the boot notification was confirmed in this session.
    AfterBootConf,
    /// Never.
    Never,
}

/// Which form of the current limit takes effect; the other is accepted and ignored. Source: spec 14.3, disputed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LimitFormatAccepted {
    /// Only `16`.
    Integer,
    /// Only `16.00`.
    TwoDecimals,
    /// Both.
    #[default]
    Both,
}

/// Which form of the id tag a remote start may have; the other is rejected. Source: spec 10, both seen accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TagFormAccepted {
    /// Only a nested message.
    Nested,
    /// Only the text itself.
    Plain,
    /// Both.
    #[default]
    Both,
}

/// Everything that can be chosen about a simulated Duosida wallbox. The default is a V2.5 single-phase unit.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent options, each with its own name"
)]
pub struct DeviceConfig {
    /// Field 100 and serial number: 19 digits.
    pub identifier: String,
    /// Model text; the number after `@` is the rating.
    pub model: String,
    /// Vendor text.
    pub vendor: String,
    /// Main board, variant, transport, Wi-Fi module, comma separated.
    pub firmware: String,
    /// Address of the Wi-Fi module.
    pub mac: [u8; 6],
    /// Address told in the discovery answer.
    pub ip: Ipv4Addr,
    /// Rated current, A.
    pub rating_a: u8,
    /// Phases, 1 or 3. Three-phase units are an assumption: no capture exists.
    pub phases: u8,
    /// How long the slot stays busy after a close; 0 also switches the limit on connects per minute off.
    pub slot_busy: Duration,
    /// What a second connection gets.
    pub second_connection: SecondConnection,
    /// From the opening message to the three answers. Assumption.
    pub opening_delay: DelayRange,
    /// From any other request to its answer.
    pub answer_delay: DelayRange,
    /// When vendor statuses come.
    pub vendor_status: VendorStatusPush,
    /// Period of the vendor status. Assumption.
    pub vendor_status_interval: Duration,
    /// Period of meter values while a transaction runs. Source: hardware.
    pub meter_values_interval: Duration,
    /// Period of heartbeats. Assumption.
    pub heartbeat_interval: Duration,
    /// Pause before an unconfirmed transaction message is repeated. Source: hardware.
    pub retry_interval: Duration,
    /// Send `DataContinue` every 30 s (assumption; meaning unknown).
    pub data_continue: bool,
    /// Triggered meter values carry the transaction id, not only pushed ones.
    pub transaction_id_on_trigger: bool,
    /// Meter values include the energy register.
    pub register_sample: bool,
    /// `VendorLEDStrength` works; the V2.5 profile rejects it. Source: hardware.
    pub led_writable: bool,
    /// A remote stop is obeyed whatever transaction id it names.
    pub ignore_stop_id: bool,
    /// The cloud is connected too: it sets the clock, and confirms transactions while no local session is open.
    pub cloud: bool,
    /// Which form of the limit takes effect.
    pub limit_format: LimitFormatAccepted,
    /// Which form of the id tag is taken.
    pub tag_form: TagFormAccepted,
    /// How long the status stays Finishing after the cable was pulled.
    pub finished_lingers: Duration,
    /// From `SuspendedEV` with a full battery to the end of the transaction. Assumption.
    pub suspended_for: Duration,
    /// Probability that a discovery probe goes unanswered, 0 to 1.
    pub discovery_loss: f64,
    /// Energy register at the start, Wh.
    pub register_wh: f64,
    /// The car.
    pub vehicle: VehicleConfig,
}

impl Default for DeviceConfig {
    fn default() -> Self {
        Self {
            identifier: "0300000000000000001".to_owned(),
            model: "DUOSIDA Mode3@32A".to_owned(),
            vendor: "UCHEN".to_owned(),
            firmware: "V2.5@46ab776+266,F13.wifi2,mq,V1.0@30352c3+62".to_owned(),
            mac: [0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee],
            ip: Ipv4Addr::LOCALHOST,
            rating_a: 32,
            phases: 1,
            slot_busy: Duration::from_secs(30),
            second_connection: SecondConnection::default(),
            opening_delay: DelayRange::from_millis(100, 500),
            answer_delay: DelayRange::from_millis(20, 60),
            vendor_status: VendorStatusPush::default(),
            vendor_status_interval: Duration::from_secs(10),
            meter_values_interval: Duration::from_mins(1),
            heartbeat_interval: Duration::from_mins(1),
            retry_interval: Duration::from_mins(1),
            data_continue: false,
            transaction_id_on_trigger: false,
            register_sample: true,
            led_writable: false,
            ignore_stop_id: false,
            cloud: true,
            limit_format: LimitFormatAccepted::default(),
            tag_form: TagFormAccepted::default(),
            finished_lingers: Duration::ZERO,
            suspended_for: Duration::from_mins(1),
            discovery_loss: 0.0,
            register_wh: 250_325.0,
            vehicle: VehicleConfig::default(),
        }
    }
}

impl DeviceConfig {
    /// A three-phase 32 A unit. Assumption: no capture of one exists.
    pub fn three_phase() -> Self {
        Self {
            phases: 3,
            ..Self::default()
        }
    }
}
