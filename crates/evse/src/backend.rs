//! The surface of a charger as an object-safe trait: for mocks, and for chargers that this crate does not know.

use std::time::SystemTime;

use async_trait::async_trait;
use futures_core::stream::BoxStream;

use crate::address::Address;
use crate::error::Error;
use crate::guarded::Done;
use crate::model::{
    Capabilities, Command, Device, Effect, Event, Fault, Identity, LastError, State, Telemetry,
};

/// Events of one charger. Dropping it ends it.
pub type EventStream = BoxStream<'static, Event>;

/// A charger, as [`Charger`](crate::Charger) sees it.
///
/// The families of this crate stand behind it, and so may a mock or a charger of the application's own:
/// [`Charger::custom`](crate::Charger::custom). Values are read at once, from what is known; only commands wait.
///
/// The guard's rules are not applied from outside: a backend that switches contactors keeps them itself, with
/// [`guard`](crate::guard) and [`state_store`](crate::state_store).
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Who it is.
    fn identity(&self) -> Identity;

    /// What to call it: its own name, else what it is. The default is [`Identity::short`].
    fn name(&self) -> String {
        self.identity().short()
    }

    /// Where it is, if an [`Address`] can tell. The default is `None`.
    fn address(&self) -> Option<Address> {
        None
    }

    /// What it is. The default is empty.
    fn device(&self) -> Device {
        Device::default()
    }

    /// What it is doing.
    fn state(&self) -> State;

    /// Its last readings.
    fn telemetry(&self) -> Telemetry;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// What it reports as wrong. The default is nothing.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }

    /// When the last readings came.
    fn last_update(&self) -> Option<SystemTime>;

    /// No older than this is the limit that it reports. The default is that of the last readings.
    fn limit_update(&self) -> Option<SystemTime> {
        self.last_update()
    }

    /// What last went wrong with it. The default is nothing.
    fn last_error(&self) -> Option<LastError> {
        None
    }

    /// What happens at it, from now on. It must not miss what happens after this returns.
    fn events(&self) -> EventStream;

    /// Carries a command out. [`Command::Toggle`] never comes here, and currents come within
    /// [`Capabilities::current`], in its steps.
    ///
    /// # Errors
    /// Says whether anything may have happened, by [`Error::kind`]. For what the charger cannot do, and for commands of
    /// later versions: [`Error::unsupported`].
    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error>;

    /// A command was refused before it came here, for its current is none of the charger's. For
    /// [`last_error`](Self::last_error); the default forgets it.
    fn note_refusal(&self, _error: &Error) {}

    /// Ends what only this charger needs, and keeps what later programs need. The default does nothing.
    async fn shutdown(&self) {}
}
