//! A JSON value as an indented tree, for people.

use serde_json::Value;

/// One frame: its summary line, and what it holds below.
pub(crate) fn frame(number: usize, value: &Value) -> String {
    let mut lines = vec![format!("frame {number}")];
    push(&mut lines, 1, value);
    lines.join("\n")
}

fn push(lines: &mut Vec<String>, depth: usize, value: &Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                entry(lines, depth, key, inner);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                entry(lines, depth, &format!("[{index}]"), inner);
            }
        }
        leaf => lines.push(format!("{}{}", indent(depth), plain(leaf))),
    }
}

fn entry(lines: &mut Vec<String>, depth: usize, key: &str, value: &Value) {
    if let Some(code) = open_enum(value) {
        lines.push(format!("{}{key}: {code}", indent(depth)));
    } else if is_leaf(value) {
        lines.push(format!("{}{key}: {}", indent(depth), plain(value)));
    } else {
        lines.push(format!("{}{key}", indent(depth)));
        push(lines, depth + 1, value);
    }
}

/// `{code, name}` in one word: `Charging (2)`.
fn open_enum(value: &Value) -> Option<String> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    let code = map.get("code").or_else(|| map.get("field"))?;
    let name = map.get("name")?;
    Some(format!("{} ({code})", name.as_str().unwrap_or("unknown")))
}

fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.escape_debug().to_string(),
        Value::Object(_) | Value::Array(_) => "(empty)".to_owned(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_share_a_line() {
        let value = serde_json::json!({"message": {"field": 52, "name": "TriggerMessageReq"}, "body": {"status": {"code": 2, "name": "Charging"}, "empty": {}, "list": [1, {"a": "x\n"}]}});
        assert_eq!(
            frame(1, &value).lines().collect::<Vec<_>>(),
            [
                "frame 1",
                "  message: TriggerMessageReq (52)",
                "  body",
                "    status: Charging (2)",
                "    empty: (empty)",
                "    list",
                "      [0]: 1",
                "      [1]",
                "        a: x\\n",
            ]
        );
    }
}
