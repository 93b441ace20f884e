//! One charger: whether it is heard, whom it serves, its PIN, its clock.

use std::time::Instant;

use evse::config::ChargerConfig;
use evse::{Charger, Error, Progress, Protocol};

use super::super::Finding;
use super::search::{Voice, Wanted};
use super::{Scene, clock, refused, unreachable};
use crate::connect::generic::with_pin;
use crate::failure::GIVE_A_PIN;

pub(super) async fn check(wanted: &Wanted<'_>, scene: &Scene<'_>) -> Vec<Finding> {
    let name = &wanted.charger.name;
    if let Some(Err(error)) = &wanted.place {
        let host = wanted.charger.address.host().unwrap_or_default();
        let what = format!("the name {host} leads to no address: {error}");
        let fix =
            "check the name and the name server (`getent hosts NAME`), or give the IP address";
        return vec![Finding::problem("name-unknown", name, what, fix)];
    }
    if let Some(finding) = wanted.ip().and_then(|ip| scene.networks.no_route(name, ip)) {
        return vec![finding];
    }
    if !scene.search.can_hear(wanted.protocol()) {
        // Why is told already.
        return Vec::new();
    }
    let voice = scene.search.voice(wanted);
    let is_em = wanted.protocol() == Protocol::Em;
    if is_em && voice.is_none() {
        return vec![unreachable::silent(wanted, scene)];
    }
    let heard = heard_as(wanted, voice, scene);
    let charger = if is_em {
        pin(wanted.charger, scene)
    } else {
        Ok(wanted.charger.clone())
    };
    let charger = match charger {
        Ok(charger) => charger,
        Err(finding) => return heard.into_iter().chain([finding]).collect(),
    };
    match connect(&charger, scene).await {
        Ok(connected) => {
            let answers = ask(&connected, name).await;
            connected.shutdown().await;
            heard.into_iter().chain(answers).collect()
        }
        Err(error) => {
            let heard = heard.filter(|_| voice.is_some());
            let refused = refused::connection(wanted, voice, &error, scene);
            heard.into_iter().chain([refused]).collect()
        }
    }
}

/// What the way says on which a charger was heard.
fn heard_as(wanted: &Wanted<'_>, voice: Option<&Voice>, scene: &Scene<'_>) -> Option<Finding> {
    let name = &wanted.charger.name;
    let ip = wanted.ip().or_else(|| Some(voice?.ip.into()));
    let is_elsewhere = ip.and_then(|ip| scene.networks.is_elsewhere(ip)) == Some(true);
    if is_elsewhere {
        let what = format!(
            "it is in none of this machine's networks ({}): `evse discover` does not find it, its address does",
            scene.networks.up()
        );
        let fix =
            "keep its address in the configuration, and let the router give it always the same";
        return Some(Finding::note("other-network", name, what, fix));
    }
    let asked = "its address works; to have it found, look at the likely causes:";
    let Some(voice) = voice else {
        let what = "it takes a connection, and does not answer the search (UDP 48899)";
        let fix = format!("{asked} a firewall on this machine or between, lost packets");
        return Some(Finding::note("search-unanswered", name, what, fix));
    };
    if !voice.by_broadcast {
        let port = match wanted.protocol() {
            Protocol::Em => "UDP 28376 in, and UDP 7248 out",
            _ => "the answers in, which come from UDP 48899 of addresses in this network",
        };
        let what = "it answers when it is asked at its address, and not when all are asked: broadcasts do not get there \
                    or back";
        let fix = format!(
            "{asked} a guest network or an access point that keeps its clients apart, a VLAN, a firewall on this machine \
             (let {port})"
        );
        return Some(Finding::warning("broadcast-blocked", name, what, fix));
    }
    (wanted.protocol() == Protocol::Em && !voice.announces).then(|| {
        Finding::note(
            "other-client",
            name,
            "it answers and does not announce itself, so another client is probably logged in to it: the vendor's app, a \
             home automation, or this program a moment ago",
            "single commands work beside that; `evse watch` and the like take its place, and it takes theirs: use one of \
             them",
        )
    })
}

/// The charger with the PIN of the command line or the environment, which is one charger's.
fn pin(charger: &ChargerConfig, scene: &Scene<'_>) -> Result<ChargerConfig, Finding> {
    let of_em = |charger: &&ChargerConfig| charger.address.protocol() == Protocol::Em;
    if scene.case.chargers.iter().filter(of_em).count() > 1 {
        return Ok(charger.clone());
    }
    with_pin(charger.clone(), scene.case.pin).map_err(|failure| {
        Finding::problem("pin-unusable", &charger.name, failure.message, GIVE_A_PIN)
    })
}

async fn connect(charger: &ChargerConfig, scene: &Scene<'_>) -> Result<Charger, Error> {
    let context = scene.case.context;
    let progress = |progress: Progress| {
        if let Progress::Waiting { until, reason, .. } = progress {
            let wait = until.saturating_duration_since(Instant::now());
            context.progress(&format!("{reason}; trying in {} s", wait.as_secs()));
        }
    };
    scene
        .connector
        .connect_with_progress(charger, progress)
        .await
}

/// What a charger says that takes commands.
async fn ask(charger: &Charger, name: &str) -> Vec<Finding> {
    if charger.as_em().is_some_and(|em| !em.evse().has_password()) {
        let what =
            "it answers, but no PIN is known for it, and without one it tells and does nothing";
        return vec![Finding::problem("no-pin", name, what, GIVE_A_PIN)];
    }
    if let Err(error) = charger.refresh().await {
        return vec![refused::request(name, &error)];
    }
    let mut findings = Vec::new();
    if let Some(duosida) = charger.as_duosida() {
        let what = format!(
            "{} answers; its one connection stays busy for about 30 s after this",
            charger.name()
        );
        findings.push(Finding::ok("charger", name, what));
        let ahead_s = duosida.charger().status().clock_ahead_s;
        findings.extend(
            ahead_s.map(|ahead_s| clock::of_charger(name, ahead_s, false, clock::Use::Records)),
        );
    }
    if let Some(em) = charger.as_em() {
        findings.push(Finding::ok("charger", name, "it answers and takes the PIN"));
        let set = format!("evse em set-time --serial {}", em.evse().serial());
        // An answer gets lost at times.
        if let Ok(reading) = em.evse().system_time().await {
            let usage = clock::Use::Plans(&set);
            let is_utc = reading.looks_like_utc;
            findings.push(clock::of_charger(name, reading.delta_s, is_utc, usage));
        }
    }
    findings
}
