//! A Duosida charger behind the guard: every start and stop of this program goes through here.

mod record;
mod slot;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use duosida_client::proto::config::Setting;
use duosida_client::proto::session::{Completion, Event};
use duosida_client::{Charger, Link, Options, Peer};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::sync::Mutex;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::adapter::duosida::session_quirks;
use crate::address::Address;
use crate::error::Error;
use crate::guard::{Policy, StopDecision};
use crate::model::{Identity, Protocol};
use crate::state_store::{StateError, StateFile, StateStore};
use record::remembered;

/// What a guarded command came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Done {
    /// How far the charger confirmed it. `None` for a stop that was merged with one confirmed a moment ago.
    pub completion: Option<Completion>,
    /// What could not be kept in the state file. The command itself was carried out.
    pub warnings: Vec<StateError>,
}

/// A live Duosida charger whose starts and stops pass the guard and the state file.
///
/// Everything that needs no guard is on [`GuardedDuosida::charger`]. Clones share the session.
#[derive(Clone)]
pub struct GuardedDuosida {
    charger: Charger,
    identity: Identity,
    store: StateStore,
    policy: Policy,
    /// A second stop waits for the first, and is then merged with it if it was confirmed.
    stopping: Arc<Mutex<()>>,
    /// What happened since the connection, until someone looks.
    events: Arc<Mutex<BoxStream<'static, Event>>>,
}

impl GuardedDuosida {
    /// Connects, and returns when the session is ready and the charger has said who it is.
    ///
    /// What the state file knows of the charger (by the expected identity in `options`, else by its address) goes into
    /// the session; what cannot be read there is a warning in the log, since looking at a charger needs no guard.
    ///
    /// # Errors
    /// A name that cannot be resolved, or whatever [`Charger::connect`] says.
    pub async fn connect(
        address: &Address,
        options: Options,
        store: StateStore,
        policy: Policy,
    ) -> Result<Self, Error> {
        Self::connect_with_progress(address, options, store, policy, |_| {}).await
    }

    /// [`connect`](Self::connect) that tells how it goes, such as the wait for a busy charger.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with_progress(
        address: &Address,
        mut options: Options,
        store: StateStore,
        policy: Policy,
        mut progress: impl FnMut(&Link),
    ) -> Result<Self, Error> {
        let socket = resolve(address).await?;
        let file = store.read().unwrap_or_else(|error| {
            warn!(%error, "going on without the state file");
            StateFile::default()
        });
        let known = remembered(&file, &options, address)
            .cloned()
            .unwrap_or_default();
        if let Some(quirks) = known.quirks {
            options.session.quirks = session_quirks(quirks);
        }
        // With too little time to wait, trying is all that is left.
        let wait = slot::wait(&known, SystemTime::now())
            .filter(|wait| options.deadline.is_none_or(|limit| *wait < limit));
        if let Some(wait) = wait {
            progress(&Link::Waiting {
                until: Instant::now() + wait,
                reason: duosida_client::Error::Busy {
                    charger: Peer::Address(socket),
                },
            });
            sleep(wait).await;
            options.deadline = options.deadline.map(|limit| limit.saturating_sub(wait));
        }
        let began = SystemTime::now();
        let mut refused = false;
        let charger = Charger::connect_with_progress(socket, options, |link| {
            refused |= matches!(link, Link::Waiting { .. });
            progress(link);
        })
        .await?;
        let slot_stays_busy = slot::learned(&known, began, refused);
        let events = charger.events().boxed();
        let serial = charger
            .identity()
            .map(|identity| identity.identifier)
            .unwrap_or_default();
        let guarded = Self {
            charger,
            identity: Identity::new(Protocol::Duosida, serial),
            store,
            policy,
            stopping: Arc::default(),
            events: Arc::new(Mutex::new(events)),
        };
        let text = address.to_string();
        if let Err(error) = guarded
            .remember(move |state| {
                state.address = Some(text);
                state.slot_stays_busy = slot_stays_busy;
            })
            .await
        {
            debug!(%error, "the address is not kept");
        }
        Ok(guarded)
    }

    /// The session itself: status, events, configuration. Its own `start` and `stop` pass no guard.
    pub const fn charger(&self) -> &Charger {
        &self.charger
    }

    /// Who it is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Starts charging, unless a stop was sent within the spacing of the policy; `force` passes in any case.
    ///
    /// The attempt is written down before a byte is sent, so that other processes see it.
    ///
    /// # Errors
    /// [`Error::HeldBack`] says when it may be retried; [`Error::State`] when the guard cannot tell (`force` passes);
    /// else what the charger says.
    pub async fn start(&self, id_tag: Option<String>, force: bool) -> Result<Done, Error> {
        let now = SystemTime::now();
        let policy = self.policy;
        let mut warnings = Vec::new();
        let checked = self
            .update(move |state| {
                policy.check_start(now, &state.history(), force)?;
                state.note_start(now);
                Ok(())
            })
            .await;
        match checked {
            Ok(()) => {}
            Err(Error::State(error)) if force => warnings.push(error),
            Err(error) => return Err(error),
        }
        let result = self.charger.start(id_tag).await;
        if matches!(result, Ok(Completion::Verified)) {
            self.await_transaction().await;
        }
        self.learn(&mut warnings).await;
        Ok(Done {
            completion: Some(result?),
            warnings,
        })
    }

    /// Stops charging. **Never refused**: a state file that cannot be used is a warning in the result. Within two
    /// seconds after a stop that the charger confirmed, with no start since, it is done already and not sent again.
    ///
    /// # Errors
    /// What the charger says.
    pub async fn stop(&self, transaction_id: Option<i64>) -> Result<Done, Error> {
        let _one_after_the_other = self.stopping.lock().await;
        let now = SystemTime::now();
        let policy = self.policy;
        let mut warnings = Vec::new();
        let decision = self
            .remember(move |state| {
                let decision = policy.check_stop(now, &state.history());
                if decision == StopDecision::Send {
                    state.note_stop(now, false);
                }
                decision
            })
            .await;
        match decision {
            Ok(StopDecision::Merge) => {
                return Ok(Done {
                    completion: None,
                    warnings,
                });
            }
            Ok(StopDecision::Send) => {}
            Err(error) => warnings.push(error),
        }
        let completion = self.send_stop(transaction_id).await?;
        let confirmed = completion == Completion::Verified;
        let after = SystemTime::now();
        let noted = self.remember(move |state| {
            state.note_stop(after, confirmed);
            if confirmed {
                state.transaction_id = None;
            }
        });
        if warnings.is_empty()
            && let Err(error) = noted.await
        {
            warnings.push(error);
        }
        Ok(Done {
            completion: Some(completion),
            warnings,
        })
    }

    /// Writes a setting, and notes the wear of the charger's flash.
    ///
    /// # Errors
    /// What the charger says; a value outside its range is refused before a byte is sent.
    pub async fn set(&self, setting: Setting) -> Result<Done, Error> {
        let mut warnings = Vec::new();
        let completion = self.charger.set(setting).await?;
        let now = SystemTime::now();
        if let Err(error) = self
            .remember(move |state| state.note_flash_write(now))
            .await
        {
            warnings.push(error);
        }
        self.learn(&mut warnings).await;
        Ok(Done {
            completion: Some(completion),
            warnings,
        })
    }

    /// Ends the session and waits for it. What a later stop needs is kept in the state file.
    pub async fn shutdown(self) {
        self.keep_transaction().await;
        self.charger.clone().shutdown().await;
        let end = SystemTime::now();
        if let Err(error) = self
            .remember(move |state| state.note_session_end(end))
            .await
        {
            debug!(%error, "the end of the session is not kept");
        }
    }

    /// Sends a stop. A session that is too young to know the transaction is helped by what an earlier one saw; if that
    /// is out of date, the session has its own way.
    async fn send_stop(
        &self,
        transaction_id: Option<i64>,
    ) -> Result<Completion, duosida_client::Error> {
        let known = transaction_id.or_else(|| self.charger.status().transaction_id);
        if known.is_none()
            && let Some(earlier) = self.earlier_transaction()
        {
            debug!("stopping the transaction that an earlier session saw");
            match self.charger.stop(Some(earlier)).await {
                Err(duosida_client::Error::Refused { .. }) => {}
                other => return other,
            }
        }
        self.charger.stop(transaction_id).await
    }
}

/// The first IP address of the host; IPv4 first, which is all that these chargers speak.
async fn resolve(address: &Address) -> Result<SocketAddr, Error> {
    let failed = |reason: String| Error::Resolve {
        address: address.clone(),
        reason,
    };
    let found: Vec<SocketAddr> = tokio::net::lookup_host((address.host(), address.port()))
        .await
        .map_err(|error| failed(error.to_string()))?
        .collect();
    let first = found
        .iter()
        .find(|found| found.is_ipv4())
        .or_else(|| found.first());
    first
        .copied()
        .ok_or_else(|| failed("no address".to_owned()))
}
