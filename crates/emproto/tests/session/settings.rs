//! Reading and changing settings.

use std::time::Duration;

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{
    Action, Amps, ChargerState, Language, Message, Nickname, OutputState, PlanSlot, PlugState,
    Setting as Payload, StartMethod, TemperatureUnit, WeeklyPlan,
};
use emproto::session::{Changes, LiveLimit, Reply, Request, RequestError, RequestFailure, Setting};

use crate::charger::login;
use crate::script::{SERIAL, Script};

const GETS: [Command; 6] = [
    Command::Nickname,
    Command::Language,
    Command::StartMethod,
    Command::OutputAmps,
    Command::TemperatureUnit,
    Command::VersionRequest,
];

fn fetch(max_age_s: u64) -> Request {
    Request::FetchConfiguration {
        max_age: Duration::from_secs(max_age_s),
    }
}

#[test]
fn fetching_the_configuration_asks_six_things_at_once() {
    let mut script = Script::registered(EndpointConfig::default());
    let id = script.request(fetch(0));
    assert_eq!(script.commands(), GETS);
    let Some(Ok(Reply::Configuration(configuration))) = script.result(id) else {
        panic!("not fetched");
    };
    assert_eq!(configuration.output_current_a, Some(16));
}

#[test]
fn a_young_configuration_is_not_asked_for() {
    let mut script = Script::registered(EndpointConfig::default());
    let id = script.request(fetch(5));
    assert!(script.result(id).unwrap().is_ok() && script.sent.is_empty());
    script.seconds(5);
    script.request(fetch(5));
    assert_eq!(script.commands(), GETS);
}

#[test]
fn a_fetch_joins_one_that_runs_whatever_the_age() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::Language];
    let first = script.request(fetch(0));
    let second = script.request(fetch(0));
    assert_eq!(script.commands(), GETS);
    script.charger.mute.clear();
    script.seconds(2);
    assert!(script.result(first).unwrap().is_ok() && script.result(second).unwrap().is_ok());
    assert_eq!(script.count(Command::Language), 2);
    assert_eq!(script.count(Command::Nickname), 1);
}

#[test]
fn a_fetch_names_what_is_missing_after_six_seconds_and_keeps_the_rest() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::Language, Command::VersionRequest];
    script.charger.amps = 10;
    let id = script.request(fetch(0));
    script.seconds(5);
    assert_eq!(script.result(id), None);
    script.seconds(1);
    let missing = vec![Command::Language, Command::VersionRequest];
    assert_eq!(
        script.result(id),
        Some(Err(RequestFailure::Incomplete { missing }))
    );
    assert_eq!(script.session().configuration().output_current_a, Some(10));
}

#[test]
fn each_setting_is_set_and_confirmed_by_its_value() {
    let plan = WeeklyPlan([PlanSlot::on(3, 0, 180).unwrap(); 7]);
    for setting in [
        Setting::Name(Nickname::new("Yard").unwrap()),
        Setting::Language(Language::German),
        Setting::TemperatureUnit(TemperatureUnit::Fahrenheit),
        Setting::StartMethod(StartMethod::AppAndButton),
        Setting::OutputCurrent(10),
        Setting::WeeklyPlan(Box::new(plan)),
    ] {
        let mut script = Script::registered(EndpointConfig::default());
        assert_eq!(
            script.run(Request::Set(setting.clone())),
            Ok(Reply::Set),
            "{setting:?}"
        );
        assert!(script.commands().len() <= 2);
    }
}

#[test]
fn a_set_that_is_answered_with_another_value_is_read_again_and_then_an_error() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.deaf = vec![Command::OutputAmps];
    let id = script.request(Request::Set(Setting::OutputCurrent(10)));
    let other = Message::OutputAmpsReply(Payload::raw(Action::Set, Amps(16)));
    script.say(&other);
    assert_eq!(script.result(id), None);
    script.say(&other);
    let failure = RequestFailure::EchoMismatch {
        what: "the current",
        wanted: "10 A".into(),
        got: "16 A".into(),
    };
    assert_eq!(script.result(id), Some(Err(failure)));
}

#[test]
fn a_lost_answer_to_a_set_is_resolved_by_reading_not_by_setting_again() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::OutputAmps];
    let id = script.request(Request::Set(Setting::OutputCurrent(10)));
    script.seconds(4);
    script.charger.mute.clear();
    script.seconds(1);
    assert_eq!(script.result(id), Some(Ok(Reply::Set)));
    let action = |sent: &crate::script::Sent| match &sent.message {
        Message::OutputAmps(setting) => Some(setting.action),
        _ => None,
    };
    let actions: Vec<_> = script.sent.iter().filter_map(action).collect();
    assert_eq!(actions, [Action::Set, Action::Get]);
}

#[test]
fn a_set_without_any_answer_fails() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::OutputAmps];
    let result = script.run(Request::Set(Setting::OutputCurrent(10)));
    assert!(matches!(
        result,
        Err(RequestFailure::NoAnswer {
            command: Command::OutputAmps,
            ..
        })
    ));
}

#[test]
fn sets_of_one_item_queue_and_gets_of_one_item_share_the_answer() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    script.request(Request::Set(Setting::OutputCurrent(10)));
    script.request(Request::Set(Setting::OutputCurrent(12)));
    let plans = [(); 2].map(|()| script.request(Request::ReadWeeklyPlan));
    assert_eq!(
        script.commands(),
        [Command::OutputAmps, Command::WeeklyPlan]
    );
    let plan = Message::WeeklyPlanReply(Payload::raw(Action::Get, script.charger.plan));
    script.say(&plan);
    assert!(plans.iter().all(|id| script.result(*id).unwrap().is_ok()));
    script.say(&Message::OutputAmpsReply(Payload::raw(
        Action::Set,
        Amps(10),
    )));
    assert_eq!(script.count(Command::OutputAmps), 2);
}

#[test]
fn a_plan_with_impossible_times_is_read_as_it_is() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.plan.0[2] = PlanSlot {
        state: 3,
        hour: 25,
        minute: 0,
        duration_min: 65_535,
        limit: u32::MAX,
    };
    let Ok(Reply::WeeklyPlan(plan)) = script.run(Request::ReadWeeklyPlan) else {
        panic!("not read");
    };
    assert_eq!(plan.0[2].start(), None);
}

#[test]
fn what_is_out_of_range_is_refused_before_anything_is_sent() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say(&Message::Announce(login("BS20", 1, 16)));
    script.clear();
    for setting in [
        Setting::OutputCurrent(5),
        Setting::OutputCurrent(17),
        Setting::OutputCurrent(0),
        Setting::TemperatureUnit(TemperatureUnit::Unknown(0)),
    ] {
        let result = script
            .endpoint
            .request(script.now, SERIAL, Request::Set(setting));
        assert!(matches!(result, Err(RequestError::InvalidArgument(_))));
    }
    script.drain();
    assert!(script.sent.is_empty());
}

#[test]
fn a_model_that_faults_takes_no_current_while_it_charges() {
    let mut script = Script::registered(EndpointConfig::default());
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    let set = Request::Set(Setting::OutputCurrent(10));
    assert_eq!(script.session().capabilities().live_limit, LiveLimit::Yes);
    script.endpoint.set_live_limit(SERIAL, LiveLimit::No);
    let refused = script.endpoint.request(script.now, SERIAL, set.clone());
    assert_eq!(refused, Err(RequestError::NotWhileCharging));
    script.endpoint.set_live_limit(SERIAL, LiveLimit::Unknown);
    assert_eq!(script.run(set), Ok(Reply::Set));
}

#[test]
fn answers_to_other_clients_are_believed() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say(&Message::OutputAmpsReply(Payload::raw(
        Action::Unknown(0),
        Amps(8),
    )));
    assert_eq!(script.session().configuration().output_current_a, Some(8));
    assert!(script.changed(Changes::CONFIGURATION));
}

#[test]
fn answers_that_come_twice_or_late_end_nothing_twice() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    let id = script.request(Request::ReadWeeklyPlan);
    script.seconds(6);
    assert!(script.result(id).unwrap().is_err());
    let plan = Message::WeeklyPlanReply(Payload::raw(Action::Get, script.charger.plan));
    script.say(&plan);
    script.say(&plan);
    assert!(script.result(id).unwrap().is_err());
}

#[test]
fn too_many_requests_are_refused_but_never_a_stop() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    let mut ask = |request| script.endpoint.request(script.now, SERIAL, request);
    let refused = (0..100).find_map(|_| ask(Request::ReadWeeklyPlan).err());
    assert_eq!(refused, Some(RequestError::QueueFull(32)));
    assert!(ask(Request::Stop { user_id: None }).is_ok());
    script.drain();
    assert_eq!(script.count(Command::ChargeStop), 1);
}

#[test]
fn language_and_plan_are_read_again_after_two_seconds() {
    for setting in [
        Setting::Language(Language::German),
        Setting::WeeklyPlan(Box::new(WeeklyPlan([PlanSlot::on(3, 0, 180).unwrap(); 7]))),
    ] {
        let mut script = Script::registered(EndpointConfig::default());
        let before = (script.charger.language, script.charger.plan);
        let id = script.request(Request::Set(setting));
        script.seconds(1);
        assert_eq!((script.result(id), script.sent.len()), (None, 1));
        // It was forgotten again.
        (script.charger.language, script.charger.plan) = before;
        script.seconds(1);
        let result = script.result(id);
        assert!(
            matches!(result, Some(Err(RequestFailure::EchoMismatch { .. }))),
            "{result:?}"
        );
    }
}

#[test]
fn a_question_is_repeated_after_two_seconds_and_given_up_after_five() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    let id = script.request(Request::ReadWeeklyPlan);
    script.pass(Duration::from_millis(4_999));
    assert_eq!(
        (script.result(id), script.count(Command::WeeklyPlan)),
        (None, 2)
    );
    script.pass(Duration::from_millis(1));
    let Some(Err(RequestFailure::NoAnswer {
        command,
        waited,
        last_seen,
    })) = script.result(id)
    else {
        panic!("not ended");
    };
    assert_eq!(
        (command, waited),
        (Command::WeeklyPlan, Duration::from_secs(5))
    );
    assert!(last_seen.is_some());
}
