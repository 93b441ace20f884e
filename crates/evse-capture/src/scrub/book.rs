//! What stands for what: one value always has the same replacement, of the same length.

use std::collections::BTreeMap;

/// The replacements of one capture.
#[derive(Debug, Default)]
pub(super) struct Book {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
    names: u32,
    /// PINs that [`Book::name`] would leave; no known values, because zeros stand everywhere.
    blank_pins: BTreeMap<[u8; 6], [u8; 6]>,
    macs: BTreeMap<[u8; 6], [u8; 6]>,
    serials: BTreeMap<[u8; 8], u64>,
    ids: BTreeMap<[u8; 2], [u8; 2]>,
}

impl Book {
    /// Replaces an identifier or a name: digits stay digits, all else becomes `x`; a running number at the end tells
    /// values apart.
    pub(super) fn name(&mut self, value: &mut [u8]) {
        if is_blank(value) {
            return;
        }
        if let Some(known) = self.values.get(value) {
            value.copy_from_slice(known);
            return;
        }
        let original = value.to_vec();
        self.number(value);
        self.values.insert(original, value.to_vec());
        // Scrubbed twice is scrubbed once.
        self.values.insert(value.to_vec(), value.to_vec());
    }

    /// Replaces a PIN as a name, but one of zeros too: no other would become that.
    pub(super) fn pin(&mut self, pin: &mut [u8; 6]) {
        if !is_blank(pin) {
            self.name(pin);
        } else if let Some(known) = self.blank_pins.get(pin) {
            *pin = *known;
        } else {
            let original = *pin;
            self.number(pin);
            self.blank_pins.insert(original, *pin);
        }
    }

    /// Writes the next running number.
    fn number(&mut self, value: &mut [u8]) {
        self.names += 1;
        let fill = if value.iter().all(u8::is_ascii_digit) {
            b'0'
        } else {
            b'x'
        };
        value.fill(fill);
        let number = self.names.to_string().into_bytes();
        for (byte, digit) in value.iter_mut().rev().zip(number.iter().rev()) {
            *byte = *digit;
        }
    }

    /// Replaces a password by asterisks.
    pub(super) fn password(&mut self, value: &mut [u8]) {
        let stars = vec![b'*'; value.len()];
        self.values.insert(value.to_vec(), stars);
        value.fill(b'*');
    }

    /// Replaces a serial number of eight bytes by a running number, unless it is nobody's.
    pub(super) fn serial(&mut self, serial: &mut [u8; 8]) {
        if *serial == [0; 8] {
            return;
        }
        let next = self.serials.len() as u64 + 1;
        *serial = self.serials.entry(*serial).or_insert(next).to_be_bytes();
    }

    /// Replaces all known serial numbers wherever they stand.
    pub(super) fn serials_everywhere(&self, bytes: &mut [u8]) {
        let mut at = 0;
        while let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<8>) {
            at += match self.serials.get(place) {
                Some(number) => {
                    *place = number.to_be_bytes();
                    place.len()
                }
                None => 1,
            };
        }
    }

    /// Replaces the id of a unit on a bus, unless it is nobody's, by another with the same sum and with escapes in the
    /// same places. An id for which none is left stays.
    pub(super) fn id(&mut self, id: &mut [u8; 2]) {
        if *id == [0, 0] {
            return;
        }
        if let Some(known) = self.ids.get(id) {
            *id = *known;
            return;
        }
        let [high, low] = *id;
        let is_escaped = |byte: u8| matches!(byte, 0xC0 | 0xDB);
        let free = (1..=u8::MAX)
            .map(|first| [first, high.wrapping_add(low).wrapping_sub(first)])
            .find(|new| {
                let [first, second] = *new;
                let fits =
                    is_escaped(first) == is_escaped(high) && is_escaped(second) == is_escaped(low);
                fits && new != id && !self.ids.values().any(|taken| taken == new)
            });
        let new = free.unwrap_or(*id);
        self.ids.insert(*id, new);
        *id = new;
    }

    /// Replaces all known ids wherever they stand.
    pub(super) fn ids_everywhere(&self, bytes: &mut [u8]) {
        let mut at = 0;
        while let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<2>) {
            at += match self.ids.get(place) {
                Some(id) => {
                    *place = *id;
                    place.len()
                }
                None => 1,
            };
        }
    }

    /// Replaces a hardware address, unless it is a group's or nobody's.
    pub(super) fn mac(&mut self, mac: &mut [u8; 6]) {
        let is_group = mac[0] & 1 == 1;
        if is_group || *mac == [0; 6] {
            return;
        }
        let number = u32::try_from(self.macs.len() + 1).unwrap_or_default();
        let [a, b, c, d] = number.to_be_bytes();
        *mac = *self.macs.entry(*mac).or_insert([0x02, 0, a, b, c, d]);
    }

    /// Replaces a hardware address in text, whatever stands between its digits.
    pub(super) fn mac_text(&mut self, text: &mut [u8]) {
        let original = text.to_vec();
        let digits: String = text
            .iter()
            .filter(|byte| byte.is_ascii_hexdigit())
            .map(|byte| char::from(*byte))
            .collect();
        let Some(mut mac) = hex::decode(digits)
            .ok()
            .and_then(|mac| <[u8; 6]>::try_from(mac).ok())
        else {
            text.fill(b'x');
            return;
        };
        self.mac(&mut mac);
        let places = text.iter_mut().filter(|byte| byte.is_ascii_hexdigit());
        for (place, digit) in places.zip(hex::encode(mac).bytes()) {
            *place = digit;
        }
        self.values.insert(original, text.to_vec());
        // Twelve digits look like an identifier.
        self.values.insert(text.to_vec(), text.to_vec());
    }

    /// Replaces all known values wherever they stand, and unknown long numbers, which are identifiers.
    pub(super) fn everywhere(&mut self, bytes: &mut [u8]) {
        for (value, replacement) in &self.values {
            if value.len() < SHORTEST_TELLING || value == replacement {
                continue;
            }
            let places: Vec<usize> = bytes
                .windows(value.len())
                .enumerate()
                .filter_map(|(at, window)| (window == value).then_some(at))
                .collect();
            for at in places {
                if let Some(place) = bytes.get_mut(at..at + value.len()) {
                    place.copy_from_slice(replacement);
                }
            }
        }
        for run in bytes.split_mut(|byte| !byte.is_ascii_digit()) {
            if run.len() >= LONG_NUMBER {
                self.name(run);
            }
        }
    }
}

/// Whether there is nothing in it, or nothing any more.
fn is_blank(value: &[u8]) -> bool {
    value.iter().all(|byte| matches!(byte, b'0' | b'*' | b'x'))
}

/// Shorter values stand in too many places by chance.
const SHORTEST_TELLING: usize = 6;
/// No number of the protocol has so many digits; chargers' identifiers have 19.
const LONG_NUMBER: usize = 12;
