//! An EVSEMaster charger by the words of the model.

use std::time::SystemTime;

use async_trait::async_trait;
use em_client::proto::session::RequestError;
use em_client::{Error as ClientError, Peer};
use futures_util::stream::StreamExt as _;

use super::watch;
use crate::adapter::em as adapter;
use crate::address::Address;
use crate::backend::{Backend, EventStream};
use crate::error::Error;
use crate::guarded::{Done, GuardedEm};
use crate::model::{
    Capabilities, Command, Device, Effect, Fault, Identity, LastError, ProtocolEvent, StartOptions,
    State, Telemetry,
};

#[async_trait]
impl Backend for GuardedEm {
    fn identity(&self) -> Identity {
        self.identity().clone()
    }

    fn name(&self) -> String {
        let (name, info) = (self.evse().config().name, self.evse().info());
        let model = format!("{} {}", info.brand, info.model);
        name.into_iter()
            .chain([model.trim().to_owned()])
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| self.identity().short())
    }

    fn address(&self) -> Option<Address> {
        let at = self.evse().address().map(adapter::address);
        Some(at.unwrap_or_else(|| Address::EmSerial(self.evse().serial())))
    }

    fn device(&self) -> Device {
        adapter::device(&self.evse().info())
    }

    fn state(&self) -> State {
        self.state()
    }

    fn telemetry(&self) -> Telemetry {
        let read = |session: &_| adapter::telemetry(&adapter::Known::from(session));
        let mut telemetry = self.evse().read(read).unwrap_or_default();
        self.ledger()
            .memory()
            .complete(self.state(), &mut telemetry);
        telemetry
    }

    fn capabilities(&self) -> Capabilities {
        let known = self.evse().read(|session| {
            let live_limit = session.capabilities().live_limit;
            adapter::capabilities(session.info(), session.phases(), live_limit)
        });
        self.ledger().within_limit(known.unwrap_or_default())
    }

    fn faults(&self) -> Vec<Fault> {
        let status = self.evse().state();
        status.map_or_else(Vec::new, |report| adapter::faults(&report.status))
    }

    fn last_update(&self) -> Option<SystemTime> {
        SystemTime::now().checked_sub(self.evse().state_age()?)
    }

    fn limit_update(&self) -> Option<SystemTime> {
        let at = self.evse().read(adapter::limit_at)??;
        SystemTime::now().checked_sub(at.elapsed())
    }

    fn last_error(&self) -> Option<LastError> {
        self.ledger().memory().last_error()
    }

    fn events(&self) -> EventStream {
        let events = self.evse().events().map(|event| {
            let kinds = adapter::events(&event);
            (kinds, Some(ProtocolEvent::Em(Box::new(event))))
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
        self.keep().await;
        self.ledger().keep_midnight().await;
        self.ledger().end();
    }
}

impl GuardedEm {
    async fn carry_out(&self, command: Command) -> Result<Done<Effect>, Error> {
        match command {
            Command::Start(options) => self.start_with(options).await,
            Command::Stop => {
                let done = self.stop(None).await?;
                Ok(done.map(|stopped| adapter::stop_effect(stopped.as_ref())))
            }
            Command::SetCurrent { current, requester } => {
                let amps = adapter::whole_amps(current);
                let done = self.set_max_current(amps, requester).await?;
                self.ledger().memory().note_wanted(current);
                Ok(done.map(|()| Effect::Confirmed))
            }
            Command::Refresh => {
                self.evse().refresh().await?;
                self.telemetry();
                self.ledger().keep_midnight().await;
                Ok(Done::new(Effect::Confirmed))
            }
            Command::Toggle => Err(self.cannot("to toggle")),
            Command::OpenContactors => Err(self.cannot("to open its contactors")),
            Command::CloseContactors => Err(self.cannot("to close its contactors")),
        }
    }

    async fn start_with(&self, options: StartOptions) -> Result<Done<Effect>, Error> {
        let request = adapter::start_request(&options).map_err(|argument| {
            let evse = self.evse();
            ClientError::NotSent {
                charger: Peer {
                    serial: evse.serial(),
                    address: evse.address(),
                },
                source: RequestError::from(argument),
            }
        })?;
        let done = self.start(request, options.force).await?;
        if let Some(current) = options.current {
            self.ledger().memory().note_wanted(current);
        }
        Ok(done.map(|started| adapter::effect(&started)))
    }

    fn cannot(&self, what: &'static str) -> Error {
        Error::unsupported(self.identity(), what)
    }
}
