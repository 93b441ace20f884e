//! Duosida chargers: they answer a broadcast.

use duosida_client::Found as Answer;
use futures_core::Stream;
use futures_util::StreamExt as _;

use super::{DiscoverOptions, DiscoveryIssue, Found, FoundKind, Item};
use crate::adapter::duosida::device;
use crate::address::Address;
use crate::model::{Device, Identity, Protocol};

pub(super) fn search(options: &DiscoverOptions) -> impl Stream<Item = Item> + Send + use<> {
    let mut search = options.duosida.clone();
    search.duration = options.duration;
    search.broadcasts.clone_from(&options.broadcasts);
    let port = search.tcp_port;
    duosida_client::discover(search).map(move |item| {
        item.map(|answer| found(&answer, port))
            .map_err(|issue| DiscoveryIssue {
                protocol: Protocol::Duosida,
                text: issue.to_string(),
            })
    })
}

fn found(answer: &Answer, port: u16) -> Found {
    let told = answer.identity.as_ref();
    Found {
        kind: FoundKind::Charger,
        address: Address::duosida(answer.ip.to_string(), port),
        identity: told.map(|told| Identity::new(Protocol::Duosida, told.identifier.as_str())),
        name: None,
        device: told.map_or_else(Device::default, device),
    }
}
