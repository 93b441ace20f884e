//! `evse decode`.

use std::io::Read as _;
use std::path::Path;

use evse::capture::Secrets;
use evse::capture::decode::duosida::{self, Framing};
use evse::capture::decode::{CaptureOptions, decode_capture, em, twc};
use serde_json::Value;

use crate::cli::{Decode, DecodeFraming, DecodeProtocol};
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output;
use crate::output::tree::{Captured, Tree, has_failed};

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
        Some(DecodeProtocol::Em) => {
            has_one_framing("datagrams", decode)?;
            em::decode_packet(&bytes, secrets(decode))
        }
        Some(DecodeProtocol::Twc) => twc_frames(&bytes, decode)?,
        None => return Err(Failure::usage("whose frames are they?").try_this("--protocol")),
    };
    let frames: Vec<(Value, Option<Captured>)> =
        frames.into_iter().map(|frame| (frame, None)).collect();
    show(&frames, context)
}

/// Prints frames. Exit code 1 if any could not be decoded.
fn show(frames: &[(Value, Option<Captured>)], context: &Context) -> Result<(), Failure> {
    let mut tree = Tree::new(frames.iter().map(|(frame, _)| frame), context.is_verbose());
    for (frame, captured) in frames {
        if context.json {
            output::object(frame)?;
        } else {
            output::coloured(&tree.frame(frame, captured.as_ref()))?;
        }
    }
    if !context.json {
        output::coloured(&tree.summary())?;
    }
    if frames.iter().any(|(frame, _)| has_failed(frame)) {
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
    let (damage, is_empty) = (capture.damage, capture.frames.is_empty());
    let frames = capture.frames.into_iter().map(|frame| {
        let captured = Captured {
            time: frame.time,
            ends: frame.source.zip(frame.destination),
        };
        (frame.object, Some(captured))
    });
    let frames: Vec<_> = frames.collect();
    let shown = if is_empty {
        Ok(())
    } else {
        show(&frames, context)
    };
    if let Some(damage) = damage {
        return Err(Failure::failed(
            "capture",
            format!("{}: {damage}", path.display()),
        ));
    }
    if is_empty {
        return Err(Failure::failed(
            "capture",
            format!("{}: no traffic of a charger in it", path.display()),
        )
        .try_this(
            "capture `port 9988 or port 48899` (Duosida) or `udp port 28376` (EVSEMaster) between the charger and its \
             client, or the serial line of wall connectors (link type 250)",
        ));
    }
    shown
}

fn duosida_frames(bytes: &[u8], decode: &Decode) -> Vec<Value> {
    let framing = match decode.framing {
        DecodeFraming::Raw => Framing::Raw,
        DecodeFraming::Wrapped => Framing::Wrapped,
        DecodeFraming::Discovery => Framing::Discovery,
    };
    duosida::decode_stream(bytes, framing, secrets(decode))
}

/// Frames of a bus; what stands before the first is left out.
fn twc_frames(bytes: &[u8], decode: &Decode) -> Result<Vec<Value>, Failure> {
    has_one_framing("frames of this bus", decode)?;
    let frames = twc::decode_stream(bytes);
    if frames.is_empty() {
        return Err(Failure::failed("frame", "there is no frame in these bytes")
            .try_this("give whole frames, from one C0 to the next"));
    }
    Ok(frames)
}

fn has_one_framing(what: &str, decode: &Decode) -> Result<(), Failure> {
    if matches!(decode.framing, DecodeFraming::Raw) {
        return Ok(());
    }
    Err(Failure::usage(format!("{what} have no other framing")).try_this("leave --framing out"))
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
