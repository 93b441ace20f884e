//! One charger of a fleet, and the task that looks after it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt as _;
use tokio::sync::{broadcast, watch};
use tokio::time::sleep;
use tracing::{Instrument as _, debug, info, info_span};

use super::event::{FleetEvent, MemberEvent};
use crate::address::Address;
use crate::charger::Charger;
#[cfg(feature = "em")]
use crate::config;
use crate::config::ChargerConfig;
use crate::connect::{Connector, Progress};
use crate::error::{Error, ErrorKind};
use crate::model::{
    Capabilities, Device, Identity, LastError, Protocol, Snapshot, State, Telemetry,
};
#[cfg(feature = "em")]
use crate::secret::{Secret, SecretSource};
use crate::state_store::StateFile;

/// One charger of a fleet.
pub(super) struct Member {
    pub(super) name: Arc<str>,
    address: Option<Address>,
    /// Who it is, as far as that is known before it is connected.
    identity: Identity,
    condition: watch::Sender<Condition>,
}

#[derive(Clone, Default)]
struct Condition {
    /// Its last session.
    charger: Option<Charger>,
    /// Why there is none.
    trouble: Option<LastError>,
}

impl Member {
    pub(super) fn new(charger: &ChargerConfig, file: &StateFile) -> Self {
        Self {
            name: charger.name.as_str().into(),
            address: Some(charger.address.clone()),
            identity: charger
                .identity
                .clone()
                .unwrap_or_else(|| likely(&charger.address, file)),
            condition: watch::Sender::new(Condition::default()),
        }
    }

    pub(super) fn connected(name: &str, charger: Charger) -> Self {
        Self {
            name: name.into(),
            address: charger.address(),
            identity: charger.identity(),
            condition: watch::Sender::new(Condition {
                charger: Some(charger),
                trouble: None,
            }),
        }
    }

    pub(super) fn charger(&self) -> Result<Charger, Error> {
        let Condition { charger, trouble } = self.condition.borrow().clone();
        charger.ok_or_else(|| {
            let (kind, reason) = trouble.map_or_else(
                || {
                    (
                        ErrorKind::Unreachable,
                        "the first attempt is being made".to_owned(),
                    )
                },
                |trouble| (trouble.kind, trouble.text),
            );
            Error::NotConnected {
                name: self.name.to_string(),
                kind,
                reason,
            }
        })
    }

    pub(super) async fn is_connected(&self) {
        let mut condition = self.condition.subscribe();
        // The sender lives as long as this.
        let _ = condition.wait_for(|now| now.charger.is_some()).await;
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let Condition { charger, trouble } = self.condition.borrow().clone();
        let mut snapshot = charger.map_or_else(|| self.never_seen(), |charger| charger.snapshot());
        snapshot.name = self.name.to_string();
        if let Some(trouble) = trouble {
            let is_newer = |last: &LastError| last.at < trouble.at;
            if snapshot.last_error.as_ref().is_none_or(is_newer) {
                snapshot.last_error = Some(trouble);
            }
        }
        snapshot
    }

    fn never_seen(&self) -> Snapshot {
        Snapshot {
            identity: self.identity.clone(),
            name: String::new(),
            address: self.address.clone(),
            device: Device::default(),
            state: State::Offline,
            telemetry: Telemetry::default(),
            capabilities: Capabilities::default(),
            faults: Vec::new(),
            last_update: None,
            limit_update: None,
            last_error: None,
        }
    }

    pub(super) async fn shutdown(&self) {
        let charger = self.condition.send_replace(Condition::default()).charger;
        if let Some(charger) = charger {
            charger.shutdown().await;
        }
    }

    /// Passes on what a charger tells, until it tells no more.
    pub(super) async fn follow(&self, charger: Charger, events: &broadcast::Sender<FleetEvent>) {
        let mut told = charger.events();
        self.condition.send_replace(Condition {
            charger: Some(charger),
            trouble: None,
        });
        self.tell(events, MemberEvent::Connected);
        while let Some(event) = told.next().await {
            self.tell(events, MemberEvent::Charger(event));
        }
    }

    fn trouble(&self, kind: ErrorKind, text: String, events: &broadcast::Sender<FleetEvent>) {
        let trouble = LastError {
            at: SystemTime::now(),
            kind,
            text,
        };
        let is_new = self.condition.send_if_modified(|now| {
            let is_new = now
                .trouble
                .as_ref()
                .is_none_or(|last| last.text != trouble.text);
            if is_new {
                now.trouble = Some(trouble.clone());
            }
            is_new
        });
        if is_new {
            info!(reason = trouble.text, "not connected");
            self.tell(events, MemberEvent::NotConnected(trouble));
        }
    }

    fn tell(&self, events: &broadcast::Sender<FleetEvent>, event: MemberEvent) {
        let name = self.name.clone();
        // Fails when nobody listens.
        let _ = events.send(FleetEvent { name, event });
    }
}

/// Keeps a charger connected. What a client does by itself is left to it: a Duosida session comes back with the delays
/// that the charger tolerates, an EVSEMaster one by every sign of life, a bus when its port does. Here the rest is tried
/// again: what they give up, or never had.
pub(super) async fn supervise(
    member: Arc<Member>,
    mut charger: ChargerConfig,
    connector: Connector,
    events: broadcast::Sender<FleetEvent>,
) {
    let span = info_span!("member", charger = &*member.name);
    let task = async {
        loop {
            let error = match attempt(&member, &mut charger, &connector, &events).await {
                Ok(connected) => {
                    member.follow(connected.clone(), &events).await;
                    debug!("the session is over");
                    ended(&connected)
                }
                Err(error) => (
                    error.kind(),
                    error.to_string(),
                    pause(&error, &charger.address),
                ),
            };
            let (kind, text, pause) = error;
            member.trouble(kind, text, &events);
            sleep(pause).await;
        }
    };
    task.instrument(span).await;
}

async fn attempt(
    member: &Member,
    charger: &mut ChargerConfig,
    connector: &Connector,
    events: &broadcast::Sender<FleetEvent>,
) -> Result<Charger, Error> {
    // A command that prints a PIN may bother somebody: it is asked until it has printed one.
    #[cfg(feature = "em")]
    if let Some(pin) = config::pin(charger).await? {
        charger.pin = Some(SecretSource::Text(Secret::new(pin.expose())));
    }
    let tell = |progress| {
        if let Progress::Waiting { kind, reason, .. } = progress {
            member.trouble(kind, reason, events);
        }
    };
    connector.attempt(charger, None, tell).await
}

/// Why a session that lasts for ever has ended, and how long to leave it alone.
fn ended(charger: &Charger) -> (ErrorKind, String, Duration) {
    let last = charger.last_error();
    let (kind, text) = last.map_or_else(
        || (ErrorKind::Unreachable, "the session has ended".to_owned()),
        |last| (last.kind, last.text),
    );
    (kind, text, LONG)
}

/// How long to leave a charger alone that cannot be connected to.
fn pause(error: &Error, address: &Address) -> Duration {
    match (error, address.protocol()) {
        (Error::Secret(_) | Error::NoPin { .. } | Error::OtherCharger { .. }, _) => LONG,
        (Error::Resolve { .. }, _) => Duration::from_mins(1),
        // Each attempt asks for a sign of life every second; a charger without a client announces itself too.
        (_, Protocol::Em) => Duration::from_secs(20),
        // Opening a port disturbs nobody, and a bus that is open is only listened to.
        (_, Protocol::Twc) => Duration::from_secs(5),
        _ => LONG,
    }
}

/// Who is likely at an address.
fn likely(address: &Address, file: &StateFile) -> Identity {
    let protocol = address.protocol();
    match address {
        #[cfg(feature = "em")]
        Address::EmSerial(serial) => crate::adapter::em::identity(*serial),
        _ => {
            let key = file.find_by_address(&address.to_string());
            let serial =
                key.and_then(|(key, _)| key.strip_prefix(protocol.name())?.strip_prefix(':'));
            Identity::new(protocol, serial.unwrap_or_default())
        }
    }
}

/// After an answer that will hardly be another soon. Shorter pauses have made Duosida chargers refuse everything.
const LONG: Duration = Duration::from_mins(5);

#[cfg(all(test, unix, feature = "em"))]
mod tests {
    use em_client::proto::{Pin, Serial};
    use evse_sim::em::{DeviceConfig, Model};
    use evse_sim::shell::em::{Simulator, SimulatorOptions};

    use super::*;
    use crate::connect::ConnectOptions;
    use crate::state_store::StateStore;

    #[tokio::test]
    async fn a_command_is_asked_again_until_it_prints_a_pin_and_then_no_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = ConnectOptions::new(StateStore::at(folder.path().join("state.json")));
        options.em.bind = "127.0.0.1:0".parse().expect("an address");
        options.em.broadcasts = vec![std::net::Ipv4Addr::LOCALHOST];
        let connector = Connector::new(options);
        let communicator = connector.communicator().expect("a free port");
        let serial: Serial = "9181102751219513".parse().expect("a serial");
        let pin: Pin = "123456".parse().expect("six digits");
        let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
        device.announce_interval = evse_sim::DelayRange::from_millis(50, 100);
        let port = communicator.port().expect("it is open");
        let simulator = Simulator::start(SimulatorOptions::for_tests(device, port));
        let simulator = simulator.await.expect("started");

        let vault = folder.path().join("vault");
        let tell = |text| std::fs::write(&vault, text).expect("written");
        let command = format!("cat '{}'", vault.display());
        let mut charger = ChargerConfig::new("a", Address::EmSerial(serial));
        charger.pin = Some(SecretSource::Command(command.clone()));
        let member = Member::new(&charger, &StateFile::default());
        let (events, _) = broadcast::channel(16);

        for _ in 0..2 {
            tell("Vault locked");
            let failed = attempt(&member, &mut charger, &connector, &events).await;
            let error = failed.expect_err("it prints no PIN").to_string();
            assert!(error.contains(&command), "{error}");
        }
        for text in ["123456\n", "Vault locked"] {
            tell(text);
            let connected = attempt(&member, &mut charger, &connector, &events).await;
            let connected = connected.expect("it has the PIN");
            assert_eq!(connected.identity().serial(), serial.to_string());
        }
        connector.shutdown().await;
        simulator.shutdown().await;
    }
}
