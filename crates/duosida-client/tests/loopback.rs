//! A charger's whole life over real sockets, against a simulated one that watches the rules.

use std::{future::Future, net::Ipv4Addr, time::Duration};

use duosida_client::{
    Charger, DiscoverOptions, Error, Link, Options, discover,
    proto::{
        frame::Framing,
        message::ChargePointStatus,
        proto::MessageTrigger,
        session::{Completion, Event},
    },
};
use evse_sim::{
    duosida::{DelayRange, Device, DeviceConfig, LimitFormatAccepted, TagFormAccepted},
    shell::{Simulator, SimulatorOptions},
};
use futures_util::StreamExt;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, Box::pin(what))
        .await
        .expect("it takes too long")
}

fn quick() -> SimulatorOptions {
    SimulatorOptions {
        // Half a minute of busy slot becomes three seconds.
        speed: 10.0,
        device: DeviceConfig {
            opening_delay: DelayRange::NONE,
            answer_delay: DelayRange::NONE,
            ..DeviceConfig::default()
        },
        ..SimulatorOptions::for_tests()
    }
}

async fn connected(options: SimulatorOptions) -> (Simulator, Charger) {
    let client = Options {
        framing: options.framing,
        ..patient()
    };
    let simulator = Simulator::start(options).await.expect("free ports");
    let charger = soon(Charger::connect(simulator.address(), client))
        .await
        .expect("ready");
    (simulator, charger)
}

fn patient() -> Options {
    Options {
        busy_retry: Duration::from_millis(3_200),
        reconnect_delays: [Duration::from_millis(3_200); 3],
        ..Options::default()
    }
}

/// The simulated charger wrote down what a real one might not forgive.
fn assert_rules_kept(simulator: &Simulator) {
    let violations = simulator.device(|device, _| device.violations().to_vec());
    assert!(violations.is_empty(), "{violations:?}");
}

#[tokio::test]
async fn reads_identity_status_and_configuration() {
    let (simulator, charger) = connected(quick()).await;
    let expected = simulator.device(|device, _| device.config().clone());
    let identity = charger.identity().expect("ready");
    assert_eq!(identity.identifier, expected.identifier);
    assert_eq!(identity.model, Some(expected.model));
    assert_eq!(identity.firmware, Some(expected.firmware));

    let status = soon(charger.refresh()).await.expect("answered");
    assert_eq!(status.state, Some(ChargePointStatus::Available));
    let [voltage, ..] = status.voltage_v;
    assert!(
        voltage.is_some_and(|volts| (200.0..250.0).contains(&volts)),
        "{status:?}"
    );
    assert!(status.age.is_some_and(|age| age < SOON));

    let configuration = soon(charger.configuration()).await.expect("answered");
    assert_eq!(configuration.direct_work_mode, Some(false));
    assert!(!format!("{configuration:?}").contains("sim-secret"));
    assert_rules_kept(&simulator);
    soon(charger.shutdown()).await;
    soon(async {
        while simulator.device(|device, _| device.ground_truth().connected) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn changes_settings_and_tells_how_far_that_is_known() {
    let (simulator, charger) = connected(quick()).await;
    assert_eq!(
        soon(charger.set_max_current(10)).await.expect("in range"),
        Completion::Verified
    );
    assert!((simulator.device(|device, _| device.ground_truth().limit_a) - 10.0).abs() < 0.01);
    assert_eq!(charger.status().limit_reported_centiamps, Some(1000));
    assert_eq!(
        soon(charger.set_direct_work_mode(true))
            .await
            .expect("accepted"),
        Completion::Verified
    );
    for accepted in [
        soon(charger.set_connection_timeout(120)).await,
        soon(charger.set_max_temperature(90)).await,
        soon(charger.set_max_voltage(280)).await,
        soon(charger.set_min_voltage(90)).await,
        soon(charger.set_stop_on_disconnect(true)).await,
        soon(charger.set_level_detection(true)).await,
        soon(charger.set_config("ConnectionTimeOut", "60")).await,
        soon(charger.update_to_flash(0)).await,
        soon(charger.trigger(MessageTrigger::Heartbeat)).await,
    ] {
        assert!(
            matches!(accepted, Ok(Completion::Accepted | Completion::Verified)),
            "{accepted:?}"
        );
    }
    let led = soon(charger.set_led_brightness(3))
        .await
        .expect_err("V2.5 refuses it");
    assert!(matches!(led, Error::Refused { .. }), "{led}");
    let unknown = soon(charger.set_config("NoSuchKey", "1"))
        .await
        .expect_err("unknown key");
    assert!(matches!(unknown, Error::Refused { .. }), "{unknown}");
    assert_rules_kept(&simulator);
}

#[tokio::test]
async fn charges_and_stops() {
    let (simulator, charger) = connected(quick()).await;
    let mut events = charger.events();
    simulator.device(Device::plug_in);
    assert_eq!(
        soon(charger.start(None)).await.expect("accepted"),
        Completion::Verified
    );
    let status = soon(charger.refresh()).await.expect("answered");
    assert_eq!(status.state, Some(ChargePointStatus::Charging));
    assert!(status.transaction_id.is_some(), "{status:?}");
    assert_eq!(
        soon(charger.stop(None)).await.expect("accepted"),
        Completion::Verified
    );
    assert!(!simulator.device(|device, _| device.ground_truth().in_transaction));
    let started =
        soon((&mut events).any(async |event| matches!(event, Event::TransactionStarted { .. })))
            .await;
    let stopped =
        soon((&mut events).any(async |event| matches!(event, Event::TransactionStopped { .. })))
            .await;
    assert!(started && stopped);
    assert_rules_kept(&simulator);
}

#[tokio::test]
async fn firmware_with_other_forms_is_learned() {
    let mut options = quick();
    options.device.tag_form = TagFormAccepted::Plain;
    options.device.limit_format = LimitFormatAccepted::TwoDecimals;
    let (simulator, charger) = connected(options).await;
    let mut events = charger.events();
    assert_eq!(
        soon(charger.set_max_current(16))
            .await
            .expect("the other form"),
        Completion::Verified
    );
    simulator.device(Device::plug_in);
    assert_eq!(
        soon(charger.start(None)).await.expect("the other form"),
        Completion::Verified
    );
    for _ in 0..2 {
        assert!(soon((&mut events).any(async |event| matches!(event, Event::Learned(_)))).await);
    }
    assert_rules_kept(&simulator);
}

#[tokio::test]
async fn wrapped_framing_works_as_well() {
    let (simulator, charger) = connected(SimulatorOptions {
        framing: Framing::Wrapped,
        ..quick()
    })
    .await;
    soon(charger.refresh()).await.expect("answered");
    assert_rules_kept(&simulator);
}

#[tokio::test]
async fn slot_that_is_busy_after_a_close_is_waited_for() {
    let (simulator, first) = connected(quick()).await;
    soon(first.shutdown()).await;
    let mut waited = false;
    let second = Charger::connect_with_progress(simulator.address(), patient(), |link| {
        waited |= matches!(link, Link::Waiting { .. });
    });
    let second = soon(second)
        .await
        .expect("the slot is free after three seconds");
    assert!(waited);
    soon(second.refresh()).await.expect("answered");
}

#[tokio::test]
async fn second_client_is_told_that_the_slot_is_taken() {
    let (simulator, first) = connected(quick()).await;
    let options = Options {
        deadline: Some(Duration::from_secs(2)),
        ..patient()
    };
    let error = soon(Charger::connect(simulator.address(), options))
        .await
        .expect_err("one client at a time");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    soon(first.refresh())
        .await
        .expect("the first one is not disturbed");
}

#[tokio::test]
async fn connection_is_made_anew_after_a_power_cycle() {
    let (simulator, charger) = connected(quick()).await;
    let mut link = charger.link();
    simulator.device(Device::power_cycle);
    soon(link.wait_for(|link| matches!(link, Link::Waiting { .. })))
        .await
        .expect("a living task");
    soon(link.wait_for(|link| matches!(link, Link::Ready)))
        .await
        .expect("a living task");
    soon(charger.refresh()).await.expect("answered");
}

#[tokio::test]
async fn search_finds_the_charger_and_asks_for_its_identifier() {
    let simulator = Simulator::start(quick()).await.expect("free ports");
    let options = DiscoverOptions {
        targets: vec![Ipv4Addr::LOCALHOST],
        port: simulator.discovery_address().expect("switched on").port(),
        tcp_port: simulator.address().port(),
        identify: true,
        ..DiscoverOptions::default()
    };
    let found: Vec<_> = soon(discover(options).collect()).await;
    let [Ok(found)] = &found[..] else {
        panic!("{found:?}")
    };
    let expected = simulator.device(|device, _| device.config().clone());
    assert_eq!(found.ip, Ipv4Addr::LOCALHOST);
    assert_eq!(found.mac.map(|mac| mac.0), Some(expected.mac));
    assert_eq!(
        found.identity.as_ref().map(|identity| &identity.identifier),
        Some(&expected.identifier)
    );
    assert_rules_kept(&simulator);
}
