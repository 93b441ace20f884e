//! `evse decode`.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use evse::capture::decode::duosida::{self, Framing};
use evse::capture::decode::{CaptureOptions, decode_capture, em, twc};
use evse::capture::scrub::scrub;
use evse::capture::{Error, Secrets};
use serde_json::Value;

use crate::cli::{Decode, DecodeFraming, DecodeProtocol};
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output::tree::{Captured, Tree, has_failed};
use crate::output::{self, json};

pub(super) fn run(decode: &Decode, context: &Context) -> Result<(), Failure> {
    match (&decode.file, &decode.scrub) {
        (Some(path), Some(out)) => return scrubbed(path, out, decode.force, context),
        (Some(path), None) => return capture(path, decode, context),
        (None, _) => {}
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
    let (file, mut options) = read(path)?;
    options.secrets = secrets(decode);
    let capture = decode_capture(&file, &options).map_err(|error| unreadable(path, &error))?;
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
    must_be_whole(path, damage)?;
    if is_empty {
        return Err(without_traffic(path));
    }
    shown
}

/// A copy without what is private, of the ports that a look at the capture shows to be chargers'.
fn scrubbed(path: &Path, out: &Path, force: bool, context: &Context) -> Result<(), Failure> {
    let (file, options) = read(path)?;
    let scrubbed = scrub(&file, &options).map_err(|error| unreadable(path, &error))?;
    if scrubbed.packets.is_empty() {
        must_be_whole(path, scrubbed.damage)?;
        return Err(without_traffic(path));
    }
    let copy = scrubbed
        .write(Vec::new())
        .map_err(|error| Failure::failed("capture", error.to_string()))?;
    write(out, &copy, force)?;
    let (packets, left_out) = (scrubbed.packets.len(), scrubbed.left_out);
    if context.json {
        output::object(&json::ScrubbedJson::new(out, packets, left_out))?;
    } else {
        output::line(&format!(
            "wrote {}: {packets} packets with serial numbers, PINs, tags, names, Wi-Fi passwords, VINs and MACs \
             replaced, {left_out} of other traffic left out; look at it before you publish it",
            out.display()
        ))?;
    }
    must_be_whole(path, scrubbed.damage)
}

/// Replaces a file only when told so.
fn write(out: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(out).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::usage(format!("{} exists", out.display()))
            .try_this("choose another file, or replace it with --force"),
        _ => Failure::usage(format!("cannot write {}: {error}", out.display())),
    })
}

/// A capture, and the ports of chargers in it.
fn read(path: &Path) -> Result<(Vec<u8>, CaptureOptions), Failure> {
    let file = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let options = CaptureOptions::detect(&file).map_err(|error| unreadable(path, &error))?;
    Ok((file, options))
}

fn unreadable(path: &Path, reason: &impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {reason}", path.display()))
}

/// What a capture cannot be read beyond is said at the end.
fn must_be_whole(path: &Path, damage: Option<Error>) -> Result<(), Failure> {
    damage.map_or(Ok(()), |damage| {
        Err(Failure::failed(
            "capture",
            format!("{}: {damage}", path.display()),
        ))
    })
}

fn without_traffic(path: &Path) -> Failure {
    Failure::failed(
        "capture",
        format!("{}: no traffic of a charger in it", path.display()),
    )
    .try_this(
        "capture `port 9988 or port 48899` (Duosida) or `udp port 28376` (EVSEMaster) between the charger and its \
         client, or the serial line of wall connectors (link type 250)",
    )
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
    io::stdin().lock().read_to_end(&mut bytes)?;
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
