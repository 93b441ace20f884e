//! Against simulated chargers on real sockets.

mod sim;

use std::time::Duration;

use em_client::{
    Error, Event, Safety, Whom,
    proto::{
        message::{
            Identifier, Language, PlanSlot, ReservationResult, StartMethod, TemperatureUnit,
            WeeklyPlan,
        },
        session::{
            CurrentCharge, MetaState, RequestError, RequestFailure, SessionState, StartRequest,
        },
        time::CivilTime,
    },
};
use evse_sim::em::{Device, Model};
use futures_util::StreamExt;
use sim::{
    assert_no_violations, device, logged_in, options, pin, serial, simulator, soon, started, until,
    with_pin,
};

#[tokio::test]
async fn a_charger_with_a_known_pin_is_logged_in_by_itself_and_read() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::TelestarEc311s, 3), port).await;
    let evse = logged_in(&communicator).await;
    assert!(evse.is_online() && evse.is_logged_in());
    assert_eq!(evse.is_authorised(), Some(true));
    assert_eq!(evse.session_state(), SessionState::Registered);
    assert_eq!(evse.meta_state(), MetaState::Idle);
    assert_eq!(evse.address(), simulator.address(0));
    let info = evse.info();
    assert_eq!((&*info.brand, &*info.model), ("Telestar", "EC311S"));
    assert_eq!((evse.phases(), info.max_current_a), (Some(3), Some(16)));
    assert_eq!(evse.label(), "Simulated");
    assert_eq!(
        evse.state_summary().as_deref(),
        Some("standby, disconnected")
    );
    assert_eq!(evse.safety(), Some(Safety::Ok));
    assert_eq!(evse.is_vehicle_connected(), Some(false));
    let phases = evse.phase_summary().expect("a status");
    assert!(
        phases.starts_with("L1 2") && phases.contains(", L3 2"),
        "{phases}"
    );
    assert!(evse.state_age().expect("a status") < Duration::from_secs(5));
    assert!(evse.last_seen().expect("seen").elapsed().expect("past") < Duration::from_mins(1));
    assert!(evse.check_password(&pin()));
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_wrong_pin_is_refused_and_not_kept_and_the_right_one_works() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = soon(communicator.wait_for(Whom::Any, Duration::from_secs(11)))
        .await
        .expect("announces itself");
    assert_eq!(evse.serial(), serial());
    let without = evse.login(None).await.expect_err("no PIN");
    let refused = soon(evse.login("654321".parse().ok())).await;
    let refused = refused.expect_err("a wrong PIN");
    assert!(
        matches!(
            without,
            Error::NotSent {
                source: RequestError::NoPin,
                ..
            }
        ),
        "{without}"
    );
    assert!(
        matches!(
            refused,
            Error::Failed {
                source: RequestFailure::WrongPin,
                ..
            }
        ),
        "{refused}"
    );
    assert!(!evse.has_password() && !evse.is_logged_in());
    // It is still listened to.
    assert!(evse.is_online());
    soon(evse.login(Some(pin()))).await.expect("the right PIN");
    assert!(evse.has_password() && evse.is_logged_in());
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn every_setting_reaches_the_charger_and_is_verified() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    soon(async {
        evse.set_name("Garage").await?;
        evse.set_language(Language::German).await?;
        evse.set_temperature_unit(TemperatureUnit::Fahrenheit)
            .await?;
        evse.set_offline_charge(StartMethod::AppOnly).await?;
        evse.set_max_current(13).await
    })
    .await
    .expect("all set");
    let truth = simulator.device(0, |device, _| device.ground_truth());
    let truth = truth.expect("a charger");
    assert_eq!(truth.nickname, "Garage");
    assert_eq!((truth.language, truth.temperature_unit), (3, 2));
    assert_eq!((truth.start_method, truth.output_a), (1, 13));
    let config = soon(evse.fetch_config(Duration::ZERO)).await.expect("read");
    assert_eq!(config, evse.config());
    assert_eq!(config.name.as_deref(), Some("Garage"));
    assert_eq!(config.output_current_a, Some(13));
    assert_eq!(evse.label(), "Garage");

    for error in [
        evse.set_max_current(5).await.expect_err("too little"),
        evse.set_max_current(33).await.expect_err("too much"),
        evse.set_name("longer than 11").await.expect_err("too long"),
    ] {
        let is_argument = matches!(
            error,
            Error::NotSent {
                source: RequestError::InvalidArgument(_),
                ..
            }
        );
        assert!(is_argument, "{error}");
        assert!(error.to_string().contains("…7788"), "{error}");
    }
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_charge_starts_shows_and_stops() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    let error = soon(evse.charge_start(StartRequest::default())).await;
    let error = error.expect_err("nothing plugged in");
    assert!(
        matches!(
            error,
            Error::Failed {
                source: RequestFailure::NotPluggedIn,
                ..
            }
        ),
        "{error}"
    );
    simulator.device(0, Device::plug_in);
    until(&evse, &communicator, |session| {
        session.is_vehicle_connected() == Some(true)
    })
    .await;
    let start = StartRequest {
        current_a: Some(10),
        user_id: Identifier::new("tester").ok(),
        charge_id: Identifier::new("a-charge").ok(),
        max_duration_min: Some(90),
        max_energy_centikwh: Some(1_000),
        ..StartRequest::default()
    };
    let started = soon(evse.charge_start(start)).await.expect("it starts");
    assert_eq!(started.current_a, 10);
    let reply = started.reply.expect("an answer");
    assert_eq!(reply.reservation_result, ReservationResult::StartedNow);
    until(&evse, &communicator, |session| {
        session.is_charging() == Some(true)
            && session.charge().is_some_and(CurrentCharge::is_current)
    })
    .await;
    assert_eq!(evse.meta_state(), MetaState::Charging);
    assert_eq!(evse.is_session_open(), Some(true));
    let charge = evse.current_charge().expect("a charge");
    assert_eq!(charge.report.charge_id.to_str_lossy(), "a-charge");
    assert_eq!(charge.report.user_id.to_str_lossy(), "tester");
    assert_eq!(
        evse.charge_limits().as_deref(),
        Some("10 A, 90 min, 10.00 kWh")
    );
    let truth = simulator.device(0, |device, _| device.ground_truth());
    assert_eq!(truth.expect("a charger").session_current_a, Some(10));

    let mut events = communicator.events();
    soon(evse.charge_stop(None)).await.expect("it stops");
    let record = soon(async {
        loop {
            if let Some(Event::Record { key, record, .. }) = events.next().await {
                return (key, record);
            }
        }
    })
    .await;
    assert_eq!(record.1.charge_id.to_str_lossy(), "a-charge");
    until(&evse, &communicator, |session| {
        session.is_charging() == Some(false)
    })
    .await;
    // It is not acknowledged unless that is chosen.
    evse.record_taken(record.0);
    let left = simulator.device(0, |device, _| device.ground_truth().unacknowledged_records);
    assert_eq!(left, Some(1));
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn records_are_acknowledged_once_they_are_taken() {
    let mut options = options();
    options.endpoint.session.acknowledge_records = true;
    let (communicator, port) = started(options);
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    simulator.device(0, Device::plug_in);
    until(&evse, &communicator, |session| {
        session.is_vehicle_connected() == Some(true)
    })
    .await;
    soon(evse.charge_start(StartRequest::default()))
        .await
        .expect("it starts");
    let mut events = communicator.events();
    soon(evse.charge_stop(None)).await.expect("it stops");
    let is_taken = soon(async {
        loop {
            match events.next().await {
                Some(Event::Record { key, .. }) => evse.record_taken(key),
                Some(_) => {}
                None => return false,
            }
            let left = simulator.device(0, |device, _| {
                let truth = device.ground_truth();
                truth.starts == 1 && truth.unacknowledged_records == 0
            });
            if left == Some(true) {
                return true;
            }
        }
    });
    assert!(is_taken.await);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_reservation_is_made_and_cancelled() {
    let (communicator, port) = started(options());
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let evse = logged_in(&communicator).await;
    let in_two_hours = evse.last_seen().expect("seen") + Duration::from_hours(2);
    let unix = in_two_hours
        .duration_since(std::time::UNIX_EPOCH)
        .expect("past 1970");
    let start = StartRequest {
        current_a: Some(8),
        start_at_unix_s: i64::try_from(unix.as_secs()).ok(),
        ..StartRequest::default()
    };
    let started = soon(evse.charge_start(start)).await.expect("reserved");
    assert!(started.reserved_for_unix_s.is_some());
    let truth = simulator.device(0, |device, _| device.ground_truth());
    assert!(truth.expect("a charger").is_reserved);
    soon(evse.charge_stop(None)).await.expect("cancelled");
    let truth = simulator.device(0, |device, _| device.ground_truth());
    assert!(!truth.expect("a charger").is_reserved);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn history_is_read_with_progress() {
    let (communicator, port) = started(options());
    let mut config = device(Model::TelestarEc311s, 3);
    config.history_capacity = 6;
    config.history_records = 4;
    let simulator = simulator(config, port).await;
    let evse = logged_in(&communicator).await;
    let mut steps = Vec::new();
    let history = soon(evse.history(|done, total| steps.push((done, total)))).await;
    let history = history.expect("read");
    assert_eq!((history.records.len(), history.capacity), (4, 6));
    assert!(history.unread_slots.is_empty());
    assert_eq!(steps.last().map(|(_, total)| *total), Some(6));
    assert!(steps.is_sorted() && steps.len() > 1, "{steps:?}");
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn clock_and_weekly_plan_are_read_and_set() {
    let (communicator, port) = started(options());
    let mut config = device(Model::Morec, 1);
    config.clock_skew_s = 40;
    let simulator = simulator(config, port).await;
    let evse = logged_in(&communicator).await;
    let reading = soon(evse.system_time()).await.expect("read");
    assert!((38..=42).contains(&reading.delta_s), "{reading:?}");
    let reading = soon(evse.set_system_time(None)).await.expect("set");
    assert!(reading.delta_s.abs() <= 2, "{reading:?}");
    let noon = CivilTime::new((2026, 2, 3), (12, 0, 0)).expect("a time");
    let reading = soon(evse.set_system_time(Some(noon))).await.expect("set");
    let civil = reading.civil().map(|civil| civil.to_string());
    assert!(civil.is_some_and(|civil| civil.starts_with("2026-02-03T12:00:0")));

    let mut plan = WeeklyPlan([PlanSlot::OFF; 7]);
    plan.0[6] = PlanSlot::on(23, 30, 120).expect("a slot");
    soon(evse.set_weekly_plan(plan)).await.expect("set");
    let found = soon(evse.weekly_plan()).await.expect("read");
    assert_eq!(
        (found.0[6].start(), found.0[6].duration_min),
        (Some((23, 30)), 120)
    );
    assert!(!found.0[0].is_on());
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn commands_work_without_a_login() {
    let mut settings = options();
    settings.endpoint.session.auto_login = false;
    let (communicator, port) = started(settings);
    let simulator = simulator(device(Model::BesenBs20, 1), port).await;
    let mut known = with_pin();
    known.address = simulator.address(0);
    let evse = communicator.add(serial(), known).expect("a place");
    soon(evse.refresh()).await.expect("an answer");
    soon(evse.charge_stop(None)).await.expect("an answer");
    assert!(evse.state().is_some() && !evse.is_logged_in());
    let client = simulator.device(0, |device, _| device.client());
    assert_eq!(client, Some(None));
    assert_no_violations(&simulator);
}
