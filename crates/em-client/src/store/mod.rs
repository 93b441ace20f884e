//! emproto's `evses.json`: what is known of chargers, between runs.

mod entry;
mod file;
mod pin;

pub(crate) use entry::{Entry, Invalid};
pub(crate) use file::{expand, read, write};

use serde_json::{Map, Value};

use crate::error::JsonError;

/// How deep JSON texts may stand in JSON texts; emproto writes none and reads one.
const NESTING: usize = 4;

/// Reads every form that emproto accepts: an array of chargers, a text of one, an object used as a map, one charger
/// alone; each charger as an object or as a text of one.
pub(crate) fn parse(text: &str) -> Result<Vec<Result<Entry, Invalid>>, JsonError> {
    let value = unwrapped(serde_json::from_str(text)?)?;
    let values = match value {
        Value::Array(values) => values,
        Value::Object(object) if is_charger(&object) => vec![Value::Object(object)],
        Value::Object(map) => map.into_iter().map(|(_, value)| value).collect(),
        _ => return Err(JsonError::NoChargers),
    };
    Ok(values.into_iter().map(entry).collect())
}

fn entry(value: Value) -> Result<Entry, Invalid> {
    match unwrapped(value) {
        Ok(Value::Object(object)) => Entry::read(object),
        Ok(_) | Err(_) => Err(Invalid("it is no object")),
    }
}

/// What stands in a text, if it is one.
fn unwrapped(mut value: Value) -> Result<Value, JsonError> {
    for _ in 0..NESTING {
        let Value::String(text) = &value else { break };
        value = serde_json::from_str(text)?;
    }
    Ok(value)
}

/// Whether an object is one charger, not a map of them.
fn is_charger(object: &Map<String, Value>) -> bool {
    let in_info = |info: &Value| info.get("serial").is_some_and(Value::is_string);
    object.get("serial").is_some_and(Value::is_string) || object.get("info").is_some_and(in_info)
}

/// The text of a file: an array, two spaces of indentation.
pub(crate) fn text(entries: impl Iterator<Item = Map<String, Value>>) -> String {
    // `Display` with `#` indents by two spaces and cannot fail.
    format!("{:#}\n", Value::Array(entries.map(Value::Object).collect()))
}

/// What a later load says about a charger, on top of what an earlier one said.
pub(crate) fn merge(members: &mut Map<String, Value>, later: Map<String, Value>) {
    for (name, value) in later {
        match (members.get_mut(&name), value) {
            (Some(Value::Object(members)), Value::Object(later)) => merge(members, later),
            (_, value) => {
                members.insert(name, value);
            }
        }
    }
}
