//! The simulated EM charger's rules: what it checks, whom it serves, when it speaks.
mod em_support;

use std::time::Duration;

use emproto::frame::Datagram;
use emproto::message::{Amps, ChargerState, Faults, Message, RawBytes, RawMessage, Setting};
use emproto::{Command, FrameErrorKind, Password, Serial};
use evse_sim::em::{Device, Model, ViolationKind};

use em_support::{Bench, CLIENT, MINUTE, OTHER, SECOND, config, pin, serial, signal};

fn amps(current_a: u8) -> Message {
    Message::OutputAmps(Setting::<Amps>::set(current_a).expect("in range"))
}

#[test]
fn an_idle_charger_announces_itself_every_three_seconds() {
    let mut bench = Bench::new(config(Model::BesenBs20, 1));
    bench.run_for(MINUTE);
    let all = bench.all(Command::Announce);
    assert!((18..=22).contains(&all.len()), "{}", all.len());
    assert!(
        all.iter()
            .all(|seen| seen.to.to_string() == "255.255.255.255:28376")
    );
    assert!(all.iter().all(|seen| seen.password == Password::NONE_FF));
    assert_eq!(bench.seen.len(), bench.count(Command::Announce));
}

#[test]
fn reports_begin_with_the_confirmation_and_announcements_end() {
    let mut bench = Bench::new(config(Model::BesenBs20, 1));
    bench.send(&signal(Command::LoginRequest));
    bench.run_for(MINUTE);
    assert_eq!(bench.count(Command::LoginOk), 1);
    assert_eq!(
        bench.count(Command::Heading) + bench.count(Command::StatusPush),
        0
    );
    bench.seen.clear();
    bench.send(&signal(Command::LoginConfirm));
    bench.run_for(10 * MINUTE);
    assert_eq!(bench.count(Command::Heading), 59);
    assert!((40..=121).contains(&bench.count(Command::StatusPush)));
    assert_eq!(bench.count(Command::Announce), 0);
    assert!(
        bench
            .seen
            .iter()
            .all(|seen| seen.to.to_string() == "192.0.2.10:28376")
    );
    assert_eq!(bench.violations(), []);
}

#[test]
fn a_confirmation_without_a_login_registers_nobody() {
    let mut bench = Bench::new(config(Model::BesenBs20, 1));
    bench.send(&signal(Command::LoginConfirm));
    assert_eq!(bench.violations(), [ViolationKind::ConfirmWithoutLogin]);
    assert_eq!(bench.device.client(), None);
    let mut sync = Bench::new(config(Model::Sync, 1));
    sync.send(&signal(Command::LoginConfirm));
    assert_eq!(sync.device.client(), Some(CLIENT));
}

#[test]
fn a_silent_client_is_dropped_after_three_headings() {
    let mut bench = Bench::registered();
    bench.acks = false;
    bench.seen.clear();
    bench.run_for(45 * SECOND);
    assert_eq!(bench.count(Command::Heading), 3);
    assert_eq!(bench.device.client(), None);
    let first = bench.all(Command::Announce)[0].at;
    assert!((40..=42).contains(&first.as_secs()), "{first:?}");
    assert!(
        bench
            .violations()
            .contains(&ViolationKind::MissingAck(Command::Heading))
    );
}

#[test]
fn a_new_login_takes_over() {
    let mut bench = Bench::registered();
    bench.log_in(OTHER);
    bench.seen.clear();
    bench.run_for(20 * SECOND);
    assert_eq!(bench.device.client(), Some(OTHER));
    assert!(bench.seen.iter().all(|seen| *seen.to.ip() == OTHER));
    // The former one is still heard: every datagram carries the PIN.
    assert!(matches!(bench.ask(&amps(10)), Message::OutputAmpsReply(_)));
    assert_eq!(bench.truth().output_a, 10);
}

#[test]
fn a_stolen_registration_is_silent_until_it_ends() {
    let mut bench = Bench::registered();
    bench.act(|device, now| device.steal(now, 30 * SECOND));
    bench.seen.clear();
    bench.run_for(29 * SECOND);
    assert!(bench.seen.is_empty(), "{:?}", bench.seen);
    bench.run_for(5 * SECOND);
    assert!(bench.count(Command::Announce) >= 1);
}

#[test]
fn the_pin_is_checked_in_every_datagram() {
    let mut bench = Bench::registered();
    bench.seen.clear();
    let wrong: Password = "654321".parse::<emproto::Pin>().expect("six digits").into();
    for (count, message) in [
        amps(8),
        signal(Command::HeadingAck),
        signal(Command::LoginRequest),
    ]
    .iter()
    .enumerate()
    {
        let packet = message.to_datagram(serial(), wrong).expect("short");
        bench.send_bytes(CLIENT, &packet);
        bench.run_for(Duration::from_millis(100));
        assert_eq!(bench.count(Command::PasswordError), count + 1);
    }
    assert_eq!((bench.truth().wrong_pins, bench.truth().output_a), (3, 32));
    assert_eq!(
        bench.count(Command::LoginOk) + bench.count(Command::OutputAmpsReply),
        0
    );
}

#[test]
fn a_changed_pin_refuses_the_old_one() {
    let mut bench = Bench::registered();
    bench.act(|device, _| device.set_pin("999999".parse().expect("six digits")));
    bench.seen.clear();
    bench.run_for(MINUTE);
    assert!(bench.count(Command::PasswordError) > 3);
    assert_eq!(bench.device.client(), None);
}

#[test]
fn a_probe_shows_the_serial_and_nothing_else() {
    let mut bench = Bench::new(config(Model::BesenBs20, 1));
    let probe = Message::probe()
        .to_datagram(Serial::ZERO, Password::NONE)
        .expect("short");
    bench.send_bytes(OTHER, &probe);
    bench.run_for(Duration::from_millis(100));
    assert_eq!(
        bench.all(Command::PasswordError)[0].to.to_string(),
        "192.0.2.11:28376"
    );
    assert_eq!((bench.truth().probes, bench.truth().wrong_pins), (1, 0));
    let login = signal(Command::LoginRequest).to_datagram(Serial::ZERO, pin().into());
    bench.send_bytes(OTHER, &login.expect("short"));
    bench.run_for(Duration::from_millis(100));
    assert_eq!(bench.count(Command::LoginOk), 1);
    assert_eq!(bench.violations(), []);
}

#[test]
fn bad_datagrams_are_dropped_and_counted() {
    let good = amps(8).to_datagram(serial(), pin().into()).expect("short");
    let broken = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 0x10;
        bytes
    };
    let last = good.len() - 1;
    let cases = [
        (broken(0), FrameErrorKind::BadHeader),
        (broken(3), FrameErrorKind::BadLength),
        (good[..last].to_vec(), FrameErrorKind::Truncated),
        (broken(22), FrameErrorKind::BadChecksum),
        (broken(last), FrameErrorKind::BadTail),
        (good[..20].to_vec(), FrameErrorKind::TooShort),
    ];
    for (packet, kind) in cases {
        let mut bench = Bench::new(config(Model::BesenBs20, 1));
        bench.send_bytes(CLIENT, &packet);
        assert_eq!(bench.violations(), [ViolationKind::BadFrame(kind)]);
        assert_eq!(bench.truth().output_a, 32);
    }
    let foreign = amps(8)
        .to_datagram(Serial([9; 8]), pin().into())
        .expect("short");
    let mut bench = Bench::new(config(Model::BesenBs20, 1));
    bench.send_bytes(CLIENT, &[foreign, good].concat());
    assert_eq!(bench.violations(), [ViolationKind::ForeignSerial]);
    assert_eq!(bench.truth().output_a, 8);
}

#[test]
fn short_payloads_and_keys_are_dropped_and_odd_lengths_obeyed() {
    let mut bench = Bench::new(config(Model::BesenBs20, 1));
    let mut send = |command, payload: &[u8], key| {
        let mut datagram = Datagram::new(serial(), pin().into(), command, payload);
        datagram.key_type = key;
        bench.seen.clear();
        bench.send_bytes(CLIENT, &datagram.to_vec().expect("short"));
        bench.run_for(Duration::from_millis(100));
        let replies = bench
            .seen
            .iter()
            .filter(|seen| seen.message.command() != Command::Announce);
        let count = replies.count();
        (bench.violations().last().copied(), count)
    };
    let short = ViolationKind::ShortPayload(Command::OutputAmps);
    assert_eq!(send(Command::OutputAmps, &[1], 0), (Some(short), 0));
    assert_eq!(
        send(Command::OutputAmps, &[1, 8], 1),
        (Some(ViolationKind::KeyType(1)), 0)
    );
    let length = |command, found| ViolationKind::Length { command, found };
    assert_eq!(
        send(Command::OutputAmps, &[2], 0),
        (Some(length(Command::OutputAmps, 1)), 1)
    );
    assert_eq!(
        send(Command::Nickname, &[2, 0], 0),
        (Some(length(Command::Nickname, 2)), 1)
    );
    assert_eq!(
        send(Command::SystemTime, &[2; 33], 0),
        (Some(length(Command::SystemTime, 33)), 1)
    );
    assert_eq!(
        send(Command::ChargeStop, &[], 0),
        (Some(length(Command::ChargeStop, 0)), 1)
    );
    let heading = ViolationKind::WrongDirection(Command::Heading);
    assert_eq!(send(Command::Heading, &[], 0), (Some(heading), 1));
    let announce = ViolationKind::WrongDirection(Command::Announce);
    assert_eq!(send(Command::Announce, &[0; 54], 0), (Some(announce), 0));
}

#[test]
fn forbidden_commands_are_noted_and_never_obeyed() {
    let mut bench = Bench::registered();
    let before = bench.truth();
    let forbidden: Vec<_> = Command::ALL
        .iter()
        .filter(|command| command.code() & 0x8000 != 0 && !command.may_be_sent())
        .copied()
        .collect();
    bench.seen.clear();
    for command in &forbidden {
        let payload = RawBytes::from([0x31; 41]);
        bench.send(&Message::Raw(RawMessage {
            command: *command,
            payload,
        }));
    }
    bench.run_for(Duration::from_millis(50));
    let noted: Vec<_> = forbidden
        .iter()
        .map(|command| ViolationKind::Forbidden(*command))
        .collect();
    assert_eq!((bench.violations(), bench.seen.len()), (noted, 0));
    assert_eq!(bench.truth().nickname, before.nickname);
    assert!(
        matches!(bench.ask(&amps(9)), Message::OutputAmpsReply(_)),
        "the PIN is the same"
    );
}

#[test]
fn the_brightness_may_be_asked_for() {
    let mut bench = Bench::registered();
    let ask = RawMessage {
        command: Command::Maneuver,
        payload: [0, 1, 0, 1, 0, 0, 0, 0].into(),
    };
    let Message::Raw(reply) = bench.ask(&Message::Raw(ask)) else {
        panic!("raw")
    };
    assert_eq!(reply.payload.get(2), Some(&80));
    assert_eq!(bench.violations(), []);
}

#[test]
fn a_change_is_pushed_at_once() {
    let mut bench = Bench::registered();
    bench.run_for(20 * SECOND);
    bench.seen.clear();
    bench.act(Device::plug_in);
    let Some(Message::StatusPush(status)) = bench.seen.first().map(|seen| &seen.message) else {
        panic!("no status");
    };
    assert_eq!(status.state, ChargerState::Ready);
    bench.act(|device, now| device.set_faults(now, Faults(0x0200_0000)));
    let Some(Message::StatusPush(status)) = bench.seen.last().map(|seen| &seen.message) else {
        panic!("no status");
    };
    assert!(status.emergency_stop() && status.state == ChargerState::Fault);
    assert_eq!(status.faults, Faults(0x0200_0000));
}

#[test]
fn a_reboot_forgets_client_and_clock_and_keeps_settings_and_records() {
    let mut bench = Bench::registered();
    bench.ask(&amps(11));
    bench.act(|device, now| device.add_unacknowledged_records(now, 3));
    bench.act(Device::reboot);
    bench.seen.clear();
    bench.run_for(5 * SECOND);
    assert!(bench.seen.is_empty());
    bench.run_for(5 * SECOND);
    assert!(bench.count(Command::Announce) >= 2);
    let truth = bench.truth();
    assert_eq!(
        (truth.client, truth.output_a, truth.unacknowledged_records),
        (None, 11, 3)
    );
    assert!(truth.clock_skew_s < -100_000_000);
}
