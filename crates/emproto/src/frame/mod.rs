//! Datagrams: the envelope around every payload, and the packets that hold them.
//!
//! A UDP packet may hold several datagrams, each with its own serial. [`datagrams`] yields them and what is wrong
//! between them; it borrows and never allocates.
//!
//! ```
//! use emproto::frame::{Datagram, datagrams};
//! use emproto::{Command, Password};
//!
//! let pin: emproto::Pin = "123456".parse().unwrap();
//! let serial: emproto::Serial = "1122334455667788".parse().unwrap();
//! let ack = Datagram::new(serial, pin.into(), Command::HeadingAck, &[0]).to_vec().unwrap();
//! let read = datagrams(&ack).next().unwrap().unwrap();
//! assert_eq!((read.serial, read.command, read.payload), (serial, Command::HeadingAck, &[0][..]));
//! ```

mod packet;

use alloc::vec::Vec;

use crate::{Command, FrameErrorKind, InvalidArgument, Password, Serial};

pub use packet::{Datagrams, datagrams};

/// The smallest datagram: an envelope without payload.
pub const MIN_LEN: usize = 25;

/// The longest payload that a packet can carry; the longest known one has 445 bytes.
pub const MAX_PAYLOAD_LEN: usize = u16::MAX as usize - MIN_LEN;

/// One datagram; integers are big-endian.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 0..2 | header | `06 01` |
/// | 2..4 | length | of the whole datagram: 25 + `n` |
/// | 4 | key type | 0 in every capture; other values kept |
/// | 5..13 | serial | 8 raw bytes, shown as 16 hex digits |
/// | 13..19 | PIN | six ASCII digits, zeros or FF; secret |
/// | 19..21 | command | [`Command`] |
/// | 21..21+n | payload | by command |
/// | −4..−2 | checksum | sum of all bytes before it, modulo 0xFFFF |
/// | −2.. | tail | `0f 02` |
///
/// Source: several independent implementations; published captures. Confidence: high.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// 0 for a plain payload. Another value presumably means that the payload is encrypted.
    pub key_type: u8,
    /// The charger that sends it or is meant; zero in a probe.
    pub serial: Serial,
    /// The PIN on the way to a charger; no meaning on the way back.
    pub password: Password,
    /// What it is about.
    pub command: Command,
    /// The content, as [`crate::message::Message::decode`] reads it.
    pub payload: &'a [u8],
    /// How the checksum was reduced.
    pub checksum: ChecksumForm,
}

/// The two ways in which sources reduce the sum of the bytes to 16 bits. They differ only for sums from 0xFFFF on,
/// which need a payload of at least 230 bytes; no published capture decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChecksumForm {
    /// Modulo 0xFFFF, as clients write it.
    #[default]
    Modulo65535,
    /// Modulo 0x10000, as disassembled firmware has it. Worth a notice when it arrives.
    Modulo65536,
}

impl<'a> Datagram<'a> {
    /// A datagram with key type 0 and the usual checksum.
    pub const fn new(
        serial: Serial,
        password: Password,
        command: Command,
        payload: &'a [u8],
    ) -> Self {
        Self {
            key_type: PLAIN,
            serial,
            password,
            command,
            payload,
            checksum: ChecksumForm::Modulo65535,
        }
    }

    /// Appends the bytes for the wire.
    ///
    /// # Errors
    /// For a payload above [`MAX_PAYLOAD_LEN`]; then nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), InvalidArgument> {
        let len = self.payload.len();
        let found = u32::try_from(len).unwrap_or(u32::MAX);
        let total = u16::try_from(len + MIN_LEN).map_err(|_| InvalidArgument {
            argument: "the length of the payload in bytes",
            found,
            min: 0,
            max: u32::from(u16::MAX) - 25,
        })?;
        let start = out.len();
        out.reserve(usize::from(total));
        out.extend_from_slice(&HEADER);
        out.extend_from_slice(&total.to_be_bytes());
        out.push(self.key_type);
        out.extend_from_slice(&self.serial.0);
        out.extend_from_slice(self.password.expose());
        out.extend_from_slice(&self.command.code().to_be_bytes());
        out.extend_from_slice(self.payload);
        let sum = sum(out.get(start..).unwrap_or_default());
        out.extend_from_slice(&self.checksum.reduce(sum).to_be_bytes());
        out.extend_from_slice(&TAIL);
        Ok(())
    }

    /// The bytes for the wire.
    ///
    /// # Errors
    /// As [`Datagram::encode`].
    pub fn to_vec(&self) -> Result<Vec<u8>, InvalidArgument> {
        let mut out = Vec::new();
        self.encode(&mut out)?;
        Ok(out)
    }

    /// Reads the datagram at the beginning of `bytes`, which has a header; also says how long it is, if it is known.
    #[inline]
    fn read(bytes: &'a [u8]) -> Result<(Self, usize), (FrameErrorKind, Option<usize>)> {
        let Some(head) = bytes.first_chunk::<MIN_LEN>() else {
            return Err((FrameErrorKind::Truncated, None));
        };
        let len = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if len < MIN_LEN {
            return Err((FrameErrorKind::BadLength, None));
        }
        let Some((body, [high, low, tail @ ..])) = bytes
            .get(..len)
            .and_then(|whole| whole.split_last_chunk::<4>())
        else {
            return Err((FrameErrorKind::Truncated, None));
        };
        if *tail != TAIL {
            return Err((FrameErrorKind::BadTail, Some(len)));
        }
        let Some(checksum) = ChecksumForm::of(sum(body), u16::from_be_bytes([*high, *low])) else {
            return Err((FrameErrorKind::BadChecksum, Some(len)));
        };
        let [_, _, _, _, key_type, rest @ ..] = *head;
        let [s0, s1, s2, s3, s4, s5, s6, s7, rest @ ..] = rest;
        let [p0, p1, p2, p3, p4, p5, c0, c1, ..] = rest;
        let datagram = Self {
            key_type,
            serial: Serial([s0, s1, s2, s3, s4, s5, s6, s7]),
            password: Password::from_bytes([p0, p1, p2, p3, p4, p5]),
            command: Command::from_code(u16::from_be_bytes([c0, c1])),
            payload: body.get(PAYLOAD..).unwrap_or_default(),
            checksum,
        };
        Ok((datagram, len))
    }
}

impl core::fmt::Debug for Datagram<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self {
            key_type,
            serial,
            password,
            command,
            payload,
            checksum,
        } = self;
        // Payloads hold names and passwords.
        f.debug_struct("Datagram")
            .field("key_type", key_type)
            .field("serial", serial)
            .field("password", password)
            .field("command", command)
            .field("payload_len", &payload.len())
            .field("checksum", checksum)
            .finish()
    }
}

impl ChecksumForm {
    /// The form in which `found` is the checksum of bytes with this sum.
    const fn of(sum: u32, found: u16) -> Option<Self> {
        if Self::Modulo65535.reduce(sum) == found {
            Some(Self::Modulo65535)
        } else if Self::Modulo65536.reduce(sum) == found && sum >= 0xFFFF {
            Some(Self::Modulo65536)
        } else {
            None
        }
    }

    /// A packet is too short for the sum to exceed 32 bits.
    const fn reduce(self, sum: u32) -> u16 {
        let modulus = match self {
            Self::Modulo65535 => 0xFFFF,
            Self::Modulo65536 => 0x1_0000,
        };
        let [_, _, high, low] = (sum % modulus).to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// Adds up eight bytes at a time, in four lanes of 16 bits.
fn sum(bytes: &[u8]) -> u32 {
    let mut total = 0;
    for block in bytes.chunks(LANES_HOLD) {
        let (words, rest) = block.as_chunks::<8>();
        let mut lanes = 0;
        for word in words {
            let word = u64::from_le_bytes(*word);
            lanes += (word & EVERY_OTHER) + ((word >> 8) & EVERY_OTHER);
        }
        if let Some(last) = block.last_chunk::<8>() {
            // The last word again, without the bytes that are counted already.
            let word = u64::from_le_bytes(*last);
            let word = if rest.is_empty() {
                0
            } else {
                word >> (64 - 8 * rest.len())
            };
            lanes += (word & EVERY_OTHER) + ((word >> 8) & EVERY_OTHER);
            total +=
                (lanes & 0xFFFF) + (lanes >> 16 & 0xFFFF) + (lanes >> 32 & 0xFFFF) + (lanes >> 48);
        } else {
            total += rest.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        }
    }
    // 64 KiB of FF fit into 24 bits.
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// Key type of a payload that is not encrypted.
pub(crate) const PLAIN: u8 = 0;

const EVERY_OTHER: u64 = 0x00FF_00FF_00FF_00FF;
/// So many bytes cannot overflow a lane: 128 words of two FF each.
const LANES_HOLD: usize = 8 * 127;

const HEADER: [u8; 2] = [0x06, 0x01];
const TAIL: [u8; 2] = [0x0F, 0x02];
/// Where the payload begins.
const PAYLOAD: usize = 21;
