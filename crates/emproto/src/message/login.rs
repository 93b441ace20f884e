//! What a charger is: announcements and accepted logins, and its versions.

use alloc::string::String;
use alloc::vec::Vec;

use nom::combinator::opt;
use nom::number::complete::{be_u8, be_u32};

use super::parse::{Parsed, Payload, bytes, field};
use super::text::joined;
use super::{DeviceType, RawBytes, Text};

/// What a charger is: [`Command::Announce`](crate::Command::Announce) and
/// [`Command::LoginOk`](crate::Command::LoginOk).
///
/// | bytes | field | when |
/// | --- | --- | --- |
/// | 0 | device type | |
/// | 1..17, 17..33, 33..49 | brand, model, hardware version | |
/// | 49..53, 53 | maximum power in W, maximum current in A | |
/// | 54..70 | hot line | as far as the payload reaches |
/// | 70..118 | hot line goes on | exactly 118 bytes |
/// | 70 | unknown | from 119 bytes on |
/// | 71..119 | hot line goes on | from 119 bytes on |
/// | 119..135, 135..151 | brand, model go on | from 151 bytes on |
///
/// Source: several implementations; captures of 70 and 145 bytes. Confidence: high.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginInfo {
    /// Kind of charger.
    pub device_type: DeviceType,
    /// The first part of the brand; see [`LoginInfo::brand`].
    pub brand: Text<16>,
    /// The first part of the model; see [`LoginInfo::model`].
    pub model: Text<16>,
    /// Hardware version.
    pub hardware_version: Text<16>,
    /// Maximum power, W.
    pub max_power_w: u32,
    /// Maximum current, A.
    pub max_current_a: u8,
    /// The first part of the hot line, up to 16 bytes; see [`LoginInfo::hot_line`].
    pub hot_line: RawBytes,
    /// What follows.
    pub more: LoginMore,
}

/// The end of longer announcements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginMore {
    /// 118 bytes in all: the rest of the hot line.
    HotLine(Text<48>),
    /// 119 bytes and more.
    Long {
        /// Unknown.
        byte_70: u8,
        /// The rest of the hot line.
        hot_line: Text<48>,
        /// The rest of brand and model, from 151 bytes on.
        names: Option<(Text<16>, Text<16>)>,
        /// What follows.
        extra: RawBytes,
    },
    /// Any other length: nothing is known about it.
    Other(RawBytes),
}

impl LoginInfo {
    /// The whole brand.
    pub fn brand(&self) -> String {
        joined(&[
            &self.brand.0,
            self.names().map_or(&[], |(brand, _)| &brand.0),
        ])
    }

    /// The whole model.
    pub fn model(&self) -> String {
        joined(&[
            &self.model.0,
            self.names().map_or(&[], |(_, model)| &model.0),
        ])
    }

    /// Support address or telephone number.
    pub fn hot_line(&self) -> String {
        let rest: &[u8] = match &self.more {
            LoginMore::HotLine(rest) | LoginMore::Long { hot_line: rest, .. } => &rest.0,
            LoginMore::Other(_) => &[],
        };
        joined(&[&self.hot_line, rest])
    }

    /// Byte 70 of payloads from 119 bytes on.
    pub const fn byte_70(&self) -> Option<u8> {
        match &self.more {
            LoginMore::Long { byte_70, .. } => Some(*byte_70),
            LoginMore::HotLine(_) | LoginMore::Other(_) => None,
        }
    }

    const fn names(&self) -> Option<&(Text<16>, Text<16>)> {
        match &self.more {
            LoginMore::Long { names, .. } => names.as_ref(),
            LoginMore::HotLine(_) | LoginMore::Other(_) => None,
        }
    }
}

impl Payload for LoginInfo {
    fn parse(payload: &[u8]) -> Parsed<'_, Self> {
        let (input, device_type) = field("device type", be_u8, payload)?;
        let (input, brand) = bytes("brand", input)?;
        let (input, model) = bytes("model", input)?;
        let (input, hardware_version) = bytes("hardware version", input)?;
        let (input, max_power_w) = field("maximum power", be_u32, input)?;
        let (input, max_current_a) = field("maximum current", be_u8, input)?;
        let (hot_line, rest) = input.split_at(input.len().min(HOT_LINE));
        let info = Self {
            device_type: device_type.into(),
            brand: Text(brand),
            model: Text(model),
            hardware_version: Text(hardware_version),
            max_power_w,
            max_current_a,
            hot_line: hot_line.into(),
            more: LoginMore::parse(rest),
        };
        Ok((&[], info))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.device_type.code());
        for text in [&self.brand, &self.model, &self.hardware_version] {
            out.extend_from_slice(&text.0);
        }
        out.extend_from_slice(&self.max_power_w.to_be_bytes());
        out.push(self.max_current_a);
        out.extend_from_slice(&self.hot_line);
        match &self.more {
            LoginMore::HotLine(rest) => out.extend_from_slice(&rest.0),
            LoginMore::Long {
                byte_70,
                hot_line,
                names,
                extra,
            } => {
                out.push(*byte_70);
                out.extend_from_slice(&hot_line.0);
                if let Some((brand, model)) = names {
                    out.extend_from_slice(&brand.0);
                    out.extend_from_slice(&model.0);
                }
                out.extend_from_slice(extra);
            }
            LoginMore::Other(bytes) => out.extend_from_slice(bytes),
        }
    }
}

impl LoginMore {
    /// `rest` begins at byte 70.
    fn parse(rest: &[u8]) -> Self {
        if let Ok(hot_line) = rest.try_into() {
            return Self::HotLine(Text(hot_line));
        }
        let Some(([byte_70, hot_line @ ..], rest)) = rest.split_first_chunk::<49>() else {
            return Self::Other(rest.into());
        };
        let (names, extra) = match rest.split_first_chunk::<32>() {
            Some((names, extra)) => (Some(names), extra),
            None => (None, rest),
        };
        let names = names.and_then(|names| {
            let (brand, model) = names.split_first_chunk()?;
            Some((Text(*brand), Text(*model.first_chunk()?)))
        });
        Self::Long {
            byte_70: *byte_70,
            hot_line: Text(*hot_line),
            names,
            extra: extra.into(),
        }
    }
}

/// Versions of a charger: [`Command::VersionReply`](crate::Command::VersionReply).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Hardware version.
    pub hardware: Text<16>,
    /// Software version.
    pub software: Text<16>,
    /// Features, as decimal digits of a number; from 36 bytes on.
    pub feature: Option<u32>,
    /// Unknown; from 37 bytes on.
    pub support_new: Option<u8>,
    /// What follows.
    pub extra: RawBytes,
}

impl Payload for Version {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, hardware) = bytes("hardware version", input)?;
        let (input, software) = bytes("software version", input)?;
        let (input, feature) = field("feature", opt(be_u32), input)?;
        let (extra, support_new) = match feature {
            Some(_) => field("support new", opt(be_u8), input)?,
            None => (input, None),
        };
        let version = Self {
            hardware: Text(hardware),
            software: Text(software),
            feature,
            support_new,
            extra: extra.into(),
        };
        Ok((&[], version))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hardware.0);
        out.extend_from_slice(&self.software.0);
        out.extend(
            self.feature
                .iter()
                .flat_map(|feature| feature.to_be_bytes()),
        );
        out.extend(self.support_new);
        out.extend_from_slice(&self.extra);
    }
}

/// Width of the first part of the hot line.
const HOT_LINE: usize = 16;
