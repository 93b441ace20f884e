//! How a command ends when it does not end well: an exit code, one line, and what to try.

use evse::config::ConfigError;
use evse::em;
use evse::guard::Refusal;
use evse::recording::RecordingError;
use evse::state_store::StateError;
use evse::twc;
use evse::{Error, ErrorKind};

/// Exit code of a charger that said no or did not answer.
pub(crate) const FAILED: u8 = 1;
/// Exit code of wrong usage.
pub(crate) const USAGE: u8 = 2;
/// Exit code after Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;
/// Exit code of what the system ended before it was done.
const TERMINATED: u8 = 143;

/// Why a command did not do it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: u8,
    /// The word for JSON; `None` when everything is said already.
    pub(crate) kind: Option<&'static str>,
    /// One line.
    pub(crate) message: String,
    /// What to try.
    pub(crate) hint: Option<String>,
    /// When it may be retried.
    pub(crate) held_back: Option<Box<Refusal>>,
    /// Addresses to choose from.
    pub(crate) choices: Box<[String]>,
}

impl Failure {
    /// The charger said no or did not answer.
    pub(crate) fn failed(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit: FAILED,
            kind: Some(kind),
            message: message.into(),
            hint: None,
            held_back: None,
            choices: Box::default(),
        }
    }

    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: USAGE,
            ..Self::failed("usage", message)
        }
    }

    /// Everything is printed already.
    pub(crate) fn quiet(exit: u8) -> Self {
        Self {
            exit,
            kind: None,
            ..Self::failed("", "")
        }
    }

    /// The system asked this process to end.
    pub(crate) fn ended() -> Self {
        Self {
            exit: TERMINATED,
            ..Self::failed("terminated", "ended before it was done")
        }
    }

    /// Names the charger that is held back.
    pub(crate) fn about(mut self, charger: &str) -> Self {
        if let Some(refusal) = &self.held_back {
            self.message = format!("held back by the guard for {charger}: {refusal}");
        }
        self
    }

    /// Adds what to try.
    pub(crate) fn try_this(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let error = match error {
            Error::Em(error) => return Self::from(error),
            Error::Twc(error) => return Self::from(error),
            other => other,
        };
        let kind = error.kind();
        let mut failure = match kind {
            ErrorKind::BadInput => Self::usage(error.to_string()),
            _ => Self::failed(kind.name(), error.to_string()),
        };
        if let Error::HeldBack(refusal) = error {
            failure.message = format!("held back by the guard: {refusal}");
            failure.hint =
                Some("wait, or pass --force if you know that nothing was switched".to_owned());
            failure.held_back = Some(Box::new(refusal));
        } else if kind == ErrorKind::Refused && !matches!(error, Error::AlreadyCharging { .. }) {
            failure.hint = Some(
                "its firmware may lack this, or its state may not allow it now: see the status"
                    .to_owned(),
            );
        } else if kind == ErrorKind::StateFile {
            failure.hint = Some("a stop works in any case; a start passes with --force".to_owned());
        } else if kind == ErrorKind::Unreachable {
            failure.hint = Some(ASK_THE_DOCTOR.to_owned());
        }
        failure
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::from(Error::from(error))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let none_is_known =
            matches!(&error, ConfigError::NoSuchCharger { known, .. } if known.is_empty());
        let failure = Self::from(Error::from(error));
        if none_is_known {
            return failure.try_this(
                "give an address such as duosida://192.0.2.7, or begin a configuration with `evse config init --discover`",
            );
        }
        failure
    }
}

impl From<RecordingError> for Failure {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::Write { .. } => Self::failed("record", error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<evse::duosida::Error> for Failure {
    fn from(error: evse::duosida::Error) -> Self {
        Self::from(Error::from(error))
    }
}

impl From<em::Error> for Failure {
    fn from(error: em::Error) -> Self {
        use em::proto::session::{RequestError, RequestFailure};
        let mut failure = match &error {
            em::Error::PortTaken { .. } => {
                Self::failed("port_taken", error.to_string()).try_this(ASK_THE_DOCTOR)
            }
            em::Error::NotHeard { .. } => Self::failed("not_found", error.to_string()).try_this(
                "or it may be at another address: try `evse em discover`, then `evse doctor`",
            ),
            em::Error::NotSent {
                charger,
                source: RequestError::NoPin,
            } => Self::failed(
                "no_pin",
                format!("no PIN is known for the charger {charger}"),
            )
            .try_this(GIVE_A_PIN),
            em::Error::NotSent {
                charger,
                source: RequestError::WrongPin,
            }
            | em::Error::Failed {
                charger,
                source: RequestFailure::WrongPin,
            } => Self::failed(
                "wrong_pin",
                format!("the charger {charger} refuses the PIN"),
            )
            .try_this("give the right one, that of the vendor's app; `evse em login` remembers it"),
            other => {
                let kind = evse_kind(other);
                match kind {
                    ErrorKind::BadInput => Self::usage(error.to_string()),
                    _ => Self::failed(kind.name(), error.to_string()),
                }
            }
        };
        if let em::Error::Failed {
            source: RequestFailure::NoAnswer { .. } | RequestFailure::OutcomeUnknown { .. },
            ..
        } = error
        {
            failure.hint = Some("see the status before trying again".to_owned());
        }
        if let em::Error::Failed {
            source: RequestFailure::ReservationPending { .. },
            ..
        } = error
        {
            failure.hint = Some("--replace cancels it first".to_owned());
        }
        failure
    }
}

impl From<twc::Error> for Failure {
    fn from(error: twc::Error) -> Self {
        use twc::proto::session::{RequestError as R, RequestFailure as F};
        let text = error.to_string();
        let kind = match &error {
            twc::Error::Busy { .. } => "port_taken",
            twc::Error::Permission { .. } => "permission",
            twc::Error::NoSuchPort { .. } => "not_found",
            twc::Error::NotSent {
                source: R::ForeignController(_) | R::IdInUse(_),
            }
            | twc::Error::Failed {
                source: F::ForeignController { .. },
                ..
            } => "foreign_controller",
            other => match Error::from(other.clone()).kind() {
                ErrorKind::BadInput => return Self::usage(text),
                kind => kind.name(),
            },
        };
        let mut failure = Self::failed(kind, text);
        if matches!(
            kind,
            "port_taken" | "permission" | "not_found" | "unreachable"
        ) {
            failure.hint = Some(ASK_THE_DOCTOR.to_owned());
        }
        failure
    }
}

fn evse_kind(error: &em::Error) -> ErrorKind {
    Error::from(error.clone()).kind()
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // Whoever read our output has seen enough.
            return Self::quiet(0);
        }
        Self::failed("io", error.to_string())
    }
}

/// What to try when there is no way to a charger.
const ASK_THE_DOCTOR: &str = "`evse doctor` looks for the reason";

/// What to try with a name that is not the charger's own.
pub(crate) const NAMES: &str = "names of evse.toml: `evse start NAME`";

/// What to try without a PIN.
pub(crate) const GIVE_A_PIN: &str = "give the six digits of the vendor's app with --pin-file, EVSE_PIN or --pin, or let `evse em login` remember them";
