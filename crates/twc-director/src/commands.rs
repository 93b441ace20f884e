//! What a unit can be told.

use twc_proto::session::{Reply, Request};

use crate::{Error, Peripheral};

/// Commands. Each waits for the unit's answer, and ends in bounded time.
///
/// No command gets more than the units share: the [`Reply`] says what was asked, granted and accepted. Dropping the future
/// of a command does not take it back.
impl Peripheral {
    /// Sets the current to start sessions with, A; `None` for as much as there is. Nothing changes for one that runs.
    ///
    /// # Errors
    /// [`Error::NotSent`] and [`Error::NotRunning`]: nothing was sent. [`Error::Failed`]: the unit did not do it, or it is
    /// not known whether it did.
    pub async fn set_initial_current(&self, current_a: Option<u16>) -> Result<Reply, Error> {
        self.ask(Request::SetInitialCurrent { current_a }).await
    }

    /// Sets the most that the running session may draw, A; `None` for as much as there is. It ends with the session.
    ///
    /// # Errors
    /// As [`set_initial_current`](Self::set_initial_current).
    pub async fn set_session_current(&self, current_a: Option<u16>) -> Result<Reply, Error> {
        self.ask(Request::SetSessionCurrent { current_a }).await
    }

    /// 2 A more for a session that charges, if they are free.
    ///
    /// # Errors
    /// As [`set_initial_current`](Self::set_initial_current).
    pub async fn increase(&self) -> Result<Reply, Error> {
        self.ask(Request::Increase).await
    }

    /// 2 A less for a session that charges; the unit takes them back after about 10 s.
    ///
    /// # Errors
    /// As [`set_initial_current`](Self::set_initial_current).
    pub async fn decrease(&self) -> Result<Reply, Error> {
        self.ask(Request::Decrease).await
    }

    /// Cuts the power under load, without a word to the vehicle. Teslas go to an error and have to be plugged in again.
    ///
    /// # Errors
    /// As [`set_initial_current`](Self::set_initial_current).
    pub async fn open_contactors(&self) -> Result<Reply, Error> {
        self.ask(Request::OpenContactors).await
    }

    /// Closes the relay, that of an idle unit too. Refused within 60 s of the last contactor command, unless it is forced.
    ///
    /// # Errors
    /// As [`set_initial_current`](Self::set_initial_current).
    pub async fn close_contactors(&self, force: bool) -> Result<Reply, Error> {
        self.ask(Request::CloseContactors { force }).await
    }

    async fn ask(&self, request: Request) -> Result<Reply, Error> {
        let answer = self.inner.shared.request(self.address, request)?;
        let result = answer.await.map_err(|_| Error::NotRunning)?;
        result.map_err(|source| Error::Failed {
            unit: self.address,
            source,
        })
    }
}
