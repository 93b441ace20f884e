//! What is wrong with a configuration, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::PATH_VARIABLE;

/// Why a configuration cannot be used. One line each.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No home directory, and no path given.
    #[error("there is no home directory for the configuration, name a file with {PATH_VARIABLE}")]
    NoHome,
    /// The file cannot be read.
    #[error("the configuration {} cannot be read: {source}; check its path", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {problem}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: usize,
        /// The character in the line, from 1 on.
        column: usize,
        /// What is wrong there.
        problem: Problem,
    },
    /// No charger has this name.
    #[error("no charger is named `{name}`{}", near(nearest.as_deref(), known))]
    NoSuchCharger {
        /// The name that was asked for.
        name: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// All names there are.
        known: Vec<String>,
    },
    /// No circuit has this name.
    #[error("no circuit is named `{name}`{}", near(nearest.as_deref(), known))]
    NoSuchCircuit {
        /// The name that was asked for.
        name: String,
        /// The name that is most like it.
        nearest: Option<String>,
        /// All names there are.
        known: Vec<String>,
    },
}

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// Nothing has this name.
    #[error("unknown key `{key}`{}", near(nearest.as_deref(), known))]
    UnknownKey {
        /// The key.
        key: String,
        /// The known one that is most like it.
        nearest: Option<String>,
        /// What may stand there.
        known: Vec<String>,
    },
    /// Something that must be there is not.
    #[error("`{key}` is missing, such as {such}")]
    Missing {
        /// The key.
        key: &'static str,
        /// An example.
        such: &'static str,
    },
    /// The value is of another kind.
    #[error("`{key}` is {found}, expected {expected}")]
    Kind {
        /// The key.
        key: String,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// The value makes no sense; the text says why and what does.
    #[error("`{key}`: {reason}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Two things that exclude each other.
    #[error("`{key}` and `{other}` are both given, keep one of them")]
    Both {
        /// The one.
        key: &'static str,
        /// The other.
        other: &'static str,
    },
    /// The protocol of the charger knows no such thing.
    #[error("`{key}` is for chargers of {of} only, remove it")]
    NotForThis {
        /// The key.
        key: &'static str,
        /// The addresses that may have it.
        of: &'static str,
    },
}

/// Something that does not keep a configuration from being used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigWarning {
    /// Others than its owner may read the secrets in it.
    #[error(
        "{} holds a PIN and others may read it (mode {mode:04o}), run `chmod 600 {}`", path.display(), path.display()
    )]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

/// Of all names, the one that is meant with a wrong one.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&name, &known.to_lowercase()), known))
        .filter(|(distance, known)| distance * 3 <= known.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// What to try in place of an unknown name.
fn near(nearest: Option<&str>, known: &[String]) -> impl fmt::Display {
    match (nearest, known) {
        (Some(nearest), _) => format!(", did you mean `{nearest}`?"),
        (None, []) => ", there is none yet".to_owned(),
        (None, known) => format!(", expected one of {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["address", "pin", "pin_env", "pin_command", "phases"];
        for (name, expected) in [
            ("adress", Some("address")),
            ("Address", Some("address")),
            ("pni", Some("pin")),
            ("pinenv", Some("pin_env")),
            ("phase", Some("phases")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
