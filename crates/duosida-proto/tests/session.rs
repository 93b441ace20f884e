//! The client session, one behaviour each, in virtual time.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

use std::time::{Duration, Instant};

use duosida_proto::config::{LimitFormat, Setting};
use duosida_proto::message::{self, Body, ChargePointStatus, Envelope, TagForm};
use duosida_proto::proto::{self, data_transfer_conf, data_transfer_req, id_tag_info};
use duosida_proto::session::{
    BootConfirmation, Command, CommandError, Completion, Config, Event, RequestError, RequestId,
    Session, SessionError,
};

const ID: &str = "0310000000000000001";
const UNIX: i64 = 1_790_000_000;

/// A session, a clock, and the charger's side by hand.
struct Script {
    session: Session,
    now: Instant,
    sent: Vec<(Duration, Envelope)>,
    events: Vec<Event>,
    start: Instant,
    own_id: u64,
}

impl Script {
    fn new(config: Config) -> Self {
        let now = Instant::now();
        let session = Session::new(config, now, UNIX);
        let mut script = Self {
            session,
            now,
            sent: Vec::new(),
            events: Vec::new(),
            start: now,
            own_id: 0x0800_0000,
        };
        script.drain();
        script
    }

    /// A session whose charger has booted and reported `state`.
    fn ready(config: Config, state: ChargePointStatus) -> Self {
        let mut script = Self::new(config);
        script.boot("DUOSIDA Mode3@16A");
        script.status(state);
        script.pass(Duration::from_secs(1));
        script.clear();
        script
    }

    fn boot(&mut self, model: &str) {
        self.charger(Body::BootNotificationReq(proto::BootNotificationReq {
            charge_point_model: Some(model.into()),
            charge_point_vendor: Some("UCHEN".into()),
            firmware_version: Some("V2.5@46ab776+266".into()),
            ..Default::default()
        }));
    }

    fn status(&mut self, state: ChargePointStatus) {
        self.charger(Body::StatusNotificationReq(proto::StatusNotificationReq {
            error_code: Some(6),
            status: Some(state.into()),
            ..Default::default()
        }));
    }

    fn meter(&mut self, transaction_id: Option<i64>) {
        self.charger(Body::MeterValuesReq(proto::MeterValuesReq {
            transaction_id,
            ..Default::default()
        }));
    }

    fn settings(&mut self, max_work_current_a: f32) {
        let settings = proto::DataPullAllConfigurationConf {
            max_work_current_a: Some(max_work_current_a),
            ..Default::default()
        };
        let case = data_transfer_conf::Case::DataPullAllConfigurationConf(settings);
        self.charger(Body::DataTransferConf(proto::DataTransferConf {
            status: Some(0),
            case: Some(case),
        }));
    }

    /// A request or report of the charger's own.
    fn charger(&mut self, body: Body) -> u64 {
        self.own_id += 1;
        self.answer(self.own_id, body);
        self.own_id
    }

    /// The answer to a message of ours.
    fn answer(&mut self, message_id: u64, body: Body) {
        let envelope = Envelope {
            message: Some(body),
            client_id: Some(ID.into()),
            message_id: Some(message_id),
        };
        self.session
            .handle_input(self.now, &message::encode(&envelope));
        self.drain();
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    fn request(&mut self, command: Command) -> RequestId {
        let id = self.session.request(self.now, command).unwrap();
        self.drain();
        self.pass(Duration::from_millis(400));
        id
    }

    fn drain(&mut self) {
        while let Some(bytes) = self.session.poll_transmit() {
            self.sent
                .push((self.now - self.start, message::decode(&bytes).unwrap()));
        }
        self.events
            .extend(std::iter::from_fn(|| self.session.poll_event()));
    }

    fn clear(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    /// The last message of ours that `pick` accepts, with its id.
    fn last<T>(&self, pick: impl Fn(&Body) -> Option<T>) -> Option<(u64, T)> {
        self.sent.iter().rev().find_map(|(_, envelope)| {
            Some((envelope.message_id?, pick(envelope.message.as_ref()?)?))
        })
    }

    fn result(&self, id: RequestId) -> Option<Result<Completion, CommandError>> {
        let mut results = self.events.iter().filter_map(|event| match event {
            Event::Done { id: done, result } if *done == id => Some(result.clone()),
            _ => None,
        });
        let result = results.next();
        assert!(results.next().is_none(), "{id:?} ended twice");
        result
    }

    fn has(&self, event: &Event) -> bool {
        self.events.contains(event)
    }
}

fn change(body: &Body) -> Option<(String, String)> {
    match body {
        Body::ChangeConfigurationReq(request) => {
            Some((request.key.clone()?, request.value.clone()?))
        }
        _ => None,
    }
}

fn start(body: &Body) -> Option<(String, TagForm)> {
    match body {
        Body::RemoteStartTransactionReq(request) => {
            Some(message::decode_id_tag(request.id_tag.as_ref()?))
        }
        _ => None,
    }
}

fn stop(body: &Body) -> Option<i64> {
    match body {
        Body::RemoteStopTransactionReq(request) => request.transaction_id,
        _ => None,
    }
}

fn change_conf(status: i32) -> Body {
    Body::ChangeConfigurationConf(proto::ChangeConfigurationConf {
        status: Some(status),
    })
}

fn start_conf(status: i32) -> Body {
    Body::RemoteStartTransactionConf(proto::RemoteStartTransactionConf {
        status: Some(status),
    })
}

fn stop_conf(status: Option<i32>) -> Body {
    Body::RemoteStopTransactionConf(proto::RemoteStopTransactionConf { status })
}

fn limit(amps: u8) -> Command {
    Command::Set(Setting::MaxCurrent { amps })
}

fn start_transaction(timestamp: i64) -> Body {
    Body::StartTransactionReq(proto::StartTransactionReq {
        connector_id: Some(1),
        meter_start_wh: Some(101),
        timestamp: Some(timestamp),
        ..Default::default()
    })
}

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
