//! Protobuf on the byte level: keys, varints and values, without a schema.

use core::fmt;

use crate::DecodeErrorKind as Kind;

/// The largest field number that protobuf allows.
const MAX_FIELD_NUMBER: u64 = 536_870_911;

/// One value with its wire type. `Debug` shows of text, bytes and messages only the length: they may be secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1: eight bytes, little endian.
    Fixed64([u8; 8]),
    /// Wire type 2: text, bytes or a message.
    Delimited(&'a [u8]),
    /// Wire type 5: four bytes, little endian.
    Fixed32([u8; 4]),
}

impl Value<'_> {
    /// The number that stands in the key.
    pub const fn wire_type(&self) -> u8 {
        match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Delimited(_) => 2,
            Self::Fixed32(_) => 5,
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Varint(raw) => write!(f, "Varint({raw})"),
            Self::Fixed64(bytes) => write!(f, "Fixed64({bytes:02x?})"),
            Self::Delimited(bytes) => write!(f, "Delimited({} bytes)", bytes.len()),
            Self::Fixed32(bytes) => write!(f, "Fixed32({bytes:02x?})"),
        }
    }
}

/// A field as it stands on the wire.
#[derive(Clone, Copy)]
pub(crate) struct RawField<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
}

/// Reads fields one after the other. After an error `position` is where the field began.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    /// Lengths that reach beyond this offset are damage, not a reason to wait.
    limit: usize,
}

impl<'a> Reader<'a> {
    /// A reader over complete bytes.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self::partial(bytes, 0, crate::frame::MAX_MESSAGE_LEN)
    }

    /// A reader from `position` on; no field may reach beyond `limit`, whether its bytes are there or not.
    pub(crate) const fn partial(bytes: &'a [u8], position: usize, limit: usize) -> Self {
        Self {
            bytes,
            position,
            limit,
        }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn is_at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// The next field; [`Kind::Truncated`] when bytes are missing.
    pub(crate) fn field(&mut self) -> Result<RawField<'a>, Kind> {
        let start = self.position;
        let field = self.read_field();
        if field.is_err() {
            self.position = start;
        }
        field
    }

    fn read_field(&mut self) -> Result<RawField<'a>, Kind> {
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 || number > MAX_FIELD_NUMBER {
            return Err(Kind::FieldNumber(number));
        }
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(self.array()?),
            2 => Value::Delimited(self.delimited()?),
            5 => Value::Fixed32(self.array()?),
            other => return Err(Kind::WireType(u8::try_from(other).unwrap_or_default())),
        };
        let number = u32::try_from(number).map_err(|_| Kind::FieldNumber(number))?;
        Ok(RawField { number, value })
    }

    fn varint(&mut self) -> Result<u64, Kind> {
        let mut value = 0_u64;
        for index in 0..10_u32 {
            let byte = *self.bytes.get(self.position).ok_or(Kind::Truncated)?;
            if index == 9 && byte > 1 {
                return Err(Kind::Varint);
            }
            self.position += 1;
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Kind::Varint)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Kind> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let array = *rest.first_chunk::<N>().ok_or(Kind::Truncated)?;
        self.position += N;
        Ok(array)
    }

    fn delimited(&mut self) -> Result<&'a [u8], Kind> {
        let claimed = self.varint()?;
        let len = usize::try_from(claimed).map_err(|_| Kind::Length(claimed))?;
        let end = self
            .position
            .checked_add(len)
            .ok_or(Kind::Length(claimed))?;
        if end > self.limit {
            return Err(Kind::Length(claimed));
        }
        let bytes = self.bytes.get(self.position..end).ok_or(Kind::Truncated)?;
        self.position = end;
        Ok(bytes)
    }
}

/// Signed value of a zigzag varint.
pub(crate) const fn zigzag(raw: u64) -> i64 {
    (raw >> 1).cast_signed() ^ -((raw & 1).cast_signed())
}
