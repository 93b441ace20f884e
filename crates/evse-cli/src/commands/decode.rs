//! `evse decode`.

use std::io::Read as _;

use evse::capture::Secrets;
use evse::capture::decode::duosida::{self, Framing};
use serde_json::Value;

use crate::cli::{Decode, DecodeFraming, DecodeProtocol};
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output::{self, tree};

pub(super) fn run(decode: &Decode, context: &Context) -> Result<(), Failure> {
    let bytes = match &decode.hex {
        Some(text) => from_hex(text)?,
        None => from_stdin()?,
    };
    if bytes.is_empty() {
        return Err(Failure::usage("there is nothing to decode")
            .try_this("give bytes with --hex or on standard input"));
    }
    let frames = match decode.protocol {
        DecodeProtocol::Duosida => duosida_frames(&bytes, decode),
    };
    for (index, frame) in frames.iter().enumerate() {
        if context.json {
            output::object(frame)?;
        } else {
            output::line(&tree::frame(index + 1, frame))?;
        }
    }
    if frames.iter().any(|frame| frame.get("error").is_some()) {
        return Err(Failure::quiet(FAILED));
    }
    Ok(())
}

fn duosida_frames(bytes: &[u8], decode: &Decode) -> Vec<Value> {
    let framing = match decode.framing {
        DecodeFraming::Raw => Framing::Raw,
        DecodeFraming::Wrapped => Framing::Wrapped,
        DecodeFraming::Discovery => Framing::Discovery,
    };
    let secrets = if decode.show_secrets {
        Secrets::Show
    } else {
        Secrets::Redact
    };
    duosida::decode_stream(bytes, framing, secrets)
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
