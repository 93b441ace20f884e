//! Frames for people: a line with what it is, its content indented below, and a summary at the end. Colours are left
//! to whoever prints it.

use std::fmt::{Display, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use super::shown;

const DIM: Style = Style::new().dimmed();
const NAME: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const TO_CHARGER: Style = AnsiColor::Cyan.on_default();
const FROM_CHARGER: Style = AnsiColor::Green.on_default();

/// What the first line shows already, or shows in its own way.
const IN_TITLE: [&str; 20] = [
    "protocol",
    "direction",
    "message",
    "client_id",
    "message_id",
    "body",
    "command",
    "name",
    "serial",
    "key_type",
    "payload_len",
    "decoded",
    "error",
    "payload_error",
    "detail",
    "raw",
    "kind",
    "type",
    "sender",
    "recipient",
];

/// Titles longer than this are not waited for by the others.
const MAX_TITLE: usize = 40;

/// When and between whom a frame was captured.
pub(crate) struct Captured {
    /// Since the Unix epoch.
    pub(crate) time: Duration,
    /// Sender and receiver; none on a serial line.
    pub(crate) ends: Option<(SocketAddr, SocketAddr)>,
}

/// Prints the frames of one source, in order.
pub(crate) struct Tree {
    raw: bool,
    number_width: usize,
    title_width: usize,
    frames: usize,
    errors: usize,
    began: Option<Duration>,
    last: Option<Duration>,
    heading: String,
}

impl Tree {
    /// For these frames; with `raw`, their bytes too. Those of what could not be decoded are always shown.
    pub(crate) fn new<'a>(frames: impl ExactSizeIterator<Item = &'a Value>, raw: bool) -> Self {
        Self {
            raw,
            number_width: frames.len().to_string().len(),
            title_width: frames
                .map(|frame| title(frame).chars().count())
                .filter(|width| *width <= MAX_TITLE)
                .max()
                .unwrap_or_default(),
            frames: 0,
            errors: 0,
            began: None,
            last: None,
            heading: String::new(),
        }
    }

    /// For frames that come one by one, nobody knows how many.
    pub(crate) fn endless(raw: bool) -> Self {
        let mut tree = Self::new([].iter(), raw);
        (tree.number_width, tree.title_width) = (4, 25);
        tree
    }

    /// One frame, and above it the connection when it is another than before.
    pub(crate) fn frame(&mut self, frame: &Value, captured: Option<&Captured>) -> String {
        self.frames += 1;
        let is_error = has_failed(frame);
        self.errors += usize::from(is_error);
        let mut lines = Vec::new();
        let mut first = format!("{:>width$}  ", self.frames, width = self.number_width);
        if let Some(captured) = captured {
            lines.extend(self.heading(frame, captured));
            let time = at(captured.time, "%T%.3f");
            let gap = captured
                .time
                .saturating_sub(self.last.unwrap_or(captured.time));
            self.began.get_or_insert(captured.time);
            self.last = Some(captured.time);
            let gap = paint(DIM, format!("{:>+9.3}", gap.as_secs_f64()));
            let _ = write!(first, "{time} {gap}  ");
        }
        let indent = self.number_width + 4;
        first += &self.first_line(frame, is_error);
        lines.push(first.trim_end().to_owned());
        if is_error {
            entry(&mut lines, indent, 0, "detail", field(frame, "detail"));
        }
        let others = frame.as_object().into_iter().flatten();
        let others: Map<String, Value> = others
            .filter(|(key, _)| !IN_TITLE.contains(&key.as_str()))
            .filter(|(key, value)| !(key.as_str() == "password" && value.is_null()))
            .filter(|(key, value)| !(key.as_str() == "payload_hex" && **value == ""))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        object(&mut lines, indent, &others);
        for key in ["body", "decoded"] {
            match field(frame, key) {
                Value::Object(body) => object(&mut lines, indent, body),
                Value::Null => {}
                other => push(&mut lines, indent, other),
            }
        }
        if let Some(raw) = frame.get("raw").and_then(Value::as_str)
            && (self.raw || is_error)
        {
            lines.push(format!("{}{}", " ".repeat(indent), paint(DIM, raw)));
        }
        lines.join("\n")
    }

    /// How many frames, how long, how many errors.
    pub(crate) fn summary(&self) -> String {
        let count = |number: usize, what: &str| match number {
            1 => format!("1 {what}"),
            _ => format!("{number} {what}s"),
        };
        let mut text = count(self.frames, "frame");
        if let (Some(began), Some(last)) = (self.began, self.last) {
            let took = last.saturating_sub(began).as_secs_f64();
            let _ = write!(text, " in {took:.3} s");
        }
        let errors = match self.errors {
            0 => "no errors".to_owned(),
            some => paint(ERROR, count(some, "error")),
        };
        format!("{text}, {errors}")
    }

    fn heading(&mut self, frame: &Value, captured: &Captured) -> Option<String> {
        let date = at(captured.time, "%F");
        let heading = match (captured.ends, field(frame, "direction").as_str()) {
            (None, _) => format!("{date} UTC  serial line"),
            (Some((charger, client)), Some("from_charger")) | (Some((client, charger)), _) => {
                format!("{date} UTC  client {client}  charger {charger}")
            }
        };
        if heading == self.heading {
            return None;
        }
        self.heading.clone_from(&heading);
        let gap = if self.frames == 1 { "" } else { "\n" };
        Some(format!("{gap}{}", paint(DIM, heading)))
    }

    /// Direction, name and ids.
    fn first_line(&self, frame: &Value, is_error: bool) -> String {
        let arrow = match field(frame, "direction").as_str() {
            Some("to_charger") => paint(TO_CHARGER, "→"),
            Some("from_charger") => paint(FROM_CHARGER, "←"),
            _ => paint(DIM, "·"),
        };
        let title = title(frame);
        let style = if is_error { ERROR } else { NAME };
        let padding = self.title_width.saturating_sub(title.chars().count());
        let ids = [
            ("id ", "message_id"),
            ("", "client_id"),
            ("", "sender"),
            ("→ ", "recipient"),
            ("", "serial"),
        ];
        let ids = ids
            .into_iter()
            .filter(|(_, key)| !field(frame, key).is_null())
            .map(|(word, key)| format!("{word}{}", plain(field(frame, key))))
            .collect::<Vec<_>>()
            .join("  ");
        let ids = if ids.is_empty() { ids } else { paint(DIM, ids) };
        format!(
            "{arrow} {}{}  {ids}",
            paint(style, title),
            " ".repeat(padding)
        )
    }
}

/// Whether anything in it could not be decoded.
pub(crate) fn has_failed(frame: &Value) -> bool {
    frame.get("error").is_some() || frame.get("payload_error").is_some()
}

/// What a frame is.
fn title(frame: &Value) -> String {
    if let Some(error) = frame.get("error") {
        return format!("error: {}", plain(error));
    }
    if let (Some(name), Some(command)) = (frame.get("name"), frame.get("command")) {
        let error = match frame.get("payload_error") {
            Some(error) => format!(": error: {}", plain(error)),
            None => String::new(),
        };
        return format!("{} ({}){error}", plain(name), plain(command));
    }
    if let (Some(kind), Some(of), Some(command)) =
        (frame.get("kind"), frame.get("type"), frame.get("command"))
    {
        return format!("{} ({} {})", plain(kind), plain(of), plain(command));
    }
    match frame.get("message") {
        Some(message) => open_enum(message)
            .map_or_else(|| plain(message), |(name, code)| format!("{name} ({code})")),
        // Of what is no message, the keys tell enough.
        None => "discovery".to_owned(),
    }
}

fn field<'a>(frame: &'a Value, key: &str) -> &'a Value {
    frame.get(key).unwrap_or(&Value::Null)
}

/// The fields of an object, their values in one column.
fn object(lines: &mut Vec<String>, indent: usize, map: &Map<String, Value>) {
    let leaves = map.iter().filter(|(_, value)| is_leaf(value));
    let width = leaves.map(|(key, _)| key.chars().count()).max();
    for (key, value) in map {
        entry(lines, indent, width.unwrap_or_default(), key, value);
    }
}

fn push(lines: &mut Vec<String>, indent: usize, value: &Value) {
    match value {
        Value::Object(map) => object(lines, indent, map),
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                entry(lines, indent, 0, &format!("[{index}]"), inner);
            }
        }
        leaf => lines.push(format!("{}{}", " ".repeat(indent), plain(leaf))),
    }
}

fn entry(lines: &mut Vec<String>, indent: usize, width: usize, key: &str, value: &Value) {
    let margin = " ".repeat(indent);
    if !is_leaf(value) {
        lines.push(format!("{margin}{key}"));
        return push(lines, indent + 2, value);
    }
    let text = match open_enum(value) {
        Some((name, code)) => format!("{name} {}", paint(DIM, format!("({code})"))),
        None if value.is_string() => plain(value),
        None if value.is_number() || value.is_boolean() => plain(value),
        None => paint(DIM, plain(value)),
    };
    lines.push(
        format!("{margin}{key:<width$}  {text}")
            .trim_end()
            .to_owned(),
    );
}

/// `{code, name}` as two words.
fn open_enum(value: &Value) -> Option<(String, &Value)> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    let code = map.get("code").or_else(|| map.get("field"))?;
    let name = map.get("name")?;
    Some((name.as_str().unwrap_or("unknown").to_owned(), code))
}

fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty() || open_enum(value).is_some(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => shown(&text.replace('\\', "\\\\")),
        Value::Object(_) | Value::Array(_) => "(empty)".to_owned(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A time since the Unix epoch, in UTC.
fn at(time: Duration, format: &str) -> String {
    // jiff ends in the year 9999, pcap in 2106.
    let time = jiff::Timestamp::UNIX_EPOCH.saturating_add(time);
    time.unwrap_or(jiff::Timestamp::MAX)
        .strftime(format)
        .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bare(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_frame_is_a_line_and_its_content_in_columns() {
        let frame = json!({
            "protocol": "duosida", "direction": "to_charger",
            "message": {"field": 52, "name": "TriggerMessageReq"},
            "client_id": "IOS", "message_id": 7,
            "body": {"status": {"code": 2, "name": "Charging"}, "empty": {}, "none": null,
                "list": [1, {"a": "x\n\u{1b}[31m", "longer": ""}]},
            "raw": "a203"
        });
        let other =
            json!({"direction": null, "error": "truncated", "detail": "it ends", "raw": "ff"});
        let frames = [frame, other];
        let mut tree = Tree::new(frames.iter(), false);
        let text: Vec<String> = frames.iter().map(|frame| tree.frame(frame, None)).collect();
        assert_eq!(
            bare(&text.join("\n")).lines().collect::<Vec<_>>(),
            [
                "1  → TriggerMessageReq (52)  id 7  IOS",
                "     status  Charging (2)",
                "     empty   (empty)",
                "     none    –",
                "     list",
                "       [0]  1",
                "       [1]",
                "         a       x\\n\\u{1b}[31m",
                "         longer  \"\"",
                "2  · error: truncated",
                "     detail  it ends",
                "     ff",
            ]
        );
        assert_eq!(bare(&tree.summary()), "2 frames, 1 error");
        assert!(text[1].contains("\u{1b}[31m"), "errors are red: {text:?}");
    }

    #[test]
    fn a_frame_of_a_bus_names_both_units() {
        let frame = json!({
            "protocol": "twc", "direction": "from_charger", "kind": "peripheral_heartbeat",
            "type": "FD", "command": "E0", "sender": "3495", "len": 16, "recipient": "F00D",
            "state": "ready", "raw": "C0"
        });
        let captured = Captured {
            time: Duration::ZERO,
            ends: None,
        };
        let text = Tree::new([&frame].into_iter(), false).frame(&frame, Some(&captured));
        assert_eq!(
            bare(&text).lines().collect::<Vec<_>>(),
            [
                "1970-01-01 UTC  serial line",
                "1  00:00:00.000    +0.000  ← peripheral_heartbeat (FD E0)  3495  → F00D",
                "     len    16",
                "     state  ready",
            ]
        );
    }

    #[test]
    fn a_connection_is_named_once_and_gaps_are_shown() {
        let to = json!({"direction": "to_charger", "text": "?"});
        let from = json!({"direction": "from_charger", "text": "!"});
        let client: SocketAddr = "192.0.2.9:50000".parse().expect("an address");
        let charger: SocketAddr = "192.0.2.7:48899".parse().expect("an address");
        let frames = [to, from];
        let mut tree = Tree::new(frames.iter(), false);
        let ask = Captured {
            time: Duration::from_millis(86_400_500),
            ends: Some((client, charger)),
        };
        let answer = Captured {
            time: Duration::from_millis(86_401_750),
            ends: Some((charger, client)),
        };
        let text = [
            tree.frame(&frames[0], Some(&ask)),
            tree.frame(&frames[1], Some(&answer)),
            tree.summary(),
        ];
        assert_eq!(
            bare(&text.join("\n")).lines().collect::<Vec<_>>(),
            [
                "1970-01-02 UTC  client 192.0.2.9:50000  charger 192.0.2.7:48899",
                "1  00:00:00.500    +0.000  → discovery",
                "     text  ?",
                "2  00:00:01.750    +1.250  ← discovery",
                "     text  !",
                "2 frames in 1.250 s, no errors",
            ]
        );
    }
}
