//! The state file away from the runtime's threads, and for a limited time: a file system that hangs holds up no stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::warn;

use crate::state_store::{LOCK_WAIT, StateError, StateFile, StateStore};

/// How long a use of the file may take: the lock of another process, and some reserve.
pub(super) const FILE_WAIT: Duration = LOCK_WAIT.saturating_add(Duration::from_millis(500));
/// How long a stop waits for what it would like to know; reading needs no lock.
#[cfg(any(feature = "duosida", feature = "em"))]
pub(super) const READ_WAIT: Duration = Duration::from_secs(1);

/// Uses the file, one after the other. What takes longer than `limit` is an error and goes on by itself, so it may still
/// be written down when the file system answers again; what waits for its turn until then is not done at all.
pub(super) async fn away<T, E>(
    store: &StateStore,
    turn: &Arc<Mutex<()>>,
    limit: Duration,
    work: impl FnOnce(&StateStore) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StateError> + Send + 'static,
{
    let failed = |source| {
        E::from(StateError::Io {
            path: store.path().to_owned(),
            source,
        })
    };
    let done = async {
        // A file that hangs costs one thread, however often it is asked for.
        let turn = Arc::clone(turn).lock_owned().await;
        let store = store.clone();
        spawn_blocking(move || {
            let _turn = turn;
            work(&store)
        })
        .await
    };
    match timeout(limit, done).await {
        Ok(Ok(result)) => result,
        Ok(Err(stopped)) => Err(failed(io::Error::other(stopped))),
        Err(_) => Err(failed(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {limit:?}"),
        ))),
    }
}

/// The state file for a look at a charger, which needs no guard: what cannot be read is a warning in the log.
pub(super) async fn look(store: &StateStore) -> StateFile {
    let turn = Arc::default();
    let read = away(store, &turn, FILE_WAIT, StateStore::read).await;
    read.unwrap_or_else(|error| {
        warn!(%error, "going on without the state file");
        StateFile::default()
    })
}
