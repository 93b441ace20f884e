//! Settings at their limits, and messages that match nothing.

use std::time::Duration;

use duosida_proto::frame::{Decoder, Direction, Framing};
use duosida_proto::message::{self, Body, ChargePointStatus, Envelope};
use duosida_proto::proto;
use duosida_proto::schema::{self, ENVELOPE};
use duosida_proto::session::{Command, Config, Event};

use crate::script::{ID, Script, settings_conf, start_transaction, stop};

#[test]
fn times_at_their_limits_neither_hang_nor_panic() {
    for interval in [Duration::ZERO, Duration::MAX] {
        let config = Config {
            poll_interval: interval,
            configuration_interval: interval,
            utc_offset_s: i32::MIN,
            ..Config::default()
        };
        let mut script = Script::ready(config, ChargePointStatus::Available);
        let due = script.session.poll_timeout().unwrap();
        script.session.handle_timeout(due);
        assert!(script.session.poll_timeout() > Some(due));
    }
}

#[test]
fn a_clock_that_is_far_off_is_no_reason_to_panic() {
    for unix_s in [i64::MIN, i64::MAX] {
        let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
        script.session.set_unix_time(script.now, unix_s);
        script.request(Command::Stop {
            transaction_id: None,
        });
        script.seconds(4);
        assert!(script.last(stop).is_some());
        script.charger(start_transaction(i64::MAX));
        script.session.status(script.now);
    }
}

#[test]
fn what_is_private_does_not_print() {
    let config = Config {
        expected_identity: Some(ID.into()),
        id_tag: "SECRET".into(),
        ..Config::default()
    };
    let mut script = Script::ready(config.clone(), ChargePointStatus::Available);
    let start = Command::Start { id_tag: None };
    script.session.request(script.now, start).unwrap();

    let setting = proto::ChangeConfigurationReq {
        key: Some("WifiPassword".into()),
        value: Some("SECRET".into()),
    };
    let key_value = proto::KeyValue {
        key: setting.key.clone(),
        value: setting.value.clone(),
        ..Default::default()
    };
    let frame = message::encode(&Envelope {
        message: Some(Body::ChangeConfigurationReq(setting.clone())),
        client_id: Some(ID.into()),
        message_id: Some(7),
    });
    let fields: Vec<_> = schema::fields(&ENVELOPE, &frame).collect();
    let mut decoder = Decoder::new(Framing::Raw, Direction::ToCharger);
    decoder.push(&frame);

    let session = script.session;
    let printed =
        format!("{config:?} {session:?} {setting:?} {key_value:?} {fields:?} {decoder:?}");
    for secret in ["SECRET", ID, "83, 69, 67, 82, 69, 84", "48, 51, 49, 48"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert_eq!(printed.matches("WifiPassword").count(), 2, "{printed}");
}

#[test]
fn a_message_of_an_unknown_number_is_an_event() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    let field_58 = [0xd2, 3, 2, 8, 1, 0xa8, 6, 5];
    script.session.handle_input(script.now, &field_58);
    script.drain();
    let unexpected = Event::Unexpected {
        field: 58,
        name: "unknown",
    };
    assert_eq!(script.events, [unexpected]);
}

#[test]
fn an_answer_to_nothing_is_an_event_and_one_to_a_poll_is_not() {
    let mut script = Script::new(Config::default());
    let conf = |status| Body::TriggerMessageConf(proto::TriggerMessageConf { status });
    let unexpected = |script: &mut Script| {
        let events = std::mem::take(&mut script.events);
        events
            .iter()
            .filter(|event| matches!(event, Event::Unexpected { field: 51, .. }))
            .count()
    };
    script.boot("DUOSIDA Mode3@16A");
    // The answer to the opening, which has the id 0, comes with one of the charger's own.
    script.charger(conf(Some(0)));
    assert_eq!(unexpected(&mut script), 0);
    script.charger(conf(Some(0)));
    assert_eq!(unexpected(&mut script), 1);
    script.seconds(1);
    for (message_id, count) in [(1, 0), (1, 1), (255, 1)] {
        script.answer(message_id, conf(Some(2)));
        assert_eq!(unexpected(&mut script), count, "{message_id}");
    }
}

#[test]
fn unanswered_questions_do_not_add_up_and_make_the_limit_no_younger() {
    let config = Config {
        configuration_interval: Duration::from_secs(10),
        ..Config::default()
    };
    let mut script = Script::ready(config, ChargePointStatus::Available);
    for _ in 0..60 {
        script.status(ChargePointStatus::Available);
        script.seconds(10);
    }
    let limit_age = |script: &mut Script| {
        let pull = |body: &Body| matches!(body, Body::DataTransferReq(_)).then_some(());
        let (message_id, ()) = script.last(pull).unwrap();
        script.answer(message_id, settings_conf(16.0));
        script.session.status(script.now).limit_age.unwrap()
    };
    // The last of so many was not kept: its answer counts for the first.
    assert!(limit_age(&mut script) >= Duration::from_mins(10));
    script.seconds(11);
    assert!(limit_age(&mut script) <= Duration::from_secs(10));
}

#[test]
fn a_session_that_ran_before_we_came_has_no_beginning() {
    use ChargePointStatus::{Charging, Preparing, SuspendedEv};
    let mut script = Script::ready(Config::default(), Charging);
    script.status(SuspendedEv);
    script.status(Charging);
    script.seconds(20);
    let session_time = |script: &Script| script.session.status(script.now).session_time_s;
    assert_eq!(session_time(&script), None);
    script.status(Preparing);
    script.status(Charging);
    script.seconds(20);
    assert_eq!(session_time(&script), Some(20));
}
