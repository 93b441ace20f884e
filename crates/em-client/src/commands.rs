//! What a charger can be told and asked.

use std::{pin::pin, time::Duration};

use emproto::{
    InvalidArgument, Pin,
    message::{Identifier, Language, Nickname, StartMethod, TemperatureUnit, WeeklyPlan},
    session::{
        ClockReading, Configuration, History, LiveLimit, RecordKey, Reply, Request, Setting,
        StartRequest, Started, Stopped,
    },
    time::CivilTime,
};
use tokio::sync::watch;

use crate::{
    Error, Evse,
    shared::{Answer, Progress},
};

/// Commands. Each waits for the charger's answer, and ends in bounded time.
///
/// Dropping the future of a command does not take it back.
impl Evse {
    /// Logs in, so that the charger pushes its readings to this client, and to no other. With a PIN it becomes the known
    /// one when the charger takes it. Without one the known PIN is used. With a known PIN logins happen by themselves,
    /// see [`Config::auto_login`](emproto::session::Config::auto_login).
    ///
    /// # Errors
    /// [`Error::NotSent`] and [`Error::NotRunning`]: nothing was sent. [`Error::Failed`]: the charger said no, reports
    /// another value or does not answer. [`Error::Unreachable`]: the system does not send to it.
    pub async fn login(&self, pin: Option<Pin>) -> Result<(), Error> {
        self.ask(Request::Login { pin }, |_| Some(())).await
    }

    /// The settings, asked for unless they are younger than `max_age`; emproto's default is 5 s.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn fetch_config(&self, max_age: Duration) -> Result<Configuration, Error> {
        self.ask(
            Request::FetchConfiguration { max_age },
            |reply| match reply {
                Reply::Configuration(configuration) => Some(*configuration),
                _ => None,
            },
        )
        .await
    }

    /// Changes a setting, and verifies it by what the charger reports then.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set(&self, setting: Setting) -> Result<(), Error> {
        self.ask(Request::Set(setting), |_| Some(())).await
    }

    /// Names the charger: up to 11 characters of printable ASCII.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_name(&self, name: &str) -> Result<(), Error> {
        let name = Nickname::new(name).map_err(|error| self.invalid(error))?;
        self.set(Setting::Name(name)).await
    }

    /// Sets how charging may be started ("offline charge"): by app and button, which is by anyone, or by app only.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_offline_charge(&self, method: StartMethod) -> Result<(), Error> {
        self.set(Setting::StartMethod(method)).await
    }

    /// Sets the temperature unit of the display. Readings are always Celsius.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_temperature_unit(&self, unit: TemperatureUnit) -> Result<(), Error> {
        self.set(Setting::TemperatureUnit(unit)).await
    }

    /// Sets the language of the display.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_language(&self, language: Language) -> Result<(), Error> {
        self.set(Setting::Language(language)).await
    }

    /// Sets the current that charges use unless told otherwise: 6 to 32 A, not above the charger's maximum. Whether it
    /// changes a charge that runs depends on the model: see [`LiveLimit`].
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_max_current(&self, amps: u8) -> Result<(), Error> {
        self.set(Setting::OutputCurrent(amps)).await
    }

    /// Reads the charger's clock.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn system_time(&self) -> Result<ClockReading, Error> {
        self.clock(Request::ReadClock).await
    }

    /// Sets the charger's clock, to the present time unless another is given, and reads it again.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_system_time(&self, civil: Option<CivilTime>) -> Result<ClockReading, Error> {
        self.clock(Request::SetClock { civil }).await
    }

    /// Starts a charge, now or later, and waits until the charger's state shows it. Never repeated by itself: with
    /// [`RequestFailure::OutcomeUnknown`](emproto::session::RequestFailure::OutcomeUnknown) it may run all the same.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn charge_start(&self, start: StartRequest) -> Result<Started, Error> {
        self.ask(Request::Start(Box::new(start)), |reply| match reply {
            Reply::Started(started) => Some(*started),
            _ => None,
        })
        .await
    }

    /// Ends a charge, or cancels a reservation. Never refused for missing logins or stale readings. `user_id` is that of
    /// the session's configuration unless given.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn charge_stop(&self, user_id: Option<Identifier>) -> Result<Stopped, Error> {
        self.ask(Request::Stop { user_id }, |reply| match reply {
            Reply::Stopped(stopped) => Some(stopped),
            _ => None,
        })
        .await
    }

    /// Asks for status and session now, and waits for both.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn refresh(&self) -> Result<(), Error> {
        self.ask(Request::Refresh, |_| Some(())).await
    }

    /// Reads the charger's ring of records: about 80 s for the usual 300 slots. `progress` gets the slots read so far,
    /// and all. Slots that were not answered are listed in the result.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn history(&self, mut progress: impl FnMut(u32, u32)) -> Result<History, Error> {
        let (sender, mut steps) = watch::channel((0, 0));
        let answer = self.send(Request::ReadHistory, Some(sender))?;
        let mut answer = pin!(answer);
        let reply = loop {
            tokio::select! {
                reply = &mut answer => break reply,
                Ok(()) = steps.changed() => {
                    let (done, total) = *steps.borrow_and_update();
                    progress(done, total);
                }
            }
        };
        match reply.unwrap_or(Err(Error::NotRunning))? {
            Reply::History(history) => Ok(*history),
            _ => wrong_reply(),
        }
    }

    /// Reads the weekly plan.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn weekly_plan(&self) -> Result<WeeklyPlan, Error> {
        self.ask(Request::ReadWeeklyPlan, |reply| match reply {
            Reply::WeeklyPlan(plan) => Some(*plan),
            _ => None,
        })
        .await
    }

    /// Sets all days of the weekly plan. It runs by the charger's clock.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub async fn set_weekly_plan(&self, plan: WeeklyPlan) -> Result<(), Error> {
        self.set(Setting::WeeklyPlan(Box::new(plan))).await
    }

    /// The record of an [`Event::Record`](crate::Event::Record) is safe: it may be acknowledged, if that is
    /// [chosen](emproto::session::Config::acknowledge_records).
    pub fn record_taken(&self, key: RecordKey) {
        let shared = &self.inner.shared;
        shared.work(|endpoint| endpoint.record_taken(self.serial, key));
    }

    /// What was found out about setting the current during a charge, such as from an earlier run.
    pub fn set_live_limit(&self, live_limit: LiveLimit) {
        let shared = &self.inner.shared;
        shared.work(|endpoint| endpoint.set_live_limit(self.serial, live_limit));
    }

    async fn clock(&self, request: Request) -> Result<ClockReading, Error> {
        self.ask(request, |reply| match reply {
            Reply::Clock(reading) => Some(reading),
            _ => None,
        })
        .await
    }

    async fn ask<T>(
        &self,
        request: Request,
        take: impl FnOnce(Reply) -> Option<T>,
    ) -> Result<T, Error> {
        let reply = self.send(request, None)?.await;
        let reply = reply.unwrap_or(Err(Error::NotRunning))?;
        Ok(take(reply).unwrap_or_else(|| wrong_reply()))
    }

    fn send(
        &self,
        request: Request,
        progress: Option<watch::Sender<Progress>>,
    ) -> Result<Answer, Error> {
        self.inner.shared.request(self.serial, request, progress)
    }

    fn invalid(&self, source: InvalidArgument) -> Error {
        Error::NotSent {
            charger: self.inner.shared.lock().peer(self.serial),
            source: source.into(),
        }
    }
}

/// A session answers each request with its own kind of reply.
fn wrong_reply<T>() -> T {
    unreachable!("the reply of another request")
}
