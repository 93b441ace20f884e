//! Members: a session each, a device at its other end, and what comes of orders.

use std::time::{Duration, Instant};

use evse::circuit::{Action, BusReading, Outcome, Reading};
use evse::duosida::proto::config::Setting as DuosidaSetting;
use evse::duosida::proto::session as duosida;
use evse::em::proto::Serial;
use evse::em::proto::endpoint::EndpointEvent;
use evse::em::proto::session as em;
use evse::em::{self as em_client, Peer};
use evse::guard::{LimitDecision, Requester, check_limit};
use evse::state_store::LiveLimit;
use evse::twc::proto::message::PeripheralState;
use evse::twc::proto::session::LifeCycle;
use evse::units::Milliamps;
use evse::{Capabilities, State, adapter};
use evse_sim::pair;

/// One simulated charger or bus.
pub(crate) enum Member {
    Duosida(Box<pair::Pair>),
    Em(Box<pair::em::Pair>),
    Bus(Box<pair::twc::Pair>),
}

/// An order that was sent.
pub(crate) enum Sent {
    Now(Outcome),
    Duosida(duosida::RequestId),
    /// The current goes before the start, which has none.
    DuosidaStart(duosida::RequestId),
    Em(em::RequestId),
}

fn refused(reason: &impl ToString) -> Sent {
    Sent::Now(Outcome::Refused {
        wait: None,
        reason: reason.to_string(),
    })
}

fn amps(current: Milliamps) -> u8 {
    u8::try_from(current.whole_amps()).expect("a charger's current")
}

impl Member {
    pub(crate) fn run_for(&mut self, time: Duration) {
        match self {
            Self::Duosida(pair) => pair.run_for(time),
            Self::Em(pair) => pair.run_for(time),
            Self::Bus(pair) => pair.run_for(time),
        }
    }

    /// What is really drawn from each of its own phases, A; by each unit of a bus.
    pub(crate) fn draws(&self) -> Vec<(f64, usize)> {
        match self {
            Self::Duosida(pair) => {
                let device = pair.device();
                let phases = device.config().phases.min(device.config().vehicle.phases);
                vec![(device.ground_truth().current_a, phases.into())]
            }
            Self::Em(pair) => {
                let device = pair.device(0);
                let phases = device.config().phases.min(device.config().vehicle.phases);
                vec![(device.ground_truth().current_a, phases.into())]
            }
            Self::Bus(pair) => {
                let units = pair.bus().peripherals().iter();
                let phases = |unit: &evse_sim::twc::Peripheral| {
                    let config = unit.config();
                    config.phases.min(config.vehicle.phases).into()
                };
                units.map(|unit| (unit.current_a(), phases(unit))).collect()
            }
        }
    }

    pub(crate) fn reading(&self) -> Reading {
        match self {
            Self::Duosida(pair) => {
                let Some(session) = pair.session() else {
                    return nothing();
                };
                let status = session.status(pair.now());
                let state = adapter::duosida::session_state(pair.is_ready(), status.state);
                let telemetry = adapter::duosida::telemetry(&status);
                let capabilities = adapter::duosida::capabilities(session.identity(), &status);
                Reading {
                    limit_age: status.limit_age,
                    ..Reading::new(status.age, state, &telemetry, capabilities)
                }
            }
            Self::Em(pair) => {
                let Some(session) = pair.session(0) else {
                    return nothing();
                };
                let at = session.status().map(|report| report.at);
                let age = at.map(|at| pair.now().saturating_duration_since(at));
                let telemetry = adapter::em::telemetry(&session.into());
                let live_limit = session.capabilities().live_limit;
                let capabilities =
                    adapter::em::capabilities(session.info(), session.phases(), live_limit);
                let state = adapter::em::session_state(session);
                let limit_at = adapter::em::limit_at(session);
                Reading {
                    limit_age: limit_at.map(|at| pair.now().saturating_duration_since(at)),
                    ..Reading::new(age, state, &telemetry, capabilities)
                }
            }
            Self::Bus(_) => nothing(),
        }
    }

    pub(crate) fn bus_reading(&self) -> Option<BusReading> {
        match self {
            Self::Bus(pair) => Some(BusReading::of(pair.controller())),
            _ => None,
        }
    }

    /// Units of a bus that ask for current and have none; `None` while one of them is not heard.
    pub(crate) fn asking(&self) -> Option<Vec<bool>> {
        let Self::Bus(pair) = self else { return None };
        let units = pair.bus().peripherals().iter();
        let asking = units.map(|unit| {
            let known = pair.controller().peripheral(unit.config().id)?;
            let is_heard = matches!(known.life, LifeCycle::Linked | LifeCycle::Initialised);
            is_heard.then(|| unit.state() == PeripheralState::PluggedReady)
        });
        asking.collect()
    }

    /// Sends an order, as a guarded charger does.
    pub(crate) fn send(&mut self, action: Action) -> Sent {
        match self {
            Self::Duosida(pair) => send_duosida(pair, action),
            Self::Em(pair) => send_em(pair, action),
            Self::Bus(pair) => {
                let Action::SetCurrent { current, .. } = action else {
                    return refused(&"a bus has no stop");
                };
                set_budget(pair, amps(current).into());
                Sent::Now(Outcome::Done)
            }
        }
    }

    /// A bus goes on to count on its budget.
    pub(crate) fn renew(&mut self, budget_a: u16) {
        if let Self::Bus(pair) = self {
            set_budget(pair, budget_a);
        }
    }

    /// What came of an order, once it has ended; the next order, if there is one.
    pub(crate) fn ended(&mut self, sent: &Sent) -> Option<Result<Outcome, Sent>> {
        match (self, sent) {
            (_, Sent::Now(outcome)) => Some(Ok(outcome.clone())),
            (Self::Duosida(pair), Sent::Duosida(id)) => Some(Ok(duosida_end(pair, *id)?)),
            (Self::Duosida(pair), Sent::DuosidaStart(id)) => match duosida_end(pair, *id)? {
                Outcome::Done | Outcome::Accepted => {
                    let start = duosida::Command::Start { id_tag: None };
                    Some(match pair.request(start) {
                        Ok(id) => Err(Sent::Duosida(id)),
                        Err(error) => Err(refused(&error)),
                    })
                }
                failed => Some(Ok(failed)),
            },
            (Self::Em(pair), Sent::Em(id)) => loop {
                let (_, EndpointEvent::Evse { event, .. }) = pair.poll_event()? else {
                    continue;
                };
                if let em::Event::Done { id: done, result } = event
                    && done == *id
                {
                    let outcome = result.map_or_else(em_failure, |_| Outcome::Done);
                    return Some(Ok(outcome));
                }
            },
            _ => unreachable!("an order of another family"),
        }
    }

    /// A new process reads settings when it begins.
    pub(crate) fn begin_anew(&mut self) {
        // One that is not there is asked when it is.
        match self {
            Self::Em(pair) => {
                let max_age = Duration::ZERO;
                let _ = pair.request(0, em::Request::FetchConfiguration { max_age });
            }
            Self::Duosida(pair) => {
                let _ = pair.request(duosida::Command::PullConfiguration);
            }
            Self::Bus(_) => {}
        }
    }

    /// How many vehicles may be plugged in.
    pub(crate) fn places(&self) -> usize {
        match self {
            Self::Bus(pair) => pair.bus().peripherals().len(),
            _ => 1,
        }
    }

    pub(crate) fn plug(&mut self, place: usize, is_in: bool) {
        match (self, is_in) {
            (Self::Duosida(pair), true) => pair.plug_in(),
            (Self::Duosida(pair), false) => pair.unplug(),
            (Self::Em(pair), true) => pair.with_device(0, evse_sim::em::Device::plug_in),
            (Self::Em(pair), false) => pair.with_device(0, evse_sim::em::Device::unplug),
            (Self::Bus(pair), true) => {
                pair.with_peripheral(place, evse_sim::twc::Peripheral::plug_in);
            }
            (Self::Bus(pair), false) => {
                pair.with_peripheral(place, evse_sim::twc::Peripheral::unplug);
            }
        }
    }

    /// Somebody starts it, or ends its charge, without our doing.
    pub(crate) fn start_by_person(&mut self) {
        match self {
            Self::Em(pair) => pair.with_device(0, evse_sim::em::Device::press_button),
            Self::Duosida(pair) => {
                // The answer is of no interest.
                let _ = pair.request(duosida::Command::Start { id_tag: None });
            }
            Self::Bus(_) => {}
        }
    }

    /// What the pairs found, but what they cannot judge: a button that was pressed here, draws while a budget falls, and
    /// settings that are read together with a reading that began before they were set.
    pub(crate) fn problems(&self) -> Vec<String> {
        let all = match self {
            Self::Duosida(pair) => pair.problems(),
            Self::Em(pair) => pair.problems(),
            Self::Bus(pair) => pair.problems(),
        };
        let is_ours = |problem: &&String| {
            let not_ours = [
                "more sessions than starts",
                "A flow of",
                "ended with Configuration(",
            ];
            !not_ours.iter().any(|known| problem.contains(known))
        };
        all.iter().filter(is_ours).cloned().collect()
    }
}

fn nothing() -> Reading {
    Reading::new(
        None,
        State::Offline,
        &evse::Telemetry::default(),
        Capabilities::default(),
    )
}

fn set_budget(pair: &mut pair::twc::Pair, budget_a: u16) {
    pair.with_controller(|controller, now: Instant| {
        controller.set_budget(now, Some((budget_a, now + Duration::from_secs(10))));
    });
}

fn send_duosida(pair: &mut pair::Pair, action: Action) -> Sent {
    let set = |current| {
        duosida::Command::Set(DuosidaSetting::MaxCurrent {
            amps: amps(current),
        })
    };
    let (command, kind): (_, fn(_) -> Sent) = match action {
        Action::SetCurrent { current, .. } => (set(current), Sent::Duosida),
        Action::Stop => (
            duosida::Command::Stop {
                transaction_id: None,
            },
            Sent::Duosida,
        ),
        Action::Start { current } => (set(current), Sent::DuosidaStart),
    };
    pair.request(command)
        .map_or_else(|error| refused(&error), kind)
}

fn duosida_end(pair: &mut pair::Pair, id: duosida::RequestId) -> Option<Outcome> {
    loop {
        let (_, event) = pair.poll_event()?;
        if let duosida::Event::Done { id: done, result } = event
            && done == id
        {
            return Some(match result {
                Ok(duosida::Completion::Accepted) => Outcome::Accepted,
                Ok(_) => Outcome::Done,
                Err(
                    error @ (duosida::CommandError::Rejected { .. }
                    | duosida::CommandError::LinkLost { sent: false }
                    | duosida::CommandError::Superseded { sent: false }),
                ) => Outcome::Refused {
                    wait: None,
                    reason: error.to_string(),
                },
                Err(error) => Outcome::Unknown {
                    reason: error.to_string(),
                },
            });
        }
    }
}

fn send_em(pair: &mut pair::em::Pair, action: Action) -> Sent {
    let Some(session) = pair.session(0) else {
        return refused(&"not there");
    };
    let request = match action {
        Action::SetCurrent { current, requester } => {
            let live_limit = match session.capabilities().live_limit {
                em::LiveLimit::Yes => LiveLimit::Yes,
                em::LiveLimit::No => LiveLimit::No,
                em::LiveLimit::Unknown => LiveLimit::Unknown,
            };
            let is_open = session.is_session_open().unwrap_or(true);
            let decision = check_limit(live_limit, is_open, requester);
            let may = matches!(
                (decision, requester),
                (Ok(LimitDecision::Send), _)
                    | (Ok(LimitDecision::SendWithWarning), Requester::Probe)
            );
            if !may {
                return refused(&"not while it charges");
            }
            em::Request::Set(em::Setting::OutputCurrent(amps(current)))
        }
        Action::Stop => em::Request::Stop { user_id: None },
        Action::Start { current } => em::Request::Start(Box::new(em::StartRequest {
            current_a: Some(amps(current)),
            ..em::StartRequest::default()
        })),
    };
    pair.request(0, request)
        .map_or_else(|error| refused(&error), Sent::Em)
}

fn em_failure(failure: em::RequestFailure) -> Outcome {
    let charger = Peer {
        serial: Serial::ZERO,
        address: None,
    };
    let source = failure;
    Outcome::from(&em_client::Error::Failed { charger, source }.into())
}
