//! `evse em dump`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use evse::GuardedEm;
use evse::capture::Secrets;
use evse::capture::decode::em::decode_packet;
use evse::em::proto::Direction;
use evse::em::proto::endpoint::{Dump, Target};
use evse::em::{Event, Options};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::watch;
use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::output::tree::{Captured, Tree};

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    duration: Option<f64>,
    listen: bool,
) -> Result<(), Failure> {
    let mut options = Options::default();
    options.endpoint.dump = true;
    if listen {
        options = GuardedEm::one_shot(options);
    }
    let communicator = connect::load(target, context, options)?;
    let mut events = communicator.events();
    let end = duration.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    if listen {
        communicator.start()?;
        communicator.probe(Target::Broadcast)?;
    } else {
        watch::log_in(&communicator, target, context).await?;
    }
    let own = SocketAddr::from((
        Ipv4Addr::UNSPECIFIED,
        communicator.port().unwrap_or_default(),
    ));
    let mut tree = Tree::endless(context.is_verbose());
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Datagram(dump)) => show(&dump, own, &mut tree, context)?,
                Some(Event::Garbage { from, error }) => context.warn(&format!("from {from}: {error}")),
                Some(Event::Missed { count }) => context.warn(&format!("{count} events are not shown")),
                Some(_) => {}
                None => return Err(Failure::failed("unreachable", "the socket is closed")),
            },
            () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => return Ok(()),
        }
    }
}

fn show(dump: &Dump, own: SocketAddr, tree: &mut Tree, context: &Context) -> Result<(), Failure> {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let charger = SocketAddr::from(dump.peer);
    let ends = match dump.direction {
        Direction::ToCharger => (own, charger),
        Direction::FromCharger => (charger, own),
    };
    let captured = Captured {
        time,
        ends: Some(ends),
    };
    for mut frame in decode_packet(&dump.bytes, Secrets::Redact) {
        if !context.json {
            output::coloured(&tree.frame(&frame, Some(&captured)))?;
            continue;
        }
        if let Value::Object(frame) = &mut frame {
            frame.insert("peer".into(), dump.peer.to_string().into());
            frame.insert("time".into(), jiff::Timestamp::now().to_string().into());
        }
        output::object(&frame)?;
    }
    Ok(())
}
