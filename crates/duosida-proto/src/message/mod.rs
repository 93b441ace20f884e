//! Messages, typed, in both directions.
//!
//! The types are those of the schema ([`crate::proto`]): every scalar is an `Option`, because zeros are written on
//! this wire and absent is not zero. Enums are open: the number is kept, [`ChargePointStatus`] and [`ErrorCode`] name
//! the ones that clients decide by.
//!
//! ```
//! use duosida_proto::message::{self, Body, Envelope};
//! use duosida_proto::proto::{MessageTrigger, TriggerMessageReq};
//!
//! let opening = Envelope {
//!     message: Some(Body::TriggerMessageReq(TriggerMessageReq {
//!         requested_message: Some(MessageTrigger::BootNotification.into()),
//!         connector_id: Some(0),
//!     })),
//!     client_id: Some("IOS".into()),
//!     message_id: Some(0),
//! };
//! let bytes = message::encode(&opening);
//! assert_eq!(message::decode(&bytes)?, opening);
//! # Ok::<(), duosida_proto::DecodeError>(())
//! ```

mod codes;
mod id_tag;
mod redact;

use alloc::vec::Vec;

use prost::Message as _;

pub use crate::proto::{Envelope, envelope::Message as Body};
pub use codes::{ChargePointStatus, ErrorCode};
pub use id_tag::{TagForm, decode_id_tag, encode_id_tag};

use crate::schema::{self, ENVELOPE};
use crate::{DecodeError, DecodeErrorKind};

/// Decodes one message as [`crate::frame::Decoder`] cuts it. Text that is not UTF-8 keeps its length, with `?` for
/// each bad byte; unknown fields are dropped (see [`schema::unknown_fields`]).
///
/// # Errors
/// The first damage in the message, with field and offset.
pub fn decode(frame: &[u8]) -> Result<Envelope, DecodeError> {
    Envelope::decode(frame).or_else(|_| decode_damaged(frame))
}

/// prost says only that something is wrong; the walker says what, and bad text alone costs no message.
#[cold]
fn decode_damaged(frame: &[u8]) -> Result<Envelope, DecodeError> {
    match schema::check(frame) {
        Err(DecodeError {
            kind: DecodeErrorKind::InvalidUtf8,
            ..
        }) => {
            let mut masked = frame.to_vec();
            schema::mask_invalid_text(&mut masked);
            schema::check(&masked)?;
            Envelope::decode(&*masked).map_err(|_| unexplained())
        }
        Err(error) => Err(error),
        Ok(()) => Err(unexplained()),
    }
}

/// prost refuses what the walker accepts: not known to happen, and an error all the same.
const fn unexplained() -> DecodeError {
    DecodeError::new(DecodeErrorKind::Truncated, ENVELOPE.name, 0)
}

/// Encodes a message; byte for byte what chargers and the vendor app write.
pub fn encode(envelope: &Envelope) -> Vec<u8> {
    envelope.encode_to_vec()
}

/// Number and name of the outer field that holds `body`, such as `(48, "StatusNotificationReq")`.
pub fn field_and_name(body: &Body) -> (u32, &'static str) {
    let mut number = Vec::with_capacity(3);
    // The key is all that is looked at; a body's own bytes follow it.
    body.encode(&mut number);
    schema::fields(&ENVELOPE, &number)
        .next()
        .and_then(Result::ok)
        .and_then(|field| match field.schema?.kind {
            schema::Kind::Message(inner) => Some((field.number, inner.name)),
            _ => None,
        })
        .unwrap_or((0, ENVELOPE.name))
}
