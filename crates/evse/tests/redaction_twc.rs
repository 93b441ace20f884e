//! No VIN and no whole serial number of a Tesla Gen2 unit reaches a log, at any level, nor `Debug`, errors and warnings.

mod twc_bus;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use evse::twc::proto::message::ProtocolVersion;
use evse::{Address, State};
use evse_sim::twc::Peripheral as Simulated;
use tracing::Level;
use twc_bus::{Bench, PATIENCE, UNIT, unit};

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

/// What is logged; the simulator, which is in the same process, is not meant.
fn subscribe(log: &Log) -> tracing::subscriber::DefaultGuard {
    let writer = log.clone();
    let filter = "trace,evse_sim=off".parse::<tracing_subscriber::EnvFilter>();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_env_filter(filter.expect("a filter"))
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_default(subscriber)
}

#[tokio::test]
async fn commands_and_their_refusals_name_neither_vin_nor_serial() {
    let log = Log::default();
    let _guard = subscribe(&log);
    let bench = Bench::new(unit(ProtocolVersion::V2)).await;
    let guarded = bench.guarded(PATIENCE).await;
    bench.simulator.peripheral(0, Simulated::plug_in);
    bench.until(&guarded, State::Charging).await;
    bench.until_unit(|unit| unit.vin().is_some()).await;
    let mut printed = vec![format!(
        "{:?} {}",
        guarded.identity(),
        guarded.identity().short()
    )];
    printed.push(format!("{:?}", guarded.open_contactors().await));
    let refused = guarded.close_contactors(false).await.expect_err("too soon");
    printed.push(format!("{refused:?} {refused}"));
    std::fs::write(bench.store().path(), "{").expect("written");
    let refused = guarded
        .close_contactors(false)
        .await
        .expect_err("nobody can tell");
    printed.push(format!("{refused:?} {refused}"));
    let done = guarded.close_contactors(true).await.expect("forced");
    printed.extend(
        done.warnings
            .iter()
            .map(|warning| format!("{warning:?} {warning}")),
    );
    let address = Address::twc(bench.simulator.address(), Some(UNIT));
    printed.push(format!("{address:?} {address}"));
    printed.push(bench.director.shutdown().await.to_string());

    let log = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    for expected in ["TRACE", "vin_part", "3495"] {
        assert!(log.contains(expected), "no {expected} in:\n{log}");
    }
    for text in [log, printed.join("\n")] {
        // Parts of the VIN, as text and as Rust prints bytes, and of the serial number.
        for secret in ["5YJTEST", "A4TWC00", "53, 89, 74", "35594A", "A17A000"] {
            assert!(!text.contains(secret), "{secret} in:\n{text}");
        }
    }
}
