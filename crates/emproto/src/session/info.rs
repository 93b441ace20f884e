//! What a charger is and how it is set up.

use std::net::SocketAddrV4;
use std::string::String;

use crate::Pin;
use crate::message::{DeviceType, Language, LoginInfo, StartMethod, TemperatureUnit, Version};

/// What is known about a charger before it is heard: from a file, or from a person.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Where it was last; without it the charger must announce itself, or answer a probe.
    pub address: Option<SocketAddrV4>,
    /// Its PIN.
    pub pin: Option<Pin>,
    /// What it is.
    pub info: Info,
    /// How it is set up.
    pub configuration: Configuration,
    /// When it was last heard, Unix seconds.
    pub last_seen_unix_s: Option<i64>,
    /// When its configuration was last read, Unix seconds.
    pub last_configuration_unix_s: Option<i64>,
    /// Whether it takes another current while it charges, if that was found out.
    pub live_limit: Option<LiveLimit>,
}

/// What a charger is. Texts are empty until they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Brand.
    pub brand: String,
    /// Model.
    pub model: String,
    /// Hardware version.
    pub hardware_version: String,
    /// Software version.
    pub software_version: String,
    /// Support address or telephone number.
    pub hot_line: String,
    /// Kind.
    pub device_type: Option<DeviceType>,
    /// 1 or 3, by the kind, or loaded.
    pub phases: Option<u8>,
    /// Maximum power, W.
    pub max_power_w: Option<u32>,
    /// Maximum current, A.
    pub max_current_a: Option<u8>,
    /// Features, as decimal digits of a number.
    pub feature: Option<u32>,
    /// Unknown.
    pub support_new: Option<u8>,
    /// Unknown; models of one family below 11 can be forced to one phase.
    pub byte_70: Option<u8>,
}

impl Info {
    /// Takes an announcement; whether it says anything new.
    pub(crate) fn announce(&mut self, login: &LoginInfo) -> bool {
        let new = Self {
            brand: login.brand(),
            model: login.model(),
            hardware_version: login.hardware_version.to_str_lossy().into_owned(),
            hot_line: login.hot_line(),
            device_type: Some(login.device_type),
            phases: Some(if login.device_type.is_three_phase() {
                3
            } else {
                1
            }),
            max_power_w: Some(login.max_power_w),
            max_current_a: Some(login.max_current_a),
            byte_70: login.byte_70(),
            software_version: std::mem::take(&mut self.software_version),
            ..*self
        };
        let is_new = Self {
            software_version: String::new(),
            ..new.clone()
        } != *self;
        *self = new;
        is_new
    }

    /// Takes the versions; whether they say anything new.
    pub(crate) fn version(&mut self, version: &Version) -> bool {
        let old = self.clone();
        self.software_version = version.software.to_str_lossy().into_owned();
        self.feature = version.feature.or(self.feature);
        self.support_new = version.support_new.or(self.support_new);
        *self != old
    }

    /// Takes what was loaded, where it says something.
    pub(crate) fn merge(&mut self, loaded: Self) {
        for (mine, theirs) in [
            (&mut self.brand, loaded.brand),
            (&mut self.model, loaded.model),
            (&mut self.hardware_version, loaded.hardware_version),
            (&mut self.software_version, loaded.software_version),
            (&mut self.hot_line, loaded.hot_line),
        ] {
            if !theirs.is_empty() {
                *mine = theirs;
            }
        }
        self.device_type = loaded.device_type.or(self.device_type);
        self.phases = loaded.phases.or(self.phases);
        self.max_power_w = loaded.max_power_w.or(self.max_power_w);
        self.max_current_a = loaded.max_current_a.or(self.max_current_a);
        self.feature = loaded.feature.or(self.feature);
        self.support_new = loaded.support_new.or(self.support_new);
        self.byte_70 = loaded.byte_70.or(self.byte_70);
    }

    pub(crate) fn capabilities(&self, live_limit: Option<LiveLimit>) -> Capabilities {
        let forced = self.byte_70.is_some_and(|byte| byte < 11)
            && self
                .device_type
                .is_some_and(|kind| matches!(kind.code(), 22..=25));
        Capabilities {
            live_limit: live_limit.unwrap_or_else(|| self.live_limit()),
            name_max_len: NAME_LEN,
            can_force_single_phase: forced,
            max_current_a: self.max_current_a,
        }
    }

    /// The start value by model. Source: an owner of the one model that faults; several owners of the other.
    fn live_limit(&self) -> LiveLimit {
        let name = std::format!("{} {}", self.brand, self.model).to_lowercase();
        if name.starts_with("telestar ec311s") {
            LiveLimit::No
        } else if name.starts_with("besen bs20") || self.model.to_lowercase().starts_with("bs20") {
            LiveLimit::Yes
        } else {
            LiveLimit::Unknown
        }
    }
}

/// What a model can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether another current may be set while it charges.
    pub live_limit: LiveLimit,
    /// How long a name may be.
    pub name_max_len: usize,
    /// Whether a three-phase charger can be told to use one phase by the kind of the charge.
    pub can_force_single_phase: bool,
    /// Maximum current, A.
    pub max_current_a: Option<u8>,
}

/// Whether a charger takes another current while it charges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LiveLimit {
    /// Nobody knows: a person may try, automatic control must not.
    #[default]
    Unknown,
    /// It does; a Besen BS20 interrupts charging for about 20 s each time.
    Yes,
    /// It does not, and faults minutes later when the current was lowered: refused.
    No,
}

/// The settings of a charger, as far as it told them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The name, without its prefix; may be empty.
    pub name: Option<String>,
    /// Language of the display.
    pub language: Option<Language>,
    /// Temperature unit of the display; readings are always Celsius.
    pub temperature_unit: Option<TemperatureUnit>,
    /// How charging may be started.
    pub start_method: Option<StartMethod>,
    /// The current that starts default to, A.
    pub output_current_a: Option<u8>,
}

impl Configuration {
    /// Takes what was loaded, where it says something.
    pub(crate) fn merge(&mut self, loaded: Self) {
        self.name = loaded.name.or_else(|| self.name.take());
        self.language = loaded.language.or(self.language);
        self.temperature_unit = loaded.temperature_unit.or(self.temperature_unit);
        self.start_method = loaded.start_method.or(self.start_method);
        self.output_current_a = loaded.output_current_a.or(self.output_current_a);
    }
}

/// A Telestar EC311S refuses longer names; no model is known to need them.
const NAME_LEN: usize = 11;
