//! The two processes of a conversation: a simulated charger and a client, one of them ours.

use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use evse_capture::Secrets;
use evse_capture::decode::{CaptureOptions, decode_capture};
use serde_json::Value;

use super::check::ensure;

/// A simulated charger of whoever's make. Dropping it ends it.
pub(crate) struct Charger {
    child: Child,
    /// Where it is: an address, or the path of a serial port.
    pub(crate) place: String,
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

/// `evse sim`, which records and tells what happens inside.
pub(super) struct Simulator {
    charger: Charger,
    capture: PathBuf,
}

/// What a simulator saw.
pub(super) struct Seen {
    /// Its events, with `event` and `text`.
    pub(super) events: Vec<Value>,
    /// What it recorded: a pcap file.
    pub(super) capture: Vec<u8>,
    /// The frames in it, decoded.
    pub(super) frames: Vec<Value>,
    /// Of the charger, or of the first; 0 where it has none.
    pub(super) port: u16,
}

/// What our command ended with.
pub(super) struct Said {
    pub(super) exit: i32,
    /// The objects that it printed.
    pub(super) objects: Vec<Value>,
}

/// What a client did.
pub(super) struct Reported {
    /// Exit code; −1 when it was ended from outside.
    pub(super) exit: i32,
    pub(super) stdout: String,
}

impl Charger {
    /// Runs a command whose first line ends with the charger's place.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let mut child = command
            .env("TZ", ZONE)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {program}"))?;
        let output = child.stdout.take().map(BufReader::new);
        let mut charger = Self {
            child,
            place: String::new(),
            lines: Arc::default(),
            reader: None,
        };
        let mut output = output.context("no standard output")?;
        let mut ready = String::new();
        output.read_line(&mut ready)?;
        let Some(place) = ready.split_whitespace().last() else {
            let arguments = command
                .get_args()
                .map(|argument| argument.to_string_lossy());
            let arguments: Vec<_> = arguments.collect();
            bail!(
                "the simulated charger did not start; run it by hand: {program} {}",
                arguments.join(" ")
            );
        };
        place.clone_into(&mut charger.place);
        let lines = Arc::clone(&charger.lines);
        charger.reader = Some(std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                lock(&lines).push(line);
            }
        }));
        Ok(charger)
    }

    /// Ends it and gives what it printed.
    pub(super) fn stop(mut self) -> Result<Vec<String>> {
        // `Child::kill` would give it no time to say or write what it saw.
        let _ = Command::new("sh")
            .args(["-c", &format!("kill {}", self.child.id())])
            .status();
        if wait(&mut self.child)?.is_none() {
            bail!("the simulated charger did not end");
        }
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        Ok(std::mem::take(&mut *lock(&self.lines)))
    }
}

impl Drop for Charger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Simulator {
    /// Runs `evse sim` with these arguments, which begin with the family.
    pub(super) fn start(evse: &Path, arguments: &[&str], capture: PathBuf) -> Result<Self> {
        let mut command = Command::new(evse);
        command.args(["--json", "sim"]).args(arguments);
        command.arg("--record").arg(&capture);
        Ok(Self {
            charger: Charger::start(&mut command)?,
            capture,
        })
    }

    /// Of the charger, or of the first; 0 where it has none.
    pub(super) fn port(&self) -> u16 {
        let address: Result<SocketAddr, _> = self.charger.place.parse();
        address.map_or(0, |address| address.port())
    }

    /// Waits until an event says this.
    pub(super) fn wait_for(&self, text: &str) -> Result<()> {
        let begin = Instant::now();
        while !lock(&self.charger.lines)
            .iter()
            .any(|line| line.contains(text))
        {
            if begin.elapsed() > LIMIT {
                bail!("the simulator never said {text:?}");
            }
            sleep(TICK);
        }
        Ok(())
    }

    /// Ends it and reads what it saw.
    pub(super) fn stop(self) -> Result<Seen> {
        let port = self.port();
        let lines = self.charger.stop()?;
        let events = lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let capture = std::fs::read(&self.capture)
            .with_context(|| format!("cannot read {}", self.capture.display()))?;
        let mut options = CaptureOptions::default();
        options.duosida_port = port;
        // All of them are made up, and settings are compared.
        options.secrets = Secrets::Show;
        let decoded = decode_capture(&capture, &options)?;
        if let Some(damage) = decoded.damage {
            bail!("the simulator's recording: {damage}");
        }
        Ok(Seen {
            events,
            capture,
            frames: decoded
                .frames
                .into_iter()
                .map(|frame| frame.object)
                .collect(),
            port,
        })
    }
}

impl Reported {
    /// The last line that a driver printed.
    pub(super) fn told(&self) -> Result<Value, String> {
        let last = self.stdout.lines().next_back().unwrap_or_default();
        match serde_json::from_str(last) {
            Ok(told) if self.exit == 0 => Ok(told),
            _ => Err(self.to_string()),
        }
    }

    /// What our command ended with.
    pub(super) fn said(&self) -> Said {
        let objects = self.stdout.lines();
        let objects = objects.filter_map(|line| serde_json::from_str(line).ok());
        Said {
            exit: self.exit,
            objects: objects.collect(),
        }
    }
}

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit code {}: {}", self.exit, self.stdout.trim())
    }
}

impl Said {
    /// The command went well and printed this.
    pub(super) fn done(&self) -> Result<&Value, String> {
        let first = self.objects.first().filter(|_| self.exit == 0);
        first.ok_or_else(|| "the command failed".to_owned())
    }

    /// The command failed in this way.
    pub(super) fn failed(&self, kind: &str) -> Result<String, String> {
        let is_it = |object: &Value| object["error"]["kind"] == kind;
        let is_it = self.exit == 1 && self.objects.iter().any(is_it);
        ensure(is_it, || format!("not {kind}")).map(|()| kind.to_owned())
    }
}

/// Runs a client to its end.
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
    let status = wait(&mut child)?;
    let exit = status.and_then(|status| status.code()).unwrap_or(-1);
    let stdout = String::from_utf8_lossy(&std::fs::read(output)?).into_owned();
    Ok(Reported { exit, stdout })
}

/// Waits for the end; ends it when it takes too long.
fn wait(child: &mut Child) -> Result<Option<ExitStatus>> {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        sleep(TICK);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// A panic in the reader changes nothing for the rest.
fn lock(lines: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// No command of a peer takes so long.
const LIMIT: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_millis(20);
/// Neither that of Greenwich nor that of China, and without summer time.
const ZONE: &str = "EAT-3";
pub(super) const UTC_OFFSET_S: i64 = 3 * 3_600;
