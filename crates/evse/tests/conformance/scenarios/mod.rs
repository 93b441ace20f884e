//! The list. A scenario is a sentence that holds for a charger of any family.

mod commands;
mod currents;
mod facts;
mod life;
mod states;

use futures_util::future::BoxFuture;

use crate::bench::{Bench, Verdict};

/// A sentence, and how to find out.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) run: for<'a> fn(&'a mut dyn Bench) -> BoxFuture<'a, Verdict>,
}

impl Scenario {
    pub(crate) fn title(&self) -> String {
        self.name.replace('_', " ")
    }
}

macro_rules! scenarios {
    ($($group:ident: $($name:ident)*;)*) => {
        &[$($(Scenario {
            name: stringify!($name),
            run: |bench| Box::pin($group::$name(bench)),
        },)*)*]
    };
}

pub(crate) const SCENARIOS: &[Scenario] = scenarios! {
    facts:
        its_identity_stays_over_programs
        its_serial_number_hides
        its_address_reads_back
        it_says_what_it_is
        it_says_what_it_can
        it_tells_what_its_family_tells_and_nothing_else
        energy_of_today_is_absent_before_a_midnight
        a_refresh_brings_newer_readings
        it_has_texts_for_people;
    states:
        without_a_vehicle_it_is_available
        a_vehicle_is_seen_when_it_plugs_in
        a_charge_is_seen
        a_charge_counts_energy_and_time
        a_vehicle_that_pauses_suspends_the_session
        a_full_battery_ends_the_charge
        an_unplugged_vehicle_ends_the_session
        a_fault_is_told_and_its_end_too
        events_name_the_charger_and_carry_its_own_words;
    commands:
        a_start_is_confirmed_by_the_charger
        a_stop_is_confirmed_by_the_charger
        a_repeated_stop_is_merged
        a_start_after_a_stop_says_how_long_to_wait
        force_passes_the_wait
        a_start_of_a_charge_that_runs_is_refused
        a_start_without_a_vehicle_waits_or_is_refused
        a_stop_without_a_charge_is_not_held_back
        a_toggle_does_the_other_thing
        a_start_takes_the_options_that_it_has
        an_option_that_it_lacks_is_refused_before_a_byte_is_sent
        a_start_for_later_is_reserved_and_a_stop_cancels_it
        contactors_open_and_do_not_close_at_once;
    currents:
        a_current_is_rounded_down
        a_start_rounds_its_current_down
        a_current_out_of_range_is_refused_before_a_byte_is_sent
        a_limit_has_its_four_meanings
        a_current_changes_a_running_charge_by_the_rule
        automatic_control_spares_the_flash_memory
        a_start_that_is_held_back_changes_no_current;
    life:
        the_guard_outlives_a_program
        two_handles_are_one_charger
        it_goes_offline_and_comes_back
        without_an_answer_nobody_knows_the_outcome
        the_last_error_is_kept
        a_shutdown_ends_all_streams;
};
