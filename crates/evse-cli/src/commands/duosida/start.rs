//! `evse duosida start`.

use std::time::SystemTime;

use evse::guard::Policy;
use evse::{Address, Identity, Protocol};

use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;

pub(super) async fn run(
    target: &Target,
    context: &Context,
    id_tag: Option<String>,
    force: bool,
) -> Result<(), Failure> {
    if !force {
        held_back_already(target, context)?;
    }
    let guarded = connect::once(target, context).await?;
    let result = guarded.start(id_tag, force).await;
    super::conclude("start", "start", guarded, result, context).await
}

/// Says no before the charger's one session is taken for nothing, when it is known which charger is meant. The guard
/// itself asks again, with the file locked.
fn held_back_already(target: &Target, context: &Context) -> Result<(), Failure> {
    let file = context.store()?.read()?;
    let charger = match (&target.device_id, &target.host) {
        (Some(serial), _) => file.charger(&Identity::new(Protocol::Duosida, serial.as_str())),
        (None, Some(host)) => {
            let address = Address::duosida(host.as_str(), target.port).to_string();
            file.find_by_address(&address).map(|(_, charger)| charger)
        }
        (None, None) => None,
    };
    if let Some(charger) = charger {
        Policy::default()
            .check_start(SystemTime::now(), &charger.history(), false)
            .map_err(evse::Error::from)?;
    }
    Ok(())
}
