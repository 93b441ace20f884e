//! `evse decode`.

use std::io::Read as _;
use std::path::Path;

use evse::capture::Secrets;
use evse::capture::decode::duosida::{self, Framing};
use evse::capture::decode::{CaptureOptions, decode_capture};
use serde_json::Value;

use crate::cli::{Decode, DecodeFraming, DecodeProtocol};
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output::{self, tree};

pub(super) fn run(decode: &Decode, context: &Context) -> Result<(), Failure> {
    if let Some(path) = &decode.file {
        return capture(path, decode, context);
    }
    let bytes = match &decode.hex {
        Some(text) => from_hex(text)?,
        None => from_stdin()?,
    };
    if bytes.is_empty() {
        return Err(Failure::usage("there is nothing to decode")
            .try_this("give bytes with --hex or on standard input"));
    }
    let frames = match decode.protocol {
        Some(DecodeProtocol::Duosida) => duosida_frames(&bytes, decode),
        None => return Err(Failure::usage("whose frames are they?").try_this("--protocol")),
    };
    for (index, frame) in frames.iter().enumerate() {
        if context.json {
            output::object(frame)?;
        } else {
            output::line(&tree::frame(index + 1, frame))?;
        }
    }
    conclude(&frames)
}

/// Exit code 1 if any frame could not be decoded.
fn conclude(frames: &[Value]) -> Result<(), Failure> {
    if frames.iter().any(|frame| frame.get("error").is_some()) {
        return Err(Failure::quiet(FAILED));
    }
    Ok(())
}

/// A whole capture file: each frame, for people with its time and addresses.
fn capture(path: &Path, decode: &Decode, context: &Context) -> Result<(), Failure> {
    let unreadable = |reason: String| Failure::usage(format!("{}: {reason}", path.display()));
    let file = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let mut options =
        CaptureOptions::detect(&file).map_err(|error| unreadable(error.to_string()))?;
    options.secrets = secrets(decode);
    let capture = decode_capture(&file, &options).map_err(|error| unreadable(error.to_string()))?;
    for (index, frame) in capture.frames.iter().enumerate() {
        if context.json {
            output::object(&frame.object)?;
        } else {
            let time = jiff::Timestamp::UNIX_EPOCH + frame.time;
            let time = time.strftime("%F %T%.3f");
            output::line(&format!("{time}  {} → {}", frame.source, frame.destination))?;
            output::line(&tree::frame(index + 1, &frame.object))?;
        }
    }
    if let Some(damage) = capture.damage {
        return Err(Failure::failed(
            "capture",
            format!("{}: {damage}", path.display()),
        ));
    }
    if capture.frames.is_empty() {
        return Err(Failure::failed(
            "capture",
            format!("{}: no traffic of a charger in it", path.display()),
        )
        .try_this("capture `port 9988 or port 48899` between the charger and its client"));
    }
    let objects: Vec<Value> = capture
        .frames
        .into_iter()
        .map(|frame| frame.object)
        .collect();
    conclude(&objects)
}

fn duosida_frames(bytes: &[u8], decode: &Decode) -> Vec<Value> {
    let framing = match decode.framing {
        DecodeFraming::Raw => Framing::Raw,
        DecodeFraming::Wrapped => Framing::Wrapped,
        DecodeFraming::Discovery => Framing::Discovery,
    };
    duosida::decode_stream(bytes, framing, secrets(decode))
}

const fn secrets(decode: &Decode) -> Secrets {
    if decode.show_secrets {
        Secrets::Show
    } else {
        Secrets::Redact
    }
}

/// Hex digits with spaces, line breaks, colons or `0x` between them.
fn from_hex(text: &str) -> Result<Vec<u8>, Failure> {
    let digits: String = text
        .replace("0x", "")
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ':' | ',' | '-'))
        .collect();
    hex::decode(&digits).map_err(|error| {
        Failure::usage(format!("this is not hex: {error}"))
            .try_this("two hex digits for each byte, spaces do not matter")
    })
}

/// Hex text, or the bytes themselves when they are no text of that kind.
fn from_stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let is_hex = |text: &&str| {
        text.chars().all(|c| {
            c.is_ascii_hexdigit() || c.is_whitespace() || matches!(c, ':' | ',' | '-' | 'x')
        })
    };
    match std::str::from_utf8(&bytes).ok().filter(is_hex) {
        Some(text) => from_hex(text),
        None => Ok(bytes),
    }
}
