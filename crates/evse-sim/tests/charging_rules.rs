//! Settings, transactions and physics of the simulated Duosida.
mod support;

use duosida_proto::message::{Body, ChargePointStatus, ErrorCode, TagForm, encode_id_tag};
use duosida_proto::proto::{IdTagInfo, MeterValuesReq, StartTransactionConf};
use evse_sim::duosida::{DeviceConfig, LimitFormatAccepted, TagFormAccepted};
use evse_sim::vehicle::VehicleConfig;
use support::Client;

fn nested() -> Vec<u8> {
    encode_id_tag("XC_Remote_Tag", TagForm::Nested)
}

fn charging(config: DeviceConfig) -> Client {
    let mut client = Client::opened(config);
    client.device.plug_in(client.now);
    assert_eq!(client.start_charging(nested()), Some(0));
    client.run(15.0);
    assert_eq!(client.device.status(), ChargePointStatus::Charging);
    client
}

fn last_meter_values(client: &Client) -> MeterValuesReq {
    let found = client
        .inbox
        .iter()
        .rev()
        .find_map(|(_, envelope)| match &envelope.message {
            Some(Body::MeterValuesReq(values)) => Some(values.clone()),
            _ => None,
        });
    found.expect("meter values")
}

#[test]
fn settings_are_checked_against_their_ranges() {
    let mut client = Client::opened(DeviceConfig {
        rating_a: 16,
        ..DeviceConfig::default()
    });
    for (key, value, status) in [
        ("VendorMaxWorkCurrent", "16", 0),
        ("VendorMaxWorkCurrent", "10.00", 0),
        ("VendorMaxWorkCurrent", "17", 1),
        ("VendorMaxWorkCurrent", "5", 1),
        ("VendorMaxWorkCurrent", "10.50", 1),
        ("VendorMaxWorkCurrent", "", 1),
        ("ConnectionTimeOut", "30", 0),
        ("ConnectionTimeOut", "901", 1),
        ("VendorMaxWorkTemperature", "95", 0),
        ("VendorMaxWorkTemperature", "96", 1),
        ("VendorMaxWorkVoltage", "265", 0),
        ("VendorMinWorkVoltage", "69", 1),
        ("VendorDirectWorkMode", "1", 0),
        ("VendorDirectWorkMode", "2", 1),
        ("StopTransactionOnEVSideDisconnect", "0", 0),
        ("CheckCpN12V", "0", 0),
        ("VendorLEDStrength", "1", 1),
        ("NoSuchKey", "1", 3),
    ] {
        assert_eq!(client.set(key, value), Some(status), "{key} = {value:?}");
    }
    let stored = client.pull();
    assert_eq!(stored.max_work_current_a, Some(10.0));
    assert_eq!(stored.direct_work_mode, Some(true));
    assert!(
        stored
            .wifi_sta_password
            .is_some_and(|password| password.contains("secret"))
    );
    assert_eq!(client.device.ground_truth().flash_writes, 8);
    assert_eq!(client.device.violation_count(), 0);
}

#[test]
fn limit_in_the_wrong_format_is_accepted_without_effect() {
    let config = DeviceConfig {
        limit_format: LimitFormatAccepted::TwoDecimals,
        ..DeviceConfig::default()
    };
    let mut client = Client::opened(config);
    assert_eq!(client.set("VendorMaxWorkCurrent", "10"), Some(0));
    assert_eq!(client.pull().max_work_current_a, Some(32.0));
    assert_eq!(client.set("VendorMaxWorkCurrent", "10.00"), Some(0));
    assert_eq!(client.pull().max_work_current_a, Some(10.0));
}

#[test]
fn both_tag_forms_start_unless_the_profile_takes_only_one() {
    let plain = || encode_id_tag("XC_Remote_Tag", TagForm::Plain);
    for (accepted, nested_status, plain_status) in [
        (TagFormAccepted::Both, 0, 0),
        (TagFormAccepted::Nested, 0, 1),
        (TagFormAccepted::Plain, 1, 0),
    ] {
        for (tag, status) in [(nested(), nested_status), (plain(), plain_status)] {
            let mut client = Client::opened(DeviceConfig {
                tag_form: accepted,
                ..DeviceConfig::default()
            });
            client.device.plug_in(client.now);
            assert_eq!(client.start_charging(tag), Some(status), "{accepted:?}");
        }
    }
}

#[test]
fn start_delivers_current_within_five_seconds_and_a_second_start_is_rejected() {
    let mut client = Client::opened(DeviceConfig::default());
    client.set("VendorMaxWorkCurrent", "6");
    client.run(31.0);
    client.device.plug_in(client.now);
    assert_eq!(client.start_charging(nested()), Some(0));
    client.run(5.0);
    let truth = client.device.ground_truth();
    assert_eq!(truth.status, ChargePointStatus::Charging);
    assert!((truth.current_a - 6.0).abs() < 0.01, "{}", truth.current_a);
    assert_eq!(truth.transaction_id, Some(77));
    assert_eq!(client.start_charging(nested()), Some(1));
}

#[test]
fn stop_needs_the_right_id_and_ends_the_current_at_once() {
    let mut client = charging(DeviceConfig::default());
    assert_eq!(client.stop_charging(78), Some(1));
    assert_eq!(client.stop_charging(77), Some(0));
    let truth = client.device.ground_truth();
    assert!(truth.current_a.abs() < f64::EPSILON);
    assert_eq!(truth.status, ChargePointStatus::Finishing);
    let stop = client
        .inbox
        .iter()
        .find_map(|(_, envelope)| match &envelope.message {
            Some(Body::StopTransactionReq(stop)) => Some(stop.clone()),
            _ => None,
        });
    let stop = stop.expect("a stop");
    assert_eq!((stop.transaction_id, stop.reason), (Some(77), Some(4)));
    assert_eq!(client.device.violation_count(), 0);
}

#[test]
fn start_is_repeated_until_confirmed_with_an_explicit_status() {
    let mut client = Client::opened(DeviceConfig::default());
    client.confirms = false;
    client.device.plug_in(client.now);
    client.start_charging(nested());
    client.run(150.0);
    assert_eq!(client.count("StartTransactionReq"), 3);
    assert_eq!(client.stop_charging(77), Some(1));
    let last = client
        .inbox
        .iter()
        .rev()
        .find(|(_, envelope)| matches!(envelope.message, Some(Body::StartTransactionReq(_))));
    let id = last
        .and_then(|(_, envelope)| envelope.message_id)
        .expect("an id");
    let empty = StartTransactionConf {
        id_tag_info: Some(IdTagInfo::default()),
        transaction_id: Some(77),
    };
    client.send_as(Body::StartTransactionConf(empty), None, id);
    assert_eq!(client.device.ground_truth().transaction_id, None);
    client.send_as(support::start_conf(77), None, id);
    assert_eq!(client.device.ground_truth().transaction_id, Some(77));
    client.run(120.0);
    assert_eq!(client.count("StartTransactionReq"), 3);
}

#[test]
fn start_without_a_car_waits_until_the_timeout() {
    let mut client = Client::opened(DeviceConfig::default());
    client.set("ConnectionTimeOut", "60");
    assert_eq!(client.start_charging(nested()), Some(0));
    assert_eq!(client.device.status(), ChargePointStatus::Preparing);
    client.run(61.0);
    assert_eq!(client.device.status(), ChargePointStatus::Available);
    assert_eq!(client.start_charging(nested()), Some(0));
    client.run(20.0);
    client.device.plug_in(client.now);
    client.run(5.0);
    assert_eq!(client.device.status(), ChargePointStatus::Charging);
}

#[test]
fn direct_mode_starts_by_plugging_in() {
    let mut client = Client::opened(DeviceConfig::default());
    client.set("VendorDirectWorkMode", "1");
    client.device.plug_in(client.now);
    client.run(15.0);
    let (_, status) = client.vendor_statuses().pop().expect("a vendor status");
    assert_eq!(status.id_tag.as_deref(), Some("DirectWorkUser"));
    assert_eq!(
        (status.status, status.cp_state, status.transaction_id),
        (Some(2), Some(6), Some(77))
    );
}

#[test]
fn without_direct_mode_a_waiting_car_times_out() {
    let mut client = Client::opened(DeviceConfig::default());
    client.device.plug_in(client.now);
    client.run(1.0);
    assert_eq!(client.device.status(), ChargePointStatus::Preparing);
    client.run(121.0);
    assert_eq!(client.device.status(), ChargePointStatus::Available);
}

#[test]
fn physics_agree_with_each_other() {
    let mut client = charging(DeviceConfig::default());
    let before = client.device.ground_truth();
    client.run(3600.0);
    let after = client.device.ground_truth();
    assert!((224.0..=231.0).contains(&after.voltage_v));
    assert!((after.power_w - after.voltage_v * after.current_a).abs() < 0.1);
    let energy = after.register_wh - before.register_wh;
    assert!((7_100.0..=7_400.0).contains(&energy), "{energy}");
    assert!((energy - (after.session_wh - before.session_wh)).abs() < 0.1);
    assert!(after.temperature_c > 34.0 && after.temperature_c < 35.1);
    assert_eq!(after.contactor_cycles, 1);
    assert!(client.count("MeterValuesReq") >= 60);
}

#[test]
fn new_limit_reaches_the_car_within_thirty_seconds() {
    let mut client = charging(DeviceConfig::default());
    assert_eq!(client.set("VendorMaxWorkCurrent", "10"), Some(0));
    client.run(31.0);
    assert!((client.device.ground_truth().current_a - 10.0).abs() < 0.01);
}

#[test]
fn full_car_suspends_and_then_finishes() {
    let vehicle = VehicleConfig {
        battery_kwh: 10.0,
        state_of_charge: 0.97,
        ..VehicleConfig::default()
    };
    let mut client = charging(DeviceConfig {
        vehicle,
        ..DeviceConfig::default()
    });
    let full_load = client.device.ground_truth().current_a;
    client.run(120.0);
    assert!(client.device.ground_truth().current_a < full_load);
    let mut statuses = Vec::new();
    for _ in 0..200 {
        client.run(10.0);
        if statuses.last() != Some(&client.device.status()) {
            statuses.push(client.device.status());
        }
    }
    assert_eq!(
        statuses,
        [
            ChargePointStatus::Charging,
            ChargePointStatus::SuspendedEv,
            ChargePointStatus::Finishing
        ]
    );
}

#[test]
fn unplugging_ends_the_transaction_and_frees_the_charger() {
    let mut client = charging(DeviceConfig::default());
    client.device.unplug(client.now);
    client.run(1.0);
    let truth = client.device.ground_truth();
    assert_eq!(
        (truth.status, truth.in_transaction),
        (ChargePointStatus::Available, false)
    );
    assert_eq!(client.count("StopTransactionReq"), 1);
}

#[test]
fn finished_may_linger_after_unplugging() {
    let linger = std::time::Duration::from_mins(1);
    let mut client = charging(DeviceConfig {
        finished_lingers: linger,
        ..DeviceConfig::default()
    });
    client.stop_charging(77);
    client.device.unplug(client.now);
    client.run(30.0);
    assert_eq!(client.device.status(), ChargePointStatus::Finishing);
    client.run(31.0);
    assert_eq!(client.device.status(), ChargePointStatus::Available);
}

#[test]
fn without_stop_on_disconnect_the_transaction_waits_for_the_car() {
    let mut client = charging(DeviceConfig::default());
    client.set("StopTransactionOnEVSideDisconnect", "0");
    client.device.unplug(client.now);
    client.run(10.0);
    assert_eq!(client.device.status(), ChargePointStatus::SuspendedEv);
    client.device.plug_in(client.now);
    client.run(10.0);
    assert_eq!(client.device.status(), ChargePointStatus::Charging);
}

#[test]
fn three_phase_samples_carry_their_phase() {
    let mut client = charging(DeviceConfig::three_phase());
    client.run(60.0);
    let values = last_meter_values(&client);
    assert_eq!(values.transaction_id, Some(77));
    let samples = &values.meter_values[0].sampled_values;
    let phases = |measurand: i32| -> Vec<_> {
        samples
            .iter()
            .filter(|sample| sample.measurand == Some(measurand))
            .map(|sample| sample.phase)
            .collect()
    };
    assert_eq!(phases(14), [Some(0), Some(1), Some(2)]);
    assert_eq!(phases(17), [Some(0), Some(1), Some(2)]);
    let power: f64 = samples
        .iter()
        .find(|sample| sample.measurand == Some(9))
        .and_then(|sample| sample.value.as_ref()?.parse().ok())
        .expect("power");
    assert!(power > 20_000.0);
}

#[test]
fn single_phase_samples_are_those_of_the_capture() {
    let mut client = charging(DeviceConfig {
        register_sample: false,
        ..DeviceConfig::default()
    });
    client.run(60.0);
    let values = last_meter_values(&client);
    let samples = &values.meter_values[0].sampled_values;
    let measurands: Vec<_> = samples.iter().map(|sample| sample.measurand).collect();
    assert_eq!(measurands, [Some(14), Some(5), Some(9), Some(19), Some(17)]);
    assert!(
        samples
            .iter()
            .all(|sample| sample.context == Some(3) && sample.location == Some(3))
    );
}

#[test]
fn fault_ends_the_charge_and_is_told() {
    let mut client = charging(DeviceConfig::default());
    client
        .device
        .set_fault(client.now, Some(ErrorCode::GroundFailure));
    client.run(1.0);
    assert_eq!(client.device.status(), ChargePointStatus::Faulted);
    assert_eq!(client.start_charging(nested()), Some(1));
    client.device.set_fault(client.now, None);
    client.run(1.0);
    let truth = client.device.ground_truth();
    assert_eq!(
        (truth.status, truth.error),
        (ChargePointStatus::Preparing, ErrorCode::NoError)
    );
}

#[test]
fn cloud_confirms_what_no_local_session_takes() {
    let mut client = Client::new(DeviceConfig::default());
    client
        .device
        .set_setting(client.now, "VendorDirectWorkMode", "1");
    client.device.plug_in(client.now);
    client.run(10.0);
    assert_eq!(client.device.ground_truth().transaction_id, Some(2_254_116));
}

#[test]
fn card_starts_only_when_the_client_accepts_it() {
    let mut client = Client::opened(DeviceConfig::default());
    client.device.plug_in(client.now);
    client.device.show_card(client.now, "CARD-1");
    client.run(10.0);
    assert_eq!(client.count("AuthorizeReq"), 1);
    assert_eq!(client.device.status(), ChargePointStatus::Preparing);
}
