//! What a handle remembers as long as it lives: errors, wishes, and the energy that it counts itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;
#[cfg(any(feature = "duosida", feature = "em"))]
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{Error, ErrorKind};
use crate::meter::Meter;
use crate::model::{LastError, State, Telemetry};
use crate::state_store::Midnight;
use crate::units::Milliamps;

/// Shared by all clones of a handle.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    last_error: Option<LastError>,
    wanted: Option<Milliamps>,
    meter: Meter,
    /// When a setting was last sent, or its outcome was last not known.
    #[cfg(any(feature = "duosida", feature = "em"))]
    setting: Option<Instant>,
}

impl Memory {
    /// With what the state file kept of the last midnight.
    pub(super) fn new(midnight: Option<Midnight>) -> Self {
        let content = Content {
            meter: Meter::new(midnight),
            ..Content::default()
        };
        Self(Arc::new(Mutex::new(content)))
    }

    pub(crate) fn last_error(&self) -> Option<LastError> {
        self.lock().last_error.clone()
    }

    /// Remembers an error; one that goes on keeps its time.
    pub(crate) fn note_error(&self, kind: ErrorKind, text: String, goes_on: bool) {
        let last = &mut self.lock().last_error;
        if goes_on && last.as_ref().is_some_and(|last| last.text == text) {
            return;
        }
        let at = SystemTime::now();
        *last = Some(LastError { at, kind, text });
    }

    /// Remembers how a command failed, if it did.
    pub(crate) fn note<T>(&self, result: &Result<T, Error>) {
        if let Err(error) = result {
            self.note_error(error.kind(), error.to_string(), false);
        }
    }

    /// Remembers the current that was last asked for.
    pub(crate) fn note_wanted(&self, current: Milliamps) {
        self.lock().wanted = Some(current);
    }

    /// Remembers a setting that is about to be sent, or whose outcome is not known.
    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) fn note_setting(&self) {
        self.lock().setting = Some(Instant::now());
    }

    /// How long ago that was.
    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) fn setting_age(&self) -> Option<Duration> {
        self.lock().setting.map(|at| at.elapsed())
    }

    /// The last midnight, as far as it is known.
    pub(super) fn midnight(&self) -> Option<Midnight> {
        self.lock().meter.midnight()
    }

    /// Lets the meter see readings, and fills in what it knows and the charger does not tell. Energy of this day is
    /// always the meter's.
    pub(crate) fn complete(&self, state: State, telemetry: &mut Telemetry) {
        let now = SystemTime::now();
        let Content { wanted, meter, .. } = &mut *self.lock();
        telemetry.limit.wanted = telemetry.limit.wanted.or(*wanted);
        let day = local_day(now);
        if let Some(counter) = telemetry.lifetime_energy {
            meter.count(now, day, counter);
        }
        if !matches!(state, State::Offline | State::Unauthenticated) {
            meter.watch(now, state.is_session_open(), telemetry.power);
        }
        telemetry.today_energy = meter.today(day);
        if state.is_session_open() {
            let session = telemetry.session.get_or_insert_default();
            if session.started_at.is_none() {
                session.started_at = meter.session_start();
            }
            if session.length.is_none() {
                session.length = session
                    .started_at
                    .and_then(|start| now.duration_since(start).ok());
            }
            if telemetry.session_energy.is_none() {
                telemetry.session_energy = meter.session_energy();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The local day, counted from 1970.
fn local_day(now: SystemTime) -> i64 {
    let now = Timestamp::try_from(now).unwrap_or_default();
    let offset = TimeZone::system().to_offset(now);
    (now.as_second() + i64::from(offset.seconds())).div_euclid(86_400)
}
