//! `evse tui`.

use std::io::{IsTerminal as _, stdin, stdout};
use std::time::Duration;

use evse::circuit::Circuits;
use evse::{Fleet, Protocol};

use crate::cli::Watch;
use crate::connect::{generic as connect, session};
use crate::context::Context;
use crate::failure::Failure;
use crate::tui;

pub(in crate::commands) async fn run(arguments: &Watch, context: &Context) -> Result<(), Failure> {
    if context.json || !stdin().is_terminal() || !stdout().is_terminal() {
        return Err(
            Failure::usage("`evse tui` is for a terminal that someone looks at")
                .try_this("use `evse watch` for lines, or with --json for objects"),
        );
    }
    let (names, config) = connect::several(arguments, true, context).await?;
    let fleet = Fleet::from_config(&config, session::options(context)?);
    let circuits = (!config.circuits.is_empty()).then(|| Circuits::start(&fleet, &config));
    let duration = arguments.duration.map(Duration::from_secs_f64);
    let result = session::until_told(
        true,
        tui::run(&fleet, circuits.as_ref(), &names, context, duration),
    )
    .await;
    if let Some(circuits) = &circuits {
        circuits.shutdown().await;
    }
    let mut chargers = config.chargers.iter();
    if chargers.any(|charger| charger.address.protocol() == Protocol::Twc) {
        context.progress("letting go of the bus, 10 s at most; Ctrl-C leaves at once");
    }
    let left = session::let_go(fleet.shutdown()).await;
    session::tell(&left, &config, context)?;
    result
}
