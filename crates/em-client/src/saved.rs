//! Loading and saving chargers.

use std::{io, path::Path, time::Instant};

use emproto::session::Session;
use tracing::warn;

use crate::{Communicator, Error, Evse, store};

/// emproto's file of chargers, with their PINs. Short, but blocking.
impl Communicator {
    /// Loads chargers from a file as emproto's `evses.json`, or as [`save`](Self::save) writes it; logins begin by
    /// themselves. A leading `~/` is the home directory. A file that does not exist holds no chargers. What is no
    /// charger is skipped, and logged. Reads the file at once: short, but blocking.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Json`].
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Vec<Evse>, Error> {
        let path = store::expand(path.as_ref());
        match store::read(&path) {
            Ok(Some(text)) => self.load_json(&text),
            Ok(None) => Ok(Vec::new()),
            Err(error) => Err(file_error(&path, &error)),
        }
    }

    /// Loads chargers from a text: an array of them, an object used as a map, a single one, or such a text in a text.
    /// See [`load`](Self::load).
    ///
    /// # Errors
    /// [`Error::Json`].
    pub fn load_json(&self, text: &str) -> Result<Vec<Evse>, Error> {
        let mut loaded = Vec::new();
        for (index, entry) in store::parse(text)?.into_iter().enumerate() {
            match entry {
                Ok(entry) => loaded.push(entry),
                Err(reason) => warn!(index, %reason, "skipped what is no charger"),
            }
        }
        let mut core = self.inner.shared.lock();
        let now = Instant::now();
        let mut evses = Vec::new();
        for entry in loaded {
            if core.endpoint.add(now, entry.serial, entry.known) {
                let members = core.loaded.entry(entry.serial).or_default();
                store::merge(members, entry.members);
                evses.push(self.handle(entry.serial));
            }
        }
        drop(core);
        self.inner.shared.settle();
        Ok(evses)
    }

    /// Saves the chargers in emproto's format; members that were loaded and are not known here are kept. The file is
    /// replaced at once, and only its owner may read it: it holds the PINs, hardly hidden. Chargers without an address
    /// are left out. Blocking, as [`load`](Self::load).
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = store::expand(path.as_ref());
        let entries: Vec<_> = {
            let core = self.inner.shared.lock();
            let entry = |session: &Session| store::Entry::of(session, &core.loaded);
            core.endpoint.evses().map(entry).collect()
        };
        let text = store::text(entries.into_iter().filter_map(store::Entry::write));
        store::write(&path, &text).map_err(|error| file_error(&path, &error))
    }
}

fn file_error(path: &Path, error: &io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        kind: error.kind(),
    }
}
