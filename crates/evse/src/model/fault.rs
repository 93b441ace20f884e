//! Faults with readable names.

use std::borrow::Cow;
use std::fmt;

/// Something that a charger reports as wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The number in the protocol's own list, for the manual.
    pub code: i32,
    /// A word for programs, the same for the same fault of every protocol, such as `over_voltage`; `unknown` without a
    /// name.
    pub name: Cow<'static, str>,
    /// A text for people, such as `the voltage is too high`.
    pub text: Cow<'static, str>,
}

impl Fault {
    /// A fault with a name and a text.
    pub const fn new(code: i32, name: &'static str, text: &'static str) -> Self {
        Self {
            code,
            name: Cow::Borrowed(name),
            text: Cow::Borrowed(text),
        }
    }

    /// A fault that nobody has a name for.
    pub fn unknown(code: i32) -> Self {
        Self {
            code,
            name: Cow::Borrowed("unknown"),
            text: Cow::Owned(format!("fault {code}, which has no name")),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
