//! Starting and stopping.

use duosida_proto::message::{ChargePointStatus, TagForm};
use duosida_proto::session::{Command, CommandError, Completion, Config, Event, RequestError};

use crate::script::{Script, UNIX, limit, start, start_conf, start_transaction, stop, stop_conf};

#[test]
fn start_is_verified_by_the_state() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Preparing);
    let id = script.request(Command::Start { id_tag: None });
    let (message_id, sent) = script.last(start).unwrap();
    assert_eq!(sent, ("XC_Remote_Tag".into(), TagForm::Nested));
    script.answer(message_id, start_conf(0));
    script.status(ChargePointStatus::Preparing);
    assert_eq!(script.result(id), None);
    script.status(ChargePointStatus::Charging);
    assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
}

#[test]
fn rejected_start_is_tried_once_with_the_plain_tag() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Preparing);
    let id = script.request(Command::Start {
        id_tag: Some("card".into()),
    });
    let (message_id, _) = script.last(start).unwrap();
    script.answer(message_id, start_conf(1));
    script.seconds(1);
    let (message_id, sent) = script.last(start).unwrap();
    assert_eq!(sent, ("card".into(), TagForm::Plain));
    script.answer(message_id, start_conf(0));
    script.status(ChargePointStatus::Charging);
    assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
    assert!(script.events.iter().any(|event| {
        matches!(event, Event::Learned(quirks) if quirks.tag_form == TagForm::Plain)
    }));
}

#[test]
fn start_without_a_vehicle_says_that_it_waits() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    let id = script.request(Command::Start { id_tag: None });
    let (message_id, _) = script.last(start).unwrap();
    script.answer(message_id, start_conf(0));
    script.seconds(16);
    assert_eq!(script.result(id), Some(Ok(Completion::WaitingForVehicle)));
}

#[test]
fn stop_names_the_running_transaction() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.meter(Some(2_254_116));
    let id = script.request(Command::Stop {
        transaction_id: None,
    });
    let (message_id, transaction) = script.last(stop).unwrap();
    assert_eq!(transaction, 2_254_116);
    script.answer(message_id, stop_conf(None));
    script.status(ChargePointStatus::Charging);
    assert_eq!(script.result(id), None);
    script.status(ChargePointStatus::Finishing);
    assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
    assert_eq!(script.session.status(script.now).transaction_id, None);
}

#[test]
fn stop_without_an_id_asks_for_it_and_at_last_sends_the_time_of_day() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.request(Command::Stop {
        transaction_id: None,
    });
    assert_eq!(script.last(stop), None);
    script.meter(Some(7));
    script.seconds(1);
    assert_eq!(script.last(stop).unwrap().1, 7);

    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.request(Command::Stop {
        transaction_id: None,
    });
    script.seconds(4);
    assert_eq!(
        script.last(stop).unwrap().1,
        ((UNIX + 4) * 1000).rem_euclid(0xFFFF_FFFF)
    );
}

#[test]
fn rejected_stop_is_sent_once_more_with_the_transaction_that_the_charger_reports() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(Command::Stop {
        transaction_id: None,
    });
    script.seconds(4);
    let (message_id, _) = script.last(stop).unwrap();
    script.answer(message_id, stop_conf(Some(1)));
    assert_eq!(script.result(id), None, "not given up yet");
    script.meter(Some(7));
    script.seconds(1);
    let (message_id, transaction) = script.last(stop).unwrap();
    assert_eq!(transaction, 7);
    script.answer(message_id, stop_conf(Some(1)));
    let error = script.result(id).unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the charger rejected the stop (Rejected)"
    );
}

#[test]
fn rejected_stop_without_any_report_ends_after_20_s() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(Command::Stop {
        transaction_id: None,
    });
    script.seconds(4);
    let (message_id, _) = script.last(stop).unwrap();
    script.answer(message_id, stop_conf(Some(1)));
    script.seconds(21);
    assert!(matches!(
        script.result(id),
        Some(Err(CommandError::Rejected { .. }))
    ));
}

#[test]
fn stop_names_the_transaction_that_the_charger_reports_after_a_reconnect() {
    for reported_before_the_stop in [true, false] {
        let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
        script.charger(start_transaction(100));
        // That charge ends, and the cloud begins another one.
        script.reconnect();
        script.status(ChargePointStatus::Charging);
        if reported_before_the_stop {
            script.meter(Some(7));
            assert_eq!(script.session.status(script.now).transaction_id, Some(7));
        }
        let id = script.request(Command::Stop {
            transaction_id: None,
        });
        if !reported_before_the_stop {
            let (message_id, transaction) = script.last(stop).unwrap();
            assert_eq!(transaction, UNIX + 1, "all that is known");
            script.answer(message_id, stop_conf(Some(1)));
            script.meter(Some(7));
            script.seconds(1);
        }
        let (message_id, transaction) = script.last(stop).unwrap();
        assert_eq!(transaction, 7);
        script.answer(message_id, stop_conf(Some(0)));
        script.status(ChargePointStatus::Finishing);
        assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
    }
}

#[test]
fn start_that_is_repeated_after_a_reconnect_keeps_its_transaction() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.charger(start_transaction(100));
    script.reconnect();
    script.charger(start_transaction(100));
    assert_eq!(
        script.session.status(script.now).transaction_id,
        Some(UNIX + 1)
    );
}

#[test]
fn rejected_stop_of_an_assigned_transaction_is_sent_once_more_with_the_reported_one() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.charger(start_transaction(100));
    script.meter(Some(7));
    script.request(Command::Stop {
        transaction_id: None,
    });
    let (message_id, transaction) = script.last(stop).unwrap();
    assert_eq!(transaction, UNIX + 1);
    script.answer(message_id, stop_conf(Some(1)));
    script.seconds(1);
    assert_eq!(script.last(stop).unwrap().1, 7);
}

#[test]
fn stop_that_waits_for_an_id_takes_the_one_of_a_start() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.request(Command::Stop {
        transaction_id: None,
    });
    script.meter(None);
    script.seconds(2);
    assert_eq!(script.last(stop), None);
    script.charger(start_transaction(100));
    let assigned = script.session.status(script.now).transaction_id;
    script.seconds(5);
    assert_eq!(script.last(stop).map(|(_, id)| id), assigned);
}

#[test]
fn stop_goes_ahead_of_a_running_command_and_of_waiting_starts() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.meter(Some(7));
    let running = script.request(limit(10));
    let waiting = script.request(Command::Start { id_tag: None });
    let id = script.request(Command::Stop {
        transaction_id: None,
    });
    assert_eq!(
        script.result(running),
        Some(Err(CommandError::Superseded { sent: true }))
    );
    assert_eq!(
        script.result(waiting),
        Some(Err(CommandError::Superseded { sent: false }))
    );
    let (message_id, _) = script.last(stop).unwrap();
    script.answer(message_id, stop_conf(Some(0)));
    script.status(ChargePointStatus::Finishing);
    assert_eq!(script.result(id), Some(Ok(Completion::Verified)));
    script.seconds(10);
    assert_eq!(script.last(start), None);
}

#[test]
fn stop_is_taken_when_the_queue_is_full() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    while script
        .session
        .request(script.now, Command::PullConfiguration)
        .is_ok()
    {}
    let full = script.session.request(script.now, Command::Refresh);
    assert!(matches!(full, Err(RequestError::QueueFull(_))));
    assert!(
        script
            .session
            .request(
                script.now,
                Command::Stop {
                    transaction_id: Some(7)
                }
            )
            .is_ok()
    );
}

#[test]
fn charger_that_goes_on_charging_is_not_stopped() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    let id = script.request(Command::Stop {
        transaction_id: Some(7),
    });
    let (message_id, _) = script.last(stop).unwrap();
    script.answer(message_id, stop_conf(Some(0)));
    for _ in 0..6 {
        script.status(ChargePointStatus::Charging);
        script.seconds(3);
    }
    assert_eq!(script.result(id), Some(Err(CommandError::NotStopped)));
}
