//! `evse twc list`.

use evse::twc::proto::session::State;

use super::{on_bus, once};
use crate::cli::{Bus, TwcTarget};
use crate::connect::twc as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &TwcTarget,
    context: &Context,
    bus: &Bus,
    listen_only: bool,
) -> Result<(), Failure> {
    let opening = connect::Opening {
        listen_only,
        starts_none: true,
        ..once(target, bus)
    };
    let wanted = opening.unit()?;
    on_bus(&opening, context, async |director| {
        connect::introduced(director, wanted, context).await?;
        if let (State::ListenOnly(_), false) = (director.state(), listen_only) {
            context.warn(&format!("{}; nothing was sent", director.state()));
        }
        let mut units: Vec<_> =
            director.read(|controller| controller.peripherals().cloned().collect());
        units.retain(|unit| wanted.is_none_or(|wanted| wanted == unit.address));
        if !context.json {
            return output::line(&table::twc::units(&units));
        }
        for unit in &units {
            output::object(&json::twc::UnitJson::new(unit))?;
        }
        Ok(())
    })
    .await
}
