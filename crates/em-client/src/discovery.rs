//! Finding chargers, and waiting for them.

use std::time::{Duration, Instant};

use emproto::{Serial, endpoint::Target, session::Session};
use tokio::time::{sleep, timeout};

use crate::{Communicator, DiscoverOptions, Error, Event, Evse, Whom, communicator::is_at};

/// Finding chargers. One that no client is logged in to announces itself every few seconds; a probe, which holds no PIN,
/// makes the others answer, too.
impl Communicator {
    /// Asks who is there: all, or one address. Whoever answers comes as an event. Needless while every charger that is
    /// looked for is logged in.
    ///
    /// # Errors
    /// [`Error::NotRunning`].
    pub fn probe(&self, to: Target) -> Result<(), Error> {
        if !self.is_running() {
            return Err(Error::NotRunning);
        }
        let shared = &self.inner.shared;
        shared.work(|endpoint| endpoint.probe(Instant::now(), to));
        Ok(())
    }

    /// Asks who is there and listens for a while. Returns all chargers that were heard meanwhile. Probes that would leave
    /// after the end are left out.
    ///
    /// # Errors
    /// [`Error::NotRunning`]. Finding none is no error.
    pub async fn discover(&self, options: DiscoverOptions) -> Result<Vec<Evse>, Error> {
        let began = Instant::now();
        for _ in 0..options.probes {
            for target in &options.targets {
                self.probe(*target)?;
            }
            let left = options.duration.saturating_sub(began.elapsed());
            if options.probe_interval >= left {
                break;
            }
            sleep(options.probe_interval).await;
        }
        sleep(options.duration.saturating_sub(began.elapsed())).await;
        if !self.is_running() {
            return Err(Error::NotRunning);
        }
        Ok(self.evses_that(|session| session.last_seen().is_some_and(|seen| seen >= began)))
    }

    /// Waits until a charger is heard; returns at once when it is online already. emproto waits for 11 s.
    ///
    /// # Errors
    /// [`Error::NotHeard`] and [`Error::NotRunning`].
    pub async fn wait_for(&self, whom: Whom, limit: Duration) -> Result<Evse, Error> {
        timeout(limit, self.heard(whom)).await.unwrap_or_else(|_| {
            Err(Error::NotHeard {
                whom,
                waited: limit,
                port: self.port().unwrap_or_default(),
                not_sent: self.inner.shared.lock().send_failure(whom),
            })
        })
    }

    async fn heard(&self, whom: Whom) -> Result<Evse, Error> {
        let ended = self.ended().ok_or(Error::NotRunning)?;
        let mut events = self.inner.shared.events.subscribe();
        let mut found = self.first_online(whom);
        loop {
            if let Some(evse) = found {
                return Ok(evse);
            }
            let event = tokio::select! {
                event = events.recv() => event,
                () = ended.cancelled() => return Err(Error::NotRunning),
            };
            found = match event {
                Ok(Event::Added { serial } | Event::Changed { serial, .. }) => {
                    self.if_online(serial, whom)
                }
                Ok(_) => None,
                // Some events are lost.
                Err(_) => self.first_online(whom),
            };
        }
    }

    fn first_online(&self, whom: Whom) -> Option<Evse> {
        let wanted = |session: &Session| session.is_online() && fits(session, whom);
        match whom {
            Whom::Serial(serial) => self.if_online(serial, whom),
            Whom::Any | Whom::Ip(_) => self.evses_that(wanted).into_iter().next(),
        }
    }

    fn if_online(&self, serial: Serial, whom: Whom) -> Option<Evse> {
        let wanted = |session: &Session| session.is_online() && fits(session, whom);
        let is_wanted = self.inner.shared.read(serial, wanted)?;
        is_wanted.then(|| self.handle(serial))
    }
}

fn fits(session: &Session, whom: Whom) -> bool {
    match whom {
        Whom::Any => true,
        Whom::Serial(serial) => session.serial() == serial,
        Whom::Ip(ip) => is_at(session, ip),
    }
}
