//! What every guarded charger shares: its record in the state file, and the guard that reads and writes it.

use std::sync::Arc;
use std::time::SystemTime;

#[cfg(any(feature = "em", feature = "twc"))]
use tokio::sync::watch;
use tokio::sync::{Mutex, MutexGuard};
use tracing::{debug, warn};

use super::{Memory, Warning};
use crate::error::{Error, ErrorKind};
use crate::guard::{History, Policy, Refusal, StopDecision};
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

    /// What is remembered of the charger, if that can be read.
    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) fn read(&self) -> Option<ChargerState> {
        let file = self.store.read().ok()?;
        file.charger(&self.identity).cloned()
    }

    /// Passes a start that takes effect at `at`, and writes the attempt down, so that other processes see it before a
    /// byte is sent.
    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) async fn begin_start(
        &self,
        at: SystemTime,
        force: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Error> {
        let policy = self.policy;
        let check = move |now, history: &History| {
            policy
                .check_start(at, history, force)
                .or_else(|_| policy.check_start(now, history, force))
        };
        self.begin(check, force, warnings).await.map(drop)
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
        check: impl FnOnce(SystemTime, &History) -> Result<(), Refusal> + Send + 'static,
        force: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<ChargerState>, Error> {
        let now = SystemTime::now();
        let passed = self
            .update(move |state| {
                check(now, &state.history())?;
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
    pub(super) fn started_within(&self, limit: std::time::Duration) -> bool {
        let now = SystemTime::now();
        let is_young = |at| now.duration_since(at).is_ok_and(|ago| ago < limit);
        self.read()
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
        let now = SystemTime::now();
        let noted = self.remember(move |state| {
            if counts {
                state.note_stop(now, confirmed);
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

    /// A change of this charger's record, away from the runtime's threads since it may wait for the lock.
    pub(super) async fn update<T, E>(
        &self,
        change: impl FnOnce(&mut ChargerState) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StateError> + Send + 'static,
    {
        let store = self.store.clone();
        let identity = self.identity.clone();
        let path = self.store.path().to_owned();
        tokio::task::spawn_blocking(move || {
            store.update(|file| change(file.charger_mut(&identity)))
        })
        .await
        .unwrap_or_else(|stopped| {
            Err(E::from(StateError::Io {
                path,
                source: std::io::Error::other(stopped),
            }))
        })
    }
}

/// The state file for a look at a charger, which needs no guard: what cannot be read is a warning in the log.
pub(super) fn look(store: &StateStore) -> StateFile {
    store.read().unwrap_or_else(|error| {
        warn!(%error, "going on without the state file");
        StateFile::default()
    })
}
