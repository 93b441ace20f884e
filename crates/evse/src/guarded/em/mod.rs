//! An EVSEMaster charger behind the guard.

mod find;

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use em_client::proto::message::Identifier;
use em_client::proto::session::{RequestFailure, Session, StartRequest, Started, Stopped};
use em_client::{Evse, Options};
use tokio::time::{sleep, timeout};
use tracing::debug;

use find::take_place;
pub(crate) use find::{learned_at, place};

use super::file::look;
use super::ledger::{Ledger, PassedStart};
use super::{Done, Warning};
use crate::adapter::em;
use crate::backend::Backend;
use crate::error::{Error, ErrorKind};
use crate::guard::{LimitDecision, Policy, Requester, StopDecision, check_limit};
use crate::model::{Identity, State};
use crate::state_store::{LiveLimit, StateError, StateStore};
use crate::units::Milliamps;

/// An EVSEMaster charger whose starts, stops and currents pass the guard and the state file.
///
/// Everything that needs no guard is on [`GuardedEm::evse`]. Clones share the session.
#[derive(Clone)]
pub struct GuardedEm {
    evse: Evse,
    ledger: Ledger,
    is_new: bool,
}

impl GuardedEm {
    /// Options for a program that ends after a command or two: it never logs in, so whichever client the charger pushes
    /// to, such as the vendor's app, stays that client. Commands work all the same, for each carries the PIN; readings
    /// are asked for by [`Evse::refresh`].
    pub fn one_shot(mut options: Options) -> Options {
        options.endpoint.session.auto_login = false;
        options
    }

    /// Guards a charger of a communicator.
    ///
    /// What the state file knows of it goes into the session, and where it is into the state file; what cannot be read
    /// or kept there is only logged, since looking at a charger needs no guard.
    pub async fn new(evse: Evse, store: StateStore, policy: Policy) -> Self {
        let file = look(&store).await;
        let ledger = Ledger::new(em::identity(evse.serial()), store, policy, &file);
        let known = file.charger(ledger.identity());
        let live_limit = known.map_or(LiveLimit::Unknown, |known| known.live_limit);
        if live_limit != LiveLimit::Unknown {
            evse.set_live_limit(em::session_live_limit(live_limit));
        }
        let is_new = known.is_none();
        let guarded = Self {
            evse,
            ledger,
            is_new,
        };
        guarded.keep().await;
        guarded
    }

    /// The charger itself: readings, settings, history. Its own `charge_start`, `charge_stop` and `set_max_current` pass
    /// no guard.
    pub const fn evse(&self) -> &Evse {
        &self.evse
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Who it is.
    pub const fn identity(&self) -> &Identity {
        self.ledger.identity()
    }

    /// Whether the state file knew nothing of it.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        self.evse.read(em::session_state).unwrap_or(State::Offline)
    }

    /// Whether it takes another current while it charges: as the state file says, else as is known of the model.
    pub fn live_limit(&self) -> LiveLimit {
        let capabilities = self.evse.capabilities();
        capabilities.map_or(LiveLimit::Unknown, |known| {
            em::remembered_live_limit(known.live_limit)
        })
    }

    /// States whether it takes another current while it charges, for this and later programs.
    ///
    /// # Errors
    /// [`Error::State`] when it cannot be kept; this program counts on it all the same.
    pub async fn set_live_limit(&self, live_limit: LiveLimit) -> Result<(), Error> {
        self.evse.set_live_limit(em::session_live_limit(live_limit));
        self.ledger
            .remember(move |state| state.live_limit = live_limit)
            .await?;
        Ok(())
    }

    /// Starts charging, now or later, unless it would charge within the spacing after a stop; `force` passes in any
    /// case. To replace a charge that runs needs `force` as well, for it switches the contactor off and on again.
    ///
    /// The attempt is written down before a byte is sent, so that other processes see it. If nobody knows what came of
    /// it ([`ErrorKind::Unconfirmed`]), that stays written down, and the next start carries a warning. A stop that comes
    /// before it was sent keeps it from being sent, whether forced or not.
    ///
    /// Without a current the charge has the charger's own, or [`Policy::max_current`] where that is or may be more.
    ///
    /// # Errors
    /// [`Error::HeldBack`] says when it may be retried; [`Error::ReplacesCharge`]; [`Error::CurrentOutOfRange`] above
    /// [`Policy::max_current`]; [`Error::State`] when the guard cannot tell (`force` passes); else what the charger says.
    pub async fn start(&self, request: StartRequest, force: bool) -> Result<Done<Started>, Error> {
        if let Some(amps) = request.current_a {
            self.check_current(amps)?;
        }
        let mut warnings = Vec::new();
        let passed = self
            .ledger
            .begin_start(moment(&request), force, &mut warnings)
            .await?;
        let result = self
            .order_start(request, force, &passed, &mut warnings)
            .await;
        let failure = result.as_ref().err().map(Error::kind);
        self.ledger.end_start(failure, &mut warnings).await;
        self.keep().await;
        Ok(Done {
            completion: result?,
            warnings,
        })
    }

    async fn order_start(
        &self,
        mut request: StartRequest,
        force: bool,
        passed: &PassedStart,
        warnings: &mut Vec<Warning>,
    ) -> Result<Started, Error> {
        if !self.evse.is_logged_in() {
            // Without pushes the last readings may be of another time.
            self.evse.refresh().await?;
        }
        let replaces = request.replace && self.is_session_open().await?;
        if replaces && !force {
            return Err(Error::ReplacesCharge {
                charger: self.identity().short(),
            });
        }
        if request.current_a.is_none() {
            request.current_a = self.start_current().await;
        }
        // The charger's answers take their time.
        self.ledger.send_start(passed, warnings).await?;
        if replaces {
            self.ledger.begin_stop(true, warnings).await;
        }
        let result = self.evse.charge_start(request).await;
        if let Err(em_client::Error::Failed {
            source: RequestFailure::StartedAtOnce { .. },
            ..
        }) = &result
        {
            // The session has stopped it again.
            self.ledger.begin_stop(true, warnings).await;
        }
        Ok(result?)
    }

    /// Stops charging, or cancels a reservation. **Never refused**: a state file that cannot be used is a warning in the
    /// result. Within two seconds after a stop that the charger confirmed, with no start since, it is done already and
    /// not sent again.
    ///
    /// A stop while no charge runs, such as one of a reservation, moves no contactor, so no start waits after it. To
    /// tell, the charger is asked for its state first, unless it has just told; without an answer within half a second
    /// the stop goes out and counts.
    ///
    /// # Errors
    /// What the charger says.
    pub async fn stop(&self, user_id: Option<Identifier>) -> Result<Done<Option<Stopped>>, Error> {
        let _one_after_the_other = self.ledger.one_stop().await;
        let mut warnings = Vec::new();
        let counts = self.may_move_contactor().await;
        if self.ledger.begin_stop(counts, &mut warnings).await == StopDecision::Merge {
            return Ok(Done {
                completion: None,
                warnings,
            });
        }
        let stopped = self.evse.charge_stop(user_id).await?;
        self.ledger
            .end_stop(counts, true, &mut warnings, |_| {})
            .await;
        // A command that follows shall not be judged by readings from before.
        if !matches!(timeout(LOOK, self.evse.refresh()).await, Ok(Ok(()))) {
            debug!("no readings after the stop");
        }
        self.keep().await;
        Ok(Done {
            completion: Some(stopped),
            warnings,
        })
    }

    /// Sets the current that charges use unless told otherwise, A. While a charge runs, the charger's
    /// [`live_limit`](Self::live_limit) decides: `Yes` sends it, `No` refuses it, and `Unknown` sends it with a warning
    /// for a person and refuses it for automatic control. While the model is not known it waits up to 5.5 s for the
    /// charger to say it. Automatic control writes flash memory at most once within the spacing of the policy, and
    /// nothing when the charger has that current already. Its word on that counts for nothing once another current was
    /// sent after it; for [`Requester::Protection`] it must be of the last seconds too, and the charger is asked if it is
    /// not.
    ///
    /// # Errors
    /// [`Error::FlashWear`] says when automatic control may retry; [`Error::LiveLimit`], with what to do instead;
    /// [`Error::CurrentOutOfRange`] above [`Policy::max_current`]; else what the charger says, also when it does not tell
    /// whether it charges.
    pub async fn set_max_current(&self, amps: u8, requester: Requester) -> Result<Done<()>, Error> {
        self.check_current(amps)?;
        let mut warnings = Vec::new();
        // The charger's word may also bring the model, and so what is known of that.
        if self.live_limit() != LiveLimit::Yes {
            let is_open = self.is_session_open().await?;
            if is_open && self.live_limit() == LiveLimit::Unknown {
                // Some models fault at what others take.
                self.hear_model().await;
            }
            let decision = check_limit(self.live_limit(), is_open, requester);
            match decision {
                Ok(LimitDecision::Send) => {}
                Ok(LimitDecision::SendWithWarning) => warnings.push(Warning::LiveLimitUnknown),
                Err(source) => {
                    return Err(Error::LiveLimit {
                        charger: self.identity().short(),
                        source,
                    });
                }
            }
        }
        // Asking takes time, which a circuit may not have.
        let is_urgent =
            requester == Requester::Protection && self.ledger.doubts(self.last_report().1);
        if requester.spares_repeats()
            && !is_urgent
            && self.reported_current(requester).await == Some(amps)
        {
            return Ok(Done {
                completion: (),
                warnings,
            });
        }
        let written = self.ledger.begin_setting(requester, &mut warnings).await?;
        let result = self.evse.set_max_current(amps).await.map_err(Error::from);
        self.ledger
            .end_setting(
                written,
                result.is_ok(),
                result.as_ref().err(),
                &mut warnings,
            )
            .await;
        self.keep().await;
        Ok(Done {
            completion: result?,
            warnings,
        })
    }

    fn check_current(&self, amps: u8) -> Result<(), Error> {
        let range = Backend::capabilities(self).current;
        self.ledger.check_current(amps, range)
    }

    /// The current to start with when none is named, A; `None` leaves it to the charger.
    async fn start_current(&self) -> Option<u8> {
        self.ledger.policy().max_current?;
        let reported = self.reported_current(Requester::Person).await;
        let reported = reported.map(|amps| Milliamps::from_amps(amps.into()));
        let range = Backend::capabilities(self).current;
        self.ledger.start_current(reported, range)
    }

    /// The current that charges use unless told otherwise, A. When the charger's last word on that is not to be relied
    /// on, it is asked.
    async fn reported_current(&self, requester: Requester) -> Option<u8> {
        let known = || {
            let (amps, age) = self.last_report();
            amps.filter(|_| self.ledger.believes(age, requester))
        };
        if known().is_none()
            && let Err(error) = self.evse.fetch_config(Duration::ZERO).await
        {
            debug!(%error, "the charger does not tell its current");
        }
        known()
    }

    /// The current of the charger's settings, A, and how long ago it said so.
    fn last_report(&self) -> (Option<u8>, Option<Duration>) {
        let read = |session: &Session| {
            let at = session.output_current_at();
            let age = at.map(|at| at.elapsed());
            (session.configuration().output_current_a, age)
        };
        self.evse.read(read).unwrap_or_default()
    }

    /// Waits up to 5.5 s for the charger to say brand and model, unless they are known. A charger that pushes to some
    /// client says them to nobody else; what was heard once is kept in the state file.
    pub async fn hear_model(&self) {
        let heard = async {
            while self.evse.info().model.is_empty() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(ANNOUNCEMENT, heard).await.is_err() {
            debug!("the charger does not say what model it is");
        }
    }

    /// Whether a stop at this moment may move a contactor: unless it is known that it does not, it may.
    async fn may_move_contactor(&self) -> bool {
        match timeout(LOOK, self.is_session_open()).await {
            Ok(Ok(true)) | Err(_) => true,
            // A start takes a few seconds to show.
            Ok(Ok(false)) => {
                self.state() != State::Reserved && self.ledger.started_within(UNTIL_IT_SHOWS).await
            }
            // What is refused moves nothing.
            Ok(Err(error)) => error.kind() != ErrorKind::Unauthenticated,
        }
    }

    /// Whether a charge runs, by readings of this moment.
    async fn is_session_open(&self) -> Result<bool, Error> {
        if self.evse.state_age().is_none_or(|age| age > FRESH) {
            self.evse.refresh().await?;
        }
        let is_open = self.evse.is_session_open();
        // Without a word from the charger it is taken for the worse.
        Ok(is_open.unwrap_or(true))
    }

    /// Keeps what later programs need: where the charger is, what it is, and what its model says of currents.
    pub(crate) async fn keep(&self) {
        let Some((at, heard, live_limit, device)) = self.evse.read(|session: &Session| {
            let at = session.address();
            let live_limit = em::remembered_live_limit(session.capabilities().live_limit);
            let device = em::remembered_device(session.info());
            (at, at.filter(|_| session.is_online()), live_limit, device)
        }) else {
            return;
        };
        let identity = self.identity().clone();
        let kept = self.ledger.update_file(move |file| {
            // Where a silent one was last, another one may be by now.
            if let Some(heard) = heard {
                take_place(file, &identity, *heard.ip(), Some(heard.port()));
            }
            let state = file.charger_mut(&identity);
            if let Some(at) = at {
                state.address = Some(em::address(at).to_string());
            }
            if state.live_limit == LiveLimit::Unknown {
                state.live_limit = live_limit;
            }
            state.device = device.or_else(|| state.device.take());
            Ok::<(), StateError>(())
        });
        if let Err(error) = kept.await {
            debug!(%error, "address and model are not kept");
        }
    }

    /// Keeps that nobody else is at this address, on whatever port it was.
    async fn keep_alone_at(&self, ip: Ipv4Addr) {
        let identity = self.identity().clone();
        let kept = self.ledger.update_file(move |file| {
            take_place(file, &identity, ip, None);
            Ok::<(), StateError>(())
        });
        if let Err(error) = kept.await {
            debug!(%error, "who is gone from the address is not kept");
        }
    }
}

/// When the charge is to begin.
fn moment(request: &StartRequest) -> SystemTime {
    let now = SystemTime::now();
    let planned = request.start_at_unix_s.and_then(|unix_s| {
        let since = Duration::from_secs(u64::try_from(unix_s).ok()?);
        UNIX_EPOCH.checked_add(since)
    });
    planned.map_or(now, |planned| planned.max(now))
}

/// How long a stop waits for the charger's readings, before and after: they only tell whether it counts for the guard,
/// and what there is then.
const LOOK: Duration = Duration::from_millis(500);
/// How long a start may take to show in the readings: the answer to it may come that late.
const UNTIL_IT_SHOWS: Duration = Duration::from_secs(10);
/// A charger without a client announces itself every 3 to 5 s. Source: several clients.
const ANNOUNCEMENT: Duration = Duration::from_millis(5_500);
/// Readings this young are of this moment.
const FRESH: Duration = Duration::from_secs(2);
