//! What a controller asks.

use super::VinSection;

/// What can be asked of a unit. Each answer has the same command, with type FD.
///
/// Firmware from 4.5.3 on (about March 2018) knows them; older units stay silent. The legacy ones are answered without a
/// sender, and are never sent. Source: captures; several implementations for the plug; one source for the legacy ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Query {
    /// EB: [`super::Meter`].
    Meter,
    /// EC: [`super::FirmwareVersion`].
    Version,
    /// ED: [`super::SerialNumber`].
    Serial,
    /// EE, EF and F1: [`super::VinPart`].
    Vin(VinSection),
    /// B4: [`super::PlugState`].
    PlugState,
    /// 19: the serial number of old units.
    LegacySerial,
    /// 1A: the model of old units.
    LegacyModel,
    /// 1B: the firmware version of old units.
    LegacyVersion,
}

impl Query {
    /// All queries, those that may be sent first.
    pub const ALL: [Self; 10] = [
        Self::Meter,
        Self::Version,
        Self::Serial,
        Self::Vin(VinSection::First),
        Self::Vin(VinSection::Middle),
        Self::Vin(VinSection::Last),
        Self::PlugState,
        Self::LegacySerial,
        Self::LegacyModel,
        Self::LegacyVersion,
    ];

    /// The command of the question and of its answer.
    pub const fn command(self) -> u8 {
        match self {
            Self::Meter => 0xEB,
            Self::Version => 0xEC,
            Self::Serial => 0xED,
            Self::Vin(VinSection::First) => 0xEE,
            Self::Vin(VinSection::Middle) => 0xEF,
            Self::Vin(VinSection::Last) => 0xF1,
            Self::PlugState => 0xB4,
            Self::LegacySerial => 0x19,
            Self::LegacyModel => 0x1A,
            Self::LegacyVersion => 0x1B,
        }
    }

    /// The query with this command.
    pub const fn from_command(command: u8) -> Option<Self> {
        Some(match command {
            0xEB => Self::Meter,
            0xEC => Self::Version,
            0xED => Self::Serial,
            0xEE => Self::Vin(VinSection::First),
            0xEF => Self::Vin(VinSection::Middle),
            0xF1 => Self::Vin(VinSection::Last),
            0xB4 => Self::PlugState,
            0x19 => Self::LegacySerial,
            0x1A => Self::LegacyModel,
            0x1B => Self::LegacyVersion,
            _ => return None,
        })
    }

    /// The name in `snake_case`, as decoded captures name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meter => "meter",
            Self::Version => "version",
            Self::Serial => "serial",
            Self::Vin(VinSection::First) => "vin_first",
            Self::Vin(VinSection::Middle) => "vin_middle",
            Self::Vin(VinSection::Last) => "vin_last",
            Self::PlugState => "plug_state",
            Self::LegacySerial => "legacy_serial",
            Self::LegacyModel => "legacy_model",
            Self::LegacyVersion => "legacy_version",
        }
    }
}
