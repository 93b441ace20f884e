//! What a run is made of.

use std::time::{Duration, Instant};

use evse::config::Config;
use evse::em::proto::message::StartMethod;
use evse::twc::proto::Address;
use evse::twc::proto::message::ProtocolVersion;
use evse_sim::em::{DeviceConfig as EmDevice, Model};
use evse_sim::faults::em::Fault as EmFault;
use evse_sim::faults::twc::Fault as BusFault;
use evse_sim::faults::{Fault, FaultSpec};
use evse_sim::pair::{self, PairOptions};
use evse_sim::twc::PeripheralConfig;

use super::draw::Draw;
use super::members::Member;

const WIRINGS: [&str; 8] = ["L1", "L2", "L3", "L1L2L3", "L2L3L1", "L3L1L2", "L1L2", ""];

/// The members, by the places that a planner gives them, and their configuration.
pub(crate) fn members(draw: &mut Draw, seed: u64, start: Instant) -> (Vec<Member>, Config) {
    let house_a = draw.one(&[20, 25, 32, 40]);
    let policy = draw.one(&["fair", "priority", "first_come", "guaranteed"]);
    let mut text = format!(
        "[circuits.house]\nlimit = {house_a}\npolicy = \"{policy}\"\nreserve = {}\n\
         [circuits.garage]\nlimit = {}\nwithin = \"house\"\n",
        draw.one(&[0, 2, 5]),
        draw.one(&[16, 20, 25]),
    );
    let mut members = Vec::new();
    for place in 0..=draw.below(2) {
        text += &charger(
            draw,
            &format!("duosida{place}"),
            &format!("duosida://{place}"),
        );
        members.push(duosida(draw, seed + 1_000_003 * place, start));
    }
    for place in 0..=draw.below(2) {
        text += &charger(draw, &format!("em{place}"), &format!("em://{place}"));
        members.push(em(draw, seed + 1_000_003 * place, start));
    }
    if !draw.is_one_in(4) {
        let circuit = draw.one(&["\"house\"", "\"garage\""]);
        text += "[buses.bus]\nlimit = 40\nwiring = 32\ncircuit = ";
        text += circuit;
        text += "\n";
        members.push(bus(draw, seed, start));
    }
    let config = Config::parse(&text, "simulation").expect(&text);
    (members, config)
}

fn charger(draw: &mut Draw, name: &str, address: &str) -> String {
    let wiring = draw.one(&WIRINGS);
    let wiring = if wiring.is_empty() {
        String::new()
    } else {
        format!("phases = \"{wiring}\"\n")
    };
    format!(
        "[chargers.{name}]\naddress = \"{address}\"\n{wiring}circuit = \"{}\"\npriority = {}\nguaranteed = {}\n\
         max_current = {}\n{}",
        draw.one(&["house", "garage"]),
        draw.below(3),
        draw.one(&[6, 10]),
        draw.one(&[16, 32]),
        if name.starts_with("em") && draw.is_one_in(2) {
            "probe = true\n"
        } else {
            ""
        }
    )
}

fn duosida(draw: &mut Draw, seed: u64, start: Instant) -> Member {
    let mut options = PairOptions {
        seed,
        faults: vec![
            FaultSpec::often(Fault::Stall, 0.2),
            FaultSpec::often(Fault::Drop, 0.05),
            FaultSpec::often(Fault::Delay, 0.05),
            FaultSpec::often(Fault::Reboot, 0.02),
        ],
        ..PairOptions::default()
    };
    options.device.vehicle.max_current_a = draw.one(&[10.0, 16.0, 32.0]);
    options.device.vehicle.phases = draw.one(&[1, 3]);
    options.device.rating_a = draw.one(&[16, 32]);
    options.device.model = format!("DUOSIDA Mode3@{}A", options.device.rating_a);
    options.device.phases = draw.one(&[1, 3]);
    Member::Duosida(Box::new(pair::Pair::new(options, start)))
}

fn em(draw: &mut Draw, seed: u64, start: Instant) -> Member {
    let serial = "1122334455667788".parse().expect("a serial");
    let pin = "123456".parse().expect("six digits");
    let mut device = EmDevice::new(draw.one(&Model::ALL).0, draw.one(&[1, 3]), serial, pin);
    device.vehicle.max_current_a = draw.one(&[10.0, 16.0, 32.0]);
    device.vehicle.phases = draw.one(&[1, 3]);
    device.start_method = draw.one(&[StartMethod::Automatic, StartMethod::AppAndButton]);
    let options = pair::em::PairOptions {
        faults: vec![
            FaultSpec::often(EmFault::Drop, 0.2),
            FaultSpec::often(EmFault::Silence, 0.1),
            FaultSpec::often(EmFault::Reboot, 0.02),
        ],
        ..pair::em::PairOptions::new(seed, vec![device])
    };
    Member::Em(Box::new(pair::em::Pair::new(&options, start)))
}

fn bus(draw: &mut Draw, seed: u64, start: Instant) -> Member {
    let units = (0..=draw.below(2)).map(|number| {
        let id = Address(0x3495 + u16::try_from(number).expect("small") * 16);
        let mut unit = PeripheralConfig::new(id, ProtocolVersion::V2);
        unit.vehicle.max_current_a = draw.one(&[10.0, 16.0, 32.0]);
        unit.phases = draw.one(&[1, 3]);
        unit
    });
    let units = units.collect();
    let mut options = pair::twc::PairOptions::new(seed, 40, units);
    options.bus.faults = vec![
        FaultSpec::often(BusFault::Drop, 0.2),
        FaultSpec::often(BusFault::Stall, 0.1),
        FaultSpec::often(BusFault::Restart, 0.02),
    ];
    Member::Bus(Box::new(pair::twc::Pair::new(&options, start)))
}

/// How long a run is.
pub(crate) const LENGTH: Duration = Duration::from_mins(12);
