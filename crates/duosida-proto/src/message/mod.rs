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
/// each bad byte; unknown fields are dropped (see [`schema::unknown_fields`]), so a message whose outer number is
/// unknown has no body.
///
/// # Errors
/// The first damage in the message, with field and offset.
pub fn decode(frame: &[u8]) -> Result<Envelope, DecodeError> {
    schema::check_end(frame)?;
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

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{Body, decode};
    use crate::DecodeErrorKind::{Length, Truncated, WireType};
    use crate::frame::MAX_MESSAGE_LEN;
    use crate::schema::{self, ENVELOPE};

    #[test]
    fn what_is_not_one_message_is_refused() {
        let opening = [
            0xa2, 3, 4, 8, 0, 0x10, 0, 0xa2, 6, 3, b'I', b'O', b'S', 0xa8, 6, 0,
        ];
        assert!(decode(&opening).is_ok());
        let refused = |bytes: &[u8], kind, offset| {
            let error = decode(bytes).map_err(|error| (error.kind, error.offset));
            assert_eq!(error, Err((kind, offset)));
            assert!(schema::check(bytes).is_err());
        };
        refused(&[], Truncated, 0);
        refused(&opening[..13], Truncated, 13);
        refused(&opening.repeat(2), Length(32), 16);
        refused(&[0xc3, 0x3e, 0xc4, 0x3e, 0xa8, 6, 7], WireType(3), 0);
        let mut long = vec![0; MAX_MESSAGE_LEN + 1];
        long[..5].copy_from_slice(&[0x82, 0x7d, 0xf9, 0xff, 3]);
        refused(&long, Length(65_537), 0);
    }

    #[test]
    fn of_a_long_number_the_walker_keeps_the_same_half() {
        // A StatusNotificationReq whose state is 2 in the lower half.
        let frame = [
            0x82, 3, 10, 8, 1, 0x10, 6, 0x20, 0x82, 0x80, 0x80, 0x80, 0x10, 0xa8, 6, 7,
        ];
        let Ok(Some(Body::StatusNotificationReq(report))) =
            decode(&frame).map(|envelope| envelope.message)
        else {
            panic!("not the message");
        };
        assert_eq!(report.status, Some(2));
        let Some(schema::Kind::Message(inner)) = ENVELOPE.field(48).map(|field| &field.kind) else {
            panic!("not a message");
        };
        let state = schema::fields(inner, &frame[3..13]).last();
        assert_eq!(
            state.map(|state| state.map(|state| state.integer())),
            Some(Ok(Some(2)))
        );
    }
}
