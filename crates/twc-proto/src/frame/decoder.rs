//! Cutting the bytes of the line into frames.

use core::fmt;

use super::{
    BODY_MAX, ESCAPE, ESCAPED_ESCAPE, ESCAPED_MARKER, Frame, FrameError, FrameErrorKind, MARKER,
    RAW_MAX,
};

/// Finds the frames in what a line carries, however it is cut into reads.
///
/// Every marker ends a frame and begins the next, so that a lost marker costs one frame and two frames may share one.
/// Up to four bytes between markers are filler: a trailer, or noise. A frame is given out at its closing marker.
/// Memory is bounded: after [`RAW_MAX`] bytes without a marker all is dropped up to the next one.
#[derive(Clone)]
pub struct Decoder {
    state: State,
    /// What has come since the last marker; see [`Decoder::held`].
    raw: [u8; RAW_MAX],
    len: usize,
    counters: Counters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No marker yet, or the frame is too long already: wait for a marker.
    Outside,
    /// Behind a marker.
    Inside,
}

/// How often a [`Decoder`] found what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Frames that were right.
    pub frames: u64,
    /// Stretches of one to four bytes between markers, or before a silence.
    pub filler: u64,
    /// [`FrameErrorKind::Escape`].
    pub escape: u64,
    /// [`FrameErrorKind::Length`].
    pub length: u64,
    /// [`FrameErrorKind::Checksum`].
    pub checksum: u64,
    /// [`FrameErrorKind::Type`].
    pub frame_type: u64,
    /// [`FrameErrorKind::Incomplete`].
    pub incomplete: u64,
}

impl Counters {
    /// How often this error was found.
    pub const fn of(&self, kind: FrameErrorKind) -> u64 {
        match kind {
            FrameErrorKind::Escape => self.escape,
            FrameErrorKind::Length => self.length,
            FrameErrorKind::Checksum => self.checksum,
            FrameErrorKind::Type => self.frame_type,
            FrameErrorKind::Incomplete => self.incomplete,
        }
    }

    /// How many errors were found.
    pub fn errors(&self) -> u64 {
        FrameErrorKind::ALL.iter().map(|kind| self.of(*kind)).sum()
    }

    fn count(&mut self, kind: FrameErrorKind) {
        *match kind {
            FrameErrorKind::Escape => &mut self.escape,
            FrameErrorKind::Length => &mut self.length,
            FrameErrorKind::Checksum => &mut self.checksum,
            FrameErrorKind::Type => &mut self.frame_type,
            FrameErrorKind::Incomplete => &mut self.incomplete,
        } += 1;
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Frames hold pieces of VINs.
        f.debug_struct("Decoder")
            .field("state", &self.state)
            .field("held", &self.len)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that waits for the first marker.
    pub const fn new() -> Self {
        Self {
            state: State::Outside,
            raw: [0; RAW_MAX],
            len: 0,
            counters: Counters {
                frames: 0,
                filler: 0,
                escape: 0,
                length: 0,
                checksum: 0,
                frame_type: 0,
                incomplete: 0,
            },
        }
    }

    /// The frames and errors in the bytes that come next. What the iterator has not come to when it is dropped is
    /// lost; [`Decoder::decode`] leaves it with the caller.
    pub const fn push<'a>(&'a mut self, bytes: &'a [u8]) -> Frames<'a> {
        Frames {
            decoder: self,
            bytes,
        }
    }

    /// The first frame or error in `bytes`, which then begin behind it. `None` when they are used up.
    #[inline]
    pub fn decode(&mut self, bytes: &mut &[u8]) -> Option<Result<Frame, FrameError>> {
        while !bytes.is_empty() {
            let Some(end) = position(bytes, MARKER) else {
                return self.hold(core::mem::take(bytes)).map(Err);
            };
            let (before, after) = bytes.split_at(end);
            *bytes = after.get(1..).unwrap_or_default();
            if let Some(item) = self.close(before) {
                return Some(item);
            }
        }
        None
    }

    /// Ends an unfinished frame: the owner calls it when nothing has come for 100 ms, or for 300 ms through a network.
    pub fn silence(&mut self) -> Option<FrameError> {
        let is_frame = self.len > FILLER_MAX;
        let error = is_frame.then(|| FrameError::new(FrameErrorKind::Incomplete, self.held()));
        self.counters.incomplete += u64::from(is_frame);
        self.counters.filler += u64::from(!is_frame && self.len > 0);
        self.state = State::Outside;
        self.len = 0;
        error
    }

    /// The bytes since the last marker. There is no need to time silence while there are none.
    pub fn held(&self) -> &[u8] {
        self.raw.get(..self.len).unwrap_or_default()
    }

    /// How often was found what.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// A marker, and what came before it since the last read.
    #[inline]
    fn close(&mut self, before: &[u8]) -> Option<Result<Frame, FrameError>> {
        if self.state == State::Outside {
            self.state = State::Inside;
            return None;
        }
        if self.len + before.len() <= FILLER_MAX {
            self.counters.filler += u64::from(self.len + before.len() > 0);
            self.len = 0;
            return None;
        }
        if self.len == 0 && before.len() <= RAW_MAX {
            return Some(self.candidate(before));
        }
        if let Some(error) = self.hold(before) {
            self.state = State::Inside;
            return Some(Err(error));
        }
        let (raw, len) = (self.raw, self.len);
        self.len = 0;
        Some(self.candidate(raw.get(..len).unwrap_or_default()))
    }

    /// Keeps bytes without a marker.
    #[inline]
    fn hold(&mut self, bytes: &[u8]) -> Option<FrameError> {
        if self.state == State::Outside {
            return None;
        }
        let room = self.raw.get_mut(self.len..).unwrap_or_default();
        let fits = bytes.len() <= room.len();
        for (place, byte) in room.iter_mut().zip(bytes) {
            *place = *byte;
        }
        if fits {
            self.len += bytes.len();
            return None;
        }
        self.state = State::Outside;
        self.len = 0;
        self.counters.length += 1;
        Some(FrameError::new(FrameErrorKind::Length, &self.raw))
    }

    /// What stands between two markers, if it is no filler.
    #[inline]
    fn candidate(&mut self, raw: &[u8]) -> Result<Frame, FrameError> {
        match unescape(raw).and_then(|(body, len)| Frame::check(body, len)) {
            Ok(frame) => {
                self.counters.frames += 1;
                Ok(frame)
            }
            Err(kind) => Err(self.refuse(kind, raw)),
        }
    }

    #[cold]
    fn refuse(&mut self, kind: FrameErrorKind, raw: &[u8]) -> FrameError {
        self.counters.count(kind);
        FrameError::new(kind, raw)
    }
}

/// Where the first byte of this value is. Looks at eight bytes at a time: of those with another value the difference is
/// not zero, and subtracting one borrows from the high bit of a zero only.
#[inline]
fn position(bytes: &[u8], value: u8) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let difference = u64::from_le_bytes(*word) ^ (ONES * u64::from(value));
        let zeros = difference.wrapping_sub(ONES) & !difference & (ONES << 7);
        if zeros != 0 {
            return Some(8 * number + zeros.trailing_zeros() as usize / 8);
        }
    }
    let behind = bytes.len() - rest.len();
    let at = rest.iter().position(|byte| *byte == value)?;
    Some(behind + at)
}

/// Undoes the escapes; also says how long the result is. A result that is too long is cut, its length is not.
#[inline]
fn unescape(raw: &[u8]) -> Result<([u8; BODY_MAX], usize), FrameErrorKind> {
    let mut body = [0; BODY_MAX];
    // Most bodies have 16 bytes; to copy as many as are known beforehand is cheaper.
    if let (Ok(whole), Some(start)) = (<&[u8; 16]>::try_from(raw), body.first_chunk_mut())
        && position(whole, ESCAPE).is_none()
    {
        *start = *whole;
        return Ok((body, whole.len()));
    }
    if let Some(start) = body.get_mut(..raw.len())
        && position(raw, ESCAPE).is_none()
    {
        start.copy_from_slice(raw);
        return Ok((body, raw.len()));
    }
    let mut len = 0;
    let mut bytes = raw.iter();
    while let Some(byte) = bytes.next() {
        let byte = match *byte {
            ESCAPE => match bytes.next() {
                Some(&ESCAPED_MARKER) => MARKER,
                Some(&ESCAPED_ESCAPE) => ESCAPE,
                _ => return Err(FrameErrorKind::Escape),
            },
            byte => byte,
        };
        if let Some(place) = body.get_mut(len) {
            *place = byte;
        }
        len += 1;
    }
    Ok((body, len))
}

/// Iterator over the frames in some bytes; see [`Decoder::push`].
pub struct Frames<'a> {
    decoder: &'a mut Decoder,
    bytes: &'a [u8],
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame, FrameError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.decoder.decode(&mut self.bytes)
    }
}

impl core::iter::FusedIterator for Frames<'_> {}

impl fmt::Debug for Frames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames")
            .field("decoder", &self.decoder)
            .field("left", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Each byte of a word is one.
const ONES: u64 = u64::from_le_bytes([1; 8]);

/// The most bytes between two markers that are no attempt at a frame.
const FILLER_MAX: usize = 4;
