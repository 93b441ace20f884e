//! From the command line to a live Duosida session: which charger, and the way to it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use evse::duosida::proto::session;
use evse::duosida::{DiscoverOptions, Found, Link, Options, Reconnect, discover};
use evse::guard::Policy;
use evse::{Address, GuardedDuosida, Identity, Protocol};
use futures_util::StreamExt as _;

use super::limit;
use crate::cli::Target;
use crate::context::Context;
use crate::failure::{Failure, NAMES};
use crate::output;

/// How long a search lasts: four probes, and time for the answer to the last.
const SEARCH: Duration = Duration::from_secs(4);

/// Connects for one command.
pub(crate) async fn once(target: &Target, context: &Context) -> Result<GuardedDuosida, Failure> {
    let address = address(target, context).await?;
    connect(
        &address,
        target,
        context,
        Options::default().session.poll_interval,
        Reconnect::Never,
    )
    .await
}

/// Connects to stay, polling at this interval.
pub(crate) async fn to_stay(
    target: &Target,
    context: &Context,
    poll_interval: Duration,
) -> Result<GuardedDuosida, Failure> {
    let address = address(target, context).await?;
    connect(&address, target, context, poll_interval, Reconnect::Forever).await
}

async fn connect(
    address: &Address,
    target: &Target,
    context: &Context,
    poll_interval: Duration,
    reconnect: Reconnect,
) -> Result<GuardedDuosida, Failure> {
    let options = Options {
        session: session::Config {
            poll_interval,
            expected_identity: target.device_id.clone(),
            first_message_id: first_message_id(),
            utc_offset_s: jiff::Zoned::now().offset().seconds(),
            ..session::Config::default()
        },
        deadline: Some(context.time_left()),
        reconnect,
        tap: context.tap(),
        ..Options::default()
    };
    let mut told = String::new();
    let progress = |link: &Link| {
        let text = match link {
            Link::Connecting => format!("connecting to {address}"),
            Link::Waiting { until, reason } => {
                let wait = until
                    .saturating_duration_since(Instant::now())
                    .as_secs_f32()
                    .ceil();
                format!("{reason}; trying again in {wait} s")
            }
            Link::Ready | Link::Closed { .. } => return,
        };
        if text != told {
            context.progress(&text);
            told = text;
        }
    };
    let connected = GuardedDuosida::connect_with_progress(
        address,
        options,
        context.store()?,
        Policy::default(),
        progress,
    )
    .await;
    Ok(connected?)
}

/// Refuses more than the configuration allows this charger.
pub(crate) fn check_limit(
    amps: u8,
    guarded: &GuardedDuosida,
    context: &Context,
) -> Result<(), Failure> {
    let address = std::slice::from_ref(guarded.address());
    limit::check(amps, guarded.identity(), address, context)
}

/// The address of the host given, or of the only charger that discovery finds.
pub(crate) async fn address(target: &Target, context: &Context) -> Result<Address, Failure> {
    if let Some(host) = &target.host {
        return given(host, target.port);
    }
    context.progress("searching for chargers");
    let found = search(
        target,
        context,
        SEARCH.min(context.time_left()),
        false,
        false,
    )
    .await?;
    match found.as_slice() {
        [] => Err(nothing_found()),
        [charger] => Ok(Address::duosida(charger.ip.to_string(), target.port)),
        several => remembered(several, target, context)
            .map_or_else(|| Err(choose(several, target, context)), Ok),
    }
}

/// `--host`: a name, an IP address or a whole `duosida://` address.
fn given(host: &str, port: u16) -> Result<Address, Failure> {
    let text = if host.contains("://") {
        host.to_owned()
    } else {
        Address::duosida(host.trim_matches(['[', ']']), port).to_string()
    };
    text.parse()
        .map_err(|error| Failure::from(evse::Error::from(error)))
}

/// Of several chargers, the one that had the wanted identifier when we last met it.
fn remembered(found: &[Found], target: &Target, context: &Context) -> Option<Address> {
    let wanted = Identity::new(Protocol::Duosida, target.device_id.as_deref()?);
    let file = context.store().ok()?.read().ok()?;
    let address: Address = file.charger(&wanted)?.address.as_deref()?.parse().ok()?;
    found
        .iter()
        .any(|charger| address.host() == Some(&charger.ip.to_string()))
        .then_some(address)
}

fn choose(found: &[Found], target: &Target, context: &Context) -> Failure {
    if !context.json {
        // The error below says the same; a closed pipe changes nothing.
        let _ = output::line(&output::table::chargers(found));
    }
    let address =
        |charger: &Found| Address::duosida(charger.ip.to_string(), target.port).to_string();
    let mut failure = Failure::usage(format!("{} chargers answer", found.len())).try_this(format!(
        "say which with --host, such as --host {}",
        found[0].ip
    ));
    failure.choices = found.iter().map(address).collect();
    failure
}

/// What to say when nobody answers.
pub(crate) fn nothing_found() -> Failure {
    Failure::failed("not_found", "no charger answers on this network").try_this(format!(
        "check that it is powered and on the same Wi-Fi (broadcasts do not cross VLANs), \
         give its address with --host, or try `evse duosida discover --scan`; `evse doctor` looks for the reason; {NAMES}"
    ))
}

/// Searches, and tells what goes wrong on the way. One entry for each charger, the latest address of each.
pub(crate) async fn search(
    target: &Target,
    context: &Context,
    duration: Duration,
    identify: bool,
    scan: bool,
) -> Result<Vec<Found>, Failure> {
    let mut options = options(target, duration, identify, scan);
    options.tap = context.tap();
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut trouble = None;
    let mut items = std::pin::pin!(discover(options));
    while let Some(item) = items.next().await {
        match item {
            Ok(charger) => {
                context.progress(&format!("found {}", charger.ip));
                let key = charger
                    .mac
                    .map_or_else(|| charger.ip.to_string(), |mac| mac.to_string());
                found.insert(key, charger);
            }
            Err(issue) => {
                context.progress(&format!("note: {issue}"));
                trouble = Some(issue);
            }
        }
    }
    match trouble {
        Some(issue) if found.is_empty() => {
            let mut failure = nothing_found();
            failure.message = format!("{} ({issue})", failure.message);
            Err(failure)
        }
        _ => {
            let mut found: Vec<Found> = found.into_values().collect();
            found.sort_by_key(|charger| charger.ip);
            Ok(found)
        }
    }
}

fn options(target: &Target, duration: Duration, identify: bool, scan: bool) -> DiscoverOptions {
    let mut options = DiscoverOptions {
        port: target.discovery_port,
        source_port: (target.source_port != 0).then_some(target.source_port),
        duration,
        identify,
        scan: if scan {
            evse::duosida::Scan::Subnets
        } else {
            evse::duosida::Scan::Off
        },
        tcp_port: target.port,
        ..DiscoverOptions::default()
    };
    options.broadcasts.extend(target.broadcast);
    options
}

/// Message ids of two commands in a row should not be the same; any start from 1 to `0x07FF_FFFF` is allowed.
fn first_message_id() -> u32 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u32::try_from(since.as_millis() % 0x0700_0000).unwrap_or(0) + 1
}
