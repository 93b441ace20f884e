//! A Duosida charger behind the guard.

mod learned;
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
use tracing::debug;

use crate::adapter::duosida::{session_quirks, session_state};
use crate::address::Address;
use crate::backend::Backend;
use crate::error::Error;
use crate::guard::{Policy, Requester, StopDecision};
use crate::guarded::file::look;
use crate::guarded::ledger::{Ledger, PassedStart};
use crate::guarded::{Done, Warning, resolve, unresolved};
use crate::model::{Identity, Protocol};
use crate::state_store::StateStore;
use crate::units::Milliamps;
use learned::remembered;

/// A live Duosida charger whose starts and stops pass the guard and the state file.
///
/// Everything that needs no guard is on [`GuardedDuosida::charger`]. Clones share the session.
#[derive(Clone)]
pub struct GuardedDuosida {
    charger: Charger,
    address: Address,
    ledger: Ledger,
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
        let socket = first_address(address).await?;
        let file = look(&store).await;
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
        let identity = Identity::new(Protocol::Duosida, serial);
        let guarded = Self {
            charger,
            address: address.clone(),
            ledger: Ledger::new(identity, store, policy, &file),
            events: Arc::new(Mutex::new(events)),
        };
        let text = address.to_string();
        if let Err(error) = guarded
            .ledger
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

    /// Where it was connected to.
    pub const fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Who it is.
    pub const fn identity(&self) -> &Identity {
        self.ledger.identity()
    }

    /// Starts charging, unless a stop was sent within the spacing of the policy; `force` passes in any case.
    ///
    /// The attempt is written down before a byte is sent, so that other processes see it. A stop that comes before it was
    /// sent keeps it from being sent, whether forced or not.
    ///
    /// # Errors
    /// [`Error::HeldBack`] says when it may be retried; [`Error::State`] when the guard cannot tell (`force` passes);
    /// [`Error::AlreadyCharging`]; else what the charger says.
    pub async fn start(
        &self,
        id_tag: Option<String>,
        force: bool,
    ) -> Result<Done<Option<Completion>>, Error> {
        self.start_with(None, id_tag, force).await
    }

    /// [`start`](Self::start) with a current, A, which the protocol's start does not have: it is set before, when the
    /// guard has passed the start, unless the charger reports it already, since flash memory wears. Without one the
    /// charger keeps the current that it has, and is set to [`Policy::max_current`] if it has or may have more.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`set_max_current`](Self::set_max_current).
    pub async fn start_with(
        &self,
        amps: Option<u8>,
        id_tag: Option<String>,
        force: bool,
    ) -> Result<Done<Option<Completion>>, Error> {
        if let Some(amps) = amps {
            self.check_current(amps)?;
        }
        let mut warnings = Vec::new();
        let passed = self
            .ledger
            .begin_start(SystemTime::now(), force, &mut warnings)
            .await?;
        if let Err(error) = self.prepare_start(amps, &passed, &mut warnings).await {
            // No start was sent.
            self.ledger.end_start(None, &mut warnings).await;
            return Err(error);
        }
        let result = self.charger.start(id_tag).await;
        let result = result.map_err(|error| self.why_not_started(error));
        if matches!(result, Ok(Completion::Verified)) {
            self.await_transaction().await;
        }
        let failure = result.as_ref().err().map(Error::kind);
        self.ledger.end_start(failure, &mut warnings).await;
        self.learn(&mut warnings).await;
        Ok(Done {
            completion: Some(result?),
            warnings,
        })
    }

    /// What comes between the guard and a start: the current, which takes its time.
    async fn prepare_start(
        &self,
        amps: Option<u8>,
        passed: &PassedStart,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Error> {
        let amps = match amps {
            Some(amps) => Some(amps),
            None => self.start_current().await,
        };
        if let Some(amps) = amps
            && self.reported_limit(Requester::Person).await != Some(centiamps(amps))
        {
            // Flash memory is not worn for a start that is not sent.
            self.ledger.check_overtaken(passed)?;
            let set = self.set_max_current(amps, Requester::Person).await?;
            warnings.extend(set.warnings);
        }
        self.ledger.send_start(passed, warnings).await
    }

    /// A charger says no more than no to a start; its state tells when it charges already.
    fn why_not_started(&self, error: duosida_client::Error) -> Error {
        let state = session_state(true, self.charger.status().state);
        if matches!(error, duosida_client::Error::Refused { .. }) && state.is_session_open() {
            let charger = self.identity().short();
            return Error::AlreadyCharging { charger };
        }
        Error::from(error)
    }

    /// Stops charging. **Never refused**: a state file that cannot be used is a warning in the result. Within two
    /// seconds after a stop that the charger confirmed, with no start since, it is done already and not sent again.
    ///
    /// # Errors
    /// What the charger says.
    pub async fn stop(
        &self,
        transaction_id: Option<i64>,
    ) -> Result<Done<Option<Completion>>, Error> {
        let _one_after_the_other = self.ledger.one_stop().await;
        let mut warnings = Vec::new();
        if self.ledger.begin_stop(true, &mut warnings).await == StopDecision::Merge {
            return Ok(Done {
                completion: None,
                warnings,
            });
        }
        let completion = self.send_stop(transaction_id).await?;
        let confirmed = completion == Completion::Verified;
        self.ledger
            .end_stop(true, confirmed, &mut warnings, move |state| {
                if confirmed {
                    state.transaction_id = None;
                }
            })
            .await;
        Ok(Done {
            completion: Some(completion),
            warnings,
        })
    }

    /// Limits the current, A: 6 to 32 and not above the rating; it takes effect while charging too. Automatic control
    /// writes flash memory at most once within the spacing of the policy, and nothing when the charger reports that
    /// limit already: then the completion is `Verified`. A report counts for nothing once another limit was sent after it;
    /// for [`Requester::Protection`] it must be of the last seconds too, and the charger is asked if it is not.
    ///
    /// # Errors
    /// [`Error::CurrentOutOfRange`] above [`Policy::max_current`]; for automatic control [`Error::FlashWear`], which says
    /// when it may be retried, and [`Error::State`] when that cannot be told; else as [`set`](Self::set).
    pub async fn set_max_current(
        &self,
        amps: u8,
        requester: Requester,
    ) -> Result<Done<Option<Completion>>, Error> {
        self.check_current(amps)?;
        // Asking takes time, which a circuit may not have.
        let is_urgent = requester == Requester::Protection
            && self.ledger.doubts(self.charger.status().limit_age);
        if requester.spares_repeats()
            && !is_urgent
            && self.reported_limit(requester).await == Some(centiamps(amps))
        {
            return Ok(Done::new(Some(Completion::Verified)));
        }
        self.write(Setting::MaxCurrent { amps }, requester).await
    }

    fn check_current(&self, amps: u8) -> Result<(), Error> {
        let range = Backend::capabilities(self).current;
        self.ledger.check_current(amps, range)
    }

    /// The current that is to be set before a start that names none, A.
    async fn start_current(&self) -> Option<u8> {
        self.ledger.policy().max_current?;
        let reported = self.reported_limit(Requester::Person).await;
        let reported = reported.map(|reported| Milliamps(u32::from(reported) * 10));
        let range = Backend::capabilities(self).current;
        self.ledger.start_current(reported, range)
    }

    /// The limit that the charger has, 0.01 A. When its last word on that is not to be relied on, the charger is asked,
    /// which wears nothing.
    async fn reported_limit(&self, requester: Requester) -> Option<u16> {
        let known = || {
            let status = self.charger.status();
            let is_so = self.ledger.believes(status.limit_age, requester);
            status.limit_reported_centiamps.filter(|_| is_so)
        };
        if known().is_none()
            && let Err(error) = self.charger.configuration().await
        {
            debug!(%error, "the charger does not tell its limit");
        }
        known()
    }

    /// Writes a setting, and notes the wear of the charger's flash before it is sent.
    ///
    /// # Errors
    /// What the charger says; a value outside its range, or a current above [`Policy::max_current`], is refused before a
    /// byte is sent.
    pub async fn set(&self, setting: Setting) -> Result<Done<Option<Completion>>, Error> {
        let setting = setting.typed();
        if let Setting::MaxCurrent { amps } = setting {
            self.check_current(amps)?;
        }
        self.write(setting, Requester::Person).await
    }

    async fn write(
        &self,
        setting: Setting,
        requester: Requester,
    ) -> Result<Done<Option<Completion>>, Error> {
        let mut warnings = Vec::new();
        let written = self.ledger.begin_setting(requester, &mut warnings).await?;
        let result = self.charger.set(setting).await.map_err(Error::from);
        let shows = matches!(result, Ok(Completion::Verified));
        self.ledger
            .end_setting(written, shows, result.as_ref().err(), &mut warnings)
            .await;
        self.learn(&mut warnings).await;
        Ok(Done {
            completion: Some(result?),
            warnings,
        })
    }

    /// Ends the session and waits for it. What a later stop needs is kept in the state file.
    pub async fn shutdown(self) {
        self.keep_transaction().await;
        self.ledger.keep_midnight().await;
        self.charger.clone().shutdown().await;
        let end = SystemTime::now();
        if let Err(error) = self
            .ledger
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
            && let Some(earlier) = self.earlier_transaction().await
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

fn centiamps(amps: u8) -> u16 {
    u16::from(amps) * 100
}

/// The first IP address of the host; IPv4 first, which is all that these chargers speak.
async fn first_address(address: &Address) -> Result<SocketAddr, Error> {
    let Address::Duosida { host, port } = address else {
        return Err(Error::OtherProtocol {
            address: address.clone(),
            wanted: Protocol::Duosida,
        });
    };
    let found = resolve(address, host, *port).await?;
    let first = found
        .iter()
        .find(|found| found.is_ipv4())
        .or_else(|| found.first());
    first
        .copied()
        .ok_or_else(|| unresolved(address, "no address".to_owned()))
}
