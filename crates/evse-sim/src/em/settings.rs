//! What a client may ask for and set.
use std::time::Instant;

use emproto::message::{
    Action, Amps, Language, Message, Nickname, PlanSlot, Setting, StartMethod, TemperatureUnit,
    WeeklyPlan,
};
use emproto::time::RawTime;
use emproto::{Command, MIN_CURRENT_A};

use super::config::DeviceConfig;
use super::device::Device;
use super::event::Event;
use super::violation::ViolationKind;

/// What is stored; it survives a reboot.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) nickname: String,
    pub(super) output_a: u8,
    pub(super) language: Language,
    pub(super) temperature_unit: TemperatureUnit,
    pub(super) start_method: StartMethod,
    pub(super) plan: WeeklyPlan,
}

impl Settings {
    pub(super) fn new(config: &DeviceConfig) -> Self {
        Self {
            nickname: "Simulated".into(),
            output_a: config.max_current_a,
            language: Language::English,
            temperature_unit: TemperatureUnit::Celsius,
            start_method: config.start_method,
            plan: WeeklyPlan([PlanSlot::OFF; 7]),
        }
    }
}

impl Device {
    /// The reply to a setting, after it was stored if it was to be; `None` for what is no setting.
    pub(super) fn answer_setting(&mut self, now: Instant, message: &Message) -> Option<Message> {
        match message {
            Message::OutputAmps(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.store_current(now, wanted.0);
                }
                let value = Amps(self.settings.output_a);
                Some(Message::OutputAmpsReply(self.reported(asked, value)))
            }
            Message::Nickname(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.store_nickname(now, wanted);
                }
                let value = nickname_field(&self.settings.nickname);
                Some(Message::NicknameReply(self.reported(asked, value)))
            }
            Message::StartMethod(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.settings.start_method = *wanted;
                    self.stored(Command::StartMethod);
                }
                let value = self.settings.start_method;
                Some(Message::StartMethodReply(self.reported(asked, value)))
            }
            Message::Language(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.settings.language = *wanted;
                    self.stored(Command::Language);
                }
                let value = self.settings.language;
                Some(Message::LanguageReply(self.reported(asked, value)))
            }
            Message::TemperatureUnit(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.store_unit(now, *wanted);
                }
                let value = self.settings.temperature_unit;
                Some(Message::TemperatureUnitReply(self.reported(asked, value)))
            }
            Message::WeeklyPlan(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.settings.plan = *wanted;
                    self.stored(Command::WeeklyPlan);
                    self.window_done = None;
                    self.follow_plan(now);
                }
                let value = self.settings.plan;
                Some(Message::WeeklyPlanReply(self.reported(asked, value)))
            }
            Message::SystemTime(asked) => {
                if let Some(wanted) = wanted(asked) {
                    self.set_clock(now, *wanted);
                }
                let value = self.clock.time(now);
                Some(Message::SystemTimeReply(self.reported(asked, value)))
            }
            _ => None,
        }
    }

    fn reported<T>(&self, asked: &Setting<T>, value: T) -> Setting<T> {
        let action = self.config.reply_action.map_or(asked.action, Action::from);
        Setting::raw(action, value)
    }

    pub(super) fn stored(&mut self, command: Command) {
        self.notify(Event::SettingStored(command));
    }

    fn store_current(&mut self, now: Instant, wanted: u8) {
        if !self.takes_current(wanted) {
            self.violate(now, ViolationKind::OutOfRange(Command::OutputAmps));
            return;
        }
        self.settings.output_a = wanted;
        self.stored(Command::OutputAmps);
        self.change_session_current(now, wanted);
    }

    /// Whether a current is one that this charger has.
    pub(super) fn takes_current(&self, current_a: u8) -> bool {
        (MIN_CURRENT_A..=self.config.max_current_a).contains(&current_a)
    }

    fn store_unit(&mut self, now: Instant, wanted: TemperatureUnit) {
        if let TemperatureUnit::Unknown(_) = wanted {
            self.violate(now, ViolationKind::OutOfRange(Command::TemperatureUnit));
        } else {
            self.settings.temperature_unit = wanted;
            self.stored(Command::TemperatureUnit);
        }
    }

    fn store_nickname(&mut self, now: Instant, wanted: &Nickname) {
        let name = wanted.to_str_lossy();
        if name.len() > self.config.nickname_limit {
            self.violate(now, ViolationKind::OutOfRange(Command::Nickname));
            return;
        }
        self.settings.nickname = name.into_owned();
        self.stored(Command::Nickname);
    }

    fn set_clock(&mut self, now: Instant, to: RawTime) {
        if !self.config.refuses_clock && to.is_some() {
            self.clock.set(now, to);
            self.stored(Command::SystemTime);
            self.clock_moved(now);
        }
    }

    /// The clock jumps, as if somebody else had set it.
    pub fn jump_clock(&mut self, now: Instant, by_s: i64) {
        self.handle_timeout(now);
        self.clock.jump(by_s);
        self.clock_moved(now);
        self.handle_timeout(now);
    }

    /// Answers sets of the clock and keeps it as it is, from now on or no more.
    pub fn refuse_clock(&mut self, refuses: bool) {
        self.config.refuses_clock = refuses;
    }
}

/// The value of a set; anything else is a question.
fn wanted<T>(asked: &Setting<T>) -> Option<&T> {
    asked.value.as_ref().filter(|_| asked.action == Action::Set)
}

/// A name as it is reported: 32 bytes with the prefix.
fn nickname_field(name: &str) -> Nickname {
    let mut field = [0; 32];
    for (place, byte) in field.iter_mut().zip(b"ACP#".iter().chain(name.as_bytes())) {
        *place = *byte;
    }
    Nickname(field.into())
}
