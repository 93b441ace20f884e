//! Where personal data stands in messages and datagrams.

use std::net::Ipv4Addr;

use duosida_proto::discovery;
use duosida_proto::schema::{self, ENVELOPE, Kind, MessageSchema, Value};

use super::book::Book;
use crate::credentials;

/// Scrubs one message by the schema.
pub(super) fn message(book: &mut Book, frame: &mut [u8]) {
    credentials::mask(frame);
    let mut spans = Vec::new();
    find(&ENVELOPE, frame, 0, &mut spans);
    for (what, start, len) in spans {
        let Some(value) = frame.get_mut(start..start + len) else {
            continue;
        };
        match what {
            What::Password => book.password(value),
            What::Name => book.name(value),
        }
    }
    if schema::check(frame).is_err() {
        text(frame);
    }
}

/// Scrubs a discovery datagram.
pub(super) fn datagram(book: &mut Book, datagram: &mut [u8]) {
    if discovery::is_probe(datagram) {
        return;
    }
    if discovery::parse_reply(datagram, Ipv4Addr::UNSPECIFIED).is_err() {
        text(datagram);
        return;
    }
    if let Some(mac) = datagram.split_mut(|byte| *byte == b',').nth(1) {
        book.mac_text(mac);
    }
}

/// Makes texts in undecodable bytes unreadable: they may be passwords.
pub(crate) fn text(bytes: &mut [u8]) {
    for run in bytes.split_mut(|byte| !matches!(byte, 0x20..0x7F)) {
        if run.len() >= SHORTEST_TEXT {
            run.fill(b'*');
        }
    }
}

#[derive(Clone, Copy)]
enum What {
    Name,
    Password,
}

fn find(
    schema: &'static MessageSchema,
    bytes: &[u8],
    base: usize,
    spans: &mut Vec<(What, usize, usize)>,
) {
    // The part before the damage is scrubbed by name, the rest as text.
    for field in schema::fields(schema, bytes).map_while(Result::ok) {
        let (Some(known), Value::Delimited(content)) = (field.schema, field.value) else {
            continue;
        };
        let start = base + field.end - content.len();
        match known.kind {
            Kind::Message(inner) => find(inner, content, start, spans),
            _ if known.secret => spans.push((What::Password, start, content.len())),
            // Short identifiers are names of programs, such as `IOS`.
            _ if known.name == "client_id" && content.len() < SHORTEST_IDENTIFIER => {}
            _ if known.name == "id_tag" => {
                let nested =
                    matches!(content, [0x0A, len, text @ ..] if usize::from(*len) == text.len());
                let skip = if nested { 2 } else { 0 };
                spans.push((What::Name, start + skip, content.len() - skip));
            }
            _ if PERSONAL.contains(&known.name) => {
                spans.push((What::Name, start, content.len()));
            }
            _ => {}
        }
    }
}

/// Fields that tell whose charger it is.
const PERSONAL: [&str; 10] = [
    "charge_box_serial_number",
    "charge_point_serial_number",
    "chargepoint_name",
    "client_id",
    "iccid",
    "id_token",
    "imsi",
    "meter_serial_number",
    "wifi_ap_ssid",
    "wifi_sta_ssid",
];
const SHORTEST_IDENTIFIER: usize = 6;
const SHORTEST_TEXT: usize = 4;
