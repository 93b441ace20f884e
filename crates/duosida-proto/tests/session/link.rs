//! How a session opens, stays and ends, and what the charger asks.

use std::time::Duration;

use duosida_proto::message::{self, Body, ChargePointStatus};
use duosida_proto::proto::{self, data_transfer_req, id_tag_info};
use duosida_proto::session::{
    BootConfirmation, Command, CommandError, Config, Event, RequestError, SessionError,
};

use crate::script::{Script, UNIX, limit, start_transaction};

#[test]
fn opening_is_what_the_vendor_app_sends() {
    let script = Script::new(Config::default());
    let opening = message::encode(&script.sent[0].1);
    assert_eq!(hex::encode(opening), "a2030408001000a20603494f53a80600");
}

#[test]
fn boot_notification_makes_it_ready_and_is_not_confirmed() {
    let mut script = Script::new(Config::default());
    script.boot("DUOSIDA Mode3@32A ");
    let identity = script.session.identity().unwrap();
    assert_eq!(
        (identity.model.as_deref(), identity.rating_amps()),
        (Some("DUOSIDA Mode3@32A"), Some(32))
    );
    assert!(script.session.is_ready() && script.has(&Event::Ready(identity.clone())));
    assert_eq!(
        script.last(|body| matches!(body, Body::BootNotificationConf(_)).then_some(())),
        None
    );
}

#[test]
fn boot_notification_is_confirmed_with_the_time_of_day_when_asked_for() {
    let mut script = Script::new(Config {
        boot_confirmation: BootConfirmation::CurrentTime,
        ..Config::default()
    });
    script.seconds(3);
    script.boot("DUOSIDA Mode3@32A");
    let confirmed = script.last(|body| match body {
        Body::BootNotificationConf(conf) => conf.current_time,
        _ => None,
    });
    assert_eq!(confirmed, Some((script.own_id, UNIX + 3)));
}

#[test]
fn identifier_of_any_first_message_makes_it_ready_after_a_grace() {
    let mut script = Script::new(Config::default());
    script.status(ChargePointStatus::Available);
    assert!(!script.session.is_ready());
    script.seconds(2);
    assert!(script.session.is_ready());
    script.boot("DUOSIDA Mode3@32A");
    assert!(
        !script.has(&Event::Restarted),
        "a late boot notification is no restart"
    );
}

#[test]
fn silence_after_the_opening_ends_the_session() {
    let mut script = Script::new(Config::default());
    script.seconds(14);
    assert!(script.events.is_empty());
    script.seconds(1);
    assert_eq!(script.events, [Event::Failed(SessionError::NoBoot)]);
    assert_eq!(
        script.session.request(script.now, limit(6)),
        Err(RequestError::Closed)
    );
}

#[test]
fn silence_later_ends_the_session_and_its_requests() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    script.seconds(40);
    let id = script.request(limit(10));
    script.seconds(5);
    assert_eq!(
        script.result(id),
        Some(Err(CommandError::LinkLost { sent: true }))
    );
    assert!(script.has(&Event::Failed(SessionError::Idle)));
}

#[test]
fn own_messages_keep_200_ms_distance_and_new_ids() {
    let mut script = Script::new(Config::default());
    script.boot("DUOSIDA Mode3@32A");
    for amps in 6..10 {
        script.session.request(script.now, limit(amps)).unwrap();
    }
    script.seconds(1);
    let times: Vec<_> = script.sent.iter().map(|(at, _)| *at).collect();
    assert!(
        times.len() >= 4
            && times
                .windows(2)
                .all(|pair| pair[1].checked_sub(pair[0]).unwrap() >= Duration::from_millis(200))
    );
    let mut ids: Vec<_> = script
        .sent
        .iter()
        .filter_map(|(_, envelope)| envelope.message_id)
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), times.len());
}

#[test]
fn polls_status_and_meters_every_15_s_and_the_configuration_every_60_s() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    for _ in 0..6 {
        script.seconds(10);
        script.status(ChargePointStatus::Available);
    }
    let count = |pick: fn(&Body) -> bool| {
        script
            .sent
            .iter()
            .filter(|(_, envelope)| envelope.message.as_ref().is_some_and(pick))
            .count()
    };
    assert_eq!(count(|body| matches!(body, Body::TriggerMessageReq(_))), 8);
    assert_eq!(count(|body| matches!(body, Body::DataTransferReq(_))), 1);
}

#[test]
fn what_the_charger_asks_is_confirmed_at_once_with_its_message_id() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    script.status(ChargePointStatus::Preparing);
    let conf = script.last(|body| matches!(body, Body::StatusNotificationConf(_)).then_some(()));
    assert_eq!(conf, Some((script.own_id, ())));
    script.charger(Body::HeartbeatReq(proto::HeartbeatReq {}));
    let time = script.last(|body| match body {
        Body::HeartbeatConf(conf) => conf.current_time,
        _ => None,
    });
    assert_eq!(time, Some((script.own_id, UNIX + 1)));
    script.charger(Body::StopTransactionReq(
        proto::StopTransactionReq::default(),
    ));
    assert!(
        script
            .last(|body| matches!(body, Body::StopTransactionConf(_)).then_some(()))
            .is_some()
    );
}

#[test]
fn continue_requests_and_cards_are_left_unanswered() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    let transfer = proto::DataTransferReq {
        case: Some(data_transfer_req::Case::DataContinueReq(
            proto::DataContinueReq {},
        )),
        ..Default::default()
    };
    script.charger(Body::DataTransferReq(transfer));
    let message_id = script.charger(Body::AuthorizeReq(proto::AuthorizeReq::default()));
    assert!(script.sent.is_empty());
    assert!(script.has(&Event::Unexpected {
        field: 16,
        name: "DataTransferReq"
    }));
    assert!(script.has(&Event::CardShown { message_id }));
    script.request(Command::AnswerCard {
        message_id,
        accept: false,
    });
    let status = script.last(|body| match body {
        Body::AuthorizeConf(conf) => conf.id_tag_info.as_ref()?.status,
        _ => None,
    });
    assert_eq!(
        status,
        Some((message_id, id_tag_info::Status::Invalid.into()))
    );
}

#[test]
fn transaction_is_confirmed_with_an_explicit_status_and_the_same_id_again() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Preparing);
    let confirmed = |script: &Script| {
        script.last(|body| match body {
            Body::StartTransactionConf(conf) => {
                assert_eq!(conf.id_tag_info.as_ref().unwrap().status, Some(0));
                conf.transaction_id
            }
            _ => None,
        })
    };
    script.charger(start_transaction(5));
    let (_, first) = confirmed(&script).unwrap();
    script.seconds(30);
    script.charger(start_transaction(5));
    assert_eq!(confirmed(&script).unwrap().1, first);
    script.charger(start_transaction(6));
    assert!(confirmed(&script).unwrap().1 > first);
    assert_eq!(
        script.session.status(script.now).transaction_id,
        Some(first + 30)
    );
}

#[test]
fn five_bad_messages_in_a_row_end_the_session_and_one_good_resets() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    // A boot notification with a varint where text belongs.
    let bad = [0x22, 2, 0x10, 1, 0xa8, 6, 1];
    for _ in 0..2 {
        for _ in 0..4 {
            script.session.handle_input(script.now, &bad);
        }
        script.status(ChargePointStatus::Available);
    }
    assert!(script.session.is_ready());
    for _ in 0..5 {
        script.session.handle_input(script.now, &bad);
    }
    script.drain();
    assert!(script.has(&Event::Failed(SessionError::TooManyMalformed)));
}

#[test]
fn another_charger_at_the_address_ends_the_session() {
    let mut script = Script::new(Config {
        expected_identity: Some("9".repeat(19)),
        ..Config::default()
    });
    script.boot("DUOSIDA Mode3@32A");
    assert!(script.has(&Event::Failed(SessionError::IdentityChanged)));
}

#[test]
fn restart_in_mid_session_forgets_the_transaction_and_polls_at_once() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Charging);
    script.meter(Some(7));
    script.clear();
    script.boot("DUOSIDA Mode3@16A");
    assert!(script.has(&Event::Restarted));
    assert_eq!(script.session.status(script.now).transaction_id, None);
    script.seconds(1);
    assert!(
        script
            .last(|body| matches!(body, Body::TriggerMessageReq(_)).then_some(()))
            .is_some()
    );
}

#[test]
fn reopened_session_opens_again_and_keeps_what_it_knows() {
    let mut script = Script::ready(Config::default(), ChargePointStatus::Available);
    script.session.handle_closed(script.now);
    script.clear();
    script.session.reopen(script.now);
    script.drain();
    assert_eq!(script.sent.len(), 1);
    assert!(script.session.identity().is_some() && !script.session.is_ready());
    script.boot("DUOSIDA Mode3@16A");
    assert!(script.session.is_ready());
    assert!(!script.has(&Event::Restarted));
}
