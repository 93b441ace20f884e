//! The charger's clock.

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{Action, Message};
use emproto::session::{Alarm, Changes, ClockPolicy, Config, Reply, Request, RequestFailure};
use emproto::time::CivilTime;

use crate::script::{SERIAL, Script};

fn sets(script: &Script) -> usize {
    let is_set = |sent: &&crate::script::Sent| matches!(&sent.message, Message::SystemTime(setting) if setting.action == Action::Set);
    script.sent.iter().filter(is_set).count()
}

fn logged_in(policy: ClockPolicy, ahead_s: i64) -> Script {
    let mut script = Script::new(EndpointConfig {
        session: Config {
            clock: policy,
            ..Config::default()
        },
        ..EndpointConfig::default()
    });
    script.charger.clock_ahead_s = ahead_s;
    script.know_pin();
    script.announce();
    script
}

#[test]
fn a_login_reads_the_clock_and_sets_it_only_when_it_is_wrong() {
    assert_eq!(sets(&logged_in(ClockPolicy::WhenWrong, 60)), 0);
    let script = logged_in(ClockPolicy::WhenWrong, 61);
    assert_eq!((sets(&script), script.charger.clock_ahead_s), (1, 0));
    assert_eq!(script.session().clock().unwrap().delta_s, 0);
}

#[test]
fn the_owner_may_want_it_always_or_never() {
    assert_eq!(sets(&logged_in(ClockPolicy::EveryLogin, 0)), 1);
    let script = logged_in(ClockPolicy::Never, 25_200);
    assert_eq!(sets(&script), 0);
    let clock = script.session().clock().unwrap();
    assert!(clock.is_wrong() && clock.looks_like_utc);
}

#[test]
fn a_clock_that_does_not_take_a_set_is_not_set_again_within_the_hour() {
    let mut script = Script::new(EndpointConfig::default());
    script.charger.ignores_clock_sets = true;
    script.charger.clock_ahead_s = 2_678_400;
    script.know_pin();
    script.announce();
    assert!(script.session().clock().unwrap().is_wrong());
    script.seconds_with_headings(3_500);
    assert_eq!(sets(&script), 1);
    script.seconds_with_headings(3_600);
    assert_eq!(sets(&script), 2);
}

#[test]
fn after_another_client_has_moved_the_clock_three_times_it_is_left_alone() {
    let mut script = Script::registered(EndpointConfig::default());
    for _ in 0..8 {
        script.charger.clock_ahead_s = 25_200;
        script.seconds_with_headings(3_700);
    }
    assert_eq!(sets(&script), 3);
    let alarm = Alarm::ForeignClock {
        delta_s: 25_200,
        looks_like_utc: true,
    };
    assert_eq!(script.alarms(), [alarm]);
}

#[test]
fn an_unasked_time_is_read_too() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say_time(-500);
    assert_eq!(script.session().clock().unwrap().delta_s, -500);
    assert!(script.changed(Changes::CLOCK));
}

#[test]
fn reading_tells_how_far_ahead_the_clock_is() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.clock_ahead_s = 90;
    let Ok(Reply::Clock(clock)) = script.run(Request::ReadClock) else {
        panic!("not read");
    };
    assert_eq!(clock.delta_s, 90);
    assert_eq!(sets(&script), 0);
}

#[test]
fn setting_is_checked_by_reading_again() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.clock_ahead_s = 90;
    assert!(
        matches!(script.run(Request::SetClock { civil: None }), Ok(Reply::Clock(clock)) if clock.delta_s == 0)
    );
    script.charger.ignores_clock_sets = true;
    script.charger.clock_ahead_s = 900;
    let result = script.run(Request::SetClock { civil: None });
    assert!(matches!(
        result,
        Err(RequestFailure::EchoMismatch {
            what: "the clock",
            ..
        })
    ));
}

#[test]
fn another_time_can_be_set_on_purpose() {
    let mut script = Script::registered(EndpointConfig::default());
    let civil = CivilTime::new((2026, 2, 3), (12, 0, 0));
    assert!(script.run(Request::SetClock { civil }).is_ok());
    let ahead = 105 * 60 - 1;
    assert!((ahead - 1..=ahead + 1).contains(&script.charger.clock_ahead_s));
    assert!(script.alarms().is_empty());
}

#[test]
fn a_silent_clock_is_no_answer() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::SystemTime];
    for request in [Request::ReadClock, Request::SetClock { civil: None }] {
        let result = script.run(request);
        assert!(matches!(
            result,
            Err(RequestFailure::NoAnswer {
                command: Command::SystemTime,
                ..
            })
        ));
    }
}

#[test]
fn a_restart_that_loses_the_clock_is_mended_at_the_next_login() {
    let mut script = Script::registered(EndpointConfig::default());
    script.seconds_with_headings(3_601);
    script.charger.clock_ahead_s = -500_000_000;
    script.seconds(13);
    for _ in 0..6 {
        script.announce();
        script.seconds(3);
    }
    assert!(script.session().is_registered());
    assert_eq!(script.charger.clock_ahead_s, 0);
}

#[test]
fn the_wall_clock_may_be_told_again() {
    let mut script = Script::registered(EndpointConfig::default());
    let (now, unix) = (script.now, script.unix_s());
    script.endpoint.set_clock(now, unix + 300);
    script.say_time(0);
    assert_eq!(
        script
            .endpoint
            .evse(SERIAL)
            .unwrap()
            .clock()
            .unwrap()
            .delta_s,
        -300
    );
}

#[test]
fn summer_time_is_followed_and_blamed_on_nobody() {
    let mut script = Script::new(EndpointConfig::default());
    let zone = |unix_s: i64| {
        if (unix_s / 20_000) % 2 == 0 {
            3_600
        } else {
            7_200
        }
    };
    let clock = emproto::session::WallClock::new(script.unix_s(), zone);
    script.endpoint = emproto::Endpoint::new(EndpointConfig::default(), script.now, clock, 1);
    script.offset = zone(script.unix_s());
    script.know_pin();
    script.announce();
    for _ in 0..100 {
        script.seconds_with_headings(1_000);
        let offset = zone(script.unix_s());
        // The charger's own clock goes on.
        script.charger.clock_ahead_s += i64::from(script.offset - offset);
        script.offset = offset;
    }
    assert!((4..=6).contains(&sets(&script)), "{}", sets(&script));
    assert!(script.alarms().is_empty());
}
