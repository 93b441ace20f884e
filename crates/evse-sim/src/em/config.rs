//! What is simulated: identity, addresses, timing and the points on which firmware differs.
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use emproto::message::StartMethod;
use emproto::{CLIENT_PORT, Password, Pin, Serial};

use super::model::{LiveCurrent, Model};
use crate::DelayRange;
use crate::vehicle::VehicleConfig;

/// Everything that can be chosen about a simulated EM charger. See [`DeviceConfig::new`] for the start.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent options, each with its own name"
)]
pub struct DeviceConfig {
    /// Serial number.
    pub serial: Serial,
    /// The PIN that every datagram must carry.
    pub pin: Pin,
    /// Brand, up to 32 bytes.
    pub brand: String,
    /// Model, up to 32 bytes.
    pub model: String,
    /// Hardware version, up to 16 bytes.
    pub hardware_version: String,
    /// Software version, up to 16 bytes.
    pub software_version: String,
    /// Support address, up to 64 bytes.
    pub hot_line: String,
    /// First byte of the announcement; 10 to 15 and 22 to 25 mean three phases.
    pub device_type: u8,
    /// Phases, 1 or 3.
    pub phases: u8,
    /// Rated power, W.
    pub max_power_w: u32,
    /// Rated current, A.
    pub max_current_a: u8,
    /// Port of clients; everything goes there, whatever port a request came from.
    pub client_port: u16,
    /// Where announcements go: a broadcast address, or a client.
    pub announce_to: SocketAddrV4,
    /// Pause between announcements while there is no client.
    pub announce_interval: DelayRange,
    /// Announce while a client is registered, too: said of a BS20.
    pub announces_when_registered: bool,
    /// Register a client by its confirmation alone: seen on a Sync.
    pub registers_without_login: bool,
    /// Period of headings.
    pub heading_interval: Duration,
    /// Pause between statuses.
    pub status_interval: DelayRange,
    /// Period of charging statuses while there is a session or a reservation.
    pub charging_interval: Duration,
    /// Pause between repeated records.
    pub replay_interval: Duration,
    /// From a request to its reply.
    pub reply_delay: DelayRange,
    /// Length of a status: 23, 25, 33 or 40; other lengths are filled up or cut.
    pub status_len: usize,
    /// Length of announcements: 54, 70, 118, 119, 145 or 151.
    pub login_len: usize,
    /// Length of versions: 32, 36 or 37.
    pub version_len: usize,
    /// Length of records: 88 to 445.
    pub record_len: usize,
    /// What stands in place of the PIN in what it sends.
    pub password: Password,
    /// Action byte of replies; `None` echoes that of the request.
    pub reply_action: Option<u8>,
    /// Put two datagrams that are ready together into one packet.
    pub joins_datagrams: bool,
    /// What a new current does to a running charge.
    pub live_current: LiveCurrent,
    /// Longest name that it takes, bytes.
    pub nickname_limit: usize,
    /// After a session the counter at its start reads 0.
    pub forgets_start_counter: bool,
    /// How charging may be started, until a client sets it.
    pub start_method: StartMethod,
    /// Offset of the owner's clock from UTC, seconds, east positive.
    pub utc_offset_s: i32,
    /// How far its clock is ahead of the owner's, seconds.
    pub clock_skew_s: i64,
    /// Answer sets of the clock and keep it as it is.
    pub refuses_clock: bool,
    /// Lose the clock at a reboot.
    pub loses_clock: bool,
    /// Size of the ring of records.
    pub history_capacity: u32,
    /// How many records the ring holds at the start; they are acknowledged already.
    pub history_records: u32,
    /// Energy counter at the start, Wh.
    pub register_wh: f64,
    /// The car.
    pub vehicle: VehicleConfig,
}

impl DeviceConfig {
    /// A model with 1 or 3 phases.
    pub fn new(model: Model, phases: u8, serial: Serial, pin: Pin) -> Self {
        let mut config = Self {
            serial,
            pin,
            brand: String::new(),
            model: String::new(),
            hardware_version: "SIM-1".into(),
            software_version: "SIM-1.0".into(),
            hot_line: "www.example.com".into(),
            device_type: 1,
            phases: 1,
            max_power_w: 7_040,
            max_current_a: 32,
            client_port: CLIENT_PORT,
            announce_to: SocketAddrV4::new(Ipv4Addr::BROADCAST, CLIENT_PORT),
            announce_interval: DelayRange::from_millis(2_800, 3_200),
            announces_when_registered: false,
            registers_without_login: false,
            heading_interval: Duration::from_millis(10_090),
            status_interval: DelayRange::from_millis(5_000, 15_000),
            charging_interval: Duration::from_secs(10),
            replay_interval: Duration::from_millis(3_600),
            reply_delay: DelayRange::from_millis(5, 40),
            status_len: 25,
            login_len: 70,
            version_len: 37,
            record_len: 157,
            password: Password::NONE,
            reply_action: None,
            joins_datagrams: false,
            live_current: LiveCurrent::Applies,
            nickname_limit: 28,
            forgets_start_counter: false,
            start_method: StartMethod::AppOnly,
            utc_offset_s: 0,
            clock_skew_s: 0,
            refuses_clock: false,
            loses_clock: true,
            history_capacity: 300,
            history_records: 0,
            register_wh: 1_234_560.0,
            vehicle: VehicleConfig::default(),
        };
        model.apply(&mut config, phases);
        config
    }
}
