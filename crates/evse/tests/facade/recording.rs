//! A recording is a capture that decodes, for its owner only, and never at the cost of another file.

use std::path::Path;
use std::time::{Duration, SystemTime};

use evse::GuardedEm;
use evse::capture::decode::{CaptureOptions, decode_capture};
use evse::capture::link::{Transport, parse};
use evse::capture::pcap::Reader;
use evse::duosida::{Charger, DiscoverOptions, Options, Reconnect, discover};
use evse::em;
use evse::recording::{Ends, Recording, RecordingError, Sender, SerialDirection};
use evse::twc::proto::Address as Unit;
use evse::twc::proto::frame::{Decoder, Frame};
use evse::twc::proto::message::ProtocolVersion;
use evse::twc::{Config, Director};
use evse_sim::em::{DeviceConfig, Model};
use evse_sim::shell::em as em_shell;
use evse_sim::shell::twc as twc_shell;
use evse_sim::shell::{Simulator, SimulatorOptions};
use evse_sim::twc::{BusConfig, PeripheralConfig};
use futures_util::StreamExt as _;

/// The vendor app's opening message.
const OPENING: [u8; 16] = [
    0xa2, 3, 4, 8, 0, 0x10, 0, 0xa2, 6, 3, b'I', b'O', b'S', 0xa8, 6, 0,
];

fn ends() -> Ends {
    Ends {
        client: "192.0.2.9:50000".parse().expect("an address"),
        charger: "192.0.2.7:9988".parse().expect("an address"),
    }
}

fn frames(path: &Path) -> Vec<serde_json::Value> {
    let file = std::fs::read(path).expect("a file");
    let options = CaptureOptions::detect(&file).expect("a capture");
    let capture = decode_capture(&file, &options).expect("a capture");
    assert!(capture.damage.is_none(), "{:?}", capture.damage);
    capture
        .frames
        .into_iter()
        .map(|frame| frame.object)
        .collect()
}

#[tokio::test]
async fn search_and_session_are_in_the_file_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.pcap");
    let mut options = SimulatorOptions::for_tests();
    options.device.slot_busy = Duration::ZERO;
    let simulator = Simulator::start(options).await.expect("free ports");
    let recording = Recording::create(&path).expect("created");
    let search = DiscoverOptions {
        targets: vec!["127.0.0.1".parse().expect("an address")],
        port: simulator.discovery_address().expect("on").port(),
        tap: Some(recording.duosida_tap()),
        ..DiscoverOptions::default()
    };
    assert_eq!(discover(search).count().await, 1);
    let options = Options {
        reconnect: Reconnect::Never,
        tap: Some(recording.duosida_tap()),
        ..Options::default()
    };
    let charger = Charger::connect(simulator.address(), options)
        .await
        .expect("ready");
    charger.refresh().await.expect("answered");

    // Whatever happens now, such as a kill, the file is whole.
    let frames = frames(&path);
    assert_eq!(frames[0]["text"], "smart_chargepile_search");
    assert_eq!(frames[1]["type"], "smart_wifi");
    assert_eq!(frames[2]["message"]["name"], "TriggerMessageReq");
    assert!(frames.iter().all(|frame| frame.get("error").is_none()));
    charger.shutdown().await;
    recording.finish().expect("all written");
    simulator.shutdown().await;
}

#[tokio::test]
async fn datagrams_of_the_other_family_are_in_the_file_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("em.pcap");
    let recording = Recording::create(&path).expect("created");
    let mut options = GuardedEm::one_shot(em::Options::default());
    options.bind = "127.0.0.1:0".parse().expect("an address");
    options.tap = Some(recording.em_tap());
    let communicator = em::Communicator::new(options);
    let port = communicator.start().expect("a free port");
    let serial = "9181102751219514".parse().expect("a serial");
    let pin: em::proto::Pin = "123456".parse().expect("six digits");
    let device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
    let options = em_shell::SimulatorOptions::for_tests(device, port);
    let simulator = em_shell::Simulator::start(options).await.expect("started");
    let heard = em::Whom::Serial(serial);
    let evse = communicator.wait_for(heard, Duration::from_secs(8)).await;
    evse.expect("heard");
    let known = em::proto::session::Known {
        pin: Some(pin),
        ..Default::default()
    };
    let evse = communicator.add(serial, known).expect("there is a place");
    evse.refresh().await.expect("answered");

    // UDP 28376 may be taken on this machine, so the port is another one.
    let file = std::fs::read(&path).expect("a file");
    let mut options = CaptureOptions::detect(&file).expect("a capture");
    options.em_client_port = port;
    let capture = decode_capture(&file, &options).expect("a capture");
    let names: Vec<_> = capture
        .frames
        .iter()
        .filter_map(|frame| frame.object["name"].as_str())
        .collect();
    for name in ["announce", "status_request", "status_reply"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    recording.finish().expect("all written");
    communicator.stop().await;
    simulator.shutdown().await;
}

/// The frames that the recording port sent.
fn sent(file: &[u8]) -> Vec<Frame> {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    for packet in Reader::new(file).expect("a capture") {
        let packet = packet.expect("whole");
        let Some(Transport::Serial(serial)) = parse(&packet) else {
            unreachable!("{packet:?}");
        };
        if serial.direction == SerialDirection::Sent {
            frames.extend(decoder.push(serial.payload).flatten());
        }
    }
    frames
}

#[tokio::test]
async fn a_serial_line_is_in_the_file_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twc.pcap");
    let recording = Recording::create_line(&path).expect("created");
    let unit = PeripheralConfig::new(Unit(0x3495), ProtocolVersion::V2);
    let options = twc_shell::SimulatorOptions::for_tests(BusConfig::new(1, vec![unit]));
    let simulator = twc_shell::Simulator::start(options).await.expect("a pty");
    let config = Config {
        tap: Some(recording.twc_tap()),
        ..Config::default()
    };
    let director = Director::open(&*simulator.address(), config)
        .await
        .expect("it is there");
    let unit = director.wait_for(None, Duration::from_mins(1)).await;
    while unit.as_ref().expect("it answers").serial().is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    director.shutdown().await;
    recording.finish().expect("all written");

    let frames = frames(&path);
    let of_kind = |kind| move |frame: &&serde_json::Value| frame["kind"] == kind;
    let serial = frames.iter().find(of_kind("serial")).expect("heard");
    assert_eq!(
        (&serial["serial"], &serial["sender"]),
        (&"A17A0003495".into(), &"3495".into())
    );
    let named = director.address().to_string();
    let named = frames.iter().filter(|frame| frame["sender"] == named);
    let file = std::fs::read(&path).expect("a file");
    let ours = sent(&file);
    assert!(
        ours.iter()
            .all(|frame| frame.sender() == Some(director.address()))
    );
    assert_eq!(ours.len(), named.count());
    assert_eq!(ours.len() as u64, director.counters().sent);
    assert!(frames.iter().all(|frame| frame.get("error").is_none()));
    simulator.shutdown().await;
}

#[test]
fn a_cut_after_any_packet_leaves_a_capture() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.pcap");
    let recording = Recording::create(&path).expect("created");
    let now = SystemTime::now();
    let mut lengths = vec![std::fs::metadata(&path).expect("there").len()];
    for step in 0..6 {
        match step {
            0 => recording.opened(now, ends()),
            1..=3 => recording.bytes(now, ends(), Sender::Client, &OPENING),
            4 => recording.closed(now, ends(), Sender::Client),
            _ => recording.datagram(now, ends(), Sender::Client, b"smart_chargepile_search\0"),
        }
        lengths.push(std::fs::metadata(&path).expect("there").len());
    }
    assert!(lengths.is_sorted_by(|a, b| a < b), "{lengths:?}");
    let file = std::fs::read(&path).expect("a file");
    for (step, length) in lengths.into_iter().enumerate() {
        let part = &file[..usize::try_from(length).expect("short")];
        let capture = decode_capture(part, &CaptureOptions::default()).expect("a capture");
        assert!(capture.damage.is_none(), "step {step}");
        // Steps 2 to 4 bring a message each.
        assert_eq!(
            capture.frames.len(),
            step.saturating_sub(1).min(3),
            "step {step}"
        );
    }
}

#[test]
fn a_capture_is_replaced_and_anything_else_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let begin = || Recording::create(&path);

    let first = begin().expect("created");
    first.bytes(SystemTime::now(), ends(), Sender::Client, &OPENING);
    first.finish().expect("written");
    assert_eq!(frames(&path).len(), 1);
    begin().expect("replaced").finish().expect("written");
    assert_eq!(frames(&path).len(), 0);

    std::fs::write(&path, "dear diary").expect("written");
    let refused = begin().expect_err("a diary");
    assert!(
        matches!(refused, RecordingError::NotACapture(_)),
        "{refused}"
    );
    assert_eq!(std::fs::read(&path).expect("there"), b"dear diary");

    let refused = Recording::create(folder.path()).expect_err("a directory");
    assert!(matches!(refused, RecordingError::Directory(_)), "{refused}");
    let refused = Recording::create(folder.path().join("no/file")).expect_err("no directory");
    assert!(
        matches!(refused, RecordingError::Create { .. }),
        "{refused}"
    );
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_a_recording() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("session.pcap");
    let mode = || {
        std::fs::metadata(&path)
            .expect("there")
            .permissions()
            .mode()
            & 0o777
    };
    let _new = Recording::create(&path).expect("created");
    assert_eq!(mode(), 0o600);
    let everyone = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, everyone).expect("set");
    let _replaced = Recording::create(&path).expect("created");
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_ends_the_recording_and_is_told_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let reading = {
        let pipe = pipe.clone();
        std::thread::spawn(move || {
            let mut file = std::fs::File::open(pipe).expect("opened");
            let mut header = [0; 24];
            std::io::Read::read_exact(&mut file, &mut header).expect("a header");
        })
    };
    let recording = Recording::create(&pipe).expect("a pipe will do");
    reading.join().expect("no panic");
    for _ in 0..2 {
        recording.bytes(SystemTime::now(), ends(), Sender::Client, &OPENING);
    }
    let ended = recording.finish().expect_err("nobody read it");
    assert!(matches!(ended, RecordingError::Write { .. }), "{ended}");
    recording.finish().expect("told already");
}
