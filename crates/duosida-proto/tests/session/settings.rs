//! Settings, and one command at a time.

use duosida_proto::config::{LimitFormat, Setting};
use duosida_proto::message::ChargePointStatus;
use duosida_proto::session::{Command, CommandError, Completion, Config, Event};

use crate::script::{Script, change, change_conf, limit, start, stop};

#[test]
fn limit_is_verified_by_reading_back() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(limit(10));
    let (message_id, sent) = script.last(change).unwrap();
    assert_eq!(sent, ("VendorMaxWorkCurrent".into(), "10".into()));
    script.answer(message_id + 1, change_conf(0));
    assert_eq!(
        script.result(id),
        None,
        "an answer to another message does not count"
    );
    script.answer(message_id, change_conf(0));
    script.settings(16.0);
    assert_eq!(script.result(id), None, "accepted is not applied");
    script.settings(10.0);
    assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
    let status = script.session.status(script.now);
    assert_eq!(
        (status.limit_wanted_amps, status.limit_reported_centiamps),
        (Some(10), Some(1000))
    );
}

#[test]
fn limit_that_does_not_follow_is_written_once_with_decimals_and_remembered() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(limit(10));
    let (message_id, _) = script.last(change).unwrap();
    script.answer(message_id, change_conf(0));
    script.settings(16.0);
    script.seconds(6);
    let (message_id, sent) = script.last(change).unwrap();
    assert_eq!(sent.1, "10.00");
    script.answer(message_id, change_conf(0));
    script.settings(10.0);
    assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
    assert!(script.events.iter().any(|event| {
        matches!(event, Event::Learned(quirks) if quirks.limit_format == LimitFormat::TwoDecimals)
    }));
    script.request(limit(12));
    assert_eq!(script.last(change).unwrap().1.1, "12.00");
}

#[test]
fn limit_that_follows_in_no_form_is_an_error_with_both_values() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(limit(10));
    for _ in 0..2 {
        let (message_id, _) = script.last(change).unwrap();
        script.answer(message_id, change_conf(0));
        script.settings(16.0);
        script.seconds(6);
    }
    let expected = CommandError::NotApplied {
        wanted_amps: 10,
        reported_centiamps: 1600,
    };
    assert_eq!(script.result(id), Some(Err(expected)));
}

#[test]
fn limit_that_is_never_read_back_is_accepted_but_not_verified() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(limit(10));
    let (message_id, _) = script.last(change).unwrap();
    script.answer(message_id, change_conf(0));
    script.seconds(6);
    assert_eq!(script.result(id), Some(Ok(Completion::Accepted)));
}

#[test]
fn values_out_of_range_or_above_the_rating_are_refused_before_a_byte_is_sent() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    for (amps, allowed) in [
        (5, "6 to 32 A"),
        (33, "6 to 32 A"),
        (20, "6 to 16 A, the charger's rating"),
    ] {
        let error = script.session.request(script.now, limit(amps)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("max current {amps} A is not allowed: {allowed}")
        );
    }
    let free = Setting::Key {
        key: "VendorMaxWorkCurrent".into(),
        value: "40".into(),
    };
    assert!(
        script
            .session
            .request(script.now, Command::Set(free))
            .is_err(),
        "a free key is no way around"
    );
    script.seconds(1);
    assert_eq!(script.last(change), None);
}

#[test]
fn rejected_setting_names_key_value_and_status() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    let id = script.request(Command::Set(Setting::LedBrightness(3)));
    let (message_id, _) = script.last(change).unwrap();
    script.answer(message_id, change_conf(1));
    let error = script.result(id).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the charger rejected VendorLEDStrength = 3 (Rejected)"
    );
}

#[test]
fn unanswered_command_is_of_unknown_outcome_and_not_repeated() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    let id = script.request(limit(10));
    script.seconds(16);
    assert_eq!(script.result(id), Some(Err(CommandError::NoAnswer)));
    script.status(ChargePointStatus::Available);
    script.seconds(20);
    assert_eq!(
        script
            .sent
            .iter()
            .filter_map(|(_, e)| change(e.message.as_ref()?))
            .count(),
        1
    );
}

#[test]
fn one_command_at_a_time() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    let first = script.request(Command::Set(Setting::ConnectionTimeout { seconds: 120 }));
    let second = script.request(Command::Set(Setting::MaxTemperature { celsius: 90 }));
    let (message_id, sent) = script.last(change).unwrap();
    assert_eq!(sent.0, "ConnectionTimeOut");
    script.answer(message_id, change_conf(0));
    assert_eq!(script.result(first), Some(Ok(Completion::Accepted)));
    assert_eq!(script.result(second), None);
    script.seconds(1);
    assert_eq!(script.last(change).unwrap().1.0, "VendorMaxWorkTemperature");
}

#[test]
fn request_is_taken_back_until_it_is_sent() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Preparing);
    let running = script.request(limit(10));
    let waiting = script.request(Command::Start { id_tag: None });
    assert!(!script.session.cancel(running), "it was sent");
    assert!(script.session.cancel(waiting));
    assert!(!script.session.cancel(waiting), "it is gone");
    let (message_id, _) = script.last(change).unwrap();
    script.answer(message_id, change_conf(0));
    script.settings(10.0);
    assert_eq!(script.result(running), Some(Ok(Completion::Verified)));
    script.seconds(1);
    assert_eq!(script.last(start), None);
    assert_eq!(script.result(waiting), None);
}

#[test]
fn request_whose_message_waits_for_its_distance_is_taken_back() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Preparing);
    let timeout = Command::Set(Setting::ConnectionTimeout { seconds: 60 });
    script.session.request(script.now, timeout).unwrap();
    script.drain();
    let (message_id, _) = script.last(change).unwrap();
    script.answer(message_id, change_conf(0));
    script.clear();
    let start_id = script
        .session
        .request(script.now, Command::Start { id_tag: None })
        .unwrap();
    let next = script.session.request(script.now, limit(9)).unwrap();
    assert!(script.session.cancel(start_id));
    script.seconds(1);
    assert_eq!(script.last(start), None);
    assert_eq!(script.last(change).unwrap().1.1, "9");
    assert_eq!((script.result(start_id), script.result(next)), (None, None));
}

#[test]
fn stop_is_never_taken_back() {
    let mut script = Script::new(Config::default());
    let id = script.request(Command::Stop {
        transaction_id: Some(7),
    });
    assert!(!script.session.cancel(id), "it waits for the boot");
    script.boot("DUOSIDA Mode3@16A");
    assert!(!script.session.cancel(id), "it waits for its turn");
    script.seconds(1);
    assert_eq!(script.last(stop).map(|(_, id)| id), Some(7));
}
