//! The charger's side, as far as the scripts need it: what it is asked it answers at once, unless it is mute.

use emproto::Command;
use emproto::message::{
    Action, Amps, ChargeRecord, ChargeStart, ChargeType, ChargerState, ChargingStatus, DeviceType,
    FaultWidth, Faults, HistoryInfo, HistorySlot, Identifier, Language, Limit, LoginInfo,
    LoginMore, Message, Nickname, OutputState, Phase, PlanSlot, PlugState, RawBytes, Reading,
    ReservationResult, Setting, SlotFlag, StartError, StartMethod, StartReply, StartType, Status,
    StopReason, StopReply, Temperature, TemperatureUnit, Text, Version, WeeklyPlan,
};
use emproto::time::RawTime;

/// A simple charger with some bad habits to choose from.
pub(crate) struct Charger {
    pub(crate) status: Status,
    pub(crate) charge: ChargingStatus,
    pub(crate) name: Nickname,
    pub(crate) language: Language,
    pub(crate) unit: TemperatureUnit,
    pub(crate) method: StartMethod,
    pub(crate) amps: u8,
    pub(crate) plan: WeeklyPlan,
    /// Seconds by which its clock is ahead.
    pub(crate) clock_ahead_s: i64,
    /// It echoes a set of its clock and forgets it.
    pub(crate) ignores_clock_sets: bool,
    /// It takes a start into account and tells the wrong time first: seconds.
    pub(crate) moves_before_start_s: i64,
    /// Answers with the PIN refused.
    pub(crate) refuses: bool,
    /// Commands that it does not answer.
    pub(crate) mute: Vec<Command>,
    /// Commands that it neither answers nor carries out.
    pub(crate) deaf: Vec<Command>,
    pub(crate) records: Vec<Option<ChargeRecord>>,
    pub(crate) capacity: u32,
    pub(crate) fail_reason: u8,
}

impl Charger {
    pub(crate) fn new() -> Self {
        Self {
            status: status(PlugState::Locked, OutputState::Off, ChargerState::Ready),
            charge: charging(ChargerState::Ready, "", RawTime::NONE),
            name: Nickname::new("Garage").unwrap(),
            language: Language::English,
            unit: TemperatureUnit::Celsius,
            method: StartMethod::AppOnly,
            amps: 16,
            plan: WeeklyPlan([PlanSlot::OFF; 7]),
            clock_ahead_s: 0,
            ignores_clock_sets: false,
            moves_before_start_s: 0,
            refuses: false,
            mute: Vec::new(),
            deaf: Vec::new(),
            records: Vec::new(),
            capacity: 0,
            fail_reason: 0,
        }
    }

    /// The answers to a message, when a right clock shows `right`.
    pub(crate) fn answer(&mut self, right: RawTime, message: &Message) -> Option<Message> {
        let command = message.command();
        if self.refuses {
            return command
                .reply()
                .map(|_| Message::PasswordError(RawBytes::EMPTY));
        }
        if self.deaf.contains(&command) {
            return None;
        }
        self.obey(right, message);
        let reply = self.reply(right, message)?;
        (!self.mute.contains(&command)).then_some(reply)
    }

    fn obey(&mut self, right: RawTime, message: &Message) {
        match message {
            Message::SystemTime(Setting {
                action: Action::Set,
                value: Some(time),
                ..
            }) if !self.ignores_clock_sets => self.clock_ahead_s = time.seconds_since(right),
            Message::OutputAmps(set) if set.action == Action::Set => {
                self.amps = set.value.unwrap().0;
            }
            Message::Nickname(set) if set.action == Action::Set => {
                self.name = set.value.clone().unwrap();
            }
            Message::Language(set) if set.action == Action::Set => {
                self.language = set.value.unwrap();
            }
            Message::TemperatureUnit(set) if set.action == Action::Set => {
                self.unit = set.value.unwrap();
            }
            Message::StartMethod(set) if set.action == Action::Set => {
                self.method = set.value.unwrap();
            }
            Message::WeeklyPlan(set) if set.action == Action::Set => self.plan = set.value.unwrap(),
            Message::ChargeStop(_) if self.fail_reason == 0 => {
                self.go(PlugState::Locked, OutputState::Off, ChargerState::Ready);
            }
            _ => {}
        }
    }

    fn reply(&mut self, right: RawTime, message: &Message) -> Option<Message> {
        let set = Action::Set;
        Some(match message {
            Message::LoginRequest(_) => Message::LoginOk(login("BS20", 1, 32)),
            Message::StatusRequest(_) => Message::StatusReply(self.status.clone()),
            Message::ChargingRequest(_) => Message::ChargingReply(self.charge.clone()),
            Message::VersionRequest(_) => Message::VersionReply(version()),
            Message::SystemTime(asked) => {
                let echo = asked.value.filter(|_| asked.action == set);
                let now = right.checked_add_s(self.clock_ahead_s).unwrap();
                Message::SystemTimeReply(Setting::raw(set, echo.unwrap_or(now)))
            }
            Message::OutputAmps(_) => Message::OutputAmpsReply(Setting::raw(set, Amps(self.amps))),
            Message::Nickname(_) => Message::NicknameReply(Setting::raw(set, self.name.clone())),
            Message::Language(_) => Message::LanguageReply(Setting::raw(set, self.language)),
            Message::TemperatureUnit(_) => {
                Message::TemperatureUnitReply(Setting::raw(set, self.unit))
            }
            Message::StartMethod(_) => Message::StartMethodReply(Setting::raw(set, self.method)),
            Message::WeeklyPlan(_) => Message::WeeklyPlanReply(Setting::raw(set, self.plan)),
            Message::ChargeStart(start) => Message::ChargeStartReply(self.start(right, start)),
            Message::ChargeStop(_) => Message::ChargeStopReply(StopReply {
                line_id: 1,
                stop_result: 11,
                fail_reason: self.fail_reason,
                extra: RawBytes::EMPTY,
            }),
            Message::HistoryInfoRequest(_) => Message::HistoryInfo(HistoryInfo {
                byte_0: 0,
                capacity: self.capacity,
                extra: RawBytes::EMPTY,
            }),
            Message::HistorySlotRequest(asked) => {
                let at = usize::try_from(asked.slot).unwrap() - 1;
                let record = self.records.get(at).cloned().flatten();
                Message::HistorySlot(HistorySlot {
                    capacity: self.capacity,
                    slot: asked.slot,
                    flag: if record.is_some() {
                        SlotFlag::Record
                    } else {
                        SlotFlag::Empty
                    },
                    record,
                    extra: RawBytes::EMPTY,
                })
            }
            _ => return None,
        })
    }

    /// Judges a start by the charger's own clock.
    fn start(&mut self, right: RawTime, start: &ChargeStart) -> StartReply {
        self.clock_ahead_s += self.moves_before_start_s;
        let own = right.checked_add_s(self.clock_ahead_s).unwrap();
        let is_over = matches!(
            self.status.state,
            ChargerState::Completed | ChargerState::Full
        );
        let is_later = start.is_reservation == 1;
        let (result, error) = if is_over && !is_later {
            (ReservationResult::StartedNow, StartError::UnknownReason)
        } else if !is_later {
            (ReservationResult::StartedNow, StartError::None)
        } else if start.start <= own {
            (ReservationResult::InThePast, StartError::None)
        } else {
            (ReservationResult::Reserved, StartError::None)
        };
        if error == StartError::None {
            self.amps = start.current_a;
            self.charge = ChargingStatus {
                charge_id: start.charge_id,
                reservation: start.start,
                started: own,
                ..charging(ChargerState::Ready, "", own)
            };
            if result == ReservationResult::Reserved {
                self.go(self.status.plug, OutputState::Off, ChargerState::Reserved);
            } else {
                self.go(PlugState::Locked, OutputState::On, ChargerState::Charging);
            }
        }
        StartReply {
            line_id: 1,
            reservation_result: result,
            start_result: u8::from(error == StartError::None),
            error,
            current_a: start.current_a,
            extra: RawBytes::EMPTY,
        }
    }

    pub(crate) fn go(&mut self, plug: PlugState, output: OutputState, state: ChargerState) {
        self.status.plug = plug;
        self.status.output = output;
        self.status.state = state;
        self.charge.state = state;
    }
}

pub(crate) fn login(model: &str, device_type: u8, max_current_a: u8) -> LoginInfo {
    LoginInfo {
        device_type: DeviceType::from(device_type),
        brand: Text::new("Besen"),
        model: Text::new(model),
        hardware_version: Text::new("1.0"),
        max_power_w: 7_040,
        max_current_a,
        hot_line: RawBytes::from([0; 16]),
        more: LoginMore::Other(RawBytes::EMPTY),
    }
}

pub(crate) fn status(plug: PlugState, output: OutputState, state: ChargerState) -> Status {
    Status {
        line_id: 1,
        l1: Phase {
            voltage_decivolts: Reading(2_300),
            current_centiamps: Reading(0),
        },
        power_w: Reading(0),
        energy_centikwh: Reading(12_345),
        inner_temperature: Temperature(22_000),
        outer_temperature: Temperature(22_000),
        emergency_raw: 1,
        plug,
        output,
        state,
        faults: Faults::NONE,
        fault_width: FaultWidth::All32,
        l2_l3: None,
        extra: RawBytes::EMPTY,
    }
}

pub(crate) fn charging(state: ChargerState, charge_id: &str, started: RawTime) -> ChargingStatus {
    ChargingStatus {
        line_id: 1,
        state,
        charge_id: Identifier::new(charge_id).unwrap(),
        start_type: StartType::App,
        charge_type: ChargeType::Normal,
        max_duration_min: Limit::<u16>::NONE,
        max_energy_centikwh: Reading::<u16>::NONE,
        parameter_3: Reading::<u16>::NONE,
        reservation: RawTime::NONE,
        user_id: Identifier::new("evse").unwrap(),
        max_current_a: Limit(16),
        started,
        duration_s: Reading(0),
        start_energy_centikwh: 0,
        current_energy_centikwh: 0,
        session_energy_centikwh: 0,
        price_cents: 0,
        fee_type: 0,
        fee_cents: 0,
        extra: RawBytes::EMPTY,
    }
}

pub(crate) fn record(charge_id: Identifier, started: RawTime) -> ChargeRecord {
    ChargeRecord {
        line_id: 1,
        started_by: Identifier::default(),
        stopped_by: Identifier::default(),
        charge_id,
        has_reservation: 0,
        start_type: StartType::App,
        charge_type: ChargeType::Normal,
        max_duration_min: Limit::<u16>::NONE,
        max_energy_centikwh: Reading::<u16>::NONE,
        parameter_3: Reading::<u16>::NONE,
        stop_reason: StopReason::App,
        has_stop: 1,
        reservation: RawTime::NONE,
        started,
        stopped: RawTime::NONE,
        duration_s: 60,
        start_energy_centikwh: 0,
        stop_energy_centikwh: 10,
        session_energy_centikwh: 10,
        price: None,
        log_count: None,
        extra: RawBytes::EMPTY,
    }
}

fn version() -> Version {
    Version {
        hardware: Text::new("1.0"),
        software: Text::new("2.0"),
        feature: Some(1_300),
        support_new: None,
        extra: RawBytes::EMPTY,
    }
}
