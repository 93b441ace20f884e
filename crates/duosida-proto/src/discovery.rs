//! Finding chargers: a UDP probe to port 48899, and the answer of the Wi-Fi module.
//!
//! The answer is `ip,mac,type,firmware` in ASCII. It does not hold the identifier; that is learned over TCP.
//! Source: five independent clients; the probe's text and the answers were seen on hardware.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::net::Ipv4Addr;

use crate::{DecodeError, DecodeErrorKind};

/// What to send: `smart_chargepile_search` and one NUL.
pub const PROBE: [u8; 24] = *b"smart_chargepile_search\0";

/// A charger's answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The charger's address by its own word; the sender's address when it names none that a host can have.
    pub ip: Ipv4Addr,
    /// Address of the Wi-Fi module.
    pub mac: Mac,
    /// `smart_wifi` on all hardware seen.
    pub kind: String,
    /// Firmware of the Wi-Fi module.
    pub firmware: String,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ip,
            mac: _,
            kind,
            firmware,
        } = self;
        f.debug_struct("Reply")
            .field("ip", ip)
            .field("kind", kind)
            .field("firmware", firmware)
            .finish_non_exhaustive()
    }
}

/// A hardware address. Displayed in lower case with colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02x}")?;
        }
        Ok(())
    }
}

/// Whether a datagram is a probe, ours or another client's.
pub fn is_probe(datagram: &[u8]) -> bool {
    datagram.starts_with(PROBE.split_last().map_or(&[], |(_nul, text)| text))
}

/// Reads an answer that came from `source`. Commas after the third belong to the firmware.
///
/// # Errors
/// [`DecodeErrorKind::NotADiscoveryReply`] for a probe, bytes that are no text, fewer than four parts, or a MAC
/// without twelve hex digits; the error names the part.
pub fn parse_reply(datagram: &[u8], source: Ipv4Addr) -> Result<Reply, DecodeError> {
    let refuse = |field| DecodeError::new(DecodeErrorKind::NotADiscoveryReply, field, 0);
    if is_probe(datagram) {
        return Err(refuse("probe"));
    }
    let text = core::str::from_utf8(datagram).map_err(|_| refuse("text"))?;
    let mut parts = text
        .trim_end_matches(['\0', '\r', '\n', ' '])
        .splitn(4, ',');
    let mut part = |name| parts.next().map(str::trim).ok_or_else(|| refuse(name));
    let (ip, mac, kind, firmware) = (part("ip")?, part("mac")?, part("type")?, part("firmware")?);
    Ok(Reply {
        ip: ip.parse().ok().filter(|ip| is_host(*ip)).unwrap_or(source),
        mac: parse_mac(mac).ok_or_else(|| refuse("mac"))?,
        kind: kind.to_owned(),
        firmware: firmware.to_owned(),
    })
}

fn is_host(ip: Ipv4Addr) -> bool {
    !(ip.is_unspecified() || ip.is_broadcast() || ip.is_multicast())
}

/// Twelve hex digits, with colons, dashes or nothing between them.
fn parse_mac(text: &str) -> Option<Mac> {
    let mut digits = text.chars().filter(|c| !matches!(c, ':' | '-'));
    let mut mac = [0; 6];
    for byte in &mut mac {
        let (high, low) = (digits.next()?.to_digit(16)?, digits.next()?.to_digit(16)?);
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    digits.next().is_none().then_some(Mac(mac))
}
