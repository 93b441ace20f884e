//! What every guarded charger shares: its record in the state file, and the guard that reads and writes it.

#[cfg(any(feature = "duosida", feature = "em"))]
mod start;

use std::sync::Arc;
#[cfg(feature = "em")]
use std::time::Duration;
use std::time::SystemTime;

#[cfg(any(feature = "em", feature = "twc"))]
use tokio::sync::watch;
use tokio::sync::{Mutex, MutexGuard};
use tracing::debug;

#[cfg(any(feature = "duosida", feature = "em"))]
pub(super) use start::PassedStart;

#[cfg(any(feature = "duosida", feature = "em"))]
use super::file::READ_WAIT;
use super::file::{FILE_WAIT, away};
use super::stops::Stops;
use super::{Memory, Warning};
use crate::error::{Error, ErrorKind};
use crate::guard::{History, Policy, Refusal, StopDecision, longer};
use crate::model::{Capabilities, Identity};
use crate::state_store::{ChargerState, StateError, StateFile, StateStore};

/// The record of one charger, and the guard over it. Clones are the same ledger.
#[derive(Clone)]
pub(crate) struct Ledger {
    identity: Identity,
    store: StateStore,
    policy: Policy,
    /// A second stop waits for the first, and is then merged with it if it was confirmed.
    stopping: Arc<Mutex<()>>,
    stops: Stops,
    /// Who uses the file.
    turn: Arc<Mutex<()>>,
    memory: Memory,
    #[cfg(any(feature = "em", feature = "twc"))]
    ended: watch::Sender<bool>,
}

impl Ledger {
    /// The ledger of a charger, with what the file keeps of it.
    pub(super) fn new(
        identity: Identity,
        store: StateStore,
        policy: Policy,
        file: &StateFile,
    ) -> Self {
        let known = file.charger(&identity);
        Self {
            memory: Memory::new(known.and_then(|known| known.midnight)),
            identity,
            store,
            policy,
            stopping: Arc::default(),
            stops: Stops::default(),
            turn: Arc::default(),
            #[cfg(any(feature = "em", feature = "twc"))]
            ended: watch::Sender::new(false),
        }
    }

    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What the charger can do, within what it may.
    pub(crate) fn within_limit(&self, mut capabilities: Capabilities) -> Capabilities {
        if let (Some(range), Some(max)) = (&mut capabilities.current, self.policy.max_current) {
            range.max = range.max.min(max);
        }
        capabilities
    }

    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) const fn policy(&self) -> Policy {
        self.policy
    }

    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Ends the event streams of all clones.
    #[cfg(any(feature = "em", feature = "twc"))]
    pub(crate) fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Refuses everything after [`end`](Self::end): the socket or bus may be another's meanwhile.
    #[cfg(any(feature = "em", feature = "twc"))]
    pub(crate) fn check_open(&self) -> Result<(), Error> {
        if *self.ended.borrow() {
            let charger = self.identity.short();
            return Err(Error::ShutDown { charger });
        }
        Ok(())
    }

    /// Comes to its end with [`end`](Self::end).
    #[cfg(any(feature = "em", feature = "twc"))]
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut ended = self.ended.subscribe();
        async move {
            // Fails when no handle is left, which is an end as well.
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// Keeps the last midnight's counter, so that a program that begins later this day knows its energy too.
    pub(crate) async fn keep_midnight(&self) {
        let midnight = self.memory.midnight();
        if midnight.is_none() {
            return;
        }
        if let Err(error) = self.remember(move |state| state.midnight = midnight).await {
            debug!(%error, "the midnight is not kept");
        }
    }

    /// What is remembered of the charger, if that can be read without a long wait.
    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) async fn read(&self) -> Option<ChargerState> {
        let read = away(&self.store, &self.turn, READ_WAIT, StateStore::read);
        let file = read.await.ok()?;
        file.charger(&self.identity).cloned()
    }

    /// Passes a command to close contactors, and writes the attempt down as a start. Returns the record before, as far as
    /// it can be read.
    #[cfg(feature = "twc")]
    pub(super) async fn begin_close(
        &self,
        force: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<ChargerState>, Error> {
        let policy = self.policy;
        let check = move |now, history: &History| policy.check_close(now, history, force);
        self.begin(check, force, warnings).await
    }

    async fn begin(
        &self,
        check: impl Fn(SystemTime, &History) -> Result<(), Refusal> + Send + 'static,
        force: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<ChargerState>, Error> {
        let now = SystemTime::now();
        let own = self.stops.last(now);
        let passed = self
            .update(move |state| {
                let told = state.history();
                // The clock may have been set since, which makes a stop of our own no older.
                let known = History {
                    last_stop: own.or(told.last_stop),
                    ..told
                };
                longer(check(now, &told), check(now, &known))?;
                let before = state.clone();
                state.note_start(now);
                Ok(before)
            })
            .await;
        match passed {
            Ok(before) => {
                let earlier = before.unconfirmed_start();
                warnings.extend(earlier.map(|at| Warning::EarlierStart { at }));
                Ok(Some(before))
            }
            Err(Error::State(error)) if force => {
                warnings.push(error.into());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Nothing was sent after all, so the command to close contactors that was written down holds nothing back.
    #[cfg(feature = "twc")]
    pub(super) async fn take_back_close(&self, before: ChargerState, warnings: &mut Vec<Warning>) {
        let restored = self.remember(move |state| {
            state.last_start_unix_ms = before.last_start_unix_ms;
            state.last_start_unconfirmed = before.last_start_unconfirmed;
        });
        self.warn(restored, warnings).await;
    }

    /// Writes down that it is known what came of a start, unless the error says that nobody knows.
    pub(super) async fn end_start(&self, failure: Option<ErrorKind>, warnings: &mut Vec<Warning>) {
        if failure == Some(ErrorKind::Unconfirmed) {
            return;
        }
        let known = self.remember(|state| state.last_start_unconfirmed = false);
        self.warn(known, warnings).await;
    }

    /// Whether a start was sent a moment ago, by any process; what cannot be read may hold one.
    #[cfg(feature = "em")]
    pub(super) async fn started_within(&self, limit: Duration) -> bool {
        let now = SystemTime::now();
        let is_young = |at| now.duration_since(at).is_ok_and(|ago| ago < limit);
        self.read()
            .await
            .is_none_or(|state| state.history().last_start.is_some_and(is_young))
    }

    /// Stops one after the other.
    pub(super) async fn one_stop(&self) -> MutexGuard<'_, ()> {
        self.stopping.lock().await
    }

    /// What to do with a stop. One that `counts`, since it may move a contactor, is written down before it is sent.
    pub(super) async fn begin_stop(
        &self,
        counts: bool,
        warnings: &mut Vec<Warning>,
    ) -> StopDecision {
        self.stops.begin(counts);
        let now = SystemTime::now();
        let policy = self.policy;
        let decision = self.remember(move |state| {
            let decision = policy.check_stop(now, &state.history());
            if counts && decision == StopDecision::Send {
                state.note_stop(now, false);
            }
            decision
        });
        decision.await.unwrap_or_else(|error| {
            warnings.push(error.into());
            StopDecision::Send
        })
    }

    /// Writes down what came of a stop, and `change`.
    pub(super) async fn end_stop(
        &self,
        counts: bool,
        confirmed: bool,
        warnings: &mut Vec<Warning>,
        change: impl FnOnce(&mut ChargerState) + Send + 'static,
    ) {
        if counts {
            self.stops.end();
        }
        let now = SystemTime::now();
        let noted = self.remember(move |state| {
            if counts {
                // What the charger confirms was before a start that went out since, so no repeat is merged with it.
                let History {
                    last_start,
                    last_stop,
                } = state.history();
                let began = last_stop.map(|stop| stop.at);
                let started_since = last_start.is_some() && last_start >= began;
                state.note_stop(now, confirmed && !started_since);
            }
            if confirmed {
                state.last_start_unconfirmed = false;
            }
            change(state);
        });
        self.warn(noted, warnings).await;
    }

    /// Makes a change that is worth a warning when it fails. A file that failed a moment ago is told of already.
    pub(super) async fn warn(
        &self,
        change: impl Future<Output = Result<(), StateError>>,
        warnings: &mut Vec<Warning>,
    ) {
        if warnings
            .iter()
            .any(|known| matches!(known, Warning::State(_)))
        {
            return;
        }
        warnings.extend(change.await.err().map(Warning::from));
    }

    /// A change of this charger's record that cannot fail by itself.
    pub(super) async fn remember<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut ChargerState) -> T + Send + 'static,
    ) -> Result<T, StateError> {
        self.update(move |state| Ok::<T, StateError>(change(state)))
            .await
    }

    /// A change of this charger's record. One that takes longer than [`FILE_WAIT`] is an error.
    pub(super) async fn update<T, E>(
        &self,
        change: impl FnOnce(&mut ChargerState) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StateError> + Send + 'static,
    {
        let identity = self.identity.clone();
        self.update_file(move |file| change(file.charger_mut(&identity)))
            .await
    }

    /// [`update`](Self::update) for what concerns the records of others too.
    pub(super) async fn update_file<T, E>(
        &self,
        change: impl FnOnce(&mut StateFile) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StateError> + Send + 'static,
    {
        away(&self.store, &self.turn, FILE_WAIT, move |store| {
            store.update(change)
        })
        .await
    }
}

#[cfg(all(test, feature = "em"))]
mod tests;
