//! Connection slot, opening, periods and strictness of the simulated Duosida.
mod support;

use std::time::Duration;

use duosida_proto::message::Body;
use duosida_proto::proto::{
    BootNotificationConf, MessageTrigger, StatusNotificationConf, UpdateFirmwareReq,
};
use evse_sim::duosida::{
    Admission, DeviceConfig, Event, SecondConnection, VendorStatusPush, ViolationKind,
};
use support::{Client, UNIX, trigger};

fn kinds(client: &Client) -> Vec<ViolationKind> {
    client
        .device
        .violations()
        .iter()
        .map(|violation| violation.kind.clone())
        .collect()
}

#[test]
fn slot_is_busy_for_thirty_seconds_after_a_close() {
    let mut client = Client::opened(DeviceConfig::default());
    client.device.handle_closed(client.now);
    client.run(29.0);
    assert_eq!(
        client.device.handle_connect(client.now),
        Admission::AcceptAndClose
    );
    client.run(2.0);
    assert_eq!(client.device.handle_connect(client.now), Admission::Accept);
    assert!(kinds(&client).contains(&ViolationKind::SecondConnection));
}

#[test]
fn second_connection_is_closed_refused_or_locks_the_charger() {
    for (second, expected) in [
        (SecondConnection::Close, Admission::AcceptAndClose),
        (SecondConnection::Refuse, Admission::Refuse),
        (SecondConnection::Lock, Admission::Refuse),
    ] {
        let mut client = Client::opened(DeviceConfig {
            second_connection: second,
            ..DeviceConfig::default()
        });
        assert_eq!(client.device.handle_connect(client.now), expected);
        let before = client.inbox.len();
        client.run(0.5);
        let body = trigger(MessageTrigger::StatusNotification, 1);
        client.send_as(body, None, 5);
        client.run(1.0);
        let locked = second == SecondConnection::Lock;
        assert_eq!(client.inbox.len() == before, locked, "{second:?}");
        client.device.handle_closed(client.now);
        client.run(40.0);
        assert_eq!(
            client.device.handle_connect(client.now) == Admission::Refuse,
            locked
        );
        client.device.power_cycle(client.now);
        client.run(3.0);
        assert_eq!(client.device.handle_connect(client.now), Admission::Accept);
    }
}

#[test]
fn fourth_connect_within_a_minute_is_refused_for_three_minutes() {
    let mut client = Client::new(DeviceConfig {
        slot_busy: Duration::from_secs(1),
        ..DeviceConfig::default()
    });
    for _ in 0..3 {
        assert_eq!(client.device.handle_connect(client.now), Admission::Accept);
        client.device.handle_closed(client.now);
        client.run(5.0);
    }
    assert_eq!(client.device.handle_connect(client.now), Admission::Refuse);
    client.run(179.0);
    assert_eq!(client.device.handle_connect(client.now), Admission::Refuse);
    client.run(2.0);
    assert_eq!(client.device.handle_connect(client.now), Admission::Accept);
}

#[test]
fn without_a_busy_slot_connects_are_never_refused() {
    let mut client = Client::new(DeviceConfig {
        slot_busy: Duration::ZERO,
        ..DeviceConfig::default()
    });
    for _ in 0..20 {
        assert_eq!(client.device.handle_connect(client.now), Admission::Accept);
        client.device.handle_closed(client.now);
    }
}

#[test]
fn charger_is_silent_before_the_opening_message() {
    let mut client = Client::new(DeviceConfig::default());
    client.device.handle_connect(client.now);
    client.run(120.0);
    client.send_as(trigger(MessageTrigger::StatusNotification, 1), None, 5);
    client.run(5.0);
    assert!(client.inbox.is_empty());
    assert_eq!(kinds(&client), [ViolationKind::BeforeOpening]);
}

#[test]
fn opening_is_answered_by_boot_conf_and_status_together() {
    let client = Client::opened(DeviceConfig::default());
    assert_eq!(
        client.names()[..3],
        [
            "BootNotificationReq",
            "TriggerMessageConf",
            "StatusNotificationReq"
        ]
    );
    let (at, boot) = &client.inbox[0];
    let delay = at.duration_since(client.start);
    assert!((Duration::from_millis(100)..=Duration::from_millis(500)).contains(&delay));
    let id = boot.message_id.expect("an id");
    assert!(id >= 0x0800_0000);
    assert_eq!(client.inbox[1].1.message_id, Some(id + 1));
    assert_eq!(boot.client_id.as_deref(), Some("0300000000000000001"));
}

#[test]
fn boot_confirmation_sets_the_clock_and_brings_a_vendor_status_of_its_own() {
    let mut client = Client::opened(DeviceConfig::default());
    let id = client.inbox[0].1.message_id.expect("an id");
    let conf = BootNotificationConf {
        current_time: Some(UNIX + 100),
        interval: Some(60),
        status: Some(0),
    };
    let asked = client.now;
    client.send_as(Body::BootNotificationConf(conf), None, id);
    client.run(1.0);
    let statuses = client.vendor_statuses();
    assert_eq!(statuses.len(), 1);
    assert!(statuses[0].0.duration_since(asked) < Duration::from_secs(1));
    assert!(
        client
            .inbox
            .iter()
            .filter(|(at, _)| *at == statuses[0].0)
            .count()
            == 1
    );
    assert!((client.device.ground_truth().clock_unix_s - (UNIX + 101)).abs() <= 1);
    assert!(kinds(&client).is_empty());
}

#[test]
fn clock_that_is_off_and_wrong_ids_are_violations() {
    let mut client = Client::opened(DeviceConfig::default());
    let conf = BootNotificationConf {
        current_time: Some(1_763_400_079),
        interval: Some(0),
        status: Some(0),
    };
    client.send_as(
        Body::BootNotificationConf(conf),
        Some("1234567890123456789"),
        134_217_886,
    );
    client.send_as(
        Body::StatusNotificationConf(StatusNotificationConf {}),
        None,
        4,
    );
    client.send_as(
        Body::UpdateFirmwareReq(UpdateFirmwareReq::default()),
        None,
        5,
    );
    let body = trigger(MessageTrigger::StatusNotification, 1);
    client.send_as(body, None, 6);
    assert_eq!(
        kinds(&client),
        [
            ViolationKind::WrongIdentifier,
            ViolationKind::WrongMessageId {
                message: "BootNotification"
            },
            ViolationKind::ClockOff {
                by_s: 1_763_400_079 - UNIX - 1
            },
            ViolationKind::WrongMessageId {
                message: "StatusNotification"
            },
            ViolationKind::ForbiddenMessage {
                message: "UpdateFirmwareReq"
            },
            ViolationKind::TooFast {
                gap: Duration::ZERO
            },
        ]
    );
}

#[test]
fn missing_confirmations_are_violations() {
    let mut client = Client::new(DeviceConfig::default());
    client.confirms = false;
    client.device.handle_connect(client.now);
    client.open();
    client.run(20.0);
    let missing = ViolationKind::MissingConfirmation {
        message: "StatusNotification",
    };
    assert_eq!(kinds(&client), [missing]);
}

#[test]
fn vendor_status_comes_always_or_after_the_boot_confirmation_or_never() {
    for (push, without, with) in [
        (VendorStatusPush::Always, 3, 4),
        (VendorStatusPush::AfterBootConf, 0, 4),
        (VendorStatusPush::Never, 0, 0),
    ] {
        let mut client = Client::opened(DeviceConfig {
            vendor_status: push,
            ..DeviceConfig::default()
        });
        client.run(30.0);
        assert_eq!(client.vendor_statuses().len(), without, "{push:?}");
        let conf = BootNotificationConf {
            current_time: Some(UNIX + 30),
            interval: Some(60),
            status: Some(0),
        };
        let id = client.inbox[0].1.message_id.expect("an id");
        client.inbox.clear();
        client.send_as(Body::BootNotificationConf(conf), None, id);
        client.run(31.0);
        assert_eq!(client.vendor_statuses().len(), with, "{push:?}");
    }
}

#[test]
fn heartbeats_and_data_continue_have_their_periods() {
    let mut client = Client::opened(DeviceConfig {
        data_continue: true,
        ..DeviceConfig::default()
    });
    client.run(180.0);
    assert_eq!(client.count("HeartbeatReq"), 3);
    let continues = client.count("DataTransferReq") - client.vendor_statuses().len();
    assert_eq!(continues, 6);
}

#[test]
fn triggers_are_answered_with_the_echoed_id_and_the_message() {
    let mut client = Client::opened(DeviceConfig::default());
    for (what, name, accepted) in [
        (
            MessageTrigger::StatusNotification,
            "StatusNotificationReq",
            0,
        ),
        (MessageTrigger::MeterValues, "MeterValuesReq", 0),
        (MessageTrigger::Heartbeat, "HeartbeatReq", 0),
        (MessageTrigger::BootNotification, "BootNotificationReq", 0),
        (MessageTrigger::DiagnosticsStatusNotification, "", 2),
    ] {
        client.inbox.clear();
        let Body::TriggerMessageConf(conf) = client.ask(trigger(what, 1)) else {
            panic!("no answer")
        };
        assert_eq!(conf.status, Some(accepted));
        assert_eq!(client.count(name), usize::from(accepted == 0), "{name}");
    }
    assert!(kinds(&client).is_empty());
}

#[test]
fn reboot_keeps_the_connection_and_sends_a_boot_notification() {
    let mut client = Client::opened(DeviceConfig::default());
    client.inbox.clear();
    client.device.reboot(client.now);
    client.run(5.0);
    assert_eq!(
        client.names()[..2],
        ["BootNotificationReq", "StatusNotificationReq"]
    );
    assert!(client.device.ground_truth().register_wh.abs() < f64::EPSILON);
    assert!(client.device.ground_truth().connected);
    assert!(kinds(&client).is_empty());
}

#[test]
fn power_cycle_closes_the_connection_and_keeps_settings() {
    let mut client = Client::opened(DeviceConfig::default());
    client.set("VendorMaxWorkCurrent", "10");
    client.device.power_cycle(client.now);
    let events: Vec<_> = std::iter::from_fn(|| client.device.poll_event()).collect();
    assert!(events.contains(&Event::CloseConnection));
    client.run(3.0);
    let truth = client.device.ground_truth();
    assert!((truth.limit_a - 10.0).abs() < 0.01);
    assert!(!truth.connected);
    assert_eq!(truth.flash_writes, 1);
}

#[test]
fn damaged_frames_are_violations_and_nothing_more() {
    let mut client = Client::opened(DeviceConfig::default());
    client.device.handle_input(client.now, &[0x52, 0x05, 0x0a]);
    client.run(1.0);
    assert_eq!(kinds(&client), [ViolationKind::Malformed]);
    client.ask(trigger(MessageTrigger::StatusNotification, 1));
}

#[test]
fn bad_tags_and_unknown_fields_are_written_on_request() {
    let mut client = Client::opened(DeviceConfig::default());
    client.device.spoil_next_tag();
    client.run(10.0);
    let (_, status) = client.vendor_statuses().pop().expect("a vendor status");
    assert_eq!(status.id_tag.as_deref(), Some("???????"));
    client.device.add_unknown_fields();
    client.ask(trigger(MessageTrigger::StatusNotification, 1));
}

#[test]
fn discovery_answers_probes_with_the_module_firmware() {
    let mut client = Client::new(DeviceConfig::default());
    let from = "192.0.2.9:40000".parse().expect("an address");
    let answer = client
        .device
        .handle_datagram(client.now, &duosida_proto::discovery::PROBE, from);
    let answer = String::from_utf8(answer.expect("an answer")).expect("text");
    assert_eq!(answer, "127.0.0.1,02aabbccddee,smart_wifi,V1.0@30352c3+62");
    assert_eq!(
        client.device.handle_datagram(client.now, b"hello", from),
        None
    );
}
