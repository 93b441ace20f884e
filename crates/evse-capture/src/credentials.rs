//! Credentials in known fields of Duosida messages that hold other things too.

use std::ops::Range;

use duosida_proto::config::keys;
use duosida_proto::schema::{self, ENVELOPE, Kind, MessageSchema, Value};

/// Replaces the values of settings that are not known to be harmless, and users and passwords in URLs, by asterisks.
pub(crate) fn mask(frame: &mut [u8]) {
    let mut spans = Vec::new();
    find(&ENVELOPE, frame, 0, &mut spans);
    for span in spans {
        frame.get_mut(span).unwrap_or_default().fill(b'*');
    }
}

fn find(schema: &'static MessageSchema, bytes: &[u8], base: usize, spans: &mut Vec<Range<usize>>) {
    let is_setting = matches!(schema.name, "ChangeConfigurationReq" | "KeyValue");
    let (mut values, mut is_harmless) = (Vec::new(), false);
    for field in schema::fields(schema, bytes).map_while(Result::ok) {
        let (Some(known), Value::Delimited(content)) = (field.schema, field.value) else {
            continue;
        };
        let start = base + field.end - content.len();
        match (&known.kind, known.name) {
            (Kind::Message(inner), _) => find(inner, content, start, spans),
            (_, "key") if is_setting => {
                is_harmless = HARMLESS.map(str::as_bytes).contains(&content);
            }
            (_, "value") if is_setting => values.push(start..start + content.len()),
            (Kind::Text, "location") => {
                let (begin, end) = user_info(content);
                spans.push(start + begin..start + end);
            }
            _ => {}
        }
    }
    if !is_harmless {
        spans.append(&mut values);
    }
}

/// Where the user and the password of a URL lie; empty when there are none.
fn user_info(url: &[u8]) -> (usize, usize) {
    let scheme = url.windows(3).position(|window| window == b"://");
    let begin = scheme.map_or(0, |at| at + 3);
    let host = url.get(begin..).unwrap_or_default();
    let host = host.split(|byte| *byte == b'/').next().unwrap_or_default();
    let at = host.iter().rposition(|byte| *byte == b'@');
    (begin, begin + at.unwrap_or_default())
}

/// Settings whose values are numbers.
const HARMLESS: [&str; 9] = [
    keys::MAX_CURRENT,
    keys::CONNECTION_TIMEOUT,
    keys::MAX_TEMPERATURE,
    keys::MAX_VOLTAGE,
    keys::MIN_VOLTAGE,
    keys::DIRECT_WORK_MODE,
    keys::LED_STRENGTH,
    keys::STOP_ON_DISCONNECT,
    keys::LEVEL_DETECTION,
];
