//! emproto's `evses.json`, in and out.

use std::net::SocketAddrV4;
use std::path::Path;

use em_client::proto::session::{Known, Session};
use em_client::proto::{Pin, Serial};
use em_client::{Communicator, Evse, Options};

use super::{ChargerConfig, Config};
use crate::adapter::em::{address, identity};
use crate::address::Address;
use crate::error::Error;
use crate::guarded::{learned_at, place};
use crate::model::Protocol;
use crate::secret::{Secret, SecretSource};
use crate::state_store::{StateError, StateFile, StateStore};

/// What an import found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Chargers that the configuration does not have, with names and PINs. Their PINs are written down: append
    /// [`to_toml`](Config::to_toml) of them to a file of mode 0600.
    pub chargers: Vec<ChargerConfig>,
    /// The names of those that it has.
    pub known: Vec<String>,
}

/// What an export wrote.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Exported {
    /// The names of chargers that stand in the file now.
    pub written: Vec<String>,
    /// Chargers that were never heard, so that nobody knows serial number and address: connect to them once.
    pub left_out: Vec<String>,
}

impl Config {
    /// Reads emproto's `evses.json`, in each of its forms. The addresses of its chargers go to the state file, since
    /// here they go by serial number. Short, but blocking. What is no charger is skipped and logged.
    ///
    /// # Errors
    /// [`Error::Em`] when the file cannot be read, or is none of these; [`Error::State`].
    pub fn import_evses(
        &self,
        path: impl AsRef<Path>,
        store: &StateStore,
    ) -> Result<Imported, Error> {
        let communicator = Communicator::new(Options::default());
        let mut imported = Imported::default();
        for evse in communicator.load(path)? {
            let address = Address::EmSerial(evse.serial());
            if let Some(known) = self.chargers.iter().find(|known| known.address == address) {
                imported.known.push(known.name.clone());
                continue;
            }
            let taken = self.chargers.iter().chain(&imported.chargers);
            let name = free_name(&evse, |name| taken.clone().all(|known| known.name != *name));
            let pin = evse.read(Session::pin).flatten();
            let mut charger = ChargerConfig::new(name, address);
            charger.pin = pin.map(|pin| SecretSource::Text(Secret::new(pin.expose())));
            imported.chargers.push(charger);
        }
        store.update(|file| {
            for evse in communicator.evses() {
                let state = file.charger_mut(&identity(evse.serial()));
                if let (None, Some(at)) = (&state.address, evse.address()) {
                    state.address = Some(address(at).to_string());
                }
            }
            Ok::<_, StateError>(())
        })?;
        Ok(imported)
    }

    /// Writes the EVSEMaster chargers to a file as emproto's `evses.json`, with their PINs, over what stands there of
    /// other chargers. Waits for commands that print PINs.
    ///
    /// # Errors
    /// [`Error::Em`] when the file cannot be read or written; [`Error::State`] when it cannot be told where chargers are;
    /// [`Error::Secret`].
    pub async fn export_evses(
        &self,
        path: impl AsRef<Path>,
        store: &StateStore,
    ) -> Result<Exported, Error> {
        let file = store.read()?;
        let communicator = Communicator::new(Options::default());
        communicator.load(&path)?;
        let mut exported = Exported::default();
        for charger in &self.chargers {
            if charger.address.protocol() != Protocol::Em {
                continue;
            }
            let Some((serial, at)) = whereabouts(&charger.address, &file) else {
                exported.left_out.push(charger.name.clone());
                continue;
            };
            let known = Known {
                address: Some(at),
                pin: pin(charger).await?,
                ..Known::default()
            };
            communicator.add(serial, known);
            exported.written.push(charger.name.clone());
        }
        communicator.save(path)?;
        Ok(exported)
    }
}

/// The PIN of a charger, from wherever it comes.
pub(crate) async fn pin(charger: &ChargerConfig) -> Result<Option<Pin>, Error> {
    let Some(source) = &charger.pin else {
        return Ok(None);
    };
    let secret = source.read().await?;
    let pin = secret.expose().parse();
    pin.map(Some).map_err(|_| Error::NoPin {
        from: source.to_string(),
    })
}

/// Who is at an address, and where, as far as it was ever heard.
fn whereabouts(address: &Address, file: &StateFile) -> Option<(Serial, SocketAddrV4)> {
    match address {
        Address::EmSerial(serial) => {
            let known = file.charger(&identity(*serial))?;
            Some((*serial, place(known.address.as_deref()?)?))
        }
        Address::Em { host, port } => learned_at(file, host.parse().ok()?, *port),
        _ => None,
    }
}

/// A name for a charger that nobody else has: its own, else its model, made fit.
fn free_name(evse: &Evse, is_free: impl Fn(&str) -> bool) -> String {
    let words = evse.config().name.unwrap_or_else(|| evse.info().model);
    let words = words.to_lowercase();
    let words: Vec<_> = words
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut name = match words.as_slice() {
        [] => "charger".to_owned(),
        words => words.join("-"),
    };
    let first = name.clone();
    let mut number = 1;
    while !is_free(&name) {
        number += 1;
        name = format!("{first}-{number}");
    }
    name
}
