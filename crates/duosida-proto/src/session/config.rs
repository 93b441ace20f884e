//! What the owner of a session decides.

use std::fmt;
use std::string::String;
use std::time::Duration;

use crate::config::LimitFormat;
use crate::message::TagForm;

/// Settings of a [`super::Session`]. `Debug` shows neither identifier nor id tag.
#[derive(Clone)]
pub struct Config {
    /// How often status and meter values are asked for. Default 15 s, between 10 and 120 s. Source: duosida-lan.
    pub poll_interval: Duration,
    /// How often the configuration is read. Default 60 s, at least 10 s. Source: duosida-lan.
    pub configuration_interval: Duration,
    /// Whether the charger's boot notification is confirmed. Default: never.
    pub boot_confirmation: BootConfirmation,
    /// The identifier that the charger must have. Another one ends the session.
    pub expected_identity: Option<String>,
    /// Id tag of a start. Default `XC_Remote_Tag`, the vendor app's.
    pub id_tag: String,
    /// What worked with this charger's firmware before.
    pub quirks: Quirks,
    /// Message id of the first request, 1 to `0x07FF_FFFF` (the charger counts up from `0x0800_0000`). Each message has
    /// a new one. Default 1.
    pub first_message_id: u32,
    /// Seconds east of UTC, for the day that today's energy belongs to. Default 0.
    pub utc_offset_s: i32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(15),
            configuration_interval: Duration::from_mins(1),
            boot_confirmation: BootConfirmation::Never,
            expected_identity: None,
            id_tag: "XC_Remote_Tag".into(),
            quirks: Quirks::default(),
            first_message_id: 1,
            utc_offset_s: 0,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            poll_interval,
            configuration_interval,
            boot_confirmation,
            expected_identity,
            id_tag: _,
            quirks,
            first_message_id,
            utc_offset_s,
        } = self;
        f.debug_struct("Config")
            .field("poll_interval", poll_interval)
            .field("configuration_interval", configuration_interval)
            .field("boot_confirmation", boot_confirmation)
            .field(
                "expected_identity",
                &expected_identity.as_ref().map(|_| "[redacted]"),
            )
            .field("id_tag", &"[redacted]")
            .field("quirks", quirks)
            .field("first_message_id", first_message_id)
            .field("utc_offset_s", utc_offset_s)
            .finish()
    }
}

/// Whether to answer a `BootNotificationReq`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BootConfirmation {
    /// Leave it unanswered. A lock-out was once seen after an answer, and everything works without one.
    #[default]
    Never,
    /// Answer with the time of day, for firmware that pushes no vendor status otherwise. It sets the charger's clock.
    CurrentTime,
}

/// Where firmware differs, and what worked. Worth keeping per charger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// How the current limit is written.
    pub limit_format: LimitFormat,
    /// How a start carries its id tag.
    pub tag_form: TagForm,
}
