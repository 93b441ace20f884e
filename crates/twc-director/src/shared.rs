//! What the task and the handles share: the controller behind a lock that is held for microseconds.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::{Notify, broadcast, oneshot};
use twc_proto::{
    Address,
    session::{self, Controller, Peripheral, Reply, Request, RequestFailure, RequestId},
};

use crate::{Error, Event, Parting, log};

/// How many events a slow listener may be behind: a busy bus has about ten frames a second.
const EVENTS: usize = 1024;

/// The result of a request.
pub(crate) type Outcome = Result<Reply, RequestFailure>;

/// The controller and those who wait for it.
pub(crate) struct Shared {
    core: Mutex<Core>,
    /// There is something to send, or something is due earlier.
    pub(crate) wake: Notify,
    pub(crate) events: broadcast::Sender<Event>,
}

/// What the lock guards.
pub(crate) struct Core {
    pub(crate) controller: Controller,
    waiting: BTreeMap<RequestId, oneshot::Sender<Outcome>>,
    pub(crate) parting: Parting,
    is_running: bool,
}

impl Shared {
    pub(crate) fn new(config: session::Config) -> Self {
        let seed = RandomState::new().build_hasher().finish();
        let core = Core {
            controller: Controller::new(config, Instant::now(), seed),
            waiting: BTreeMap::new(),
            parting: Parting::default(),
            is_running: true,
        };
        Self {
            core: Mutex::new(core),
            wake: Notify::new(),
            events: broadcast::Sender::new(EVENTS),
        }
    }

    /// Never held across an await. A panic elsewhere leaves the controller readable.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a unit; `None` when it is not known.
    pub(crate) fn read<T>(&self, unit: Address, read: impl FnOnce(&Peripheral) -> T) -> Option<T> {
        self.lock().controller.peripheral(unit).map(read)
    }

    /// Hands a request to the controller and wakes the task.
    pub(crate) fn request(
        &self,
        unit: Address,
        request: Request,
    ) -> Result<oneshot::Receiver<Outcome>, Error> {
        let (reply, answer) = oneshot::channel();
        let mut core = self.lock();
        if !core.is_running {
            return Err(Error::NotRunning);
        }
        let id = core.controller.request(Instant::now(), unit, request)?;
        core.waiting.insert(id, reply);
        core.deliver(&self.events);
        self.wake.notify_one();
        Ok(answer)
    }

    /// Lets the controller do something; events are told here, frames wait for the task.
    pub(crate) fn work<T>(&self, work: impl FnOnce(&mut Controller, Instant) -> T) -> T {
        let mut core = self.lock();
        let done = work(&mut core.controller, Instant::now());
        core.deliver(&self.events);
        done
    }

    /// The same outside the task, which then sees to what is to be sent.
    pub(crate) fn command<T>(&self, work: impl FnOnce(&mut Controller, Instant) -> T) -> T {
        let done = self.work(work);
        self.wake.notify_one();
        done
    }

    pub(crate) fn tell(&self, event: Event) {
        // Fails when nobody listens.
        let _ = self.events.send(event);
    }
}

impl Core {
    /// From now on nobody carries out requests.
    pub(crate) fn end(&mut self) {
        self.is_running = false;
        // A caller whose sender is gone knows.
        self.waiting.clear();
    }

    pub(crate) const fn is_running(&self) -> bool {
        self.is_running
    }

    /// Tells what happened; results go to their callers only.
    fn deliver(&mut self, events: &broadcast::Sender<Event>) {
        while let Some(event) = self.controller.poll_event() {
            log::event(&event);
            self.parting.take(&event);
            if let session::Event::Done { id, result } = event {
                if let Some(reply) = self.waiting.remove(&id) {
                    // Fails when the caller is gone.
                    let _ = reply.send(result);
                }
                continue;
            }
            // Fails when nobody listens.
            let _ = events.send(Event::Bus(event));
        }
    }
}
