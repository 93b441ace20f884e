//! A Duosida charger by the words of the model.

use std::time::SystemTime;

use async_trait::async_trait;
use duosida_client::Link;
use futures_util::stream::{self, StreamExt as _};
use tokio_stream::wrappers::WatchStream;

use super::watch;
use crate::adapter::duosida as adapter;
use crate::address::Address;
use crate::backend::{Backend, EventStream};
use crate::error::Error;
use crate::guarded::{Done, GuardedDuosida};
use crate::model::{
    Capabilities, Command, Device, Effect, Fault, Identity, LastError, ProtocolEvent, StartOptions,
    State, Telemetry,
};

#[async_trait]
impl Backend for GuardedDuosida {
    fn identity(&self) -> Identity {
        self.identity().clone()
    }

    fn name(&self) -> String {
        let model = self.charger().identity().and_then(|known| known.model);
        model.unwrap_or_else(|| self.identity().short())
    }

    fn address(&self) -> Option<Address> {
        Some(self.address().clone())
    }

    fn device(&self) -> Device {
        self.charger()
            .identity()
            .as_ref()
            .map_or_else(Device::default, adapter::device)
    }

    fn state(&self) -> State {
        let is_connected = matches!(&*self.charger().link().borrow(), Link::Ready);
        adapter::session_state(is_connected, self.charger().status().state)
    }

    fn telemetry(&self) -> Telemetry {
        let mut telemetry = adapter::telemetry(&self.charger().status());
        self.ledger()
            .memory()
            .complete(Backend::state(self), &mut telemetry);
        telemetry
    }

    fn capabilities(&self) -> Capabilities {
        let identity = self.charger().identity();
        let capabilities = adapter::capabilities(identity.as_ref(), &self.charger().status());
        self.ledger().within_limit(capabilities)
    }

    fn faults(&self) -> Vec<Fault> {
        adapter::faults(&self.charger().status())
    }

    fn last_update(&self) -> Option<SystemTime> {
        SystemTime::now().checked_sub(self.charger().status().age?)
    }

    fn limit_update(&self) -> Option<SystemTime> {
        SystemTime::now().checked_sub(self.charger().status().limit_age?)
    }

    fn last_error(&self) -> Option<LastError> {
        let memory = self.ledger().memory();
        if let Link::Waiting { reason, .. }
        | Link::Closed {
            reason: Some(reason),
        } = &*self.charger().link().borrow()
        {
            memory.note_error(adapter::error_kind(reason), reason.to_string(), true);
        }
        memory.last_error()
    }

    fn events(&self) -> EventStream {
        let events = self.charger().events().map(|event| {
            let kinds = adapter::event(&event).into_iter().collect();
            (kinds, Some(ProtocolEvent::Duosida(Box::new(event))))
        });
        let links = WatchStream::from_changes(self.charger().link()).map(|_| (Vec::new(), None));
        watch::follow(self.clone(), stream::select(events, links))
    }

    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
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
        self.clone().shutdown().await;
    }
}

impl GuardedDuosida {
    async fn carry_out(&self, command: Command) -> Result<Done<Effect>, Error> {
        match command {
            Command::Start(options) => self.start_by(options).await,
            Command::Stop => Ok(self.stop(None).await?.map(adapter::effect)),
            Command::SetCurrent { current, requester } => {
                let amps = adapter::whole_amps(current);
                let done = self.set_max_current(amps, requester).await?;
                self.ledger().memory().note_wanted(current);
                Ok(done.map(adapter::effect))
            }
            Command::Refresh => {
                self.charger().refresh().await?;
                self.telemetry();
                self.ledger().keep_midnight().await;
                Ok(Done::new(Effect::Confirmed))
            }
            Command::Toggle => Err(self.cannot("to toggle")),
            Command::OpenContactors => Err(self.cannot("to open its contactors")),
            Command::CloseContactors => Err(self.cannot("to close its contactors")),
        }
    }

    async fn start_by(&self, options: StartOptions) -> Result<Done<Effect>, Error> {
        if let Some(what) = adapter::unsupported(&options) {
            return Err(self.cannot(what));
        }
        let amps = options.current.map(adapter::whole_amps);
        let done = self.start_with(amps, options.user, options.force).await?;
        if let Some(current) = options.current {
            self.ledger().memory().note_wanted(current);
        }
        Ok(done.map(adapter::effect))
    }

    fn cannot(&self, what: &'static str) -> Error {
        Error::unsupported(self.identity(), what)
    }
}
