//! What a client sends, and what it gets for it.
use std::time::{Duration, Instant};

use duosida_proto::VENDOR_ID;
use duosida_proto::config::keys;
use duosida_proto::message::{self, Body, ChargePointStatus, Envelope, TagForm};
use duosida_proto::proto::{
    ChangeConfigurationConf, ChangeConfigurationReq, DataPullAllConfigurationConf,
    DataTransferConf, DataTransferReq, DataUpdateToFlashConf, GenericStatus, GetConfigurationConf,
    GetConfigurationReq, HeartbeatReq, KeyValue, MessageTrigger, RemoteStartTransactionConf,
    RemoteStartTransactionReq, RemoteStopTransactionConf, RemoteStopTransactionReq,
    TriggerMessageConf, TriggerMessageReq, data_transfer_conf, data_transfer_req,
    trigger_message_conf,
};

use super::config::TagFormAccepted;
use super::device::Device;
use super::event::Event;
use super::session::Request;
use super::transaction::reason;
use super::violation::ViolationKind;
use crate::DelayRange;
use crate::number::wire_float;

impl Device {
    pub(super) fn receive(&mut self, now: Instant, envelope: Envelope) {
        let Some(body) = envelope.message else { return };
        let id = envelope.message_id.unwrap_or(0);
        let (number, name) = message::field_and_name(&body);
        if !self.is_open() {
            if is_opening(&body) {
                self.open(now);
            } else {
                self.violate(now, ViolationKind::BeforeOpening);
            }
            return;
        }
        let foreign = envelope
            .client_id
            .is_some_and(|client| client != self.config.identifier);
        if foreign && !is_opening(&body) {
            self.violate(now, ViolationKind::WrongIdentifier);
        }
        // Requests have even numbers; confirmations are not paced.
        if number % 2 == 0 {
            self.check_pace(now);
        }
        self.dispatch(now, body, id, name);
    }

    fn dispatch(&mut self, now: Instant, body: Body, id: u64, name: &'static str) {
        match body {
            Body::TriggerMessageReq(request) => self.on_trigger(now, id, request),
            Body::ChangeConfigurationReq(request) => self.on_change(now, id, &request),
            Body::GetConfigurationReq(request) => self.on_get_configuration(now, id, &request),
            Body::RemoteStartTransactionReq(request) => self.on_start(now, id, &request),
            Body::RemoteStopTransactionReq(request) => self.on_stop(now, id, request),
            Body::DataTransferReq(request) => self.on_transfer(now, id, &request),
            Body::BootNotificationConf(conf) => self.on_boot_conf(now, id, conf),
            Body::StatusNotificationConf(_) => self.confirmed(now, id, Request::StatusNotification),
            Body::MeterValuesConf(_) => self.confirmed(now, id, Request::MeterValues),
            Body::HeartbeatConf(_) => self.confirmed(now, id, Request::Heartbeat),
            Body::DataTransferConf(conf) => self.on_transfer_conf(now, id, &conf),
            Body::StartTransactionConf(conf) => self.on_start_conf(now, id, &conf),
            Body::StopTransactionConf(_) => self.on_stop_conf(now, id),
            Body::AuthorizeConf(conf) => self.on_authorize_conf(now, id, &conf),
            Body::UpdateFirmwareReq(_) => {
                self.violate(now, ViolationKind::ForbiddenMessage { message: name });
            }
            _ => self.violate(now, ViolationKind::InferredMessage { message: name }),
        }
    }

    /// Boot notification, confirmation, status: in this order and together. Source: a capture; delay assumed.
    fn open(&mut self, now: Instant) {
        if let Some(session) = self.session.as_mut() {
            session.opened = true;
            session.last_request = Some(now);
        }
        self.notify(Event::Opened);
        let delay = self.random.delay(self.config.opening_delay);
        let body = self.boot_notification();
        self.request_after(now, delay, Request::BootNotification, body);
        let conf_id = self.own_id();
        self.send_after(
            now,
            delay,
            trigger_conf(trigger_message_conf::Status::Accepted),
            conf_id,
        );
        let body = self.status_notification(now);
        self.request_after(now, delay, Request::StatusNotification, body);
        self.start_periods(now);
        if !self.messages.is_empty() {
            self.send_transaction_message(now);
        }
    }

    fn check_pace(&mut self, now: Instant) {
        let Some(session) = self.session.as_mut() else {
            return;
        };
        let gap = session
            .last_request
            .map(|last| now.saturating_duration_since(last));
        session.last_request = Some(now);
        if let Some(gap) = gap.filter(|gap| *gap < MIN_GAP) {
            self.violate(now, ViolationKind::TooFast { gap });
        }
    }

    /// Answers a request after a short delay. A request with id 0 gets one of our own ids. Source: a capture.
    fn answer(&mut self, now: Instant, id: u64, body: Body) {
        let id = if id == 0 { self.own_id() } else { id };
        let delay = self.random.delay(self.config.answer_delay);
        self.send_after(now, delay, body, id);
    }

    fn on_trigger(&mut self, now: Instant, id: u64, request: TriggerMessageReq) {
        use trigger_message_conf::Status;
        let wanted = request
            .requested_message
            .and_then(|number| MessageTrigger::try_from(number).ok());
        let (status, reply) = match wanted {
            Some(MessageTrigger::BootNotification) => (
                Status::Accepted,
                Some((Request::BootNotification, self.boot_notification())),
            ),
            Some(MessageTrigger::StatusNotification) => (
                Status::Accepted,
                Some((Request::StatusNotification, self.status_notification(now))),
            ),
            Some(MessageTrigger::MeterValues) => {
                let body = self.meter_values(now, self.config.transaction_id_on_trigger);
                (Status::Accepted, Some((Request::MeterValues, body)))
            }
            Some(MessageTrigger::Heartbeat) => (
                Status::Accepted,
                Some((Request::Heartbeat, Body::HeartbeatReq(HeartbeatReq {}))),
            ),
            _ => (Status::NotImplemented, None),
        };
        self.answer(now, id, trigger_conf(status));
        if let Some((request, body)) = reply {
            self.request_after(now, Duration::ZERO, request, body);
        }
    }

    fn on_change(&mut self, now: Instant, id: u64, request: &ChangeConfigurationReq) {
        let key = request.key.as_deref().unwrap_or_default();
        let value = request.value.as_deref().unwrap_or_default();
        let writes = self.settings.flash_writes();
        let status = self.settings.change(&self.config, key, value);
        if self.settings.flash_writes() > writes {
            self.notify(Event::SettingWritten {
                key: key.to_owned(),
            });
            self.follow_limit(now);
        }
        let status = Some(status.into());
        self.answer(
            now,
            id,
            Body::ChangeConfigurationConf(ChangeConfigurationConf { status }),
        );
    }

    /// The pilot follows the stored limit.
    pub(super) fn follow_limit(&mut self, now: Instant) {
        let limit = self.settings.number(keys::MAX_CURRENT);
        let lasts = self.random.delay(LIMIT_RAMP);
        self.electrics.limit.change(limit, now, lasts);
    }

    fn on_get_configuration(&mut self, now: Instant, id: u64, request: &GetConfigurationReq) {
        let values = self.settings.values();
        let asked = |key: &String| request.key.is_empty() || request.key.contains(key);
        let configuration_key = values
            .iter()
            .filter(|(key, _)| asked(key))
            .map(|(key, value)| KeyValue {
                key: Some(key.clone()),
                readonly: Some(false),
                value: Some(value.clone()),
            })
            .collect();
        let unknown_key = request
            .key
            .iter()
            .filter(|key| !values.contains_key(*key))
            .cloned()
            .collect();
        let conf = GetConfigurationConf {
            configuration_key,
            unknown_key,
        };
        self.answer(now, id, Body::GetConfigurationConf(conf));
    }

    fn on_start(&mut self, now: Instant, id: u64, request: &RemoteStartTransactionReq) {
        let (tag, form) = message::decode_id_tag(request.id_tag.as_deref().unwrap_or_default());
        let form_taken = match self.config.tag_form {
            TagFormAccepted::Both => true,
            TagFormAccepted::Nested => form == TagForm::Nested,
            TagFormAccepted::Plain => form == TagForm::Plain,
        };
        let blocked = matches!(
            self.status,
            ChargePointStatus::Faulted | ChargePointStatus::Unavailable
        );
        let accepted =
            form_taken && !blocked && self.transaction.is_none() && self.authorised.is_none();
        let status = Some(generic(accepted));
        self.answer(
            now,
            id,
            Body::RemoteStartTransactionConf(RemoteStartTransactionConf { status }),
        );
        if accepted {
            self.authorise(now, tag);
        }
    }

    fn on_stop(&mut self, now: Instant, id: u64, request: RemoteStopTransactionReq) {
        let known = self.transaction.as_ref().and_then(|running| running.id);
        // Until the start is confirmed nothing can stop it. Source: hardware (spec 9).
        let accepted =
            known.is_some() && (self.config.ignore_stop_id || known == request.transaction_id);
        let status = Some(generic(accepted));
        self.answer(
            now,
            id,
            Body::RemoteStopTransactionConf(RemoteStopTransactionConf { status }),
        );
        if accepted {
            self.finish(now, reason::LOCAL);
        }
    }

    fn on_transfer(&mut self, now: Instant, id: u64, request: &DataTransferReq) {
        use data_transfer_conf::{Case as Reply, Status};
        use data_transfer_req::Case;
        let message = request.case.as_ref().map_or("DataTransfer", case_name);
        let (status, case) = match &request.case {
            _ if request.vendor_id.as_deref() != Some(VENDOR_ID) => (Status::UnknownVendorId, None),
            Some(Case::DataPullAllConfigurationReq(_)) => (
                Status::Accepted,
                Some(Reply::DataPullAllConfigurationConf(self.configuration())),
            ),
            Some(Case::DataUpdateToFlashReq(_)) => (
                Status::Accepted,
                Some(Reply::DataUpdateToFlashConf(DataUpdateToFlashConf {})),
            ),
            Some(
                Case::DataFirmwareUpgradeInfoReq(_)
                | Case::DataFirmwareUpgradeReq(_)
                | Case::DataSwitchWorkModeReq(_),
            ) => {
                self.violate(now, ViolationKind::ForbiddenMessage { message });
                return;
            }
            _ => {
                self.violate(now, ViolationKind::InferredMessage { message });
                (Status::UnknownMessageId, None)
            }
        };
        let conf = DataTransferConf {
            status: Some(status.into()),
            case,
        };
        self.answer(now, id, Body::DataTransferConf(conf));
    }

    /// All settings, with Wi-Fi passwords as on hardware, so that tests can look for leaks.
    fn configuration(&self) -> DataPullAllConfigurationConf {
        let number = |key| Some(wire_float(self.settings.number(key)));
        DataPullAllConfigurationConf {
            max_work_temperature_c: number(keys::MAX_TEMPERATURE),
            max_work_voltage_v: number(keys::MAX_VOLTAGE),
            max_work_current_a: number(keys::MAX_CURRENT),
            min_work_voltage_v: number(keys::MIN_VOLTAGE),
            screen_sensitivity: Some(0),
            wifi_ap_ssid: Some("sim-private-ap-ssid".to_owned()),
            wifi_ap_password: Some("sim-secret-ap-password".to_owned()),
            wifi_sta_ssid: Some("sim-private-station-ssid".to_owned()),
            wifi_sta_password: Some("sim-secret-station-password".to_owned()),
            direct_work_mode: Some(self.settings.is_on(keys::DIRECT_WORK_MODE)),
            utc_offset: Some(0),
            connect_server: Some(self.config.cloud),
            heartbeat_interval: i32::try_from(self.config.heartbeat_interval.as_secs()).ok(),
            meter_values_aligned_data: Some(String::new()),
            meter_values_sampled_data: Some(String::new()),
            meter_value_sample_interval: i32::try_from(self.config.meter_values_interval.as_secs())
                .ok(),
            supported_feature_profiles: Some("Core".to_owned()),
            chargepoint_name: Some("sim-private-name".to_owned()),
            max_wh_per_charge: Some(0),
        }
    }
}

fn is_opening(body: &Body) -> bool {
    let boot = Some(MessageTrigger::BootNotification.into());
    matches!(body, Body::TriggerMessageReq(request) if request.requested_message == boot)
}

fn trigger_conf(status: trigger_message_conf::Status) -> Body {
    Body::TriggerMessageConf(TriggerMessageConf {
        status: Some(status.into()),
    })
}

fn generic(accepted: bool) -> i32 {
    if accepted {
        GenericStatus::Accepted.into()
    } else {
        GenericStatus::Rejected.into()
    }
}

/// Vendor names for reports of violations.
fn case_name(case: &data_transfer_req::Case) -> &'static str {
    use data_transfer_req::Case;
    match case {
        Case::DataFirmwareUpgradeInfoReq(_) => "DataFirmwareUpgradeInfo",
        Case::DataFirmwareUpgradeReq(_) => "DataFirmwareUpgrade",
        Case::DataSwitchWorkModeReq(_) => "DataSwitchWorkMode",
        Case::DataPullAllChargeProfileReq(_) => "DataPullAllChargeProfile",
        Case::DataScanApPointReq(_) => "DataScanApPoint",
        Case::DataPullAllAuthorizationCacheReq(_) => "DataPullAllAuthorizationCache",
        Case::DataLogBlockReq(_) => "DataLogBlock",
        _ => "DataTransfer",
    }
}

/// Clients keep this distance between requests, less the jitter of a network. Source: hardware (spec 3: 0.2 s).
const MIN_GAP: Duration = Duration::from_millis(190);
/// A new limit reaches the car within this. Source: hardware.
const LIMIT_RAMP: DelayRange = DelayRange::from_millis(2_000, 30_000);
