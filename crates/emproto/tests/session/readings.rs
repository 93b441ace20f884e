//! What is read and derived.

use emproto::endpoint::EndpointConfig;
use emproto::frame::Datagram;
use emproto::message::{
    ChargerState, Fault, Faults, Message, OutputState, Phase, PlugState, Reading,
};
use emproto::session::{Alarm, Changes, Known, LiveLimit, MetaState};
use emproto::time::RawTime;
use emproto::{Command, Password};

use crate::charger::{charging, login, record, status};
use crate::script::{ADDRESS, SERIAL, Script, UNIX};

fn phase(voltage: u16, current: u16) -> Phase {
    Phase {
        voltage_decivolts: Reading(voltage),
        current_centiamps: Reading(current),
    }
}

#[test]
fn the_meta_state_is_the_first_that_fits() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    assert_eq!(script.session().meta_state(), MetaState::NotLoggedIn);
    let mut script = Script::registered(EndpointConfig::default());
    assert_eq!(script.session().meta_state(), MetaState::PluggedIn);
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    assert_eq!(script.session().meta_state(), MetaState::Charging);
    script.charger.status.faults = Faults::NONE.with(Fault::NotGrounded);
    script.push_status();
    assert_eq!(script.session().meta_state(), MetaState::Error);
    script.charger.status = status(
        PlugState::Disconnected,
        OutputState::Off,
        ChargerState::Standby,
    );
    script.push_status();
    assert_eq!(script.session().meta_state(), MetaState::Idle);
    script.answers = false;
    script.seconds(36);
    assert_eq!(script.session().meta_state(), MetaState::Offline);
}

#[test]
fn power_is_the_larger_of_the_reported_and_the_measured() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.status.l1 = phase(2_301, 1_600);
    script.charger.status.l2_l3 = Some([phase(2_299, 1_600), phase(0xFFFF, 0xFFFF)]);
    script.charger.status.power_w = Reading(3_680);
    script.push_status();
    assert_eq!(script.session().total_power_w(), Some(7_360));
    assert_eq!(script.session().active_phases(), Some(2));
    script.charger.status.l1 = phase(0xFFFF, 0xFFFF);
    script.charger.status.l2_l3 = None;
    script.charger.status.power_w = Reading::<u32>::NONE;
    script.push_status();
    assert_eq!(script.session().total_power_w(), None);
}

#[test]
fn a_session_that_waits_for_its_vehicle_is_open_and_does_not_charge() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.go(
        PlugState::Connected,
        OutputState::Off,
        ChargerState::Charging,
    );
    script.push_status();
    let session = script.session();
    assert_eq!(
        (session.is_charging(), session.is_session_open()),
        (Some(false), Some(true))
    );
    assert_eq!(session.is_vehicle_connected(), Some(true));
}

#[test]
fn the_same_status_again_is_no_change() {
    let mut script = Script::registered(EndpointConfig::default());
    script.push_status();
    assert!(!script.changed(Changes::STATUS));
    script.charger.status.power_w = Reading(1);
    script.push_status();
    assert!(script.changed(Changes::STATUS));
}

#[test]
fn phases_are_those_of_the_kind_or_else_of_the_status() {
    let mut script = Script::new(EndpointConfig::default());
    script.charger.status.l2_l3 = Some([phase(0, 0); 2]);
    script.push_status();
    assert_eq!(script.session().phases(), None);
    script.charger.status.l2_l3 = Some([phase(2_300, 0); 2]);
    script.push_status();
    assert_eq!(script.session().phases(), Some(3));
    script.announce();
    assert_eq!(script.session().phases(), Some(1));
}

#[test]
fn the_start_value_of_the_live_limit_follows_the_model() {
    let check = |brand: &str, model: &str, expected: LiveLimit| {
        let mut script = Script::new(EndpointConfig::default());
        let mut info = login(model, 12, 16);
        info.brand = emproto::message::Text::new(brand);
        script.say(&Message::Announce(info));
        let capabilities = script.session().capabilities();
        assert_eq!(
            (capabilities.live_limit, capabilities.name_max_len),
            (expected, 11)
        );
    };
    check("Telestar", "EC311S", LiveLimit::No);
    check("Besen", "BS20", LiveLimit::Yes);
    check("EVSE", "SQW49", LiveLimit::Unknown);
}

#[test]
fn an_old_reservation_is_not_shown() {
    let mut script = Script::registered(EndpointConfig::default());
    let planned = RawTime::from_unix(UNIX + 3_600, 3_600).unwrap();
    script.charger.charge = charging(ChargerState::Reserved, "planned", script.right());
    script.charger.charge.reservation = planned;
    script.push_charge();
    assert_eq!(
        script.session().charge().unwrap().reserved_for_unix_s,
        Some(UNIX + 3_600)
    );
    script.charger.charge.state = ChargerState::Ready;
    script.push_charge();
    assert_eq!(script.session().charge().unwrap().reserved_for_unix_s, None);
    // The state comes back, the session does not.
    script.charger.charge.state = ChargerState::Charging;
    script.push_charge();
    assert_eq!(script.session().charge().unwrap().reserved_for_unix_s, None);
}

#[test]
fn a_reservation_whose_record_came_is_not_shown() {
    let mut script = Script::registered(EndpointConfig::default());
    let report = charging(ChargerState::Reserved, "planned", script.right());
    script.say(&Message::RecordCurrent(record(
        report.charge_id,
        report.started,
    )));
    script.charger.charge = report;
    script.charger.charge.reservation = RawTime(script.right().0 + 60);
    script.push_charge();
    assert_eq!(script.session().charge().unwrap().reserved_for_unix_s, None);
}

#[test]
fn times_of_a_session_are_corrected_for_a_wrong_clock() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say_time(25_200);
    let started = script.right().checked_add_s(25_200).unwrap();
    script.charger.charge = charging(ChargerState::Charging, "x", started);
    script.push_charge();
    let now = script.unix_s();
    assert_eq!(script.session().charge().unwrap().started_unix_s, Some(now));
}

#[test]
fn energy_is_never_negative_when_counters_restart() {
    let mut script = Script::registered(EndpointConfig::default());
    let report = &mut script.charger.charge;
    report.start_energy_centikwh = 5_000;
    report.current_energy_centikwh = 3;
    script.push_charge();
    assert_eq!(script.session().charge().unwrap().energy_centikwh(), 0);
    script.charger.charge.current_energy_centikwh = 5_250;
    script.push_charge();
    assert_eq!(script.session().charge().unwrap().energy_centikwh(), 250);
}

#[test]
fn what_is_loaded_fills_in_and_the_last_sight_only_goes_forward() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    let mut known = Known {
        last_seen_unix_s: Some(UNIX - 50),
        ..Known::default()
    };
    known.configuration.name = Some("Yard".into());
    script.endpoint.add(script.now, SERIAL, known);
    let session = script.session();
    assert_eq!(
        (session.label().as_str(), session.info().model.as_str()),
        ("Yard", "BS20")
    );
    assert_eq!(session.last_seen_unix_s(), Some(UNIX));
    assert_eq!(session.address(), Some(ADDRESS));
}

#[test]
fn without_any_name_the_label_is_the_serial() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    assert_eq!(script.session().label(), "1122334455667788");
}

#[test]
fn payloads_that_may_be_encrypted_are_counted_and_not_read_and_told_once() {
    let mut script = Script::registered(EndpointConfig::default());
    let before = script.session().status().cloned();
    let payload = [0xA5; 40];
    for _ in 0..2 {
        let datagram = Datagram {
            key_type: 1,
            ..Datagram::new(SERIAL, Password::NONE_FF, Command::StatusPush, &payload)
        };
        script.packet(ADDRESS, &datagram.to_vec().unwrap());
    }
    assert_eq!(script.session().status().cloned(), before);
    assert_eq!(script.alarms(), [Alarm::Encrypted { key_type: 1 }]);
    assert_eq!(script.endpoint.counters().other_key_types, 2);
    assert!(script.sent.is_empty(), "nor answered");
}
