//! `evse twc default-current`, `session-current`, `increase` and `decrease`: currents of one unit.

use std::fmt;
use std::time::Duration;

use evse::twc::proto::session::{self, Farewell, Reply};
use evse::twc::{Error, Peripheral};
use tokio::time::{sleep, timeout};

use super::{on_bus, once, watch};
use crate::cli::{Bus, TwcTarget};
use crate::connect::twc as connect;
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output::{self, json, table};
use crate::signals::outcome;

/// What a unit is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// The current to start sessions with, A.
    DefaultCurrent(u16),
    /// The most for the session that runs, A.
    SessionCurrent(u16),
    /// 2 A more.
    Increase,
    /// 2 A less.
    Decrease,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefaultCurrent(amps) => write!(f, "default current {amps} A"),
            Self::SessionCurrent(amps) => write!(f, "session current {amps} A"),
            Self::Increase => f.write_str("2 A more"),
            Self::Decrease => f.write_str("2 A less for about 10 s"),
        }
    }
}

impl Order {
    /// The command's name.
    const fn name(self) -> &'static str {
        match self {
            Self::DefaultCurrent(_) => "default-current",
            Self::SessionCurrent(_) => "session-current",
            Self::Increase => "increase",
            Self::Decrease => "decrease",
        }
    }

    /// Asks the unit, and waits for what it says.
    async fn send(self, unit: &Peripheral) -> Result<Reply, Error> {
        match self {
            Self::DefaultCurrent(amps) => unit.set_initial_current(Some(amps)).await,
            Self::SessionCurrent(amps) => unit.set_session_current(Some(amps)).await,
            Self::Increase => unit.increase().await,
            Self::Decrease => unit.decrease().await,
        }
    }

    /// Asks the unit, and says in words what came of it, or why nothing did.
    pub(crate) async fn send_and_tell(self, unit: &Peripheral) -> Result<String, String> {
        let id = unit.address();
        match self.send(unit).await {
            Ok(reply) => Ok(table::twc::outcome(id, &self.to_string(), reply)),
            Err(Error::Failed { source, .. }) => Err(format!("unit {id}: {self}: {source}")),
            Err(error) => Err(format!("unit {id}: {self}: {error}")),
        }
    }
}

pub(super) async fn run(
    target: &TwcTarget,
    context: &Context,
    bus: &Bus,
    order: Order,
    hold: bool,
) -> Result<(), Failure> {
    let mut opening = once(target, bus);
    if hold {
        opening.farewell = Farewell::Floor;
    }
    if let Order::SessionCurrent(amps @ 1..) = order {
        // It shall not start with more, to be told this right after.
        opening.initial_a = Some(amps);
    }
    let wanted = opening.unit()?;
    on_bus(&opening, context, async |director| {
        let unit = connect::find(director, wanted, context).await?;
        if !matches!(order, Order::DefaultCurrent(_)) {
            charging(&unit, context).await;
        }
        let reply = outcome(order.name(), order.send(&unit)).await?;
        let mut warnings = Vec::new();
        if !hold {
            warnings.push(LIVES_ON.to_owned());
        }
        let text = table::twc::outcome(unit.address(), &order.to_string(), reply);
        if context.json {
            let done = json::twc::DoneJson::new(order.name(), &unit, &text, reply, warnings);
            output::object(&done)?;
        } else {
            output::line(&text)?;
            for warning in warnings {
                context.warn(&warning);
            }
        }
        if hold {
            return watch::keep(director, context, None).await;
        }
        if is_taken(reply) {
            Ok(())
        } else {
            Err(Failure::quiet(FAILED))
        }
    })
    .await
}

/// Whether the unit has what was asked for, or as much of it as there is.
const fn is_taken(reply: Reply) -> bool {
    match reply {
        Reply::Limited {
            asked_a,
            granted_a,
            accepted,
            ..
        } => accepted && (granted_a > 0 || matches!(asked_a, Some(0))),
        Reply::Stepped { accepted, .. } => accepted,
        Reply::Stored { .. } | Reply::Acknowledged => true,
    }
}

/// Waits until a vehicle that is plugged in charges, as it begins to do when it has a controller.
pub(in crate::commands) async fn charging(unit: &Peripheral, context: &Context) {
    let waits = async || {
        while unit.is_vehicle_present() == Some(true)
            && unit.read(session::Peripheral::is_charging) == Some(false)
        {
            sleep(LOOK).await;
        }
    };
    context.progress("waiting until it charges");
    // Without it the request tells what is the matter.
    let _ = timeout(RAMP.min(context.time_left()), waits()).await;
}

/// What a one-shot command comes to.
pub(in crate::commands) const LIVES_ON: &str = "a unit keeps what it was told while a controller speaks and stops about 30 s after; stay with --hold, or use `evse twc watch`";

/// A vehicle that wants to charge does so within this.
const RAMP: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);
