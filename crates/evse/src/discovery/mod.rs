//! Who is there: all protocols at once.

#[cfg(feature = "duosida")]
mod duosida;
#[cfg(feature = "em")]
mod em;
#[cfg(feature = "twc")]
mod twc;

use std::net::Ipv4Addr;
use std::time::Duration;

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::stream::{self, StreamExt as _};
use thiserror::Error;

use crate::address::Address;
use crate::config::Config;
use crate::model::{Device, Identity, Protocol};

/// How to search.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DiscoverOptions {
    /// For whom. Default: every protocol of this build.
    pub protocols: Vec<Protocol>,
    /// How long to listen on the network. Default 6 s: one announcement, even of a slow EVSEMaster charger.
    pub duration: Duration,
    /// How long to listen on a bus. Default 12 s: some units show themselves every 10 s only.
    pub bus_duration: Duration,
    /// Broadcast addresses in place of those of all interfaces. Default none.
    pub broadcasts: Vec<Ipv4Addr>,
    /// Serial ports and gateways to listen on, as in an address: `/dev/ttyUSB0` or `HOST:PORT`. **Nothing is sent there.**
    /// Default none; other serial ports of this machine are listed and not touched.
    pub ports: Vec<String>,
    /// How Duosida chargers are searched; time and broadcast addresses are those above. A question who a charger is
    /// occupies its one connection for half a minute, and is not asked by default.
    #[cfg(feature = "duosida")]
    pub duosida: duosida_client::DiscoverOptions,
    /// The socket for EVSEMaster chargers, if none is open.
    #[cfg(feature = "em")]
    pub em: em_client::Options,
    /// The socket that is open: on a machine there is one for all. Default none.
    #[cfg(feature = "em")]
    pub communicator: Option<em_client::Communicator>,
    /// How buses are listened to.
    #[cfg(feature = "twc")]
    pub twc: twc_director::Config,
}

impl Default for DiscoverOptions {
    fn default() -> Self {
        Self {
            protocols: vec![
                #[cfg(feature = "duosida")]
                Protocol::Duosida,
                #[cfg(feature = "em")]
                Protocol::Em,
                #[cfg(feature = "twc")]
                Protocol::Twc,
            ],
            duration: Duration::from_secs(6),
            bus_duration: Duration::from_secs(12),
            broadcasts: Vec::new(),
            ports: Vec::new(),
            #[cfg(feature = "duosida")]
            duosida: duosida_client::DiscoverOptions::default(),
            #[cfg(feature = "em")]
            em: em_client::Options::default(),
            #[cfg(feature = "em")]
            communicator: None,
            #[cfg(feature = "twc")]
            twc: twc_director::Config::default(),
        }
    }
}

impl DiscoverOptions {
    /// The defaults, with the socket and the buses of a configuration.
    pub fn from_config(config: &Config) -> Self {
        #[cfg_attr(
            not(any(feature = "em", feature = "twc")),
            expect(unused_mut, reason = "nothing more is configured then")
        )]
        let mut options = Self {
            broadcasts: config.em.broadcast.clone(),
            ports: config.buses.iter().map(|bus| bus.port.clone()).collect(),
            ..Self::default()
        };
        #[cfg(feature = "em")]
        if let Some(port) = config.em.port {
            options.em.bind.set_port(port);
        }
        #[cfg(feature = "twc")]
        options
            .ports
            .extend(config.chargers.iter().filter_map(twc::port));
        options
    }
}

/// Somebody, or a place to look.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Where it is.
    pub address: Address,
    /// Who it is, if it tells without being asked.
    pub identity: Option<Identity>,
    /// Its own name, if it tells.
    pub name: Option<String>,
    /// What it is, as far as it tells.
    pub device: Device,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FoundKind {
    /// A charger.
    Charger,
    /// A serial port that was not touched: a bus may be there. Name it in [`DiscoverOptions::ports`] to listen.
    SerialPort,
}

/// Something that went wrong during a search that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
#[non_exhaustive]
pub struct DiscoveryIssue {
    /// With whom.
    pub protocol: Protocol,
    /// What happened, and what to try.
    pub text: String,
}

type Item = Result<Found, DiscoveryIssue>;

/// Searches for chargers of all protocols at once. Each comes as soon as it is heard, and again when it has another
/// address; issues end nothing. The stream ends after [`DiscoverOptions::duration`], and
/// [`DiscoverOptions::bus_duration`] with ports to listen on. Dropping it ends the search.
///
/// # Panics
/// When polled outside a tokio runtime with time and I/O enabled.
pub fn discover(options: &DiscoverOptions) -> impl Stream<Item = Item> + Send + Unpin + use<> {
    let mut searches: Vec<BoxStream<'static, Item>> = Vec::new();
    for protocol in &options.protocols {
        match protocol {
            #[cfg(feature = "duosida")]
            Protocol::Duosida => searches.push(duosida::search(options).boxed()),
            #[cfg(feature = "em")]
            Protocol::Em => searches.push(em::search(options).boxed()),
            #[cfg(feature = "twc")]
            Protocol::Twc => searches.push(twc::search(options).boxed()),
            _ => {}
        }
    }
    stream::select_all(searches)
}

/// A search that hands out what it finds while it runs.
#[cfg(any(feature = "em", feature = "twc"))]
fn telling<F>(search: impl FnOnce(tokio::sync::mpsc::Sender<Item>) -> F) -> impl Stream<Item = Item>
where
    F: Future<Output = ()>,
{
    /// Items that may wait for a slow reader of the stream.
    const ITEMS: usize = 16;

    let (items, found) = tokio::sync::mpsc::channel(ITEMS);
    let run = stream::once(search(items)).filter_map(|()| std::future::ready(None));
    stream::select(tokio_stream::wrappers::ReceiverStream::new(found), run)
}
