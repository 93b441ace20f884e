//! What the charger tells: notifications, meter values, vendor status, heartbeats.
use std::time::{Duration, Instant};

use duosida_proto::VENDOR_ID;
use duosida_proto::message::{Body, ChargePointStatus, ErrorCode};
use duosida_proto::proto::{
    AuthorizeReq, BootNotificationReq, DataContinueReq, DataTransferReq, DataVendorStatusReq,
    HeartbeatReq, IdToken, Measurand, MeterValue, MeterValuesReq, SampledValue,
    StatusNotificationReq, UnitOfMeasure, data_transfer_req,
};

use super::config::VendorStatusPush;
use super::device::Device;
use super::pilot::Pilot;
use super::session::{Request, Timer};
use crate::number::{seconds, wire_float};

impl Device {
    pub(super) fn boot_notification(&self) -> Body {
        let config = &self.config;
        Body::BootNotificationReq(BootNotificationReq {
            charge_point_model: Some(config.model.clone()),
            charge_point_serial_number: Some(config.identifier.clone()),
            charge_point_vendor: Some(config.vendor.clone()),
            firmware_version: Some(config.firmware.clone()),
            iccid: Some(String::new()),
            imsi: Some(String::new()),
            ..BootNotificationReq::default()
        })
    }

    pub(super) fn status_notification(&self, now: Instant) -> Body {
        let fault = self.status == ChargePointStatus::Faulted;
        Body::StatusNotificationReq(StatusNotificationReq {
            connector_id: Some(1),
            error_code: Some(self.error.into()),
            info: Some(if fault {
                "simulated fault".to_owned()
            } else {
                String::new()
            }),
            status: Some(self.status.into()),
            timestamp: Some(self.clock(now)),
            vendor_id: Some(String::new()),
            vendor_error_code: Some(String::new()),
        })
    }

    /// Samples in the order of the captured frame: current, session energy, power, temperature, voltage; the
    /// register last. A three-phase unit adds the phase to currents and voltages (assumption).
    pub(super) fn meter_values(&self, now: Instant, with_transaction: bool) -> Body {
        let readings = self.electrics.phase_readings(&self.vehicle);
        let phases = self.electrics.phases();
        let per_phase = |pick: fn((f64, f64)) -> f64, measurand, unit| {
            readings
                .into_iter()
                .take(phases)
                .zip(0..)
                .map(move |(reading, phase)| SampledValue {
                    phase: (phases > 1).then_some(phase),
                    ..sample(pick(reading), measurand, unit)
                })
        };
        let mut samples = Vec::with_capacity(10);
        samples.extend(per_phase(
            |(_, amps)| amps,
            Measurand::CurrentImport,
            UnitOfMeasure::A,
        ));
        let session_kwh = self.electrics.meter.session_wh() / 1000.0;
        samples.push(sample(
            session_kwh,
            Measurand::EnergyActiveImportInterval,
            UnitOfMeasure::KWh,
        ));
        let power = self.electrics.power_w(&self.vehicle);
        samples.push(sample(
            power,
            Measurand::PowerActiveImport,
            UnitOfMeasure::W,
        ));
        samples.push(sample(
            self.electrics.celsius().round(),
            Measurand::Temperature,
            UnitOfMeasure::Celsius,
        ));
        samples.extend(per_phase(
            |(volts, _)| volts,
            Measurand::Voltage,
            UnitOfMeasure::V,
        ));
        if self.config.register_sample {
            let register_kwh = self.electrics.meter.register_wh() / 1000.0;
            samples.push(sample(
                register_kwh,
                Measurand::EnergyActiveImportRegister,
                UnitOfMeasure::KWh,
            ));
        }
        let id = self.transaction.as_ref().and_then(|running| running.id);
        Body::MeterValuesReq(MeterValuesReq {
            connector_id: Some(1),
            transaction_id: id.filter(|_| with_transaction),
            meter_values: vec![MeterValue {
                timestamp: Some(self.clock(now)),
                sampled_values: samples,
            }],
        })
    }

    fn vendor_status(&self, now: Instant) -> Body {
        let (volts, amps) = self.electrics.phase_readings(&self.vehicle)[0];
        let limit = self.electrics.limit.value(now);
        let closed = self.electrics.contactor.is_closed();
        let pilot = Pilot::new(&self.vehicle, self.transaction.is_some(), closed, limit);
        let running = self.transaction.as_ref();
        let status = DataVendorStatusReq {
            voltage_v: Some(wire_float(volts)),
            current_a: Some(wire_float(amps)),
            energy_register_kwh: Some(wire_float(self.electrics.meter.register_wh() / 1000.0)),
            session_energy_kwh: Some(wire_float(self.electrics.meter.session_wh() / 1000.0)),
            field_5: Some(wire_float(pilot.low_v)),
            field_6: Some(0.0),
            frequency_hz: Some(wire_float(self.electrics.frequency_hz)),
            station_temperature_c: Some(wire_float(self.electrics.celsius().round())),
            cp_voltage_v: Some(wire_float(pilot.high_v)),
            cp_frequency_hz: Some(1000.0),
            cp_duty: Some(wire_float(pilot.duty)),
            cp_state: Some(pilot.state),
            over_temperature_a: Some(0.0),
            over_temperature_b: Some(0.0),
            board_12v_v: Some(wire_float(12.02 - amps * 0.001)),
            board_5v_v: Some(5.01),
            status: Some(self.status.into()),
            transaction_start: Some(running.map_or(0, |transaction| transaction.started_at)),
            transaction_stop: Some(0),
            timestamp: Some(seconds(now.saturating_duration_since(self.booted))),
            transaction_id: Some(running.and_then(|transaction| transaction.id).unwrap_or(-1)),
            id_tag: Some(running.map_or_else(String::new, |transaction| transaction.tag.clone())),
            vendor_info: Some(String::new()),
        };
        transfer(
            "DataVendorStatusReq",
            data_transfer_req::Case::DataVendorStatusReq(status),
        )
    }

    /// Sends a vendor status in a segment of its own, if this device pushes any, and sets the time of the next.
    pub(super) fn push_vendor_status(&mut self, now: Instant, delay: Duration) {
        let wanted = match self.config.vendor_status {
            VendorStatusPush::Always => self.is_open(),
            VendorStatusPush::AfterBootConf => {
                self.is_open()
                    && self
                        .session
                        .as_ref()
                        .is_some_and(|session| session.boot_confirmed)
            }
            VendorStatusPush::Never => false,
        };
        if !wanted {
            return;
        }
        let behind = self.last_due(now).saturating_duration_since(now) + OWN_SEGMENT;
        let mut body = self.vendor_status(now);
        if self.bad_tag {
            mark_tag(&mut body);
        }
        self.request_after(now, delay.max(behind), Request::VendorStatus, body);
        self.bad_tag = false;
        self.not_before = self.last_due(now) + OWN_SEGMENT;
        self.timers.set(
            Timer::VendorStatus,
            now + self.config.vendor_status_interval,
        );
    }

    pub(super) fn push_meter_values(&mut self, now: Instant) {
        if self.transaction.is_none() {
            return;
        }
        if self.is_open() {
            let body = self.meter_values(now, true);
            self.request_after(now, Duration::ZERO, Request::MeterValues, body);
        }
        self.timers
            .set(Timer::MeterValues, now + self.config.meter_values_interval);
    }

    pub(super) fn push_heartbeat(&mut self, now: Instant) {
        if self.is_open() {
            self.request_after(
                now,
                Duration::ZERO,
                Request::Heartbeat,
                Body::HeartbeatReq(HeartbeatReq {}),
            );
            self.timers
                .set(Timer::Heartbeat, now + self.config.heartbeat_interval);
        }
    }

    pub(super) fn push_data_continue(&mut self, now: Instant) {
        if self.is_open() && self.config.data_continue {
            let body = transfer(
                "DataContinueReq",
                data_transfer_req::Case::DataContinueReq(DataContinueReq {}),
            );
            self.request_after(now, Duration::ZERO, Request::DataContinue, body);
            self.timers
                .set(Timer::DataContinue, now + DATA_CONTINUE_INTERVAL);
        }
    }

    /// Changes the status and tells the client.
    pub(super) fn set_status(&mut self, now: Instant, status: ChargePointStatus) {
        self.timers.clear(Timer::LingerEnd);
        let error = if status == ChargePointStatus::Faulted {
            self.error
        } else {
            ErrorCode::NoError
        };
        if self.status == status && self.error == error {
            return;
        }
        self.status = status;
        self.error = error;
        self.notify(super::Event::Status(status));
        if self.is_open() {
            let body = self.status_notification(now);
            self.request_after(now, Duration::ZERO, Request::StatusNotification, body);
            self.push_vendor_status(now, Duration::ZERO);
        }
    }

    /// A card is held to the reader. Without a local session nobody is asked.
    pub fn show_card(&mut self, now: Instant, id_tag: &str) {
        self.handle_timeout(now);
        if self.is_open() {
            self.shown_card = Some(id_tag.to_owned());
            let id_tag = Some(IdToken {
                id_token: Some(id_tag.to_owned()),
            });
            let body = Body::AuthorizeReq(AuthorizeReq { id_tag });
            self.request_after(now, Duration::ZERO, Request::Authorize, body);
        }
    }

    /// Applies the disturbances of encoded messages that a test asked for.
    pub(super) fn disturb(&mut self, mut frame: Vec<u8>) -> Vec<u8> {
        if self.bad_tag
            && let Some(start) = frame
                .windows(TAG_MARK.len())
                .position(|window| window == TAG_MARK.as_bytes())
        {
            // Same length, not UTF-8.
            frame.splice(start..start + TAG_MARK.len(), [0xff; TAG_MARK.len()]);
        }
        if std::mem::take(&mut self.unknown_fields) {
            frame.splice(0..0, UNKNOWN_FIELDS);
        }
        frame
    }
}

/// One reading as text with two decimals. Context and location are the captured 3; their names are disputed.
fn sample(value: f64, measurand: Measurand, unit: UnitOfMeasure) -> SampledValue {
    SampledValue {
        value: Some(format!("{value:.2}")),
        context: Some(3),
        format: None,
        measurand: Some(measurand.into()),
        phase: None,
        location: Some(3),
        unit: Some(unit.into()),
    }
}

fn transfer(name: &str, case: data_transfer_req::Case) -> Body {
    Body::DataTransferReq(DataTransferReq {
        vendor_id: Some(VENDOR_ID.to_owned()),
        message_id: Some(name.to_owned()),
        case: Some(case),
    })
}

fn mark_tag(body: &mut Body) {
    if let Body::DataTransferReq(DataTransferReq {
        case: Some(data_transfer_req::Case::DataVendorStatusReq(status)),
        ..
    }) = body
    {
        status.id_tag = Some(TAG_MARK.to_owned());
    }
}

/// Keeps the vendor status apart from other messages: one peer parses each read as one message.
const OWN_SEGMENT: Duration = Duration::from_millis(60);
/// Assumption; the meaning of the message is unknown.
const DATA_CONTINUE_INTERVAL: Duration = Duration::from_secs(30);
/// Replaced by bytes that are no text.
const TAG_MARK: &str = "BAD-TAG";
/// Fields 90 (varint) and 91 (two bytes) of the envelope: unknown to everyone.
const UNKNOWN_FIELDS: [u8; 8] = [0xd0, 0x05, 0x2a, 0xda, 0x05, 0x02, 0x01, 0x02];
