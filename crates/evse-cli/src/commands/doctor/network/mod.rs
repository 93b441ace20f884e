//! The network between this machine and its chargers, and the chargers that are reached over it: one search for all,
//! then one connection to each at most. What is sent is what `discover`, `status` and `em get-time` send.

mod charger;
mod clock;
mod interfaces;
mod neighbours;
mod port;
mod refused;
mod search;
mod unreachable;

use std::time::{Duration, SystemTime};

use evse::config::ChargerConfig;
use evse::{Connector, Protocol};
use futures_util::future::join_all;

use super::Finding;
use super::case::Case;
use crate::connect::session;
use interfaces::Networks;
use search::{Search, Wanted};

/// What is known before a charger is connected to.
struct Scene<'a> {
    case: &'a Case<'a>,
    connector: &'a Connector,
    networks: &'a Networks,
    search: &'a Search,
}

pub(super) async fn check(case: &Case<'_>) -> Vec<Finding> {
    let is_on_network = |charger: &&ChargerConfig| charger.address.protocol() != Protocol::Twc;
    let chargers: Vec<_> = case.chargers.iter().filter(is_on_network).collect();
    let are_none_meant = case.is_one || !case.chargers.is_empty();
    if chargers.is_empty() && are_none_meant {
        return Vec::new();
    }
    let own_clock = clock::of_this_machine(SystemTime::now(), clock::written());
    let mut findings: Vec<Finding> = own_clock.into_iter().collect();
    let networks = match Networks::list() {
        Ok(networks) => networks,
        Err(error) => {
            let fix = "check this program's permissions";
            let what = format!("the interfaces of this machine cannot be listed: {error}");
            findings.push(Finding::problem("no-network", "network", what, fix));
            return findings;
        }
    };
    findings.push(networks.check());
    // The state file has no place, which is told elsewhere.
    let Ok(mut options) = session::options(case.context) else {
        return findings;
    };
    options.patience = CONNECTION.max(options.patience.saturating_sub(search::LENGTH));
    // One attempt: each one occupies the charger's only connection for half a minute.
    options.duosida.busy_retry = Duration::MAX;
    let connector = Connector::from_config(&case.config, options);
    let wanted = join_all(chargers.into_iter().map(Wanted::new)).await;
    let search = Search::run(case, &connector, &wanted).await;
    findings.extend(search.check(&wanted, &networks));
    let scene = Scene {
        case,
        connector: &connector,
        networks: &networks,
        search: &search,
    };
    let each = wanted.iter().map(|wanted| charger::check(wanted, &scene));
    findings.extend(join_all(each).await.into_iter().flatten());
    connector.shutdown().await;
    findings
}

/// What a connection may take at least: one that was cut short would be taken for a charger that is busy.
const CONNECTION: Duration = Duration::from_secs(26);
