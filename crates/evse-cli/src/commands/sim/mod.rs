//! `evse sim`.

mod duosida;
mod em;
mod replay;
mod twc;

use evse::recording::{Ends, Recording, Sender, SerialDirection};
use evse_sim::shell::{Act, Tap, Traffic};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

pub(crate) use replay::spare_the_capture;

use crate::cli::{Sim, SimDevice};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};

pub(super) async fn run(sim: Sim, context: &Context) -> Result<(), Failure> {
    match sim.device {
        SimDevice::Duosida(options) => duosida::run(options, context).await,
        SimDevice::Em(options) => em::run(options, context).await,
        SimDevice::Twc(options) => twc::run(options, context).await,
    }
}

/// What the simulator tells, as a recording takes it.
fn recorder(recording: Recording) -> Tap {
    Tap::new(move |traffic| {
        let Traffic {
            time,
            client,
            charger,
            sender,
            act,
        } = traffic;
        let ends = Ends { client, charger };
        let sender = match sender {
            evse_sim::shell::Sender::Charger => Sender::Charger,
            evse_sim::shell::Sender::Client => Sender::Client,
        };
        match act {
            Act::Opened => recording.opened(time, ends),
            Act::Bytes(bytes) => recording.bytes(time, ends, sender, bytes),
            Act::Closed => recording.closed(time, ends, sender),
            Act::Datagram(bytes) => recording.datagram(time, ends, sender, bytes),
        }
    })
}

/// What the simulator of a bus tells, as a recording takes it: as the client hears and says it.
fn line_recorder(recording: Recording) -> evse_sim::shell::twc::Tap {
    evse_sim::shell::twc::Tap::new(move |traffic| {
        let direction = match traffic.sender {
            evse_sim::shell::Sender::Charger => SerialDirection::Received,
            evse_sim::shell::Sender::Client => SerialDirection::Sent,
        };
        recording.line(traffic.time, direction, traffic.bytes);
    })
}

/// Prints what happens, by its kind and in words, for as long as the simulator runs.
async fn follow<E: Clone>(
    events: &mut Receiver<E>,
    context: &Context,
    told: impl Fn(&E) -> (&'static str, String),
) -> Result<(), Failure> {
    loop {
        match events.recv().await {
            Ok(event) => {
                let (kind, text) = told(&event);
                if context.json {
                    output::object(&json::SimEventJson::new(kind, &text))?;
                } else {
                    output::timed_line(&text)?;
                }
            }
            Err(RecvError::Lagged(count)) => context.warn(&format!("{count} events are not shown")),
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
