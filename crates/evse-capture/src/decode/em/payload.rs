//! Payloads by the names that the vectors use.

use emproto::message::{
    Action, ChargeRecord, ChargeStart, ChargingStatus, Fault, LoginInfo, Message, PlanSlot,
    Setting, Status, Temperature, Version, WifiConfig,
};
use emproto::time::RawTime;
use emproto::{Command, Direction};
use serde_json::{Value, json};

use super::REDACTED;
use crate::Secrets;

/// The content of a message; null when its layout is not known.
pub(super) fn decoded(message: &Message, secrets: Secrets) -> Value {
    match message {
        Message::Announce(info) | Message::LoginOk(info) => login(info),
        Message::StatusPush(status) | Message::StatusReply(status) => self::status(status),
        Message::ChargingPush(charging) | Message::ChargingReply(charging) => session(charging),
        Message::ChargeStart(start) => self::start(start),
        Message::ChargeStartReply(reply) => json!({
            "line_id": reply.line_id,
            "reservation_result": reply.reservation_result.code(),
            "start_result": reply.start_result,
            "error_reason": reply.error.code(),
            "max_amps": reply.current_a,
        }),
        Message::ChargeStop(stop) => json!({
            "line_id": stop.order.map(|order| order.line_id),
            "user_id": stop.order.map(|order| order.user_id.to_str_lossy().into_owned()),
        }),
        Message::ChargeStopReply(reply) => json!({
            "line_id": reply.line_id,
            "stop_result": reply.stop_result,
            "fail_reason": reply.fail_reason,
        }),
        Message::RecordCurrent(record) | Message::RecordLocal(record) => self::record(record),
        Message::RecordCurrentAck(ack) | Message::RecordLocalAck(ack) => json!({
            "line_id": ack.line_id,
            "charge_id": ack.charge_id.to_str_lossy(),
            "status": ack.status,
        }),
        Message::HistoryInfo(info) => json!({ "capacity": info.capacity }),
        Message::HistorySlot(slot) => json!({
            "capacity": slot.capacity,
            "index": slot.slot,
            "flag": slot.flag.code(),
            "record": slot.record.as_ref().map(record),
        }),
        Message::HistorySlotRequest(request) => {
            json!({ "line_id": request.line_id, "index": request.slot })
        }
        Message::VersionReply(version) => self::version(version),
        Message::WifiReply(config) => wifi(config, secrets),
        Message::Raw(_) => Value::Null,
        Message::Heading(_)
        | Message::PasswordError(_)
        | Message::LoginConfirm(_)
        | Message::LoginRequest(_)
        | Message::HeadingAck(_)
        | Message::StatusAck(_)
        | Message::ChargingAck(_)
        | Message::ChargingRequest(_)
        | Message::HistoryInfoRequest(_)
        | Message::StatusRequest(_)
        | Message::VersionRequest(_) => json!({}),
        _ => setting(message),
    }
}

fn setting(message: &Message) -> Value {
    let command = message.command();
    match message {
        Message::SystemTime(setting) | Message::SystemTimeReply(setting) => {
            value(command, setting, "time", |raw| time(*raw))
        }
        Message::OutputAmps(setting) | Message::OutputAmpsReply(setting) => {
            value(command, setting, "amps", |amps| amps.0.into())
        }
        Message::Nickname(setting) | Message::NicknameReply(setting) => {
            value(command, setting, "nickname", |name| {
                name.to_str_lossy().into()
            })
        }
        Message::StartMethod(setting) | Message::StartMethodReply(setting) => {
            value(command, setting, "mode", |mode| mode.code().into())
        }
        Message::WeeklyPlan(setting) | Message::WeeklyPlanReply(setting) => {
            value(command, setting, "slots", |plan| {
                plan.0.iter().map(slot).collect()
            })
        }
        Message::Language(setting) | Message::LanguageReply(setting) => {
            value(command, setting, "language", |language| {
                language.code().into()
            })
        }
        Message::TemperatureUnit(setting) | Message::TemperatureUnitReply(setting) => {
            value(command, setting, "unit", |unit| unit.code().into())
        }
        _ => Value::Null,
    }
}

/// Action and value; a question has no value, whatever its bytes.
fn value<T>(
    command: Command,
    setting: &Setting<T>,
    key: &str,
    show: impl Fn(&T) -> Value,
) -> Value {
    let asks = command.direction() == Direction::ToCharger && setting.action == Action::Get;
    let value = setting.value.as_ref().filter(|_| !asks).map(show);
    json!({ "action": setting.action.code(), key: value })
}

fn login(info: &LoginInfo) -> Value {
    json!({
        "device_type": info.device_type.code(),
        "phases": if info.device_type.is_three_phase() { 3 } else { 1 },
        "brand": info.brand(),
        "model": info.model(),
        "hardware_version": info.hardware_version.to_str_lossy(),
        "max_power_w": info.max_power_w,
        "max_amps": info.max_current_a,
        "hot_line": info.hot_line(),
        "byte70": info.byte_70(),
    })
}

fn status(status: &Status) -> Value {
    let phases: Vec<_> = status.phases().collect();
    let volts = |phase: usize| {
        let raw = phases
            .get(phase)
            .and_then(|phase| phase.voltage_decivolts.get());
        raw.map(|raw| f64::from(raw) / 10.0)
    };
    let amps = |phase: usize| {
        let raw = phases
            .get(phase)
            .and_then(|phase| phase.current_centiamps.get());
        raw.map(hundredths)
    };
    let celsius = |raw: Temperature| raw.centidegrees().map(hundredths);
    let faults = status.faults.iter();
    let names: Vec<String> = faults.map(|fault| fault.to_string()).collect();
    json!({
        "line_id": status.line_id,
        "l1_voltage": volts(0),
        "l1_amps": amps(0),
        "l2_voltage": volts(1),
        "l2_amps": amps(1),
        "l3_voltage": volts(2),
        "l3_amps": amps(2),
        "power_w": status.power_w.get(),
        "total_kwh": status.energy_centikwh.get().map(hundredths),
        "inner_temp_c": celsius(status.inner_temperature),
        "outer_temp_c": celsius(status.outer_temperature),
        "emergency_raw": status.emergency_raw,
        "emergency_stop": status.emergency_stop(),
        "gun_state": status.plug.code(),
        "output_state": status.output.code(),
        "current_state": status.current_state().code(),
        "error_bits": format!("{:#010x}", status.faults.0),
        "fault_numbers": status.faults.iter().map(Fault::code).collect::<Vec<_>>(),
        "faults": names,
        "three_phase_block": status.l2_l3.is_some(),
        "total_power_w": status.total_power_w(),
    })
}

fn session(charging: &ChargingStatus) -> Value {
    json!({
        "line_id": charging.line_id,
        "current_state": charging.current_state().code(),
        "charge_id": charging.charge_id.to_str_lossy(),
        "start_type": charging.start_type.code(),
        "charge_type": charging.charge_type.code(),
        "max_duration_minutes": charging.max_duration_min.get(),
        "max_energy_kwh": charging.max_energy_centikwh.get().map(hundredths),
        "param3": charging.parameter_3.get().map(hundredths),
        "reservation": time(charging.reservation),
        "user_id": charging.user_id.to_str_lossy(),
        "max_amps": charging.max_current_a.get(),
        "started": time(charging.started),
        "duration_seconds": charging.duration_s.get(),
        "start_kwh": hundredths(charging.start_energy_centikwh),
        "current_kwh": hundredths(charging.current_energy_centikwh),
        "charged_kwh": hundredths(charging.session_energy_centikwh),
        "total_price": hundredths(charging.price_cents),
        "fee_type": charging.fee_type,
        "fee": hundredths(charging.fee_cents),
    })
}

fn start(start: &ChargeStart) -> Value {
    json!({
        "line_id": start.line_id,
        "user_id": start.user_id.to_str_lossy(),
        "charge_id": start.charge_id.to_str_lossy(),
        "is_reservation": start.is_reservation,
        "reservation": time(start.start),
        "start_type": start.start_type.code(),
        "charge_type": start.charge_type.code(),
        "max_duration_minutes": start.max_duration_min.get(),
        "max_energy_kwh": start.max_energy_centikwh.get().map(hundredths),
        "param3": start.parameter_3.get().map(hundredths),
        "max_amps": start.current_a,
    })
}

fn record(record: &ChargeRecord) -> Value {
    json!({
        "line_id": record.line_id,
        "started_by": record.started_by.to_str_lossy(),
        "stopped_by": record.stopped_by.to_str_lossy(),
        "charge_id": record.charge_id.to_str_lossy(),
        "has_reservation": record.has_reservation == 1,
        "start_type": record.start_type.code(),
        "charge_type": record.charge_type.code(),
        "max_duration_minutes": record.max_duration_min.get(),
        "max_energy_kwh": record.max_energy_centikwh.get().map(hundredths),
        "param3": record.parameter_3.get().map(hundredths),
        "stop_reason": record.stop_reason.code(),
        "has_stop": record.has_stop,
        "reservation": time(record.reservation),
        "started": time(record.started),
        "stopped": time(record.stopped),
        "duration_seconds": record.duration_s,
        "start_kwh": hundredths(record.start_energy_centikwh),
        "stop_kwh": hundredths(record.stop_energy_centikwh),
        "charged_kwh": hundredths(record.session_energy_centikwh),
        "total_price": record.price.map(|price| hundredths(price.price_cents)),
        "fee_type": record.price.map(|price| price.fee_type),
        "fee": record.price.map(|price| hundredths(price.fee_cents)),
        "log_count": record.log_count,
    })
}

fn version(version: &Version) -> Value {
    json!({
        "hardware_version": version.hardware.to_str_lossy(),
        "software_version": version.software.to_str_lossy(),
        "feature": version.feature,
        "support_new": version.support_new,
    })
}

fn slot(slot: &PlanSlot) -> Value {
    json!({
        "state": slot.state,
        "enabled": slot.is_on(),
        "start": slot.start().map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
        "hour": slot.hour,
        "minute": slot.minute,
        "duration_minutes": slot.duration_min,
        "limit": slot.limit,
    })
}

fn wifi(config: &WifiConfig, secrets: Secrets) -> Value {
    let text = |field: &[u8]| match secrets {
        Secrets::Redact => REDACTED.to_owned(),
        Secrets::Show => {
            let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(text).into_owned()
        }
    };
    json!({
        "operation": config.operation,
        "ssid": text(&config.ssid),
        "passphrase": text(&config.passphrase),
        "server": std::net::Ipv4Addr::from(config.server).to_string(),
        "port": config.port,
    })
}

fn time(raw: RawTime) -> Value {
    raw.civil()
        .map(|civil| json!({ "raw": raw.0, "local": civil.to_string() }))
        .into()
}

fn hundredths(raw: impl Into<f64>) -> f64 {
    raw.into() / 100.0
}
