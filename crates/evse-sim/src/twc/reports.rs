//! What a peripheral tells of itself and of its meter.
use twc_proto::message::{FirmwareVersion, Message, Meter, Query, VinPart, VinSection};

use super::config::Car;
use super::peripheral::Peripheral;
use crate::number::{whole_u16, whole_u32};

impl Peripheral {
    /// The answer to a query; old firmware knows the legacy ones only, newer firmware the others only.
    pub(super) fn answer(&self, query: Query) -> Option<Message> {
        let is_legacy = matches!(
            query,
            Query::LegacySerial | Query::LegacyModel | Query::LegacyVersion
        );
        if is_legacy == self.config.answers_queries {
            return None;
        }
        let sender = self.id;
        Some(match query {
            Query::Meter => Message::Meter {
                sender,
                meter: self.meter(),
            },
            Query::Version => Message::Version {
                sender,
                version: self.config.firmware,
            },
            Query::Serial => Message::Serial {
                sender,
                serial: self.config.serial,
            },
            Query::Vin(section) => Message::VinPart {
                sender,
                part: self.vin_part(section),
            },
            Query::PlugState => Message::PlugState {
                sender,
                plug: self.plug_state(),
            },
            Query::LegacySerial => Message::LegacySerial(self.config.serial),
            Query::LegacyVersion => Message::LegacyVersion(FirmwareVersion {
                patch: None,
                ..self.config.firmware
            }),
            Query::LegacyModel => return None,
        })
    }

    fn vin_part(&self, section: VinSection) -> VinPart {
        let part = match self.config.car {
            Car::Tesla { vin } if self.vin_known => {
                vin.into_iter().find(|part| part.section() == section)
            }
            _ => None,
        };
        part.unwrap_or_else(|| VinPart::none(section))
    }

    fn meter(&self) -> Meter {
        let readings = self.electrics.phase_readings(&self.vehicle);
        let connected = self.electrics.phases();
        let mut meter = Meter {
            energy_raw: whole_u32((self.electrics.meter.register_wh() / 1_000.0).floor()),
            ..Meter::default()
        };
        let phases = meter.volts.iter_mut().zip(&mut meter.half_amps);
        for (index, ((volts, half_amps), (v, a))) in phases.zip(readings).enumerate() {
            if index < connected {
                *volts = whole_u16(v);
                *half_amps = u8::try_from(whole_u16(a * 2.0)).ok();
            } else {
                *half_amps = Some(0);
            }
        }
        meter
    }

    /// What it measures, 0.01 A.
    pub(super) fn delivered_ca(&self) -> u16 {
        whole_u16((self.current_a() * 100.0).ceil()).max(self.config.idle_offset_ca)
    }
}
