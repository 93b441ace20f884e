//! Recording what goes over the wire, as a capture that `evse decode`, tcpdump and Wireshark read.
//!
//! A recording takes what transports tell: connections with their bytes, and datagrams. Every packet is brought to the
//! file before the call returns, so the file is whole up to the moment when a program is killed.
//!
//! ```no_run
//! use evse::duosida::{Charger, Options};
//! use evse::recording::Recording;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let recording = Recording::create("session.pcap")?;
//! let options = Options { tap: Some(recording.duosida_tap()), ..Options::default() };
//! let charger = Charger::connect("192.0.2.7:9988".parse()?, options).await?;
//! println!("{:?}", charger.refresh().await?);
//! charger.shutdown().await;
//! recording.finish()?;
//! # Ok(())
//! # }
//! ```
//!
//! A capture is personal: identifiers, RFID tags and Wi-Fi passwords stand in it as they are. On Unix only the user may
//! read the file. [`crate::capture::scrub`] takes out what is personal.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evse_capture::Error as CaptureError;
pub use evse_capture::link::SerialDirection;
use evse_capture::record::Recorder;
pub use evse_capture::record::{Ends, Sender};

/// A capture file in the making. Clones write to the same file.
#[derive(Clone, Debug)]
pub struct Recording(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    state: Mutex<State>,
}

/// What writes the file's header.
type Header = fn(BufWriter<File>) -> Result<Recorder<BufWriter<File>>, CaptureError>;

#[derive(Debug)]
enum State {
    Writing(Box<Recorder<BufWriter<File>>>),
    /// Nothing more is written.
    Failed(CaptureError),
    Finished,
}

/// Why there is no recording, or not all of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file cannot be created.
    #[error("cannot record to {}: {source}; choose another file", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path is a directory.
    #[error("cannot record to {}: it is a directory; name a file in it", .0.display())]
    Directory(PathBuf),
    /// The file holds something else than a capture, which nobody wants to lose.
    #[error("cannot record to {}: it exists and is no capture; choose another file or remove it", .0.display())]
    NotACapture(PathBuf),
    /// Writing failed on the way; what comes before is in the file.
    #[error("the recording in {} ends early: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: CaptureError,
    },
}

impl Recording {
    /// Begins a capture file of connections and datagrams.
    ///
    /// A capture that is already there is replaced, as tcpdump does; a file with any other content is left alone. On
    /// Unix a regular file gets the mode 0600. A pipe or a device is written to as it is.
    ///
    /// # Errors
    /// [`RecordingError::Directory`], [`RecordingError::NotACapture`], [`RecordingError::Create`].
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, RecordingError> {
        Self::begin(path.into(), Recorder::new)
    }

    /// As [`create`](Self::create), of a serial line: for [`line`](Self::line) and [`twc_tap`](Self::twc_tap) alone.
    ///
    /// # Errors
    /// As there.
    pub fn create_line(path: impl Into<PathBuf>) -> Result<Self, RecordingError> {
        Self::begin(path.into(), Recorder::on_line)
    }

    /// As [`create`](Self::create), of networks and serial lines, for chargers of any kind: a pcapng file.
    ///
    /// # Errors
    /// As there.
    pub fn create_for_all(path: impl Into<PathBuf>) -> Result<Self, RecordingError> {
        Self::begin(path.into(), Recorder::of_both)
    }

    fn begin(path: PathBuf, header: Header) -> Result<Self, RecordingError> {
        if path.is_dir() {
            return Err(RecordingError::Directory(path));
        }
        let recorder = match open(&path) {
            Ok(Some(file)) => begin(file, header),
            Ok(None) => return Err(RecordingError::NotACapture(path)),
            Err(error) => Err(error),
        };
        match recorder {
            Ok(recorder) => Ok(Self(Arc::new(Shared {
                path,
                state: Mutex::new(State::Writing(Box::new(recorder))),
            }))),
            Err(source) => Err(RecordingError::Create { path, source }),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// A TCP connection is open.
    pub fn opened(&self, time: SystemTime, ends: Ends) {
        self.write(|recorder| recorder.open(since_epoch(time), ends));
    }

    /// Bytes of a TCP connection, at most what fits into memory; the first ones open it.
    pub fn bytes(&self, time: SystemTime, ends: Ends, sender: Sender, bytes: &[u8]) {
        self.write(|recorder| recorder.tcp(since_epoch(time), ends, sender, bytes));
    }

    /// A TCP connection is closed, by the end that did so first.
    pub fn closed(&self, time: SystemTime, ends: Ends, sender: Sender) {
        self.write(|recorder| recorder.close(since_epoch(time), ends, sender));
    }

    /// A UDP datagram.
    pub fn datagram(&self, time: SystemTime, ends: Ends, sender: Sender, bytes: &[u8]) {
        self.write(|recorder| recorder.udp(since_epoch(time), ends, sender, bytes));
    }

    /// Bytes of a serial line, in a file that may have them.
    pub fn line(&self, time: SystemTime, direction: SerialDirection, bytes: &[u8]) {
        self.write(|recorder| recorder.line(since_epoch(time), direction, bytes));
    }

    /// What [`duosida`](crate::duosida) takes as `tap`, for connections and for the search.
    #[cfg(feature = "duosida")]
    pub fn duosida_tap(&self) -> duosida_client::Tap {
        let recording = self.clone();
        duosida_client::Tap::new(move |traffic| recording.duosida(traffic))
    }

    /// What [`em`](crate::em) takes as `tap`.
    #[cfg(feature = "em")]
    pub fn em_tap(&self) -> em_client::Tap {
        let recording = self.clone();
        em_client::Tap::new(move |traffic| {
            let ends = Ends {
                client: traffic.client,
                charger: traffic.charger,
            };
            let sender = match traffic.sender {
                em_client::Sender::Charger => Sender::Charger,
                em_client::Sender::Client => Sender::Client,
            };
            recording.datagram(traffic.time, ends, sender, traffic.packet);
        })
    }

    /// What [`twc`](crate::twc) takes as `tap`, in a file that may have serial lines.
    #[cfg(feature = "twc")]
    pub fn twc_tap(&self) -> twc_director::Tap {
        let recording = self.clone();
        twc_director::Tap::new(move |traffic| {
            let direction = match traffic.sender {
                twc_director::Sender::Bus => SerialDirection::Received,
                twc_director::Sender::Director => SerialDirection::Sent,
            };
            recording.line(traffic.time, direction, traffic.bytes);
        })
    }

    #[cfg(feature = "duosida")]
    fn duosida(&self, traffic: duosida_client::Traffic<'_>) {
        use duosida_client::Act;

        let duosida_client::Traffic {
            time,
            client,
            charger,
            sender,
            act,
        } = traffic;
        let ends = Ends { client, charger };
        let sender = match sender {
            duosida_client::Sender::Charger => Sender::Charger,
            duosida_client::Sender::Client => Sender::Client,
        };
        match act {
            Act::Opened => self.opened(time, ends),
            Act::Bytes(bytes) => self.bytes(time, ends, sender, bytes),
            Act::Closed => self.closed(time, ends, sender),
            Act::Datagram(bytes) => self.datagram(time, ends, sender, bytes),
        }
    }

    /// Ends the recording; what comes later is not written.
    ///
    /// # Errors
    /// [`RecordingError::Write`]: the first failure since the file was created. It is also logged when it happens.
    pub fn finish(&self) -> Result<(), RecordingError> {
        let state = std::mem::replace(&mut *self.lock(), State::Finished);
        let result = match state {
            State::Writing(recorder) => recorder.finish().map(drop),
            State::Failed(error) => Err(error),
            State::Finished => Ok(()),
        };
        result.map_err(|source| RecordingError::Write {
            path: self.0.path.clone(),
            source,
        })
    }

    fn write(
        &self,
        packet: impl FnOnce(&mut Recorder<BufWriter<File>>) -> Result<(), CaptureError>,
    ) {
        let mut state = self.lock();
        let State::Writing(recorder) = &mut *state else {
            return;
        };
        if let Err(error) = packet(recorder).and_then(|()| recorder.flush()) {
            tracing::warn!(%error, file = %self.0.path.display(), "the recording ends here");
            *state = State::Failed(error);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file, empty; `None` when it holds something that is no capture.
fn open(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => return options.open(path).map(Some),
        Ok(there) if there.len() > 0 && !is_capture(path)? => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.set_len(0)?;
    Ok(Some(file))
}

fn is_capture(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?
        .take(PCAP_HEADER_LEN)
        .read_to_end(&mut head)?;
    Ok(evse_capture::pcap::Reader::new(&head).is_ok())
}

fn begin(file: File, header: Header) -> io::Result<Recorder<BufWriter<File>>> {
    let begun = header(BufWriter::with_capacity(BUFFER, file)).and_then(|mut recorder| {
        recorder.flush()?;
        Ok(recorder)
    });
    begun.map_err(|error| match error {
        CaptureError::Io(error) => error,
        other => io::Error::other(other),
    })
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Enough to tell a capture by.
const PCAP_HEADER_LEN: u64 = 24;
/// More than what one read or write makes in packets: they reach the file at once, and a cut falls between them.
const BUFFER: usize = 64 * 1024;
