//! No VIN and no whole serial number reaches a log, at any level, nor `Debug` and errors.

// Alone in its program: what is logged there is caught for the whole of it.
#[path = "bus/sim/mod.rs"]
mod sim;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use sim::{UNIT, VIN, bus, charging, config, opened, simulator, soon, until};
use tracing::Level;
use twc_director::{Error, Event, MessageLog, Tap};

const SERIAL: &str = "A17A0003495";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
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
async fn log_of_a_whole_life_names_neither_vin_nor_serial() {
    let log = Log::default();
    let _guard = subscribe(&log);
    let mut errors = Vec::<Error>::new();
    let simulator = simulator(bus(&[UNIT])).await;
    let mut settings = config();
    settings.tap = Some(Tap::new(|_| {}));
    settings.log = Some(MessageLog::new(io::sink()));
    let mut printed = vec![format!("{settings:?}")];
    let director = opened(&simulator, settings).await;
    let mut events = director.events();
    errors.push(
        director
            .wait_for(None, Duration::from_millis(1))
            .await
            .expect_err("too early"),
    );

    let unit = charging(&director, &simulator, 0).await;
    until(&director, &unit, |unit| {
        unit.vin().is_some() && unit.serial.is_some()
    })
    .await;
    errors.push(
        unit.set_session_current(Some(1))
            .await
            .expect_err("too little"),
    );
    printed.push(format!(
        "{:?}",
        soon(unit.set_session_current(Some(8))).await
    ));
    printed.push(format!(
        "{director:?} {unit:?} {:?} {:?}",
        unit.serial(),
        unit.vin()
    ));
    printed.extend(unit.read(|unit| format!("{unit:?}")));
    printed.push(director.read(|controller| format!("{controller:?}")));
    simulator.bus(|bus, _| bus.set_adapter(false));
    let mut is_open = true;
    while is_open {
        let event = soon(events.next()).await.expect("a running director");
        is_open = !matches!(event, Event::PortClosed { .. });
        printed.push(format!("{event:?}"));
    }
    let parting = soon(director.shutdown()).await;
    printed.push(format!("{parting:?} {parting}"));
    while let Some(Some(event)) = events.next().now_or_never() {
        printed.push(format!("{event:?}"));
    }
    errors.push(unit.increase().await.expect_err("it is over"));
    printed.extend(errors.iter().map(|error| format!("{error:?} {error}")));
    drop((director, unit));

    let log = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    for expected in [
        "TRACE",
        "vin_part",
        "a new unit",
        "3495",
        "a vehicle that tells its VIN",
        "no port",
    ] {
        assert!(log.contains(expected), "no {expected} in:\n{log}");
    }
    for text in [log, printed.join("\n")] {
        // Parts of the VIN, as text and as Rust prints bytes, and of the serial number.
        for secret in [
            VIN,
            "5YJTEST",
            "A4TWC00",
            "53, 89, 74",
            "35594A",
            SERIAL,
            "A17A000",
        ] {
            assert!(!text.contains(secret), "{secret} in:\n{text}");
        }
    }
}
