//! No PIN and no whole serial reaches a log, at any level, nor `Debug` and errors.

mod sim;

use std::{
    io::{self, Write},
    net::UdpSocket,
    sync::{Arc, Mutex},
    time::Duration,
};

use em_client::{
    Error, Event,
    proto::{
        message::Identifier,
        session::{Known, StartRequest},
    },
};
use evse_sim::em::{Device, Model};
use futures_util::{FutureExt, StreamExt};
use sim::{PIN, SERIAL, device, logged_in, options, pin, simulator, soon, started, until};
use tracing::Level;

const PIN_IN_HEX: &str = "313233343536";
const WRONG_PIN: &str = "871263";
const USER: &str = "card 04A1B2C3D4";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().expect("not poisoned");
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the crate under test logs; the simulator, which is in the same process, is not meant.
fn subscribe(log: &Log) -> tracing::subscriber::DefaultGuard {
    let writer = log.clone();
    let filter = "trace,evse_sim=off".parse::<tracing_subscriber::EnvFilter>();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .without_time()
        .with_env_filter(filter.expect("a filter"))
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_default(subscriber)
}

#[tokio::test]
async fn log_of_a_whole_life_names_neither_pin_nor_serial() {
    let log = Log::default();
    let _guard = subscribe(&log);
    let mut errors = Vec::<Error>::new();
    let mut settings = options();
    settings.endpoint.dump = true;
    let (communicator, port) = started(settings);
    let mut events = communicator.events();
    let mut config = device(Model::BesenBs20, 1);
    // Its counter would read as the PIN.
    config.register_wh = 0.0;
    let simulator = simulator(config, port).await;

    // Heard, refused, accepted.
    let evse = communicator
        .wait_for(em_client::Whom::Any, Duration::from_secs(11))
        .await
        .expect("announces itself");
    errors.push(evse.refresh().await.expect_err("no PIN"));
    let wrong = soon(evse.login(WRONG_PIN.parse().ok())).await;
    errors.push(wrong.expect_err("a wrong PIN"));
    soon(evse.login(Some(pin()))).await.expect("the right PIN");
    logged_in(&communicator).await;

    // Refused and carried out.
    let start = StartRequest {
        current_a: Some(8),
        user_id: Identifier::new(USER).ok(),
        ..StartRequest::default()
    };
    errors.push(
        soon(evse.charge_start(start.clone()))
            .await
            .expect_err("no car"),
    );
    simulator.device(0, Device::plug_in);
    until(&evse, &communicator, |session| {
        session.is_vehicle_connected() == Some(true)
    })
    .await;
    let started = soon(evse.charge_start(start)).await.expect("it starts");
    soon(evse.charge_stop(None)).await.expect("it stops");
    errors.push(evse.set_max_current(99).await.expect_err("too much"));

    // Nonsense from the network and from files.
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let nonsense = [&[0x06, 0x01, 0x00][..], PIN.as_bytes(), SERIAL.as_bytes()].concat();
    stranger
        .send_to(&nonsense, ("127.0.0.1", port))
        .expect("sent");
    let file = format!(r#"[{{"password": "{PIN}", "info": {{"serial": "{SERIAL}"}}}}]"#);
    assert!(communicator.load_json(&file).expect("JSON").is_empty());
    errors.push(
        communicator
            .load_json(&file[1..20])
            .expect_err("half of it"),
    );
    soon(evse.refresh()).await.expect("an answer");

    // The charger is gone, and so are we.
    let known = Known {
        address: "127.0.0.99:7248".parse().ok(),
        ..Known::default()
    };
    simulator.shutdown().await;
    communicator.add(evse.serial(), known).expect("a place");
    errors.push(soon(evse.refresh()).await.expect_err("nobody"));
    let printed = format!(
        "{communicator:?} {evse:?} {started:?} {errors:?} {:?} {:?} {:?}",
        evse.state(),
        evse.current_charge(),
        evse.read(|session| format!("{session:?}")),
    );
    let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let mut heard = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        assert!(!matches!(event, Event::Missed { .. }));
        heard.push(format!("{event:?}"));
    }
    communicator.remove(evse.serial());
    soon(communicator.stop()).await;
    drop((communicator, evse));

    let log = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    for expected in [
        "TRACE",
        "login_request",
        "a new charger",
        "…7788",
        "a request failed",
        "skipped",
        "no datagram",
    ] {
        assert!(log.contains(expected), "no {expected} in:\n{log}");
    }
    for text in [&log, &printed, &shown.join("\n"), &heard.join("\n")] {
        for secret in [SERIAL, "zs3My8rJ", USER, PIN_IN_HEX] {
            assert!(!text.contains(secret), "{secret} in:\n{text}");
        }
        // Within longer numbers, such as nanoseconds, the digits are chance.
        let mut numbers = text.split(|c: char| !c.is_ascii_digit());
        assert!(
            !numbers.any(|number| number == PIN || number == WRONG_PIN),
            "a PIN in:\n{text}"
        );
    }
}
