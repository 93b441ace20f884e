//! What is simulated: identity, timing, the car, and the points on which firmware differs.
use std::time::Duration;

use twc_proto::Address;
use twc_proto::frame::Trailer;
use twc_proto::message::{FirmwareVersion, ProtocolVersion, SerialNumber, VinPart, VinSection};

use crate::DelayRange;
use crate::random::Random;
use crate::vehicle::VehicleConfig;

/// Everything that can be chosen about a simulated peripheral. See [`PeripheralConfig::new`] for the start.
#[derive(Clone, Debug, PartialEq)]
pub struct PeripheralConfig {
    /// Its id on the bus, unless a conflict makes it choose another.
    pub id: Address,
    /// Serial number; those of real units end with the id.
    pub serial: SerialNumber,
    /// Firmware version.
    pub firmware: FirmwareVersion,
    /// Which protocol it speaks.
    pub version: ProtocolVersion,
    /// What it may draw at most, 0.01 A: 3200 in Europe, 8000 in America.
    pub hardware_max_ca: u16,
    /// Phases, 1 or 3.
    pub phases: u8,
    /// Answers queries and commands for the contactors: firmware 4.5.3 and later does.
    pub answers_queries: bool,
    /// Pause between presences while no controller has claimed it: 1.3 s, 6 s or 10 s, by firmware.
    pub presence_interval: Duration,
    /// From the end of a request to the beginning of its reply.
    pub reply_delay: DelayRange,
    /// What it sends behind a frame.
    pub trailer: TrailerPolicy,
    /// What it makes of a limit of 0.
    pub zero_limit: ZeroLimit,
    /// How long it charges on without a heartbeat: 30 s, or 10 s.
    pub controller_timeout: Duration,
    /// Current that its meter shows while none flows, 0.01 A.
    pub idle_offset_ca: u16,
    /// Energy counter at the start, kWh.
    pub energy_kwh: u32,
    /// The car that may be plugged in.
    pub car: Car,
    /// How long that car waits for a limit: 30 s. Source: several logs.
    pub patience: Duration,
    /// What that car can take.
    pub vehicle: VehicleConfig,
}

impl PeripheralConfig {
    /// A European unit with this id and a Tesla: 32 A, three phases, the firmware of the best published capture.
    pub fn new(id: Address, version: ProtocolVersion) -> Self {
        let is_old = version == ProtocolVersion::V1;
        Self {
            id,
            serial: SerialNumber::new(&format!("A17A000{id}")),
            firmware: FirmwareVersion {
                release: 4,
                major: if is_old { 0 } else { 5 },
                minor: 10,
                patch: Some(2),
            },
            version,
            hardware_max_ca: 3_200,
            phases: 3,
            answers_queries: !is_old,
            presence_interval: Duration::from_secs(6),
            reply_delay: DelayRange::from_millis(130, 180),
            trailer: TrailerPolicy::ByLength,
            zero_limit: if is_old {
                ZeroLimit::Stop
            } else {
                ZeroLimit::Minimum
            },
            controller_timeout: Duration::from_secs(30),
            idle_offset_ca: 0,
            energy_kwh: 1_234,
            car: Car::tesla(),
            patience: Duration::from_secs(30),
            vehicle: VehicleConfig {
                max_current_a: 16.0,
                ramp_a_per_s: 3.0,
                below_offer_a: 0.5,
                min_offer_a: if is_old { 5.0 } else { 6.0 },
                ..VehicleConfig::default()
            },
        }
    }
}

/// What stands behind the closing marker of a unit's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailerPolicy {
    /// FC behind short frames, FE behind long ones. Source: the captures with timestamps; confidence high.
    ByLength,
    /// One of those that were seen anywhere, or none, by chance.
    Mixed,
    /// None.
    None,
}

impl TrailerPolicy {
    /// The trailer for a body of so many bytes.
    pub(super) fn pick(self, body_len: usize, random: &mut Random) -> Trailer {
        match self {
            Self::ByLength if body_len == 20 => Trailer::Byte(0xFE),
            Self::ByLength => Trailer::Byte(0xFC),
            Self::Mixed => {
                let which = usize::try_from(random.below(5)).unwrap_or_default();
                SEEN_TRAILERS
                    .get(which)
                    .map_or(Trailer::None, |byte| Trailer::Byte(*byte))
            }
            Self::None => Trailer::None,
        }
    }
}

/// What a unit makes of a limit of 0. Sources disagree, so it can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroLimit {
    /// Takes it for 6 A.
    Minimum,
    /// Stops charging until there is another limit.
    Stop,
    /// The car goes to an error and has to be plugged in again.
    Fault,
}

/// What kind of car it is; the details are in [`PeripheralConfig::vehicle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Car {
    /// Tells its VIN, and goes to a fault when the contactors open under load.
    Tesla {
        /// The parts of the VIN, in the order of [`VinSection::ALL`].
        vin: [VinPart; 3],
    },
    /// Any other: tells no VIN, takes a pause when the contactors open.
    Other,
}

impl Car {
    /// A Tesla with a VIN that no car has.
    pub fn tesla() -> Self {
        let part = |section, text: &[u8]| VinPart::from_bytes(section, text);
        Self::Tesla {
            vin: [
                part(VinSection::First, b"5YJTEST"),
                part(VinSection::Middle, b"A4TWC00"),
                part(VinSection::Last, b"001"),
            ],
        }
    }
}

/// Source: captures and logs.
const SEEN_TRAILERS: [u8; 4] = [0xFC, 0xFE, 0xF8, 0xFF];
