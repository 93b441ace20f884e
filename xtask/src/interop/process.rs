//! The two processes of a conversation: our simulator and the peer.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use evse_capture::decode::{CaptureOptions, decode_capture};
use serde_json::Value;

/// `evse sim`, which records and tells what happens inside. Dropping it ends it.
pub(super) struct Simulator {
    child: Child,
    pub(super) address: SocketAddr,
    capture: PathBuf,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

/// What a simulator saw.
pub(super) struct Seen {
    /// Its events, with `event` and `text`.
    pub(super) events: Vec<Value>,
    /// What it recorded: a pcap file.
    pub(super) capture: Vec<u8>,
    /// The frames in it, decoded.
    pub(super) frames: Vec<Value>,
    /// Of the charger, or of the first.
    pub(super) address: SocketAddr,
}

/// What a peer did.
pub(super) struct Reported {
    /// Exit code; −1 when it was ended from outside.
    pub(super) exit: i32,
    pub(super) stdout: String,
}

impl Simulator {
    /// Runs `evse sim` with these arguments, which begin with the family.
    pub(super) fn start(evse: &Path, arguments: &[&str], capture: PathBuf) -> Result<Self> {
        let mut child = Command::new(evse)
            .env("TZ", ZONE)
            .args(["--json", "sim"])
            .args(arguments)
            .arg("--record")
            .arg(&capture)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", evse.display()))?;
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut ready = String::new();
        output.read_line(&mut ready)?;
        let address = ready
            .split_whitespace()
            .last()
            .and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            bail!(
                "evse sim did not start; run it by hand: evse sim {}",
                arguments.join(" ")
            );
        };
        let lines = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&lines);
        let reader = std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                lock(&shared).push(line);
            }
        });
        Ok(Self {
            child,
            address,
            capture,
            lines,
            reader: Some(reader),
        })
    }

    /// Waits until an event says this.
    pub(super) fn wait_for(&self, text: &str) -> Result<()> {
        let begin = Instant::now();
        while !lock(&self.lines).iter().any(|line| line.contains(text)) {
            if begin.elapsed() > LIMIT {
                bail!("the simulator never said {text:?}");
            }
            sleep(TICK);
        }
        Ok(())
    }

    /// Ends it and reads what it saw.
    pub(super) fn stop(mut self) -> Result<Seen> {
        // `Child::kill` would give it no time to finish its recording.
        let _ = Command::new("sh")
            .args(["-c", &format!("kill {}", self.child.id())])
            .status();
        self.child.wait()?;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let events = lock(&self.lines)
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let capture = std::fs::read(&self.capture)
            .with_context(|| format!("cannot read {}", self.capture.display()))?;
        let mut options = CaptureOptions::default();
        options.duosida_port = self.address.port();
        let decoded = decode_capture(&capture, &options)?;
        if let Some(damage) = decoded.damage {
            bail!("the simulator's recording: {damage}");
        }
        Ok(Seen {
            events,
            capture,
            address: self.address,
            frames: decoded
                .frames
                .into_iter()
                .map(|frame| frame.object)
                .collect(),
        })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a peer's command to its end.
pub(super) fn run_peer(command: &mut Command, output: &Path) -> Result<Reported> {
    let file = File::create(output)?;
    let mut child = command
        .stdin(Stdio::null())
        .stderr(file.try_clone()?)
        .stdout(file)
        .env("TZ", ZONE)
        .env("PYTHONUNBUFFERED", "1")
        .env("PYTHONUTF8", "1")
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let begin = Instant::now();
    let exit = loop {
        if let Some(status) = child.try_wait()? {
            break status.code().unwrap_or(-1);
        }
        if begin.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            break -1;
        }
        sleep(TICK);
    };
    let stdout = String::from_utf8_lossy(&std::fs::read(output)?).into_owned();
    Ok(Reported { exit, stdout })
}

/// A panic in the reader changes nothing for the rest.
fn lock(lines: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// No command of a peer takes so long.
const LIMIT: Duration = Duration::from_secs(40);
const TICK: Duration = Duration::from_millis(20);
/// Neither that of Greenwich nor that of China, and without summer time.
const ZONE: &str = "EAT-3";
pub(super) const UTC_OFFSET_S: i64 = 3 * 3_600;
