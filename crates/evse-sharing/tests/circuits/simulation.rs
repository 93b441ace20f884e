//! Hours with losses, failing lines, restarts of chargers and of the process, and falling limits.

use evse_sharing::Why;

use crate::model::Line;
use crate::world::World;

/// Each run: so many ticks of 1.3 s.
const TICKS: u32 = 700;

/// What disturbs a run.
#[derive(Debug, Clone, Copy, Default)]
struct Troubles {
    /// Lines that fail for minutes in one direction.
    outages: bool,
    /// Limits that fall and rise.
    falling: bool,
    /// A process that forgets everything.
    restarts: bool,
}

struct Run {
    world: World,
    troubles: Troubles,
    outages: Vec<Option<(Line, u32)>>,
}

impl Run {
    fn new(seed: u64, troubles: Troubles) -> Self {
        let chargers = 2 + usize::try_from(seed % 5).unwrap();
        Self {
            world: World::new(seed, chargers),
            troubles,
            outages: vec![None; chargers],
        }
    }

    fn tick(&mut self) {
        self.disturb();
        self.world.pass(1);
        for key in 0..self.outages.len() {
            let line = self.line(key);
            let late = self.world.dice.one_in(20);
            self.world.exchange(key, line, late);
            self.world.check_truth();
        }
    }

    /// Nothing is lost, nobody comes or goes.
    fn quiet_tick(&mut self) {
        self.world.pass(1);
        for key in 0..self.outages.len() {
            self.world.exchange(key, Line::Good, false);
            self.world.check_truth();
        }
    }

    /// Nobody comes or goes; the line is as bad as ever.
    fn still_tick(&mut self) {
        self.world.pass(1);
        for key in 0..self.outages.len() {
            let line = self.line(key);
            self.world.exchange(key, line, false);
        }
    }

    fn disturb(&mut self) {
        let (world, troubles) = (&mut self.world, self.troubles);
        for (key, outage) in self.outages.iter_mut().enumerate() {
            if world.dice.one_in(120) {
                world.plug_or_unplug(key);
            }
            if world.dice.one_in(90) {
                let appetite_ma = u32::try_from(world.dice.below(33_000)).unwrap();
                world.members[key].charger.unit.appetite_ma = appetite_ma;
            }
            if world.dice.one_in(600) {
                world.members[key].charger.restart();
            }
            if troubles.outages && world.dice.one_in(400) {
                let line = [Line::LosesFrame, Line::LosesReply][world.dice.index(2)];
                *outage = Some((line, u32::try_from(world.dice.below(150)).unwrap()));
            }
            *outage = outage.and_then(|(line, ticks)| Some((line, ticks.checked_sub(1)?)));
        }
        if troubles.falling && world.dice.one_in(60) {
            let circuit = world.dice.index(4);
            let budget = [(); 3].map(|()| world.dice.amps(0..50));
            let budget = Some(budget).filter(|_| !world.dice.one_in(3));
            world.set_budget(circuit, budget);
        }
        if troubles.restarts && world.dice.one_in(300) {
            world.restart_process();
        }
    }

    /// 20 % of the frames and 20 % of the replies are lost.
    fn line(&mut self, key: usize) -> Line {
        if let Some((line, _)) = self.outages[key] {
            return line;
        }
        let dice = &mut self.world.dice;
        match (dice.one_in(5), dice.one_in(5)) {
            (true, _) => Line::LosesFrame,
            (false, true) => Line::LosesReply,
            (false, false) => Line::Good,
        }
    }
}

fn run(seeds: core::ops::Range<u64>, troubles: Troubles) {
    let (mut raised, mut lowered, mut started) = (0, 0, 0);
    let count = u32::try_from(seeds.end - seeds.start).unwrap();
    for seed in seeds {
        let mut run = Run::new(seed, troubles);
        for _ in 0..TICKS {
            run.tick();
        }
        raised += run.world.raised;
        lowered += run.world.lowered;
        started += run.world.started;
    }
    println!("{count} runs, {troubles:?}: {raised} raised, {lowered} lowered, {started} started");
    assert!(raised > 5 * count, "only {raised} raised");
    assert!(lowered > 5 * count, "only {lowered} lowered");
    assert!(started > count, "only {started} started");
}

#[test]
fn no_limit_is_exceeded_while_a_fifth_is_lost_each_way() {
    run(0..300, Troubles::default());
}

#[test]
fn no_limit_is_exceeded_while_lines_fail_for_minutes() {
    let troubles = Troubles {
        outages: true,
        ..Troubles::default()
    };
    run(1_000..1_300, troubles);
}

#[test]
fn no_limit_is_exceeded_while_limits_fall_and_the_process_forgets() {
    let troubles = Troubles {
        outages: true,
        falling: true,
        restarts: true,
    };
    run(2_000..2_400, troubles);
}

#[test]
fn a_limit_that_falls_is_kept_within_half_a_minute_as_far_as_chargers_can_be_lowered() {
    let mut longest = 0;
    for seed in 3_000..3_200 {
        let mut run = Run::new(seed, Troubles::default());
        for _ in 0..200 {
            run.tick();
        }
        run.world.set_budget(0, Some([9, 12, 6]));
        run.world.pass(1);
        let mut ticks = 0;
        while !keeps_to_what_is_needed(&run.world) {
            run.still_tick();
            ticks += 1;
            assert!(ticks < 23, "seed {seed}");
        }
        longest = longest.max(ticks);
    }
    println!("the longest took {longest} ticks");
}

fn keeps_to_what_is_needed(world: &World) -> bool {
    let both = world.ledger.circuits().zip(world.drawn_a());
    let mut places = both.flat_map(|((_, circuit), sums)| circuit.phases.into_iter().zip(sums));
    places.all(|(on, sum_a)| u32::from(sum_a) <= on.needed_a.max(u32::from(on.limit_a)))
}

#[test]
fn everybody_who_can_be_changed_has_the_share_soon_after_the_line_is_good_again() {
    for seed in 4_000..4_200 {
        let mut run = Run::new(seed, Troubles::default());
        for _ in 0..200 {
            run.tick();
        }
        for member in &mut run.world.members {
            member.charger.unit.plug(32_000);
        }
        for _ in 0..500 {
            run.quiet_tick();
        }
        for (key, standing) in run.world.ledger.members() {
            let charger = &run.world.members[key].charger;
            let (holds_a, deadband_a) = (charger.unit.limit_a, charger.pace.deadband_a);
            match standing.target_a {
                Some(target_a) => {
                    let share = target_a.saturating_sub(deadband_a - 1)..=target_a;
                    assert!(
                        share.contains(&holds_a),
                        "seed {seed}: {holds_a} A, {standing:?}"
                    );
                }
                None if standing.why == Why::Fixed => assert!(holds_a > 0),
                None => assert_eq!(holds_a, 0, "seed {seed}: {standing:?}"),
            }
        }
    }
}
