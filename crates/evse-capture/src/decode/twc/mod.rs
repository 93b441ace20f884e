//! Tesla Gen2 wall connectors: frames on a serial line, or through a TCP gateway.
//!
//! There are no secrets on this bus, but serial numbers and VINs: they are shown, as the serial numbers of other
//! chargers are. [`crate::scrub`] replaces them.

mod body;
mod capture;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use twc_proto::frame::{Decoder, Frame, FrameError, FrameType};
use twc_proto::message::Message;
use twc_proto::{Address, Role};

pub(crate) use capture::{Buses, Gateways};

/// Decodes the bytes of a line: an object for each frame, and for each stretch between two markers that is none.
///
/// What comes before the first marker is left out, and so are up to four bytes between two frames: they end `raw` of
/// the frame before.
pub fn decode_stream(bytes: &[u8]) -> Vec<Value> {
    let mut decoder = StreamDecoder::new();
    let mut objects = decoder.push(Duration::ZERO, bytes, &mut Roles::default());
    objects.extend(decoder.finish());
    objects.into_iter().map(|(_, object)| object).collect()
}

/// Who was seen to be what. Some messages do not tell who sent them.
#[derive(Clone, Debug, Default)]
pub struct Roles(BTreeMap<Address, Role>);

impl Roles {
    /// Where a message goes: its content says it, or who sent it. `bus` when both kinds of units may have sent it, or
    /// a controller has told something of itself.
    fn direction(&mut self, message: &Message) -> &'static str {
        let sender = message.sender();
        let told = match message.code() {
            (FrameType::Request | FrameType::Command, _) => Some(Role::Controller),
            (FrameType::Data, 0x19..=0x1B | 0xE0 | 0xE2 | 0xB1 | 0xB2 | 0xB4) => {
                Some(Role::Peripheral)
            }
            (FrameType::Data, _) => None,
        };
        if let (Some(sender), Some(role)) = (sender, told) {
            self.0.insert(sender, role);
        }
        if let (Some(recipient), Some(Role::Controller)) = (message.recipient(), told) {
            self.0.insert(recipient, Role::Peripheral);
        }
        match (told, sender.and_then(|sender| self.0.get(&sender))) {
            (Some(Role::Controller), _) => "to_charger",
            (Some(Role::Peripheral), _) | (None, Some(Role::Peripheral)) => "from_charger",
            (None, _) => "bus",
        }
    }
}

/// Frames as their bytes come.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    decoder: Decoder,
    /// The bytes since the last marker; `None` before the first.
    stretch: Option<Vec<u8>>,
    /// What the decoder said about them.
    outcome: Option<Result<Frame, FrameError>>,
    /// The last object, with the time of its last byte. Its trailer may be on the way.
    object: Option<(Duration, Value)>,
    /// When the last byte came.
    last: Duration,
}

impl StreamDecoder {
    /// A decoder that waits for the first marker.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the bytes that come next and gives the objects that are complete, each with the time of its last byte.
    /// A pause of more than [`SILENCE`] ends what is unfinished.
    pub fn push(
        &mut self,
        time: Duration,
        bytes: &[u8],
        roles: &mut Roles,
    ) -> Vec<(Duration, Value)> {
        let mut objects = Vec::new();
        if time.saturating_sub(self.last) > SILENCE {
            objects.extend(self.silence());
        }
        self.last = time;
        for byte in bytes {
            if let Some(outcome) = self.decoder.push(&[*byte]).next() {
                self.outcome = Some(outcome);
            }
            if *byte == MARKER {
                objects.extend(self.close(&[MARKER], roles));
                self.stretch = Some(Vec::new());
            } else if let Some(stretch) = &mut self.stretch {
                stretch.push(*byte);
            }
        }
        objects
    }

    /// The stream ends.
    pub fn finish(&mut self) -> Vec<(Duration, Value)> {
        self.silence()
            .into_iter()
            .chain(self.object.take())
            .collect()
    }

    fn silence(&mut self) -> Option<(Duration, Value)> {
        if let Some(error) = self.decoder.silence() {
            self.outcome = Some(Err(error));
        }
        self.close(&[], &mut Roles::default())
    }

    /// Ends a stretch, and gives the object before it if there is a new one.
    fn close(&mut self, end: &[u8], roles: &mut Roles) -> Option<(Duration, Value)> {
        let stretch = self.stretch.take()?;
        let raw = || hex::encode_upper([&[MARKER], &*stretch, end].concat());
        let object = match self.outcome.take() {
            Some(Ok(frame)) => decode_frame(&frame, raw(), roles),
            Some(Err(error)) => failure(&error, &raw()),
            None => {
                if let Some(Value::String(raw)) = self
                    .object
                    .as_mut()
                    .and_then(|(_, object)| object.get_mut("raw"))
                {
                    raw.push_str(&hex::encode_upper(stretch));
                }
                return None;
            }
        };
        self.object.replace((self.last, object))
    }
}

fn decode_frame(frame: &Frame, raw: String, roles: &mut Roles) -> Value {
    let message = Message::decode(frame);
    let mut object = json!({
        "protocol": PROTOCOL,
        "direction": roles.direction(&message),
        "kind": message.kind(),
        "type": format!("{:02X}", frame.frame_type().code()),
        "command": format!("{:02X}", frame.command()),
        "sender": frame.sender().map(|sender| sender.to_string()),
        "len": frame.len(),
    });
    if let Some(object) = object.as_object_mut() {
        object.extend(body::fields(&message));
        object.insert("raw".into(), raw.into());
    }
    object
}

fn failure(error: &FrameError, raw: &str) -> Value {
    json!({
        "protocol": PROTOCOL,
        "error": error.kind().name(),
        "detail": error.to_string(),
        "raw": raw,
    })
}

/// A frame has no pauses: one of more than this ends it. Gateways need more than the line itself.
pub const SILENCE: Duration = Duration::from_millis(300);

const PROTOCOL: &str = "twc";
const MARKER: u8 = 0xC0;
