//! One charger of any family.

#[cfg(feature = "duosida")]
mod duosida;
#[cfg(feature = "em")]
mod em;
#[cfg(feature = "twc")]
mod twc;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod watch;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::address::Address;
use crate::backend::{Backend, EventStream};
use crate::error::Error;
use crate::guard::Requester;
use crate::guarded::Done;
#[cfg(feature = "duosida")]
use crate::guarded::GuardedDuosida;
#[cfg(feature = "em")]
use crate::guarded::GuardedEm;
#[cfg(feature = "twc")]
use crate::guarded::GuardedTwc;
use crate::model::{
    Capabilities, Command, Device, Effect, Fault, Identity, LastError, Snapshot, StartOptions,
    State, Telemetry,
};
use crate::units::Milliamps;

/// A charger of any family, behind the guard.
///
/// What all have in common is here, by the words of [`model`](crate::model); everything special is on the family's own
/// handle, which each variant holds. A handle is cheap to clone, and clones are the same charger.
#[derive(Clone)]
#[non_exhaustive]
#[allow(
    clippy::large_enum_variant,
    reason = "true of some choices of features; chargers are few"
)]
pub enum Charger {
    /// A Duosida charger and its session.
    #[cfg(feature = "duosida")]
    Duosida(GuardedDuosida),
    /// An EVSEMaster charger on the socket of its communicator.
    #[cfg(feature = "em")]
    Em(GuardedEm),
    /// A Tesla Gen2 unit on the bus of its director.
    #[cfg(feature = "twc")]
    Twc(GuardedTwc),
    /// The application's own, or a mock.
    Custom(Arc<dyn Backend>),
}

/// What is known, at this moment; nothing waits.
impl Charger {
    /// A charger of the application's own.
    pub fn custom(backend: impl Backend) -> Self {
        Self::Custom(Arc::new(backend))
    }

    /// The Duosida handle, if it is one.
    #[cfg(feature = "duosida")]
    pub const fn as_duosida(&self) -> Option<&GuardedDuosida> {
        match self {
            Self::Duosida(charger) => Some(charger),
            _ => None,
        }
    }

    /// The EVSEMaster handle, if it is one.
    #[cfg(feature = "em")]
    pub const fn as_em(&self) -> Option<&GuardedEm> {
        match self {
            Self::Em(charger) => Some(charger),
            _ => None,
        }
    }

    /// The Tesla Gen2 handle, if it is one.
    #[cfg(feature = "twc")]
    pub const fn as_twc(&self) -> Option<&GuardedTwc> {
        match self {
            Self::Twc(charger) => Some(charger),
            _ => None,
        }
    }

    /// Who it is.
    pub fn identity(&self) -> Identity {
        self.backend().identity()
    }

    /// What to call it: its own name, else its model, else [`Identity::short`].
    pub fn name(&self) -> String {
        self.backend().name()
    }

    /// Where it is.
    pub fn address(&self) -> Option<Address> {
        self.backend().address()
    }

    /// What it is.
    pub fn device(&self) -> Device {
        self.backend().device()
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        self.backend().state()
    }

    /// Its last readings, however old; see [`last_update`](Self::last_update).
    pub fn telemetry(&self) -> Telemetry {
        self.backend().telemetry()
    }

    /// What it can do.
    pub fn capabilities(&self) -> Capabilities {
        self.backend().capabilities()
    }

    /// What it reports as wrong.
    pub fn faults(&self) -> Vec<Fault> {
        self.backend().faults()
    }

    /// When the last readings came.
    pub fn last_update(&self) -> Option<SystemTime> {
        self.backend().last_update()
    }

    /// What last went wrong with it, however long ago: a command, or the connection.
    pub fn last_error(&self) -> Option<LastError> {
        self.backend().last_error()
    }

    /// All of it.
    pub fn snapshot(&self) -> Snapshot {
        let backend = self.backend();
        Snapshot {
            identity: backend.identity(),
            name: backend.name(),
            address: backend.address(),
            device: backend.device(),
            state: backend.state(),
            telemetry: backend.telemetry(),
            capabilities: backend.capabilities(),
            faults: backend.faults(),
            last_update: backend.last_update(),
            limit_update: backend.limit_update(),
            last_error: backend.last_error(),
        }
    }

    /// What happens at it, from now on. A stream holds the connection open as a handle does: drop it when done.
    pub fn events(&self) -> EventStream {
        self.backend().events()
    }

    fn backend(&self) -> &dyn Backend {
        match self {
            #[cfg(feature = "duosida")]
            Self::Duosida(charger) => charger,
            #[cfg(feature = "em")]
            Self::Em(charger) => charger,
            #[cfg(feature = "twc")]
            Self::Twc(charger) => charger,
            Self::Custom(backend) => &**backend,
        }
    }
}

/// Commands. Each waits for the charger's answer, and ends in bounded time.
///
/// `Ok` says how far the [`Effect`] is known, with warnings. An error says by its [`kind`](Error::kind) whether
/// anything may have happened: with [`Unconfirmed`](crate::ErrorKind::Unconfirmed) nobody knows.
impl Charger {
    /// Starts to charge, unless the guard holds it back.
    ///
    /// # Errors
    /// [`Error::HeldBack`] says when it may be retried; [`Error::CurrentOutOfRange`] and [`Error::Unsupported`]: nothing
    /// was sent; else what the charger says.
    pub async fn start(&self, options: StartOptions) -> Result<Done<Effect>, Error> {
        self.execute(Command::Start(options)).await
    }

    /// Stops charging, or cancels a reservation. **Never refused** by the guard.
    ///
    /// # Errors
    /// What the charger says; [`Error::Unsupported`] where there is no stop.
    pub async fn stop(&self) -> Result<Done<Effect>, Error> {
        self.execute(Command::Stop).await
    }

    /// Stops if a session is open, else starts, by readings of this moment.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh), [`stop`](Self::stop) and [`start`](Self::start).
    pub async fn toggle(&self) -> Result<Done<Effect>, Error> {
        self.execute(Command::Toggle).await
    }

    /// Sets the current that it may draw, rounded down to what it can be told. While it charges, the rule of
    /// [`live limits`](crate::guard::check_limit) decides.
    ///
    /// # Errors
    /// [`Error::CurrentOutOfRange`] and [`Error::LiveLimit`]: nothing was sent; else what the charger says.
    pub async fn set_current(
        &self,
        current: Milliamps,
        requester: Requester,
    ) -> Result<Done<Effect>, Error> {
        self.execute(Command::SetCurrent { current, requester })
            .await
    }

    /// Asks for all readings and waits for them.
    ///
    /// # Errors
    /// What the charger says.
    pub async fn refresh(&self) -> Result<Done<Effect>, Error> {
        self.execute(Command::Refresh).await
    }

    /// Carries any command out.
    ///
    /// # Errors
    /// As the command's own method.
    pub async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
        let command = match command {
            Command::Toggle => {
                self.backend().execute(Command::Refresh).await?;
                if self.state().is_session_open() {
                    Command::Stop
                } else {
                    Command::Start(StartOptions::default())
                }
            }
            other => other,
        };
        let command = self
            .admit(command)
            .inspect_err(|error| self.backend().note_refusal(error))?;
        self.backend().execute(command).await
    }

    /// Ends the session and waits for it, and keeps what later programs need; event streams of all clones end. A socket
    /// or a bus that other chargers share stays open.
    pub async fn shutdown(self) {
        self.backend().shutdown().await;
    }

    /// The command with its current as the charger can be told it.
    fn admit(&self, mut command: Command) -> Result<Command, Error> {
        let (Command::Start(StartOptions {
            current: Some(current),
            ..
        })
        | Command::SetCurrent { current, .. }) = &mut command
        else {
            return Ok(command);
        };
        let Some(range) = self.capabilities().current else {
            return Err(Error::unsupported(&self.identity(), "a current"));
        };
        *current = range
            .admit(*current)
            .ok_or_else(|| Error::CurrentOutOfRange {
                charger: self.identity().short(),
                wanted: *current,
                min: range.min,
                max: range.max,
            })?;
        Ok(command)
    }
}

impl fmt::Debug for Charger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Charger").field(&self.identity()).finish()
    }
}

#[cfg(feature = "duosida")]
impl From<GuardedDuosida> for Charger {
    fn from(charger: GuardedDuosida) -> Self {
        Self::Duosida(charger)
    }
}

#[cfg(feature = "em")]
impl From<GuardedEm> for Charger {
    fn from(charger: GuardedEm) -> Self {
        Self::Em(charger)
    }
}

#[cfg(feature = "twc")]
impl From<GuardedTwc> for Charger {
    fn from(charger: GuardedTwc) -> Self {
        Self::Twc(charger)
    }
}
