//! Known models and what is special about each.
use emproto::Password;

use super::config::DeviceConfig;

/// A model that has been seen, with its quirks. Source: captures and owners' reports, as far as each doc says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Model {
    /// Besen BS20: a new current interrupts the charge for 20 s; six FF in place of the PIN; 36 bytes of version.
    #[default]
    BesenBs20,
    /// Telestar EC311S: a lower current is echoed, ignored, and faults minutes later; two datagrams in one packet.
    TelestarEc311s,
    /// Morec SQW49: 40 bytes of status, 145 of login, an action of 0 in replies.
    Morec,
    /// Sync: registers a client without a login and takes a new current at once.
    Sync,
}

impl Model {
    /// Every model with its name on a command line.
    pub const ALL: [(Self, &str); 4] = [
        (Self::BesenBs20, "bs20"),
        (Self::TelestarEc311s, "ec311s"),
        (Self::Morec, "morec"),
        (Self::Sync, "sync"),
    ];

    /// Gives `config` the identity and the quirks of this model, with 1 or 3 phases.
    pub(super) fn apply(self, config: &mut DeviceConfig, phases: u8) {
        let three = phases >= 3;
        config.phases = if three { 3 } else { 1 };
        config.device_type = if three { 12 } else { 1 };
        config.max_current_a = if three { 16 } else { 32 };
        config.max_power_w = if three { 10_560 } else { 7_040 };
        config.status_len = if three { 33 } else { 25 };
        match self {
            Self::BesenBs20 => {
                config.brand = "BESEN".into();
                config.model = "BS20".into();
                config.password = Password::NONE_FF;
                config.version_len = 36;
                config.live_current = LiveCurrent::Interrupts;
            }
            Self::TelestarEc311s => {
                config.brand = "Telestar".into();
                config.model = "EC311S".into();
                config.nickname_limit = 11;
                config.joins_datagrams = true;
                config.forgets_start_counter = true;
                config.live_current = LiveCurrent::Ignored;
            }
            Self::Morec => {
                config.brand = "EVSE".into();
                config.model = "SQW49".into();
                config.status_len = 40;
                config.login_len = 145;
                config.reply_action = Some(0);
            }
            Self::Sync => {
                config.brand = "Sync".into();
                config.model = "Sync".into();
                config.registers_without_login = true;
            }
        }
    }
}

/// What a new configured current does to a running charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LiveCurrent {
    /// It takes effect at once. Assumption, for models without a report.
    #[default]
    Applies,
    /// The charge pauses for 20 s and goes on with it. Source: owners of a BS20.
    Interrupts,
    /// It is stored and echoed; the charge goes on as before, and minutes after a lower one a fault ends it.
    /// Source: measured on an EC311S by evsemaster's author.
    Ignored,
}
