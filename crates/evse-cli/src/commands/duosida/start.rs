//! `evse duosida start`.

use evse::guard::Policy;
use evse::state_store::{ChargerState, StateFile};
use evse::{Address, Identity, Protocol};

use super::super::held_back_already;
use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::signals::outcome;

pub(super) async fn run(
    target: &Target,
    context: &Context,
    id_tag: Option<String>,
    force: bool,
) -> Result<(), Failure> {
    if !force {
        let whom = target.host.as_ref().or(target.device_id.as_ref());
        let checked = held_back_already(&Policy::default(), context, |file| known(target, file));
        checked.map_err(|failure| failure.about(whom.map_or("it", String::as_str)))?;
    }
    let guarded = connect::once(target, context).await?;
    let result = outcome("start", guarded.start(id_tag, force)).await;
    super::conclude("start", "start", guarded, result, context).await
}

fn known<'a>(target: &Target, file: &'a StateFile) -> Option<&'a ChargerState> {
    match (&target.device_id, &target.host) {
        (Some(serial), _) => file.charger(&Identity::new(Protocol::Duosida, serial.as_str())),
        (None, Some(host)) => {
            let address = Address::duosida(host.as_str(), target.port).to_string();
            file.find_by_address(&address).map(|(_, charger)| charger)
        }
        (None, None) => None,
    }
}
