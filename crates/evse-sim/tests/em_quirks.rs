//! What is special about models, and what can be set: settings, clock, plan, history, forms of payloads.
mod em_support;

use emproto::message::{
    Action, Amps, ChargerState, Fault, HistorySlotRequest, Language, Message, Nickname, PlanSlot,
    Setting, SlotFlag, StartType, StopReason, TemperatureUnit, WeeklyPlan,
};
use emproto::time::RawTime;
use emproto::{Command, Password};
use evse_sim::em::{Device, DeviceConfig, Model, ViolationKind};

use em_support::{Bench, CLIENT, MINUTE, SECOND, UNIX_S, config, id, order, signal};

fn charging(options: DeviceConfig) -> Bench {
    let mut bench = Bench::with_client(options);
    bench.act(Device::plug_in);
    assert!(bench.start(&order("1")).is_success());
    bench.run_for(MINUTE);
    bench
}

fn set_amps(bench: &mut Bench, current_a: u8) -> Option<Amps> {
    let set = Setting::<Amps>::set(current_a).expect("in range");
    match bench.ask(&Message::OutputAmps(set)) {
        Message::OutputAmpsReply(reply) => reply.value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_ec311s_echoes_a_lower_current_ignores_it_and_faults() {
    let mut bench = charging(config(Model::TelestarEc311s, 1));
    assert_eq!(set_amps(&mut bench, 8), Some(Amps(8)));
    bench.run_for(MINUTE);
    assert!(bench.truth().current_a > 15.0);
    bench.run_for(5 * MINUTE);
    let truth = bench.truth();
    assert_eq!(truth.state, ChargerState::Fault);
    assert!(truth.faults.contains(Fault::OverCurrent) && !truth.output_on);
    let mut raised = charging(config(Model::TelestarEc311s, 1));
    set_amps(&mut raised, 20);
    raised.run_for(10 * MINUTE);
    assert_eq!(raised.device.state(), ChargerState::Charging);
}

#[test]
fn a_bs20_pauses_for_twenty_seconds() {
    let mut bench = charging(config(Model::BesenBs20, 1));
    assert_eq!(set_amps(&mut bench, 8), Some(Amps(8)));
    assert!(!bench.truth().output_on);
    bench.run_for(19 * SECOND);
    assert!(!bench.truth().output_on);
    bench.run_for(10 * SECOND);
    assert!(bench.truth().output_on && bench.truth().current_a < 8.1);
    assert_eq!(bench.truth().contactor_cycles, 2);
    set_amps(&mut bench, 8);
    assert!(bench.truth().output_on, "the same value changes nothing");
}

#[test]
fn a_sync_takes_a_new_current_at_once() {
    let mut bench = charging(config(Model::Sync, 1));
    set_amps(&mut bench, 8);
    bench.run_for(2 * SECOND);
    assert!(bench.truth().output_on && bench.truth().current_a < 8.1);
}

#[test]
fn settings_are_stored_and_told() {
    let mut bench = Bench::registered();
    let name = Setting::<Nickname>::set("Garage").expect("short");
    let Message::NicknameReply(reply) = bench.ask(&Message::Nickname(name)) else {
        panic!()
    };
    assert_eq!(reply.value.expect("a name").to_str_lossy(), "Garage");
    bench.ask(&Message::Language(Setting::<Language>::set(
        Language::Polish,
    )));
    bench.ask(&Message::TemperatureUnit(Setting::<TemperatureUnit>::set(
        2.into(),
    )));
    let Message::LanguageReply(reply) = bench.ask(&Message::Language(Setting::get())) else {
        panic!()
    };
    assert_eq!(
        (reply.action, reply.value),
        (Action::Get, Some(Language::Polish))
    );
    let truth = bench.truth();
    assert_eq!(
        (
            truth.nickname.as_str(),
            truth.language,
            truth.temperature_unit
        ),
        ("Garage", 7, 2)
    );
    let zero = Setting::raw(Action::Set, TemperatureUnit::from(0));
    bench.ask(&Message::TemperatureUnit(zero));
    assert_eq!(bench.truth().temperature_unit, 2);
    assert_eq!(
        bench.violations(),
        [ViolationKind::OutOfRange(Command::TemperatureUnit)]
    );
}

#[test]
fn an_ec311s_refuses_a_long_name_and_others_take_it() {
    let long = || {
        Setting::raw(
            Action::Set,
            Nickname::long("Twelve chars").expect("it fits"),
        )
    };
    let mut bench = Bench::with_client(config(Model::TelestarEc311s, 1));
    let Message::NicknameReply(reply) = bench.ask(&Message::Nickname(long())) else {
        panic!()
    };
    assert_eq!(reply.value.expect("a name").to_str_lossy(), "Simulated");
    let mut bench = Bench::registered();
    bench.ask(&Message::Nickname(long()));
    assert_eq!(bench.truth().nickname, "Twelve chars");
}

#[test]
fn the_clock_keeps_what_it_is_told_and_may_refuse() {
    let mut bench = Bench::registered();
    assert_eq!(bench.clock().to_unix(|_| 0), Some(UNIX_S + 1));
    let plain = RawTime(u32::try_from(UNIX_S).expect("in range"));
    bench.ask(&Message::SystemTime(Setting::<RawTime>::set(plain)));
    bench.run_for(10 * SECOND);
    assert_eq!(bench.clock().seconds_since(plain), 10);
    assert_eq!(bench.truth().clock_skew_s, 8 * 3_600 - 1);
    bench.act(|device, _| device.refuse_clock(true));
    bench.ask(&Message::SystemTime(Setting::<RawTime>::set(RawTime(5))));
    assert!(bench.clock().seconds_since(plain) >= 10);
    bench.act(|device, now| device.jump_clock(now, -100));
    assert!(bench.clock().seconds_since(plain) < -80);
    bench.seen.clear();
    bench.act(Device::tell_clock);
    assert_eq!(bench.count(Command::SystemTimeReply), 1);
}

/// A plan for Monday, the day of the bench, which starts at 13:33:20.
fn monday(hour: u8, minute: u8, duration_min: u16) -> Message {
    let mut plan = WeeklyPlan([PlanSlot::OFF; 7]);
    plan.0[0] = PlanSlot {
        state: 3,
        hour,
        minute,
        duration_min,
        limit: u32::MAX,
    };
    Message::WeeklyPlan(Setting::<WeeklyPlan>::set(plan))
}

#[test]
fn the_weekly_plan_starts_and_ends_a_session() {
    let mut bench = Bench::registered();
    bench.ask(&monday(13, 40, 30));
    bench.act(Device::plug_in);
    bench.run_for(6 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Ready);
    bench.run_for(MINUTE);
    let session = bench.charging();
    assert_eq!(
        (session.start_type, session.user_id),
        (StartType::WeeklyPlan, id("Clock"))
    );
    assert_eq!(session.charge_id, id(&session.started.0.to_string()));
    bench.run_for(31 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Completed);
    let Some(Message::RecordCurrent(record)) = bench
        .all(Command::RecordCurrent)
        .last()
        .map(|seen| &seen.message)
    else {
        panic!("no record")
    };
    assert_eq!(
        (record.stop_reason, record.stopped_by),
        (StopReason::TimeLimit, id("Fix Time"))
    );
}

#[test]
fn plugging_in_within_a_window_charges_for_the_rest_once() {
    let mut bench = Bench::registered();
    bench.ask(&monday(13, 0, 60));
    bench.act(Device::plug_in);
    bench.run_for(MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Charging);
    bench.stop();
    bench.run_for(5 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Ready, "it was stopped");
    assert_eq!(bench.truth().starts, 1);
}

#[test]
fn impossible_slots_start_nothing() {
    for (hour, minute, duration) in [(25, 0, 60), (13, 61, 60), (13, 0, 0)] {
        let mut bench = Bench::registered();
        bench.ask(&monday(hour, minute, duration));
        bench.act(Device::plug_in);
        bench.run_for(60 * MINUTE);
        assert_eq!(
            bench.device.state(),
            ChargerState::Ready,
            "{hour}:{minute}, {duration} min"
        );
    }
    let mut all_week = Bench::registered();
    all_week.ask(&monday(13, 0, u16::MAX));
    all_week.act(Device::plug_in);
    all_week.run_for(MINUTE);
    assert_eq!(all_week.device.state(), ChargerState::Charging);
}

#[test]
fn the_plan_goes_by_the_chargers_clock() {
    let mut options = config(Model::BesenBs20, 1);
    options.clock_skew_s = 7 * 3_600;
    let mut bench = Bench::with_client(options);
    bench.ask(&monday(20, 40, 30));
    bench.act(Device::plug_in);
    bench.run_for(8 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Charging);
}

#[test]
fn the_ring_keeps_the_last_records() {
    let mut options = config(Model::BesenBs20, 1);
    options.history_capacity = 5;
    options.history_records = 4;
    let mut bench = Bench::with_client(options);
    let slot = |bench: &mut Bench, slot| match bench
        .ask(&Message::HistorySlotRequest(HistorySlotRequest::new(slot)))
    {
        Message::HistorySlot(slot) => slot,
        other => panic!("{other:?}"),
    };
    let Message::HistoryInfo(info) = bench.ask(&signal(Command::HistoryInfoRequest)) else {
        panic!()
    };
    assert_eq!(info.capacity, 5);
    let flags = [1, 4, 5, 6, 0, u32::MAX].map(|number| slot(&mut bench, number).flag);
    let (full, empty) = (SlotFlag::Record, SlotFlag::Empty);
    assert_eq!(flags, [full, full, empty, empty, empty, empty]);
    bench.act(Device::plug_in);
    for session in ["a", "b"] {
        assert!(bench.start(&order(session)).is_success());
        bench.stop();
    }
    let ids = [5, 1].map(|number| slot(&mut bench, number).record.expect("a record").charge_id);
    assert_eq!(ids, [id("a"), id("b")]);
}

#[test]
fn payloads_have_the_lengths_that_were_asked_for() {
    for status_len in [23, 25, 33, 40] {
        for login_len in [54, 70, 118, 119, 145, 151] {
            let mut options = config(Model::Morec, 1);
            options.status_len = status_len;
            options.login_len = login_len;
            options.record_len = 88 + login_len;
            let mut bench = Bench::with_client(options);
            let length = |message: &Message| {
                let mut payload = Vec::new();
                message.put_payload(&mut payload);
                payload.len()
            };
            assert_eq!(
                length(&bench.ask(&signal(Command::StatusRequest))),
                status_len
            );
            assert_eq!(
                length(&bench.ask(&signal(Command::LoginRequest))),
                login_len
            );
            let slot = bench.act(|device, now| {
                device.add_unacknowledged_records(now, 1);
                now
            });
            assert!(slot >= bench.start);
            bench.run_for(10 * SECOND);
            let record = bench.all(Command::RecordLocal)[0].message.clone();
            assert_eq!(length(&record), 88 + login_len);
        }
    }
}

#[test]
fn replies_carry_the_action_that_was_asked_for() {
    for action in [0, 1, 2] {
        let mut options = config(Model::BesenBs20, 1);
        options.reply_action = Some(action);
        let mut bench = Bench::with_client(options);
        let Message::LanguageReply(reply) = bench.ask(&Message::Language(Setting::get())) else {
            panic!()
        };
        assert_eq!(reply.action.code(), action);
    }
}

#[test]
fn an_ec311s_puts_two_datagrams_into_one_packet() {
    let mut bench = Bench::with_client(config(Model::TelestarEc311s, 1));
    bench.act(Device::plug_in);
    assert!(bench.start(&order("1")).is_success());
    bench.run_for(MINUTE);
    assert!(bench.seen.iter().any(|seen| seen.datagrams == 2));
    let mut other = charging(config(Model::BesenBs20, 1));
    other.stop();
    assert!(other.seen.iter().all(|seen| seen.datagrams == 1));
    assert!(
        other
            .seen
            .iter()
            .all(|seen| seen.password == Password::NONE_FF)
    );
}

#[test]
fn three_phases_report_three_and_the_power_of_one() {
    let mut bench = charging(config(Model::BesenBs20, 3));
    let status = bench.status();
    let amps: Vec<_> = status
        .phases()
        .map(|phase| phase.current_centiamps.get())
        .collect();
    assert_eq!(amps, [Some(1_600); 3]);
    assert!(status.power_w.get().is_some_and(|watts| watts < 3_800));
    assert!(status.total_power_w().is_some_and(|watts| watts > 10_500));
    assert_eq!(status.line_id, 1);
    let mut single = Bench::with_client(config(Model::BesenBs20, 3));
    single.act(Device::plug_in);
    let mut order = order("1");
    order.charge_type = emproto::message::ChargeType::SinglePhase;
    assert!(single.start(&order).is_success());
    single.run_for(MINUTE);
    let amps: Vec<_> = single
        .status()
        .phases()
        .map(|phase| phase.current_centiamps.get())
        .collect();
    assert_eq!(amps, [Some(1_600), Some(0), Some(0)]);
}

#[test]
fn unknown_values_and_commands_come_on_demand() {
    let mut bench = Bench::registered();
    bench.run_for(SECOND);
    bench.seen.clear();
    bench.act(Device::show_unknown_values);
    let Some(Message::StatusPush(status)) = bench.seen.last().map(|seen| &seen.message) else {
        panic!("no status")
    };
    assert_eq!((status.state.code(), status.plug.code()), (99, 16));
    assert_eq!(bench.status().state, ChargerState::Standby);
    bench.seen.clear();
    bench.act(Device::send_unknown_command);
    assert_eq!(bench.count(Command::Unknown(0x0777)), 1);
    bench.seen.clear();
    bench.act(Device::announce);
    assert_eq!(
        (bench.count(Command::Announce), bench.device.client()),
        (1, Some(CLIENT))
    );
}
