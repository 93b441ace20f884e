//! Who a charger is: stable across changes of its address.

use std::fmt;

/// The protocols that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Protocol {
    /// OCPP in protobuf over TCP, as Duosida and its relatives speak it.
    Duosida,
    /// The UDP protocol of EVSEMaster, as Besen, Telestar and their relatives speak it.
    Em,
    /// Load sharing of Tesla Gen2 wall connectors over RS-485.
    Twc,
    /// The application's own, behind a [`Backend`](crate::Backend), by the word for it in keys and JSON: lower case, no
    /// colon.
    Custom(&'static str),
}

impl Protocol {
    /// Every protocol of this crate, in the order in which lists show them.
    pub const ALL: &'static [Self] = &[Self::Duosida, Self::Em, Self::Twc];

    /// The word used in addresses, keys and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duosida => "duosida",
            Self::Em => "em",
            Self::Twc => "twc",
            Self::Custom(name) => name,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A charger: its protocol and its serial number there.
///
/// The serial number is private data: `Debug` and [`Identity::short`] show its last four characters, and only
/// [`Identity::key`] and [`Identity::serial`] give it whole.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    protocol: Protocol,
    serial: String,
}

impl Identity {
    /// The charger with this serial number.
    pub fn new(protocol: Protocol, serial: impl Into<String>) -> Self {
        Self {
            protocol,
            serial: serial.into(),
        }
    }

    /// The protocol it speaks.
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The whole serial number.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// The key of this charger in the state file, such as `duosida:0310107112122360374`.
    pub fn key(&self) -> String {
        format!("{}:{}", self.protocol, self.serial)
    }

    /// A name for logs: protocol and the last four characters, such as `duosida …0374`.
    pub fn short(&self) -> String {
        let start = self
            .serial
            .char_indices()
            .rev()
            .nth(3)
            .map_or(0, |(at, _)| at);
        let tail = self.serial.get(start..).unwrap_or_default();
        format!("{} …{tail}", self.protocol)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_last_four_characters_only() {
        let identity = Identity::new(Protocol::Duosida, "0310107112122360374");
        assert_eq!(format!("{identity:?}"), "Identity(duosida …0374)");
        assert_eq!(identity.key(), "duosida:0310107112122360374");
        let identity = Identity::new(Protocol::Em, "9181102751219513");
        assert_eq!(format!("{identity:?}"), "Identity(em …9513)");
        assert_eq!(identity.key(), "em:9181102751219513");
    }

    #[test]
    fn short_serials_do_not_panic() {
        for (serial, expected) in [
            ("", "duosida …"),
            ("ab", "duosida …ab"),
            ("äöüß€", "duosida …öüß€"),
        ] {
            assert_eq!(Identity::new(Protocol::Duosida, serial).short(), expected);
        }
    }
}
