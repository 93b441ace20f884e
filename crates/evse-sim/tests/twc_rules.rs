//! What a peripheral does, row by row of what is known of real ones.
mod twc_support;

use std::time::Duration;

use evse_sim::twc::{Car, Peripheral, PeripheralConfig, TrailerPolicy};
use twc_proto::Address;
use twc_proto::frame::{Frame, FrameType, Trailer};
use twc_proto::message::{
    Action, Message, PeripheralState, Presence, ProtocolVersion, Query, VinSection,
};
use twc_support::{Bench, CLIENT, UNIT, config, heartbeat, seconds};

fn controller(sender: Address) -> Presence {
    Presence {
        sender,
        session: 0x75,
        max_current_ca: 0,
    }
}

fn gaps(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn old() -> PeripheralConfig {
    PeripheralConfig::new(UNIT, ProtocolVersion::V1)
}

fn other_car(mut config: PeripheralConfig) -> PeripheralConfig {
    config.car = Car::Other;
    config
}

#[test]
fn an_unclaimed_unit_tells_that_it_is_there_until_it_is_claimed() {
    for period_s in [1.3, 6.0, 10.0] {
        let mut bench = Bench::new(PeripheralConfig {
            presence_interval: seconds(period_s),
            ..config()
        });
        bench.run(60.0);
        let times = bench.presences();
        assert!((4.8..=5.1).contains(&times[0]), "{times:?}");
        let gaps = gaps(&times);
        assert!(gaps[..2].iter().all(|gap| (0.4..=1.0).contains(gap)));
        let periodic = |gap: &f64| (gap - period_s).abs() <= period_s * 0.02;
        assert!(gaps.len() > 5 && gaps[2..].iter().all(periodic), "{gaps:?}");
        bench.poll();
        bench.said.clear();
        bench.run(25.0);
        assert_eq!(bench.presences(), [0.0; 0]);
    }
}

#[test]
fn the_second_discovery_within_two_seconds_is_answered_with_five_presences() {
    let discover = Message::ControllerDiscover(controller(CLIENT));
    let mut bench = Bench::new(config());
    bench.run(10.0);
    bench.ask(&discover);
    bench.run(1.0);
    assert!(bench.presences().is_empty());
    bench.said.clear();
    let asked = bench.elapsed();
    bench.ask(&discover);
    bench.run(5.0);
    let times = bench.presences();
    assert_eq!(times.len(), 5, "{times:?}");
    assert!((times[0] - asked - 0.2).abs() < 1e-6);
    assert!(gaps(&times).iter().all(|gap| (0.4..=1.0).contains(gap)));
    // Too late for a second one, and once claimed none at all.
    let count_after = |bench: &mut Bench, pause_s| {
        bench.ask(&discover);
        bench.run(pause_s);
        bench.ask(&discover);
        bench.run(2.0);
        bench.presences().len()
    };
    assert!(count_after(&mut bench, 2.5) < 2);
    bench.poll();
    assert_eq!(count_after(&mut bench, 0.4), 0);
}

#[test]
fn whoever_has_its_id_makes_it_choose_another() {
    for conflict in [Message::ControllerAnnounce, Message::ControllerDiscover] {
        let mut bench = Bench::new(config());
        bench.poll();
        let before = bench.truth();
        bench.ask(&conflict(controller(UNIT)));
        let after = bench.truth();
        assert_ne!((after.id, after.session), (before.id, before.session));
        assert_eq!(after.controller, None);
        bench.run(10.0);
        assert!(bench.presences().len() >= 3);
        assert_eq!(bench.order(Action::None, 0), None, "the old id");
    }
}

#[test]
fn only_heartbeats_for_it_are_answered_130_to_180_ms_later() {
    let mut bench = Bench::new(config());
    let mut delays = Vec::new();
    for _ in 0..50 {
        let asked = bench.elapsed();
        let reply = bench.poll();
        assert_eq!((reply.sender, reply.recipient), (UNIT, CLIENT));
        delays.push(bench.said[0].0 - asked);
    }
    let within = |delay: &f64| (0.13..=0.18).contains(delay);
    assert!(delays.iter().all(within), "{delays:?}");
    assert!(gaps(&delays).iter().any(|gap| gap.abs() > 0.005));
    assert_eq!(bench.ask(&heartbeat(CLIENT, Action::None, 0)), None);
    assert_eq!(bench.truth().controller, Some(CLIENT));
}

#[test]
fn a_frame_with_a_wrong_checksum_is_not_heard() {
    let mut bench = Bench::new(config());
    let frame = heartbeat(UNIT, Action::None, 0).encode(ProtocolVersion::V2);
    let mut wire = frame.encode(Trailer::default()).to_vec();
    wire[8] ^= 1;
    bench.act(|unit, now| unit.handle_input(now, &wire));
    bench.run(0.5);
    assert_eq!(bench.truth().controller, None);
    assert!(bench.said.is_empty());
}

#[test]
fn queries_of_any_length_are_answered_by_firmware_that_knows_them() {
    let queries = Query::ALL;
    let is_legacy = |query: &Query| query.command() < 0x20;
    for query in queries {
        for len in [13, 14, 15, 16] {
            let content = [0xF0, 0x0D, 0x34, 0x95, 0, 0, 0xA0];
            let frame = Frame::new(FrameType::Request, query.command(), &content, len);
            let frame = frame.expect("a query");
            let answer = Bench::new(config()).ask_frame(&frame);
            assert_eq!(answer.is_some(), !is_legacy(&query), "{query:?} {len}");
            let answer = Bench::new(old()).ask_frame(&frame);
            let known = is_legacy(&query) && query != Query::LegacyModel;
            assert_eq!(answer.is_some(), known, "{query:?} {len}");
        }
    }
    let mut bench = Bench::new(PeripheralConfig {
        answers_queries: false,
        ..config()
    });
    assert_eq!(bench.query(Query::Meter), None);
    let close = Message::CloseContactors {
        sender: CLIENT,
        recipient: UNIT,
    };
    assert_eq!(bench.ask(&close), None);
    assert!(bench.order(Action::None, 0).is_some());
}

#[test]
fn it_tells_its_serial_number_its_firmware_and_its_meter() {
    let mut bench = Bench::charging(config(), 1_000);
    assert!(matches!(
        bench.query(Query::Serial),
        Some(Message::Serial { serial, .. }) if serial.to_string() == "A17A0003495"
    ));
    assert!(matches!(
        bench.query(Query::Version),
        Some(Message::Version { version, .. }) if version.to_string() == "4.5.10.2"
    ));
    let Some(Message::Meter { meter, .. }) = bench.query(Query::Meter) else {
        panic!("a meter");
    };
    assert_eq!(meter.half_amps, [Some(19); 3], "9.5 A");
    assert!(meter.volts.iter().all(|volts| (220..=235).contains(volts)));
    let mut bench = Bench::charging(
        PeripheralConfig {
            phases: 1,
            ..config()
        },
        1_000,
    );
    let Some(Message::Meter { meter, .. }) = bench.query(Query::Meter) else {
        panic!("a meter");
    };
    assert_eq!(meter.half_amps, [Some(19), Some(0), Some(0)]);
    assert_eq!(meter.volts[1..], [0, 0]);
}

#[test]
fn an_error_from_the_controller_silences_it_until_it_restarts() {
    let mut bench = Bench::new(config());
    let reply = bench.order(Action::Error, 0x0400).expect("one more");
    assert_eq!(reply.state, PeripheralState::Error);
    assert_eq!(bench.order(Action::None, 0), None);
    bench.said.clear();
    bench.run(25.0);
    assert!(bench.said.is_empty());
    bench.act(Peripheral::restart);
    assert!(bench.order(Action::None, 0).is_some());
}

#[test]
fn a_tesla_tells_its_vin_five_to_ten_seconds_after_the_plug() {
    let vin = |bench: &mut Bench| {
        let parts = VinSection::ALL.map(|section| match bench.query(Query::Vin(section)) {
            Some(Message::VinPart { part, .. }) => {
                String::from_utf8_lossy(part.expose()).into_owned()
            }
            other => panic!("{other:?}"),
        });
        parts.concat()
    };
    let mut bench = Bench::new(config());
    bench.act(Peripheral::plug_in);
    bench.run(4.0);
    assert_eq!(vin(&mut bench), "");
    bench.run(5.2);
    assert_eq!(vin(&mut bench), "5YJTESTA4TWC00001");
    bench.act(Peripheral::unplug);
    assert_eq!(vin(&mut bench), "");
    let mut bench = Bench::new(other_car(config()));
    bench.act(Peripheral::plug_in);
    bench.run(60.0);
    assert_eq!(vin(&mut bench), "");
}

#[test]
fn a_restart_draws_a_new_session_and_forgets_limit_and_controller() {
    let mut bench = Bench::charging(config(), 1_000);
    let before = bench.truth().session;
    bench.act(Peripheral::restart);
    bench.said.clear();
    bench.run(8.0);
    let truth = bench.truth();
    assert_ne!(truth.session, before);
    assert_eq!((truth.available_ca, truth.controller), (0, None));
    assert!(truth.current_a < 0.01);
    assert!(bench.presences().len() >= 2);
    assert!(matches!(
        bench.said[0].2,
        Message::PeripheralPresence(presence)
            if presence.session == truth.session && presence.max_current_ca == 3_200
    ));
    bench.act(Peripheral::switch_off);
    bench.said.clear();
    assert_eq!(bench.order(Action::None, 0), None);
    bench.run(60.0);
    assert!(bench.said.is_empty());
}

#[test]
fn trailers_follow_the_policy_and_lengths_the_version() {
    let said = |config: PeripheralConfig, queries: &[Query]| {
        let mut bench = Bench::new(config);
        let mut ends = Vec::new();
        for query in queries.iter().cycle().take(60) {
            bench.query(*query);
            ends.extend(
                bench
                    .said
                    .iter()
                    .map(|(_, wire, _)| *wire.last().expect("bytes")),
            );
        }
        ends
    };
    let with = |trailer| PeripheralConfig {
        trailer,
        ..config()
    };
    let long = said(with(TrailerPolicy::ByLength), &[Query::Meter]);
    assert!(long.contains(&0xFE));
    let short = said(with(TrailerPolicy::ByLength), &[Query::Version]);
    assert!(short.iter().all(|end| *end == 0xFC));
    let none = said(with(TrailerPolicy::None), &[Query::Meter]);
    assert!(none.iter().all(|end| *end == 0xC0));
    let mixed = said(with(TrailerPolicy::Mixed), &[Query::Meter]);
    for end in [0xFC, 0xFE, 0xF8, 0xFF, 0xC0] {
        assert!(mixed.contains(&end), "{end:02X}");
    }
    let mut bench = Bench::new(old());
    bench.poll();
    assert_eq!(bench.said[0].1.len(), 17, "version 1 with its trailer");
}

#[test]
fn early_timeouts_change_nothing() {
    let run = |extra: bool| {
        let mut bench = Bench::charging(config(), 1_000);
        bench.said.clear();
        for _ in 0..300 {
            if extra {
                bench.act(|unit, now| unit.handle_timeout(now + Duration::from_nanos(1)));
            }
            bench.run(0.1);
        }
        let said = bench.said.iter();
        said.map(|(at, wire, _)| (*at, wire.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn addresses_are_shown_in_configurations_and_vins_are_not() {
    let text = format!("{:?}", config());
    assert!(text.contains(&Address(0x3495).to_string()));
    assert!(!text.contains("5YJ"), "{text}");
}
