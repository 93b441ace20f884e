//! A text file of all that was said on the bus, a line for each frame.

mod text;

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tracing::warn;
use twc_proto::{
    frame::{Decoder, Frame, FrameError, Trailer, WireFrame},
    message::Message,
};

/// Writes down every frame, both ways, and every error of the line, like `--log` of the Python tool.
///
/// Columns: milliseconds since the log was made; the bytes of the line in hexadecimal, from marker to marker; how many they
/// are; sender, command and checksum; what the frame says. It holds serial and vehicle identification numbers.
///
/// ```
/// use twc_director::{Config, MessageLog};
///
/// let log = MessageLog::new(std::io::stderr());
/// let config = Config { log: Some(log), ..Config::default() };
/// # drop(config);
/// ```
#[derive(Clone)]
pub struct MessageLog(Arc<Inner>);

struct Inner {
    start: Instant,
    /// `None` after it failed.
    writer: Mutex<Option<Box<dyn Write + Send>>>,
}

impl MessageLog {
    /// Writes to `writer`, a whole line at a time, and flushes each. It must not block for long: it runs in the task that
    /// owns the port. When it fails, the log ends and the bus goes on.
    pub fn new(writer: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Inner {
            start: Instant::now(),
            writer: Mutex::new(Some(Box::new(writer))),
        }))
    }

    pub(crate) fn heard(&self, frame: &Frame) {
        self.frame(&frame.encode(Trailer::None), frame);
    }

    pub(crate) fn sent(&self, wire: &WireFrame) {
        for frame in Decoder::new().push(wire).flatten() {
            self.frame(wire, &frame);
        }
    }

    fn frame(&self, wire: &[u8], frame: &Frame) {
        let sender = frame
            .sender()
            .map_or_else(|| "------".to_owned(), |sender| format!("0x{sender}"));
        self.line(
            wire,
            format_args!(
                "Sender: {sender}, Command: 0x{:02X}, Checksum: 0x{:02X}, Data: |{}|",
                frame.command(),
                frame.checksum(),
                text::Text(&Message::decode(frame)),
            ),
        );
    }

    pub(crate) fn error(&self, error: &FrameError) {
        self.line(error.raw(), format_args!("Error: {}", error.kind()));
    }

    fn line(&self, bytes: &[u8], what: fmt::Arguments<'_>) {
        let Inner { start, writer } = &*self.0;
        let (ms, len) = (start.elapsed().as_millis(), bytes.len());
        let line = format!(
            "{ms:>12} {:<60} Len: {len:>2} {what}\n",
            Hex(bytes).to_string()
        );
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
        let write = |writer: &mut Box<dyn Write + Send>| -> io::Result<()> {
            writer.write_all(line.as_bytes())?;
            writer.flush()
        };
        if let Some(Err(error)) = writer.as_mut().map(write) {
            warn!(%error, "the message log ends here");
            *writer = None;
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for MessageLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageLog")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Lines(mpsc::Sender<String>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let line = String::from_utf8_lossy(bytes).into_owned();
            self.0.send(line).map_err(|_| io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines without their times.
    fn logged(line: &[u8]) -> Vec<String> {
        let (sender, lines) = mpsc::channel();
        let log = MessageLog::new(Lines(sender));
        for item in Decoder::new().push(line) {
            match item {
                Ok(frame) => log.heard(&frame),
                Err(error) => log.error(&error),
            }
        }
        lines
            .try_iter()
            .map(|mut line| line.split_off(13))
            .collect()
    }

    #[test]
    fn a_frame_and_an_error_are_a_line_each() {
        let line = b"\xC0\xFB\xE0\x77\x77\x24\x33\x09\x06\x40\x00\x00\x00\x00\x00\x00\x74\xC0\xFC\
            \xC0\xFB\xE0\x77\x77\x24\x33\x00\x00\x00\x00\x00\x00\x00\x00\x00\x26\xC0\xFC";
        assert_eq!(
            logged(line),
            [
                format!(
                    "{:60} Len: 18 Sender: 0x7777, Command: 0xE0, Checksum: 0x74, Data: |heartbeat to 2433: \
                     set_session_current 16.00 A|\n",
                    "C0FBE077772433090640000000000000 74C0".replace(' ', "")
                ),
                format!(
                    "{:60} Len: 16 Error: a wrong checksum\n",
                    "FBE07777243300000000000000000026"
                ),
            ]
        );
    }

    #[test]
    fn a_log_that_cannot_be_written_ends() {
        let (sender, lines) = mpsc::channel();
        drop(lines);
        let log = MessageLog::new(Lines(sender));
        log.line(&[], format_args!(""));
        assert!(log.0.writer.lock().expect("not poisoned").is_none());
        log.line(&[], format_args!(""));
    }
}
