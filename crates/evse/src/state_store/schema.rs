//! What the state file holds.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::guard::{History, LastStop};
use crate::model::Identity;

/// The version of the schema that this crate writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The whole state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateFile {
    /// Version of the schema, [`VERSION`].
    pub version: u32,
    /// What is remembered of each charger, by [`Identity::key`].
    #[serde(default)]
    pub chargers: BTreeMap<String, ChargerState>,
    /// Keys that this version does not know: kept as they are.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Default for StateFile {
    fn default() -> Self {
        Self {
            version: VERSION,
            chargers: BTreeMap::new(),
            other: Map::new(),
        }
    }
}

impl StateFile {
    /// What is remembered of this charger.
    pub fn charger(&self, identity: &Identity) -> Option<&ChargerState> {
        self.chargers.get(&identity.key())
    }

    /// What is remembered of this charger, to be changed; empty when it is new.
    pub fn charger_mut(&mut self, identity: &Identity) -> &mut ChargerState {
        self.chargers.entry(identity.key()).or_default()
    }

    /// The key and record of the charger last seen at this address, when exactly one was.
    pub fn find_by_address(&self, address: &str) -> Option<(&str, &ChargerState)> {
        let mut found = self
            .chargers
            .iter()
            .filter(|(_, charger)| charger.address.as_deref() == Some(address));
        let (key, charger) = found.next()?;
        found.next().is_none().then_some((key.as_str(), charger))
    }
}

/// What is remembered of one charger. Absent is absent. Times are milliseconds since 1970 UTC by our clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChargerState {
    /// When a start was last sent, or about to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_start_unix_ms: Option<u64>,
    /// Whether it is not known what came of that start: no answer came, or the program ended before one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub last_start_unconfirmed: bool,
    /// When a stop was last sent, or about to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_stop_unix_ms: Option<u64>,
    /// Whether the charger confirmed that stop.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub last_stop_confirmed: bool,
    /// When a setting was last written to the charger's flash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_flash_write_unix_ms: Option<u64>,
    /// When a session of ours with it last ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_session_end_unix_ms: Option<u64>,
    /// Whether it takes no connection for 30 s after one, as far as it was learned.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub slot_stays_busy: bool,
    /// Id of the transaction that ran when we last looked: what a stop needs when the charger does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<i64>,
    /// Whether a new current limit takes effect while it charges.
    #[serde(skip_serializing_if = "LiveLimit::is_unknown")]
    pub live_limit: LiveLimit,
    /// The charger's counter at the last midnight that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub midnight: Option<Midnight>,
    /// What worked where firmware differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quirks: Option<Quirks>,
    /// Where it was last reached, an [`Address`](crate::Address) as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What it last said that it is, where a charger does not say that to everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// Keys that this version does not know: kept as they are.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl ChargerState {
    /// What the guard wants to know.
    pub fn history(&self) -> History {
        History {
            last_start: self.last_start_unix_ms.and_then(from_unix_ms),
            last_stop: self
                .last_stop_unix_ms
                .and_then(from_unix_ms)
                .map(|at| LastStop {
                    at,
                    confirmed: self.last_stop_confirmed,
                }),
        }
    }

    /// Remembers that a start is about to be sent; what comes of it is not known yet.
    pub fn note_start(&mut self, now: SystemTime) {
        self.last_start_unix_ms = Some(unix_ms(now));
        self.last_start_unconfirmed = true;
    }

    /// When a start was last sent of which nobody knows what came of it.
    pub fn unconfirmed_start(&self) -> Option<SystemTime> {
        let at = self.last_start_unix_ms.and_then(from_unix_ms);
        at.filter(|_| self.last_start_unconfirmed)
    }

    /// Remembers a stop that was sent or is about to be.
    pub fn note_stop(&mut self, now: SystemTime, confirmed: bool) {
        self.last_stop_unix_ms = Some(unix_ms(now));
        self.last_stop_confirmed = confirmed;
    }

    /// When a setting was last written.
    pub fn last_flash_write(&self) -> Option<SystemTime> {
        self.last_flash_write_unix_ms.and_then(from_unix_ms)
    }

    /// When a session of ours with it last ended.
    pub fn last_session_end(&self) -> Option<SystemTime> {
        self.last_session_end_unix_ms.and_then(from_unix_ms)
    }

    /// Remembers the end of a session.
    pub fn note_session_end(&mut self, now: SystemTime) {
        self.last_session_end_unix_ms = Some(unix_ms(now));
    }

    /// Remembers that a setting was written.
    pub fn note_flash_write(&mut self, now: SystemTime) {
        self.last_flash_write_unix_ms = Some(unix_ms(now));
    }
}

/// A charger's energy counter when a day began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Midnight {
    /// The day, local time, counted from 1970.
    pub day: i64,
    /// The counter, Wh.
    pub energy_wh: u64,
}

/// What a charger said that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Brand.
    pub brand: String,
    /// Model.
    pub model: String,
    /// 1 or 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phases: Option<u8>,
    /// Maximum current, A.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_current_a: Option<u8>,
}

/// Whether a charger follows a new current limit while it charges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveLimit {
    /// Not known. A person may try; automatic control counts it as no.
    #[default]
    Unknown,
    /// It does.
    Yes,
    /// It does not: the limit counts from the next session on.
    No,
}

impl LiveLimit {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }
}

/// What a charger's firmware wants, as far as it was learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quirks {
    /// How a current limit is written.
    pub limit_format: LimitFormat,
    /// How an id tag is written in a start.
    pub tag_form: TagForm,
}

/// How a current limit is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitFormat {
    /// `16`.
    #[default]
    Integer,
    /// `16.00`.
    TwoDecimals,
}

/// How an id tag is written in a start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagForm {
    /// As a message that holds the text.
    #[default]
    Nested,
    /// As the text itself.
    Plain,
}

fn unix_ms(time: SystemTime) -> u64 {
    let elapsed = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// `None` for a number that no clock shows: such a time is as good as none.
fn from_unix_ms(ms: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;

    #[test]
    fn absent_stays_absent() {
        let text = serde_json::to_string(&ChargerState::default()).expect("plain data");
        assert_eq!(text, "{}");
        assert_eq!(ChargerState::default().history(), History::default());
    }

    #[test]
    fn the_schema_is_what_the_docs_say() {
        let identity = Identity::new(Protocol::Duosida, "0310");
        let mut file = StateFile::default();
        let charger = file.charger_mut(&identity);
        charger.note_start(SystemTime::UNIX_EPOCH + Duration::from_millis(1500));
        assert!(charger.unconfirmed_start().is_some());
        charger.note_stop(SystemTime::UNIX_EPOCH + Duration::from_secs(2), true);
        charger.note_flash_write(SystemTime::UNIX_EPOCH);
        charger.note_session_end(SystemTime::UNIX_EPOCH + Duration::from_secs(3));
        charger.slot_stays_busy = true;
        charger.transaction_id = Some(2_254_116);
        charger.live_limit = LiveLimit::Yes;
        charger.midnight = Some(Midnight {
            day: 20_778,
            energy_wh: 250_325,
        });
        charger.address = Some("duosida://192.0.2.7".to_owned());
        charger.device = Some(Device {
            brand: "BESEN".to_owned(),
            model: "BS20".to_owned(),
            phases: Some(1),
            max_current_a: Some(32),
        });
        charger.quirks = Some(Quirks {
            limit_format: LimitFormat::TwoDecimals,
            tag_form: TagForm::Plain,
        });
        let json = serde_json::to_value(&file).expect("plain data");
        assert_eq!(
            json,
            serde_json::json!({
                "version": 1,
                "chargers": {"duosida:0310": {
                    "last_start_unix_ms": 1500,
                    "last_start_unconfirmed": true,
                    "last_stop_unix_ms": 2000,
                    "last_stop_confirmed": true,
                    "last_flash_write_unix_ms": 0,
                    "last_session_end_unix_ms": 3000,
                    "slot_stays_busy": true,
                    "transaction_id": 2_254_116,
                    "live_limit": "yes",
                    "midnight": {"day": 20_778, "energy_wh": 250_325},
                    "quirks": {"limit_format": "two_decimals", "tag_form": "plain"},
                    "address": "duosida://192.0.2.7",
                    "device": {"brand": "BESEN", "model": "BS20", "phases": 1, "max_current_a": 32},
                }},
            })
        );
        assert_eq!(
            serde_json::from_value::<StateFile>(json).expect("same"),
            file
        );
    }

    #[test]
    fn an_address_of_two_chargers_finds_neither() {
        let mut file = StateFile::default();
        for serial in ["1", "2"] {
            let identity = Identity::new(Protocol::Duosida, serial);
            file.charger_mut(&identity).address = Some("duosida://a".to_owned());
        }
        assert!(file.find_by_address("duosida://a").is_none());
        file.chargers.remove("duosida:2");
        assert_eq!(
            file.find_by_address("duosida://a").map(|(key, _)| key),
            Some("duosida:1")
        );
    }

    #[test]
    fn a_time_beyond_every_clock_is_none() {
        let charger = ChargerState {
            last_stop_unix_ms: Some(u64::MAX),
            ..ChargerState::default()
        };
        let _ = charger.history();
    }
}
