//! `evse sim duosida --replay FILE`: a recorded charger on real sockets.

use std::path::Path;

use evse::capture::conversation::{Connection, conversations};
use evse::capture::decode::CaptureOptions;
use evse::duosida::proto::frame::Direction;
use evse_sim::duosida::replay::{Event, Recorded, Script};
use evse_sim::shell::{Replay, ReplayEvent, ReplayOptions};

use super::{follow, recorder};
use crate::cli::{Command, SimDevice, SimDuosida};
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::signals::terminated;

/// A recording must not begin by emptying the capture that is to be replayed.
pub(crate) fn spare_the_capture(command: &Command) -> Result<(), Failure> {
    let (Command::Sim(sim), Some((record, _))) = (command, command.record()) else {
        return Ok(());
    };
    let SimDevice::Duosida(options) = &sim.device else {
        return Ok(());
    };
    let same = options.replay.as_deref().is_some_and(|replay| {
        replay == record
            || matches!((replay.canonicalize(), record.canonicalize()), (Ok(a), Ok(b)) if a == b)
    });
    if same {
        return Err(Failure::usage(format!(
            "{} cannot be replayed and recorded to at once",
            record.display()
        )));
    }
    Ok(())
}

pub(super) async fn run(
    options: SimDuosida,
    path: &Path,
    context: &Context,
) -> Result<(), Failure> {
    let (sessions, answer) = read(path)?;
    let count = sessions.len();
    let replay = Replay::start(ReplayOptions {
        bind: options.bind,
        port: options.port,
        discovery_bind: options.discovery_bind,
        discovery_port: Some(options.discovery_port),
        speed: options.speed,
        sessions,
        answer,
        tap: context.recording().cloned().map(recorder),
    })
    .await
    .map_err(|error| Failure::failed("io", error.to_string()))?;
    let end = terminated();
    let mut events = replay.events();
    output::line(&format!("ready duosida {}", replay.address()))?;
    if let Some(address) = replay.discovery_address() {
        output::line(&format!("discovery {address}"))?;
    }
    let result = tokio::select! {
        result = follow(&mut events, context, |event| words(event, count)) => result,
        () = end => Ok(()),
    };
    replay.shutdown().await;
    result
}

/// The connections of a capture as scripts, and its discovery answer.
fn read(path: &Path) -> Result<(Vec<Script>, Option<Vec<u8>>), Failure> {
    let unusable = |reason: String| Failure::usage(format!("{}: {reason}", path.display()));
    let file = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let found = CaptureOptions::detect(&file)
        .and_then(|options| conversations(&file, &options))
        .map_err(|error| unusable(error.to_string()))?;
    if found.connections.is_empty() && found.answers.is_empty() {
        return Err(unusable("no traffic of a Duosida charger in it".to_owned()));
    }
    if let Some(damage) = found.damage {
        tracing::warn!("{}: {damage}; replaying what comes before", path.display());
    }
    let scripts = found.connections.into_iter().map(script).collect();
    Ok((scripts, found.answers.into_iter().next()))
}

fn script(connection: Connection) -> Script {
    let began = connection.began;
    let messages = connection.messages.into_iter().map(|message| Recorded {
        at: message.time.saturating_sub(began),
        direction: message.direction,
        message: message.bytes,
    });
    let closed = match connection.ended {
        Some((time, Direction::FromCharger)) => Some(time.saturating_sub(began)),
        _ => None,
    };
    Script::new(connection.framing, messages.collect(), closed)
}

fn words(event: &ReplayEvent, sessions: usize) -> (&'static str, String) {
    match event {
        ReplayEvent::Connected { session } => (
            "connected",
            format!("a client gets session {session} of {sessions}"),
        ),
        ReplayEvent::Disconnected { session } => {
            ("disconnected", format!("session {session} ended"))
        }
        ReplayEvent::Player { session, event } => player_words(*session, event),
    }
}

fn player_words(session: usize, event: &Event) -> (&'static str, String) {
    match event {
        Event::Unexpected { message } => (
            "unexpected",
            format!("session {session}: {message} is not in the recording"),
        ),
        Event::Missing { message } => (
            "missing",
            format!("session {session}: the client did not ask for {message}"),
        ),
        Event::Finished => ("finished", format!("session {session}: all is said")),
        Event::Close => ("closed", format!("session {session}: closed, as recorded")),
    }
}
