//! A Tesla Gen2 unit by the words of the model.

use std::time::SystemTime;

use async_trait::async_trait;
use futures_util::stream::StreamExt as _;

use super::watch;
use crate::adapter::twc as adapter;
use crate::address::Address;
use crate::backend::{Backend, EventStream};
use crate::error::Error;
use crate::guarded::{Done, GuardedTwc};
use crate::model::{
    Capabilities, Command, Device, Effect, Fault, Identity, LastError, ProtocolEvent, State,
    Telemetry,
};

#[async_trait]
impl Backend for GuardedTwc {
    fn identity(&self) -> Identity {
        self.identity().clone()
    }

    fn name(&self) -> String {
        format!("Tesla {}", self.unit().address())
    }

    fn address(&self) -> Option<Address> {
        let unit = self.unit();
        Some(Address::twc(unit.port().to_string(), Some(unit.address())))
    }

    fn device(&self) -> Device {
        self.unit().read(adapter::device).unwrap_or_default()
    }

    fn state(&self) -> State {
        self.state()
    }

    fn telemetry(&self) -> Telemetry {
        let mut telemetry = self.unit().read(adapter::telemetry).unwrap_or_default();
        self.ledger()
            .memory()
            .complete(self.state(), &mut telemetry);
        telemetry
    }

    fn capabilities(&self) -> Capabilities {
        let capabilities = self.unit().read(adapter::capabilities).unwrap_or_default();
        self.ledger().within_limit(capabilities)
    }

    fn faults(&self) -> Vec<Fault> {
        adapter::faults(self.unit().state())
    }

    fn last_update(&self) -> Option<SystemTime> {
        self.unit().state()?;
        SystemTime::now().checked_sub(self.unit().silent_for()?)
    }

    fn last_error(&self) -> Option<LastError> {
        self.ledger().memory().last_error()
    }

    fn events(&self) -> EventStream {
        let events = self.unit().events().map(|event| {
            let kinds = adapter::events(&event).into_iter().collect();
            (kinds, Some(ProtocolEvent::Twc(Box::new(event))))
        });
        let ended = self.ledger().ended();
        watch::follow(self.clone(), events.take_until(ended))
    }

    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
        self.ledger().check_open()?;
        let result = self.carry_out(command).await;
        self.ledger().memory().note(&result);
        result
    }

    fn note_refusal(&self, error: &Error) {
        self.ledger()
            .memory()
            .note_error(error.kind(), error.to_string(), false);
    }

    async fn shutdown(&self) {
        self.ledger().keep_midnight().await;
        self.ledger().end();
    }
}

impl GuardedTwc {
    async fn carry_out(&self, command: Command) -> Result<Done<Effect>, Error> {
        match command {
            Command::SetCurrent { current, .. } => {
                let amps = u16::try_from(current.whole_amps()).unwrap_or(u16::MAX);
                let reply = self.unit().set_session_current(Some(amps)).await?;
                self.ledger().memory().note_wanted(current);
                Ok(Done::new(adapter::effect(&reply)))
            }
            Command::OpenContactors => {
                let done = self.open_contactors().await?;
                Ok(done.map(|opened| opened.map_or(Effect::Merged, |()| Effect::Confirmed)))
            }
            Command::CloseContactors => {
                let done = self.close_contactors(false).await?;
                Ok(done.map(|()| Effect::Confirmed))
            }
            Command::Refresh => {
                self.refresh().await?;
                self.telemetry();
                self.ledger().keep_midnight().await;
                Ok(Done::new(Effect::Confirmed))
            }
            Command::Start(_) => Err(self.cannot(
                "to start: its vehicle starts by itself while a current is offered; set one",
            )),
            Command::Stop => Err(self.cannot(
                "to stop, for its bus has no stop: hold the current at the minimum, or open the contactors",
            )),
            Command::Toggle => Err(self.cannot("to toggle")),
        }
    }

    fn cannot(&self, what: &'static str) -> Error {
        Error::unsupported(self.identity(), what)
    }
}
