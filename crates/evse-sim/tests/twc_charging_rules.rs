//! How a peripheral charges, row by row of what is known of real ones.
mod twc_support;

use evse_sim::twc::{Car, Peripheral, PeripheralConfig, ZeroLimit};
use evse_sim::vehicle::VehicleConfig;
use twc_proto::message::{Action, Message, PeripheralState, PlugState, ProtocolVersion, Query};
use twc_support::{Bench, CLIENT, UNIT, config, seconds};

fn old() -> PeripheralConfig {
    PeripheralConfig::new(UNIT, ProtocolVersion::V1)
}

fn other_car(mut config: PeripheralConfig) -> PeripheralConfig {
    config.car = Car::Other;
    config
}

#[test]
fn the_energy_counter_counts_kilowatt_hours() {
    let mut bench = Bench::charging(config(), 1_600);
    let energy = |bench: &mut Bench| match bench.query(Query::Meter) {
        Some(Message::Meter { meter, .. }) => meter.energy_raw,
        other => panic!("{other:?}"),
    };
    let before = (energy(&mut bench), bench.truth().register_wh);
    bench.poll_for(1_000.0);
    let after = (energy(&mut bench), bench.truth().register_wh);
    assert!(after.0 > before.0 + 1);
    let floor = |wh: f64| (wh / 1_000.0).floor();
    assert!((f64::from(after.0) - floor(after.1)).abs() < 0.5);
    assert!((f64::from(before.0) - floor(before.1)).abs() < 0.5);
}

#[test]
fn without_heartbeats_it_stops_charging_and_asks_for_a_controller() {
    for timeout_s in [10.0, 30.0] {
        let mut bench = Bench::charging(
            PeripheralConfig {
                controller_timeout: seconds(timeout_s),
                ..config()
            },
            1_000,
        );
        bench.said.clear();
        bench.run(timeout_s - 1.0);
        assert!(bench.truth().current_a > 9.0);
        assert!(bench.presences().is_empty());
        bench.run(1.0);
        let truth = bench.truth();
        assert_eq!(truth.state, PeripheralState::Error);
        assert_eq!(truth.controller, None);
        bench.run(5.0);
        assert!(bench.truth().current_a < 0.01);
        assert!(!bench.truth().contactors_closed);
        bench.run(10.0);
        assert!(bench.presences().len() >= 2);
        // The first reply still says so, then the car asks anew.
        let reply = bench.poll();
        assert_eq!(reply.state, PeripheralState::Error);
        let reply = bench.poll();
        assert_eq!(reply.state, PeripheralState::PluggedReady);
        assert_eq!(reply.current_available_ca, 0);
    }
}

#[test]
fn a_car_that_is_plugged_in_asks_for_a_limit_and_charges_with_it() {
    let mut bench = Bench::new(config());
    assert_eq!(bench.poll().state, PeripheralState::Ready);
    bench.act(Peripheral::plug_in);
    let reply = bench.poll();
    assert_eq!(reply.state, PeripheralState::PluggedNotCharging);
    let reply = bench.poll_for(2.0);
    assert_eq!(reply.state, PeripheralState::PluggedReady);
    assert_eq!(reply.current_available_ca, 0);
    let reply = bench.order(Action::SetInitialCurrent, 1_200);
    let told = reply.map(|reply| (reply.state, reply.current_available_ca));
    assert_eq!(told, Some((PeripheralState::PluggedReady, 0)), "not yet");
    let reply = bench.poll();
    assert_eq!(reply.state, PeripheralState::Starting);
    assert_eq!(reply.current_available_ca, 1_200);
    assert!(reply.current_delivered_ca < 500);
    let reply = bench.poll_for(10.0);
    assert_eq!(reply.state, PeripheralState::Charging);
    let below = i32::from(reply.current_available_ca) - i32::from(reply.current_delivered_ca);
    assert!((20..=80).contains(&below), "{reply:?}");
    // More than the car can take.
    bench.order(Action::SetSessionCurrent, 3_200);
    let reply = bench.poll_for(10.0);
    assert_eq!(reply.current_available_ca, 3_200);
    assert_eq!(reply.current_delivered_ca, 1_600);
}

#[test]
fn a_new_limit_is_told_one_reply_later_and_followed_within_five_seconds() {
    let mut bench = Bench::charging(config(), 1_600);
    let reply = bench.order(Action::SetSessionCurrent, 800).expect("told");
    assert_eq!(reply.state, PeripheralState::Limiting);
    assert_eq!(reply.current_available_ca, 1_600);
    assert!(reply.current_delivered_ca > 1_500);
    let reply = bench.poll();
    assert_eq!(reply.state, PeripheralState::Charging);
    assert_eq!(reply.current_available_ca, 800);
    let reply = bench.poll_for(4.2);
    assert_eq!(reply.current_delivered_ca, 750);
}

#[test]
fn which_limit_counts_depends_on_the_version() {
    let mut bench = Bench::charging(config(), 1_000);
    bench.order(Action::SetInitialCurrent, 1_600);
    assert_eq!(bench.poll().current_available_ca, 1_000);
    bench.order(Action::AcknowledgeStartOrStop, 1_100);
    assert_eq!(bench.poll().current_available_ca, 1_100);
    let mut bench = Bench::charging(old(), 1_000);
    let reply = bench.order(Action::SetSessionCurrent, 1_600);
    let state = reply.map(|reply| reply.state);
    assert_eq!(state, Some(PeripheralState::Charging));
    assert_eq!(bench.poll().current_available_ca, 1_000);
    bench.order(Action::SetInitialCurrent, 1_200);
    assert_eq!(bench.poll().current_available_ca, 1_200);
}

#[test]
fn a_limit_of_nothing_means_six_amps_a_stop_or_a_fault() {
    use PeripheralState::{Charging, PluggedNotCharging};
    let outcome = |zero_limit| {
        let mut bench = Bench::charging(
            PeripheralConfig {
                zero_limit,
                ..config()
            },
            1_600,
        );
        bench.order(Action::SetSessionCurrent, 0);
        let reply = bench.poll_for(6.0);
        bench.order(Action::SetSessionCurrent, 1_000);
        let again = bench.poll_for(10.0).state;
        (reply.state, reply.current_available_ca, again)
    };
    assert_eq!(outcome(ZeroLimit::Minimum), (Charging, 600, Charging));
    assert_eq!(outcome(ZeroLimit::Stop), (PluggedNotCharging, 0, Charging));
    assert_eq!(
        outcome(ZeroLimit::Fault),
        (PluggedNotCharging, 0, PluggedNotCharging)
    );
}

#[test]
fn increase_gives_two_amps_for_good() {
    let mut bench = Bench::charging(config(), 1_000);
    bench.order(Action::Increase, 0);
    let reply = bench.poll_for(10.0);
    assert_eq!(reply.state, PeripheralState::Increasing);
    assert_eq!(reply.current_available_ca, 1_200);
    assert_eq!(reply.current_delivered_ca, 1_150);
    assert_eq!(bench.poll_for(32.0).state, PeripheralState::Increasing);
    assert_eq!(
        bench.poll_for(2.0).state,
        PeripheralState::AdjustmentComplete
    );
    let reply = bench.poll_for(5.0);
    assert_eq!(reply.state, PeripheralState::Charging);
    assert_eq!(reply.current_available_ca, 1_200);
}

#[test]
fn decrease_takes_two_amps_for_ten_seconds() {
    let mut bench = Bench::charging(config(), 1_000);
    bench.order(Action::Decrease, 0);
    let reply = bench.poll_for(7.0);
    assert_eq!(reply.state, PeripheralState::Decreasing);
    assert_eq!(reply.current_available_ca, 1_000);
    assert_eq!(reply.current_delivered_ca, 750);
    let reply = bench.poll_for(5.0);
    assert_eq!(reply.state, PeripheralState::Decreasing);
    assert_eq!(reply.current_delivered_ca, 950);
    assert_eq!(
        bench.poll_for(1.5).state,
        PeripheralState::AdjustmentComplete
    );
}

#[test]
fn opened_contactors_fault_a_tesla_and_pause_another_car() {
    let open = Message::OpenContactors {
        sender: CLIENT,
        recipient: UNIT,
    };
    let close = Message::CloseContactors {
        sender: CLIENT,
        recipient: UNIT,
    };
    for (config, goes_on) in [(config(), false), (other_car(config()), true)] {
        let mut bench = Bench::charging(config, 1_000);
        let answer = bench.ask(&open);
        assert_eq!(answer, Some(Message::OpenContactorsAck { sender: UNIT }));
        assert!(bench.truth().current_a < 0.01);
        assert_eq!(bench.poll().state, PeripheralState::PluggedNotCharging);
        let answer = bench.ask(&close);
        assert_eq!(answer, Some(Message::CloseContactorsAck { sender: UNIT }));
        let reply = bench.poll_for(10.0);
        assert_eq!(reply.state == PeripheralState::Charging, goes_on);
        bench.act(Peripheral::unplug);
        bench.act(Peripheral::plug_in);
        bench.poll_for(3.0);
        bench.order(Action::SetInitialCurrent, 1_000);
        assert_eq!(bench.poll_for(10.0).state, PeripheralState::Charging);
    }
    let mut idle = Bench::new(config());
    idle.ask(&close);
    assert!(idle.truth().contactors_closed);
}

#[test]
fn a_car_without_a_limit_gives_up_after_half_a_minute() {
    for (config, goes_on) in [(config(), false), (other_car(config()), true)] {
        let mut bench = Bench::new(config);
        bench.act(Peripheral::plug_in);
        // Nobody is there to ask yet.
        bench.run(60.0);
        bench.poll();
        assert_eq!(bench.poll_for(27.0).state, PeripheralState::PluggedReady);
        assert_eq!(
            bench.poll_for(5.0).state,
            PeripheralState::PluggedNotCharging
        );
        bench.order(Action::SetInitialCurrent, 1_000);
        let state = bench.poll_for(10.0).state;
        assert_eq!(state == PeripheralState::Charging, goes_on);
    }
}

#[test]
fn a_full_car_stops_and_then_sleeps_with_the_plug_in() {
    use PeripheralState::{Charging, PluggedNotCharging, Ready};
    let plug = |bench: &mut Bench| match bench.query(Query::PlugState) {
        Some(Message::PlugState { plug, .. }) => plug,
        other => panic!("{other:?}"),
    };
    let mut bench = Bench::new(PeripheralConfig {
        vehicle: VehicleConfig {
            battery_kwh: 1.0,
            state_of_charge: 0.9,
            ..config().vehicle
        },
        ..config()
    });
    bench.poll();
    assert_eq!(plug(&mut bench), PlugState::Unplugged);
    bench.act(Peripheral::plug_in);
    bench.poll_for(3.0);
    assert_eq!(plug(&mut bench), PlugState::Plugged);
    bench.order(Action::SetInitialCurrent, 1_000);
    bench.poll_for(8.0);
    assert_eq!(plug(&mut bench), PlugState::Charging);
    let mut states = Vec::new();
    while bench.elapsed() < 600.0 {
        let state = bench.poll_for(1.0).state;
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    assert_eq!(states, [Charging, PluggedNotCharging, Ready]);
    assert_eq!(plug(&mut bench), PlugState::Plugged);
    assert!(!bench.truth().contactors_closed);
}
