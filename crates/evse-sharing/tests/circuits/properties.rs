//! Events in any order.

use proptest::prelude::*;

use crate::model::Line;
use crate::world::World;

#[derive(Debug, Clone)]
enum Event {
    Pass(u32),
    Exchange { line: Line, late: bool },
    Plug,
    Restart,
    Process,
    Lost,
    Want(Option<u16>),
    Budget(Option<[u16; 3]>),
}

fn event() -> impl Strategy<Value = Event> {
    let line = prop_oneof![
        6 => Just(Line::Good),
        1 => Just(Line::LosesFrame),
        1 => Just(Line::LosesReply),
    ];
    let exchange = (line, prop::bool::weighted(0.1));
    prop_oneof![
        60 => exchange.prop_map(|(line, late)| Event::Exchange { line, late }),
        20 => (0..8_u32).prop_map(Event::Pass),
        2 => (20..300_u32).prop_map(Event::Pass),
        8 => Just(Event::Plug),
        1 => Just(Event::Restart),
        1 => Just(Event::Process),
        1 => Just(Event::Lost),
        1 => prop::option::of(0..40_u16).prop_map(Event::Want),
        2 => prop::option::of(prop::array::uniform3(0..60_u16)).prop_map(Event::Budget),
    ]
}

fn happen(world: &mut World, key: usize, event: &Event) {
    match *event {
        Event::Pass(ticks) => world.pass(ticks),
        Event::Exchange { line, late } => world.exchange(key, line, late),
        Event::Plug => world.plug_or_unplug(key),
        Event::Restart => world.members[key].charger.restart(),
        Event::Process => world.restart_process(),
        Event::Lost => world.ledger.lost(key),
        Event::Want(wanted_a) => world.ledger.set_wanted_a(key, wanted_a),
        Event::Budget(budget_a) => world.set_budget(key, budget_a),
    }
    world.check_truth();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_in_any_order_of_events(
        seed in any::<u64>(),
        chargers in 1..6_usize,
        events in prop::collection::vec((0..5_usize, event()), 1..300),
    ) {
        let mut world = World::new(seed, chargers);
        for (key, event) in &events {
            happen(&mut world, key % chargers, event);
        }
    }
}
