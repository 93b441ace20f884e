//! What can be wrong with bytes from the network.

use core::fmt;

/// Why bytes could not be decoded, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} in {field} at byte {offset}")]
pub struct DecodeError {
    /// What was found.
    pub kind: DecodeErrorKind,
    /// The field or part that was being read, by its schema name.
    pub field: &'static str,
    /// Offset from the start of the message.
    pub offset: usize,
}

impl DecodeError {
    pub(crate) const fn new(kind: DecodeErrorKind, field: &'static str, offset: usize) -> Self {
        Self {
            kind,
            field,
            offset,
        }
    }
}

/// The kinds of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeErrorKind {
    /// The bytes end in the middle of a field.
    Truncated,
    /// A varint of more than 10 bytes or 64 bits.
    Varint,
    /// A length beyond the end of the message or above [`crate::frame::MAX_MESSAGE_LEN`].
    Length(u64),
    /// A field number of 0 or above 536,870,911.
    FieldNumber(u64),
    /// A wire type that protobuf does not have (or the long deprecated groups).
    WireType(u8),
    /// A known field with another wire type than the schema's.
    WireTypeMismatch(u8),
    /// Text that is not UTF-8.
    InvalidUtf8,
    /// The wrapper's checksum does not match: this was found.
    Checksum(u8),
    /// Neither magic bytes nor header of the wrapper.
    Wrapper,
    /// Not the answer to a discovery probe.
    NotADiscoveryReply,
}

impl DecodeErrorKind {
    /// The kind in `snake_case`, as decoded captures name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Varint => "varint",
            Self::Length(_) => "length",
            Self::FieldNumber(_) => "field_number",
            Self::WireType(_) => "wire_type",
            Self::WireTypeMismatch(_) => "wire_type_mismatch",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::Checksum(_) => "checksum",
            Self::Wrapper => "wrapper",
            Self::NotADiscoveryReply => "not_a_discovery_reply",
        }
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("truncated bytes"),
            Self::Varint => f.write_str("a varint above 64 bits"),
            Self::Length(found) => write!(f, "a length of {found} beyond the limit"),
            Self::FieldNumber(found) => write!(f, "the impossible field number {found}"),
            Self::WireType(found) => write!(f, "the unknown wire type {found}"),
            Self::WireTypeMismatch(found) => write!(f, "the unexpected wire type {found}"),
            Self::InvalidUtf8 => f.write_str("text that is not UTF-8"),
            Self::Checksum(found) => write!(f, "the wrong checksum {found:#04x}"),
            Self::Wrapper => f.write_str("no wrapper"),
            Self::NotADiscoveryReply => f.write_str("no discovery reply"),
        }
    }
}
