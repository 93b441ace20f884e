//! What a charger can be asked for, and the answers.

use std::boxed::Box;
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use super::{ClockReading, Configuration};
use crate::message::{
    Amps, ChargeRecord, Identifier, Language, Message, Nickname, Setting as Payload, StartMethod,
    StartReply, StopReply, TemperatureUnit, WeeklyPlan,
};
use crate::time::CivilTime;
use crate::{InvalidArgument, MAX_CURRENT_A, MIN_CURRENT_A, Pin};

/// Names one request of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(crate) u64);

/// Something to do. The result comes as [`Event::Done`](super::Event::Done).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Log in, and so receive what the charger pushes. 4 attempts of 3 s. Answer: [`Reply::LoggedIn`].
    Login {
        /// Instead of the known one; it becomes the known one when the charger takes it.
        pin: Option<Pin>,
    },
    /// Read the configuration unless it is younger than `max_age`. Joins a reading that runs. Answer:
    /// [`Reply::Configuration`].
    FetchConfiguration {
        /// 0 to ask in any case.
        max_age: Duration,
    },
    /// Change a setting, verified by value. Answer: [`Reply::Set`].
    Set(Setting),
    /// Read the charger's clock. Answer: [`Reply::Clock`].
    ReadClock,
    /// Set the charger's clock and read it again. Answer: [`Reply::Clock`].
    SetClock {
        /// Instead of the present time.
        civil: Option<CivilTime>,
    },
    /// Start charging, now or later. Never repeated by itself. Answer: [`Reply::Started`].
    Start(Box<StartRequest>),
    /// Stop charging and cancel a reservation. Goes ahead of everything else and ends a start that runs. Answer:
    /// [`Reply::Stopped`].
    Stop {
        /// Instead of [`Config::user_id`](super::Config::user_id).
        user_id: Option<Identifier>,
    },
    /// Read the ring of records, about 80 s for 300 slots. Joins a reading that runs. Answer: [`Reply::History`].
    ReadHistory,
    /// Read the weekly plan; to change it see [`Setting::WeeklyPlan`]. Answer: [`Reply::WeeklyPlan`].
    ReadWeeklyPlan,
    /// Ask for status and session now. Answer: [`Reply::Refreshed`].
    Refresh,
}

/// A setting to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The charger's name.
    Name(Nickname),
    /// Language of the display.
    Language(Language),
    /// Temperature unit of the display; only the named ones.
    TemperatureUnit(TemperatureUnit),
    /// How charging may be started.
    StartMethod(StartMethod),
    /// The current that starts default to, A: 6 to 32 and not above the charger's maximum. While a session runs see
    /// [`LiveLimit`](super::LiveLimit).
    OutputCurrent(u8),
    /// All days of the weekly plan.
    WeeklyPlan(Box<WeeklyPlan>),
}

impl Setting {
    pub(crate) fn check(&self, max_current_a: Option<u8>) -> Result<(), InvalidArgument> {
        match self {
            Self::OutputCurrent(current_a) => check_current(*current_a, max_current_a),
            Self::TemperatureUnit(unit) => {
                InvalidArgument::check("the temperature unit", unit.code().into(), 1, 2)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn order(&self) -> Message {
        match self {
            Self::Name(name) => {
                Message::Nickname(Payload::raw(crate::message::Action::Set, name.clone()))
            }
            Self::Language(language) => Message::Language(Payload::<Language>::set(*language)),
            Self::TemperatureUnit(unit) => {
                Message::TemperatureUnit(Payload::<TemperatureUnit>::set(*unit))
            }
            Self::StartMethod(method) => Message::StartMethod(Payload::<StartMethod>::set(*method)),
            Self::OutputCurrent(current_a) => {
                Message::OutputAmps(Payload::raw(crate::message::Action::Set, Amps(*current_a)))
            }
            Self::WeeklyPlan(plan) => Message::WeeklyPlan(Payload::<WeeklyPlan>::set(**plan)),
        }
    }

    /// What a reply says about this setting: `None` when it is about something else.
    pub(crate) fn compare(&self, reply: &Message) -> Option<Result<(), Mismatch>> {
        let texts = match (self, reply) {
            (Self::Name(name), Message::NicknameReply(reply)) => {
                let got = reply.value.as_ref().map(Nickname::to_str_lossy);
                (
                    name.to_str_lossy().into_owned(),
                    got.unwrap_or_default().into_owned(),
                )
            }
            (Self::Language(language), Message::LanguageReply(reply)) => {
                (text(language), optional(reply.value))
            }
            (Self::TemperatureUnit(unit), Message::TemperatureUnitReply(reply)) => {
                (text(unit), optional(reply.value))
            }
            (Self::StartMethod(method), Message::StartMethodReply(reply)) => {
                (text(method), optional(reply.value))
            }
            (Self::OutputCurrent(current_a), Message::OutputAmpsReply(reply)) => (
                std::format!("{current_a} A"),
                reply
                    .value
                    .map_or_else(|| "nothing".into(), |Amps(got)| std::format!("{got} A")),
            ),
            (Self::WeeklyPlan(plan), Message::WeeklyPlanReply(reply)) => {
                return Some(match reply.value {
                    Some(got) if same_plan(plan, &got) => Ok(()),
                    _ => Err(("a weekly plan".into(), "another one".into())),
                });
            }
            _ => return None,
        };
        Some(if texts.0 == texts.1 {
            Ok(())
        } else {
            Err(texts)
        })
    }

    pub(crate) const fn what(&self) -> &'static str {
        match self {
            Self::Name(_) => "the name",
            Self::Language(_) => "the language",
            Self::TemperatureUnit(_) => "the temperature unit",
            Self::StartMethod(_) => "the start method",
            Self::OutputCurrent(_) => "the current",
            Self::WeeklyPlan(_) => "the weekly plan",
        }
    }
}

/// What was set, and what is reported.
type Mismatch = (String, String);

fn text(value: &impl std::fmt::Display) -> String {
    std::format!("{value}")
}

fn optional<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(|| "nothing".into(), |value| text(&value))
}

/// Days that are off are the same whatever else they hold; the unknown limit is not compared.
fn same_plan(wanted: &WeeklyPlan, got: &WeeklyPlan) -> bool {
    wanted.0.iter().zip(&got.0).all(|(wanted, got)| {
        let times = |slot: &crate::message::PlanSlot| (slot.hour, slot.minute, slot.duration_min);
        wanted.is_on() == got.is_on() && (!wanted.is_on() || times(wanted) == times(got))
    })
}

pub(crate) fn check_current(
    current_a: u8,
    max_current_a: Option<u8>,
) -> Result<(), InvalidArgument> {
    let max = max_current_a
        .filter(|max| *max >= MIN_CURRENT_A)
        .map_or(MAX_CURRENT_A, |max| max.min(MAX_CURRENT_A));
    InvalidArgument::check(
        "the current in amperes",
        current_a.into(),
        MIN_CURRENT_A.into(),
        max.into(),
    )
}

/// How to charge. The default starts at once with the configured current and without limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartRequest {
    /// Current, A: 6 to 32 and not above the charger's maximum; `None` for the configured one. The charger stores it.
    pub current_a: Option<u8>,
    /// Instead of [`Config::user_id`](super::Config::user_id).
    pub user_id: Option<Identifier>,
    /// Names the session; must be unique. Default: date and time and four random digits.
    pub charge_id: Option<Identifier>,
    /// When to start, Unix seconds, at most 24 h ahead; `None` or past for now.
    pub start_at_unix_s: Option<i64>,
    /// Longest duration, minutes: up to 65,534; `None` or 0 for no limit.
    pub max_duration_min: Option<u32>,
    /// Most energy, hundredths of kWh: up to 65,534; `None` or 0 for no limit.
    pub max_energy_centikwh: Option<u32>,
    /// Use one phase of a three-phase charger.
    pub single_phase: bool,
    /// Instead of the line that fits the charger: for experts.
    pub line_id: Option<u8>,
    /// Stop a session that runs and cancel a reservation first.
    pub replace: bool,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The charger took the PIN and has this client as its own.
    LoggedIn,
    /// The configuration.
    Configuration(Box<Configuration>),
    /// The charger reports the new value.
    Set,
    /// The charger's clock.
    Clock(ClockReading),
    /// It charges, or will.
    Started(Box<Started>),
    /// It does not charge.
    Stopped(Stopped),
    /// The ring of records.
    History(Box<History>),
    /// The weekly plan.
    WeeklyPlan(Box<WeeklyPlan>),
    /// Status and session are new.
    Refreshed,
}

/// A start that worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The charger's answer; `None` when it got lost and the session shows that the start was carried out.
    pub reply: Option<StartReply>,
    /// Names the session.
    pub charge_id: Identifier,
    /// Current, A.
    pub current_a: u8,
    /// When a reservation starts, Unix seconds.
    pub reserved_for_unix_s: Option<i64>,
    /// Whether the charger's state shows it; else it was only accepted.
    pub is_confirmed: bool,
}

/// A stop that worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The charger's answer; `None` when it got lost and the state shows that nothing runs.
    pub reply: Option<StopReply>,
}

/// The ring of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// What was in the slots, by start.
    pub records: Vec<ChargeRecord>,
    /// Slots that the charger did not answer.
    pub unread_slots: Vec<u32>,
    /// How many slots the charger claims to have; more than the configured limit are not read.
    pub capacity: u32,
}
