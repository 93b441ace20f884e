//! VINs, plugs, meters.

use twc_proto::frame::Decoder;
use twc_proto::message::{
    Message, Meter, PeripheralState, PlugState, ProtocolVersion, Query, Vin, VinPart, VinSection,
};
use twc_proto::session::{Config, Event, UnitConfig};

use crate::script::{Script, UNIT, config};

const VIN: &str = "5YJ3E7EB1KF000316";

fn part(script: &mut Script, section: VinSection, text: &[u8]) {
    let part = VinPart::from_bytes(section, text);
    script.say(&Message::VinPart { sender: UNIT, part });
}

fn edges(script: &Script) -> Vec<Option<String>> {
    let edge = |event: &Event| match event {
        Event::CarConnected { vin, .. } => Some(vin.map(|vin| vin.expose().to_owned())),
        _ => None,
    };
    script.events.iter().filter_map(edge).collect()
}

#[test]
fn a_vehicle_is_connected_when_the_third_part_comes_in_any_order() {
    use VinSection::{First, Last, Middle};
    for order in [
        [First, Middle, Last],
        [Last, First, Middle],
        [Middle, Last, First],
    ] {
        let mut script = Script::linked(config());
        for (count, section) in order.into_iter().enumerate() {
            let from = section as usize * 7;
            let text = &VIN.as_bytes()[from..from + section.width()];
            part(&mut script, section, text);
            assert_eq!(edges(&script).len(), usize::from(count == 2));
        }
        assert_eq!(edges(&script), [Some(VIN.to_owned())]);
        part(&mut script, First, &VIN.as_bytes()[..7]);
        assert_eq!(edges(&script).len(), 1, "once for an edge");
        assert!(script.peripheral().car_connected());
    }
}

#[test]
fn it_is_disconnected_when_any_part_reverts_to_null() {
    let mut script = Script::linked(config());
    script.unit().vin = VIN;
    script.seconds(15);
    assert_eq!(edges(&script).len(), 1);
    part(&mut script, VinSection::Middle, &[0; 7]);
    part(&mut script, VinSection::Last, &[0; 7]);
    assert_eq!(edges(&script)[1..], [None]);
    assert!(!script.peripheral().car_connected());
    script.seconds(30);
    assert_eq!(edges(&script).len(), 3, "and again when all are there");
}

#[test]
fn a_changed_part_changes_the_vin_silently() {
    let mut script = Script::linked(config());
    script.unit().vin = VIN;
    script.seconds(15);
    script.clear();
    part(&mut script, VinSection::Last, b"999");
    assert_eq!(edges(&script), []);
    assert!(script.peripheral().vin().unwrap().expose().ends_with("999"));
}

#[test]
fn a_part_that_is_neither_whole_nor_null_is_ignored_and_counted() {
    let mut script = Script::linked(config());
    script.unit().vin = VIN;
    script.seconds(15);
    script.clear();
    for text in [&b"5YJ"[..], b"5YJ3E7\xFF", b"5YJ 3E7", b"5YJ3E7EB"] {
        part(&mut script, VinSection::First, text);
    }
    assert_eq!(edges(&script), []);
    assert_eq!(script.count(Event::VinMalformed { unit: UNIT }), 4);
    assert_eq!(script.controller.counters().malformed, 4);
    assert_eq!(script.peripheral().vin().unwrap().expose(), VIN);
}

#[test]
fn a_restart_asks_for_the_vin_again_and_is_no_edge_by_itself() {
    let mut script = Script::linked(config());
    script.unit().vin = VIN;
    script.seconds(15);
    script.clear();
    script.unit().session = 1;
    script.presence(0);
    assert_eq!(script.peripheral().vin(), None);
    script.seconds(15);
    assert_eq!(edges(&script), []);
    assert!(script.peripheral().vin().is_some());
    script.unit().session = 2;
    script.unit().vin = "";
    script.presence(0);
    script.seconds(15);
    assert_eq!(edges(&script), [None], "it left meanwhile");
}

#[test]
fn a_lost_unit_keeps_its_vin_as_stale() {
    let mut script = Script::linked(config());
    script.unit().vin = VIN;
    script.seconds(15);
    script.unit().is_on = false;
    script.seconds(30);
    assert!(script.peripheral().vin().is_some() && script.peripheral().is_stale());
}

#[test]
fn presence_of_a_vehicle_is_known_without_a_vin() {
    let mut script = Script::linked(config());
    assert_eq!(script.peripheral().vehicle_present(), Some(false));
    script.unit().plug = PlugState::Plugged;
    script.seconds(15);
    assert_eq!(
        script.peripheral().vehicle_present(),
        Some(true),
        "by its plug, asleep"
    );
    let mut script = Script::new(config());
    script.unit().is_old = true;
    script.link();
    assert_eq!(script.peripheral().vehicle_present(), Some(false));
    script.set_state(PeripheralState::PluggedNotCharging);
    script.seconds(3);
    assert_eq!(
        script.peripheral().vehicle_present(),
        Some(true),
        "by its state"
    );
    script.set_state(PeripheralState::Ready);
    script.unit().delivered_ca = 101;
    script.seconds(3);
    assert_eq!(
        script.peripheral().vehicle_present(),
        Some(true),
        "by its current"
    );
}

#[test]
fn the_plug_is_asked_as_soon_as_the_state_tells_of_a_change() {
    let mut script = Script::linked(config());
    script.unit().plug_in();
    script.seconds(4);
    let asked = script
        .queries()
        .iter()
        .any(|(_, _, query)| *query == Query::PlugState);
    assert!(asked);
    assert_eq!(script.peripheral().plug, Some(PlugState::Plugged));
}

#[test]
fn states_that_hide_the_vehicle_do_not_count_as_its_state() {
    let mut script = Script::linked(config());
    script.unit().charge(3_200);
    script.seconds(3);
    script.clear();
    for state in [
        PeripheralState::Busy,
        PeripheralState::Increasing,
        PeripheralState::Decreasing,
        PeripheralState::Limiting,
        PeripheralState::AdjustmentComplete,
        PeripheralState::Unknown(0x0F),
    ] {
        script.set_state(state);
        script.seconds(2);
        assert_eq!(script.peripheral().state, Some(state));
        assert_eq!(
            script.peripheral().vehicle_state,
            Some(PeripheralState::Charging)
        );
        let changed =
            |event: &&Event| matches!(event, Event::StateChanged { now, .. } if *now == state);
        assert_eq!(script.events.iter().filter(changed).count(), 1);
    }
}

#[test]
fn energy_is_counted_with_a_divisor_and_doubted_when_it_cannot_be() {
    let unit = UnitConfig {
        energy_divisor: 1_000,
        ..UnitConfig::default()
    };
    let mut script = Script::new(Config { unit, ..config() });
    script.unit().energy = 10_690_796;
    script.link();
    assert_eq!(script.peripheral().energy_wh(), Some(10_690_796));
    assert!(!script.peripheral().energy_doubtful);

    let mut script = Script::linked(config());
    assert_eq!(script.peripheral().energy_wh(), Some(1_234_000));
    let meter = |energy_raw| Message::Meter {
        sender: UNIT,
        meter: Meter {
            energy_raw,
            ..Meter::default()
        },
    };
    script.say(&meter(1_235));
    assert!(!script.peripheral().energy_doubtful);
    script.say(&meter(1_300));
    script.say(&meter(1_500));
    assert!(script.peripheral().energy_doubtful);
    assert_eq!(
        script.count(Event::EnergyImplausible {
            unit: UNIT,
            raw: 1_300
        }),
        1
    );
    assert_eq!(
        script.count(Event::EnergyImplausible {
            unit: UNIT,
            raw: 1_500
        }),
        0
    );
}

#[test]
fn a_part_of_eight_characters_is_not_complete_and_keeps_them() {
    let wire = *b"\xC0\xFD\xEE\x34\x955YJ3E1EA\0\0\0\0\0\0\0\xBE\xC0";
    let frame = Decoder::new().push(&wire).next().unwrap().unwrap();
    let message = Message::decode(&frame);
    let Message::VinPart { part, .. } = message else {
        panic!("{message:?}");
    };
    assert!(!part.is_complete());
    assert_eq!(message.encode(ProtocolVersion::V2), frame);
    let [middle, last] = [(VinSection::Middle, "B1KF000"), (VinSection::Last, "3-6")]
        .map(|(section, text)| VinPart::from_bytes(section, text.as_bytes()));
    let first = VinPart::from_bytes(VinSection::First, b"5YJ3E7E");
    assert_eq!(Vin::from_parts(&[first, middle, last]), None);
}
