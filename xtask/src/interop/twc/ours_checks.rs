//! What our director must say of the unit in Python, and what that must have received.

use serde_json::Value;

use crate::interop::check::ensure;
use crate::interop::process::Said;

type Checked = Result<[String; 2], String>;

pub(super) fn listed(said: &Said, saw: &Value) -> Checked {
    let unit = said.done()?;
    ensure(unit["serial"] == "A17A000C0DB", || format!("listed {unit}"))?;
    Ok([unit["serial"].to_string(), saw["received"].to_string()])
}
