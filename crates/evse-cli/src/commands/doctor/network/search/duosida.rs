//! Duosida chargers answer questions, and say nothing by themselves.

use evse::duosida::{self, DiscoverOptions as Options, DiscoveryIssue};
use evse::{Address, DiscoverOptions, Protocol};
use futures_util::StreamExt as _;

use super::{Case, FOR_ALL, ONE_BY_ONE, PROBES, Unsent, Voice, Wanted};

pub(super) async fn search(case: &Case<'_>, wanted: &[Wanted<'_>]) -> (Vec<Voice>, Unsent) {
    let general = DiscoverOptions::from_config(&case.config);
    let mut options = general.duosida;
    options.broadcasts = general.broadcasts;
    options.duration = FOR_ALL;
    options.tap = case.context.tap();
    let port = options.tcp_port;
    let (found, not_sent) = hear(options.clone()).await;
    let mut voices: Vec<Voice> = found.iter().map(|found| voice(found, port, true)).collect();
    let of_duosida = wanted
        .iter()
        .filter(|wanted| wanted.protocol() == Protocol::Duosida);
    let silent = of_duosida.filter(|wanted| !voices.iter().any(|voice| voice.is(wanted)));
    options.targets = silent.filter_map(Wanted::ipv4).collect();
    if !options.targets.is_empty() {
        options.broadcasts.clear();
        options.duration = ONE_BY_ONE;
        options.probes = PROBES;
        let (found, _) = hear(options).await;
        voices.extend(found.iter().map(|found| voice(found, port, false)));
    }
    (voices, not_sent)
}

async fn hear(options: Options) -> (Vec<duosida::Found>, Unsent) {
    let (mut found, mut not_sent) = (Vec::new(), Unsent::new());
    let mut items = Box::pin(duosida::discover(options));
    while let Some(item) = items.next().await {
        match item {
            Ok(charger) => found.push(charger),
            Err(DiscoveryIssue::Send { to, kind }) => not_sent.push((to, kind)),
            Err(_) => {}
        }
    }
    (found, not_sent)
}

fn voice(found: &duosida::Found, port: u16, by_broadcast: bool) -> Voice {
    let ip = found.answered_from.unwrap_or(found.ip);
    Voice {
        address: Address::duosida(ip.to_string(), port),
        ip,
        serial: None,
        by_broadcast,
        announces: false,
    }
}
