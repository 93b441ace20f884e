//! The two forms in which a start request carries its id tag.

use alloc::string::String;
use alloc::vec::Vec;

use prost::Message as _;

use crate::proto::IdToken;

/// Form of field 2 of `RemoteStartTransactionReq`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TagForm {
    /// A message around the text, as the vendor app sends it.
    #[default]
    Nested,
    /// The text itself; accepted by firmware V2.5.
    Plain,
}

/// The bytes of an id tag in the given form.
pub fn encode_id_tag(text: &str, form: TagForm) -> Vec<u8> {
    match form {
        TagForm::Nested => IdToken {
            id_token: Some(text.into()),
        }
        .encode_to_vec(),
        TagForm::Plain => text.as_bytes().to_vec(),
    }
}

/// Text and form of an id tag. Nested is exactly one field 1; everything else is plain.
pub fn decode_id_tag(bytes: &[u8]) -> (String, TagForm) {
    match bytes {
        [0x0A, len, text @ ..] if usize::from(*len) == text.len() && text.len() < 0x80 => {
            (String::from_utf8_lossy(text).into_owned(), TagForm::Nested)
        }
        _ => (String::from_utf8_lossy(bytes).into_owned(), TagForm::Plain),
    }
}
