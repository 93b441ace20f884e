//! What was recorded, made ready for playing.

use std::collections::BTreeSet;
use std::fmt;
use std::mem::Discriminant;
use std::time::Duration;

use duosida_proto::DecodeError;
use duosida_proto::frame::{Direction, Framing};
use duosida_proto::message::{self, Body};
use duosida_proto::proto::MessageTrigger;
use duosida_proto::proto::data_transfer_req::Case;

/// A message of a recorded connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When, since the connection began.
    pub at: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// The message, as a frame decoder cuts it.
    pub message: Vec<u8>,
}

/// One recorded connection.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// How the messages lie in the stream.
    pub(crate) framing: Framing,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Duration,
    pub(super) act: Act,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    /// The client asks.
    Request(Request),
    /// The charger says something of its own accord.
    Say(Vec<u8>),
    /// The charger answers the request with this recorded id.
    Answer { to: u64, message: Vec<u8> },
    /// The charger closes the connection.
    Close,
}

impl Script {
    /// A script of what was recorded, in the order of time. `closed` is when the charger closed the connection; `None`
    /// when the client did, or nobody. Messages that cannot be read are said as they are.
    pub fn new(framing: Framing, recorded: Vec<Recorded>, closed: Option<Duration>) -> Self {
        let mut requests = BTreeSet::new();
        let mut steps = Vec::with_capacity(recorded.len() + 1);
        for Recorded {
            at,
            direction,
            message,
        } in recorded
        {
            let act = match direction {
                Direction::ToCharger => match request(&message) {
                    Ok(Some(request)) => {
                        requests.insert(request.id);
                        Act::Request(request)
                    }
                    _ => continue,
                },
                Direction::FromCharger => match answered(&message) {
                    Some(to) if requests.contains(&to) => Act::Answer { to, message },
                    _ => Act::Say(message),
                },
            };
            steps.push(Step { at, act });
        }
        steps.extend(closed.map(|at| Step {
            at,
            act: Act::Close,
        }));
        Self { framing, steps }
    }
}

/// A request of the client.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) id: u64,
}

/// What makes two requests the same: the message, and what it is about. Values do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    name: &'static str,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Nothing,
    Report(Option<i32>),
    Key(String),
    Case(Option<Discriminant<Case>>),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match &self.about {
            About::Report(Some(code)) => match MessageTrigger::try_from(*code) {
                Ok(report) => write!(f, " for {report:?}"),
                Err(_) => write!(f, " for {code}"),
            },
            About::Key(key) => write!(f, " of {key}"),
            About::Nothing | About::Report(None) | About::Case(_) => Ok(()),
        }
    }
}

/// The request in a client's message; `None` for a confirmation.
pub(super) fn request(frame: &[u8]) -> Result<Option<Request>, DecodeError> {
    let envelope = message::decode(frame)?;
    let (Some(body), Some(id)) = (envelope.message, envelope.message_id) else {
        return Ok(None);
    };
    let (_, name) = message::field_and_name(&body);
    if !name.ends_with("Req") {
        return Ok(None);
    }
    let about = match body {
        Body::TriggerMessageReq(trigger) => About::Report(trigger.requested_message),
        Body::ChangeConfigurationReq(change) => About::Key(change.key.unwrap_or_default()),
        Body::DataTransferReq(data) => About::Case(data.case.as_ref().map(std::mem::discriminant)),
        _ => About::Nothing,
    };
    let kind = Kind { name, about };
    Ok(Some(Request { kind, id }))
}

/// The id of the request that a charger's message answers.
fn answered(frame: &[u8]) -> Option<u64> {
    let envelope = message::decode(frame).ok()?;
    let (_, name) = message::field_and_name(&envelope.message?);
    envelope.message_id.filter(|_| name.ends_with("Conf"))
}

/// The message with another id. All other bytes stay, also those that no schema knows.
///
/// A message ends with its id, field 101 as a varint: a byte without the highest bit, before it bytes that have it, and
/// before these the end of the key `a8 06`.
pub(super) fn with_id(frame: &[u8], id: u64) -> Vec<u8> {
    let varint_len = frame.split_last().map_or(0, |(_, before)| {
        1 + before
            .iter()
            .rev()
            .take_while(|byte| **byte & 0x80 != 0)
            .count()
    });
    let mut bytes = frame.to_vec();
    bytes.truncate(frame.len() - varint_len);
    let mut rest = id;
    while rest >= 0x80 {
        bytes.push(u8::try_from(rest & 0x7F).unwrap_or_default() | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap_or_default());
    bytes
}
