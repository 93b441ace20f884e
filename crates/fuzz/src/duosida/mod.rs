//! Duosida: cutting, messages, JSON, and a session.

mod frame;
mod session;

use duosida_proto::DecodeErrorKind;
use duosida_proto::message;
use duosida_proto::schema;
use evse_capture::Secrets;
use evse_capture::decode::duosida::{Framing, decode_stream};

pub use frame::duosida_frame;
pub use session::duosida_session;

/// One message, cut already: decoding is total, errors are explained, and encoding settles at once.
///
/// # Panics
///
/// When that does not hold.
pub fn duosida_message(data: &[u8]) {
    let _ = schema::unknown_fields(data);
    for span in schema::secret_spans(data) {
        assert!(data.get(span).is_some(), "a secret beyond the message");
    }
    let Ok(envelope) = message::decode(data) else {
        assert!(schema::check(data).is_err(), "refused without a reason");
        return;
    };
    // Bad text is masked, and groups of unknown fields within a message are skipped.
    assert!(
        matches!(
            schema::check(data).map_err(|error| error.kind),
            Ok(()) | Err(DecodeErrorKind::InvalidUtf8 | DecodeErrorKind::WireType(3))
        ),
        "taken despite damage"
    );
    if let Some(body) = &envelope.message {
        let (number, name) = message::field_and_name(body);
        assert_ne!(number, 0, "{name} has no number");
    }
    // `Debug` is written by hand where there are secrets.
    assert!(!format!("{envelope:?}").is_empty());
    let once = message::encode(&envelope);
    match message::decode(&once) {
        Ok(again) => assert_eq!(message::encode(&again), once, "encoding changes its bytes"),
        Err(error) => panic!("our own bytes are refused: {error}"),
    }
}

/// A stream as decoded captures show it; the first byte chooses framing and secrets, the rest is the stream.
///
/// Every object is a frame or a named failure, and their raw bytes are no more than what came in.
///
/// # Panics
///
/// When that does not hold.
pub fn duosida_decode_json(data: &[u8]) {
    let Some((&options, stream)) = data.split_first() else {
        return;
    };
    let framing = match options % 3 {
        0 => Framing::Raw,
        1 => Framing::Wrapped,
        _ => Framing::Discovery,
    };
    let secrets = if options & 0x80 == 0 {
        Secrets::Redact
    } else {
        Secrets::Show
    };
    let objects = decode_stream(stream, framing, secrets);
    assert!(!objects.is_empty(), "bytes without an object");
    let mut digits = 0;
    for object in &objects {
        let raw = object.get("raw").and_then(|raw| raw.as_str());
        digits += raw.map_or(0, str::len);
        assert!(object.get("protocol").is_some(), "{object}");
        assert!(!object.to_string().is_empty());
    }
    assert!(digits <= 2 * stream.len(), "more raw bytes than came in");
}
