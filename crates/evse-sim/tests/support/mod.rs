//! A scripted client for a simulated Duosida, in virtual time.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses a part of it"
)]

use std::time::{Duration, Instant};

use duosida_proto::message::{self, Body, Envelope};
use duosida_proto::proto::{
    ChangeConfigurationReq, DataPullAllConfigurationConf, DataPullAllConfigurationReq,
    DataTransferConf, DataTransferReq, DataVendorStatusConf, DataVendorStatusReq, HeartbeatConf,
    IdTagInfo, MessageTrigger, MeterValuesConf, RemoteStartTransactionReq,
    RemoteStopTransactionReq, StartTransactionConf, StatusNotificationConf, StopTransactionConf,
    TriggerMessageReq, data_transfer_conf, data_transfer_req,
};
use evse_sim::duosida::{Admission, Device, DeviceConfig};

/// True time at the start of each script.
pub const UNIX: i64 = 1_790_000_000;

/// A client that confirms what it must, and whose requests are 0.25 s apart.
pub struct Client {
    pub device: Device,
    pub now: Instant,
    pub start: Instant,
    pub inbox: Vec<(Instant, Envelope)>,
    pub confirms: bool,
    pub transaction_id: i64,
    next_id: u64,
}

impl Client {
    /// Not connected yet.
    pub fn new(config: DeviceConfig) -> Self {
        let start = Instant::now();
        Self {
            device: Device::new(config, 1, start, UNIX),
            now: start,
            start,
            inbox: Vec::new(),
            confirms: true,
            transaction_id: 77,
            next_id: 1,
        }
    }

    /// Connected, opened, and a second later.
    pub fn opened(config: DeviceConfig) -> Self {
        let mut client = Self::new(config);
        assert_eq!(client.device.handle_connect(client.now), Admission::Accept);
        client.open();
        client.run(1.0);
        client
    }

    pub fn open(&mut self) {
        let body = trigger(MessageTrigger::BootNotification, 0);
        self.send_as(body, Some("IOS"), 0);
    }

    pub fn run(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        self.collect();
        while let Some(next) = self.device.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.device.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
        self.device.handle_timeout(end);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(frame) = self.device.poll_transmit() {
            let envelope = message::decode(&frame).expect("the device writes valid messages");
            let answer = self.confirmation(envelope.message.as_ref());
            let id = envelope.message_id.unwrap_or(0);
            self.inbox.push((self.now, envelope));
            if let Some(answer) = answer.filter(|_| self.confirms) {
                let identifier = self.device.config().identifier.clone();
                self.send_as(answer, Some(&identifier), id);
            }
        }
    }

    fn confirmation(&self, body: Option<&Body>) -> Option<Body> {
        Some(match body? {
            Body::StatusNotificationReq(_) => {
                Body::StatusNotificationConf(StatusNotificationConf {})
            }
            Body::MeterValuesReq(_) => Body::MeterValuesConf(MeterValuesConf {}),
            Body::HeartbeatReq(_) => Body::HeartbeatConf(HeartbeatConf {
                current_time: Some(UNIX),
            }),
            Body::StartTransactionReq(_) => start_conf(self.transaction_id),
            Body::StopTransactionReq(_) => {
                Body::StopTransactionConf(StopTransactionConf { id_tag_info: None })
            }
            Body::DataTransferReq(_) => Body::DataTransferConf(DataTransferConf {
                status: Some(0),
                case: Some(data_transfer_conf::Case::DataVendorStatusConf(
                    DataVendorStatusConf {},
                )),
            }),
            _ => return None,
        })
    }

    pub fn send_as(&mut self, body: Body, client_id: Option<&str>, message_id: u64) {
        let envelope = Envelope {
            message: Some(body),
            client_id: client_id.map(str::to_owned),
            message_id: Some(message_id),
        };
        self.device
            .handle_input(self.now, &message::encode(&envelope));
    }

    /// Sends a request with a new id and returns the answer.
    pub fn ask(&mut self, body: Body) -> Body {
        self.run(0.25);
        self.next_id += 1;
        let id = self.next_id;
        let identifier = self.device.config().identifier.clone();
        self.send_as(body, Some(&identifier), id);
        self.run(0.4);
        let answer = self
            .inbox
            .iter()
            .rev()
            .find(|(_, envelope)| envelope.message_id == Some(id));
        answer
            .and_then(|(_, envelope)| envelope.message.clone())
            .expect("an answer with the request's id")
    }

    pub fn set(&mut self, key: &str, value: &str) -> Option<i32> {
        let body = Body::ChangeConfigurationReq(ChangeConfigurationReq {
            key: Some(key.into()),
            value: Some(value.into()),
        });
        match self.ask(body) {
            Body::ChangeConfigurationConf(conf) => conf.status,
            other => panic!("not an answer: {}", message::field_and_name(&other).1),
        }
    }

    pub fn start_charging(&mut self, id_tag: Vec<u8>) -> Option<i32> {
        let request = RemoteStartTransactionReq {
            connector_id: Some(1),
            id_tag: Some(id_tag),
            charging_profile: None,
        };
        match self.ask(Body::RemoteStartTransactionReq(request)) {
            Body::RemoteStartTransactionConf(conf) => conf.status,
            other => panic!("not an answer: {}", message::field_and_name(&other).1),
        }
    }

    pub fn stop_charging(&mut self, transaction_id: i64) -> Option<i32> {
        let request = RemoteStopTransactionReq {
            transaction_id: Some(transaction_id),
        };
        match self.ask(Body::RemoteStopTransactionReq(request)) {
            Body::RemoteStopTransactionConf(conf) => conf.status,
            other => panic!("not an answer: {}", message::field_and_name(&other).1),
        }
    }

    pub fn pull(&mut self) -> DataPullAllConfigurationConf {
        let case =
            data_transfer_req::Case::DataPullAllConfigurationReq(DataPullAllConfigurationReq {});
        let body = Body::DataTransferReq(DataTransferReq {
            vendor_id: Some(duosida_proto::VENDOR_ID.into()),
            message_id: Some("DataPullAllConfigurationReq".into()),
            case: Some(case),
        });
        match self.ask(body) {
            Body::DataTransferConf(DataTransferConf {
                case: Some(data_transfer_conf::Case::DataPullAllConfigurationConf(conf)),
                ..
            }) => conf,
            other => panic!("not an answer: {}", message::field_and_name(&other).1),
        }
    }

    /// Names of the messages received so far, in order.
    pub fn names(&self) -> Vec<&'static str> {
        let bodies = self
            .inbox
            .iter()
            .filter_map(|(_, envelope)| envelope.message.as_ref());
        bodies.map(|body| message::field_and_name(body).1).collect()
    }

    pub fn count(&self, name: &str) -> usize {
        self.names()
            .into_iter()
            .filter(|known| *known == name)
            .count()
    }

    pub fn vendor_statuses(&self) -> Vec<(Instant, DataVendorStatusReq)> {
        let found = self
            .inbox
            .iter()
            .filter_map(|(at, envelope)| match &envelope.message {
                Some(Body::DataTransferReq(DataTransferReq {
                    case: Some(data_transfer_req::Case::DataVendorStatusReq(status)),
                    ..
                })) => Some((*at, status.clone())),
                _ => None,
            });
        found.collect()
    }
}

pub fn trigger(what: MessageTrigger, connector: i32) -> Body {
    Body::TriggerMessageReq(TriggerMessageReq {
        requested_message: Some(what.into()),
        connector_id: Some(connector),
    })
}

pub fn start_conf(transaction_id: i64) -> Body {
    Body::StartTransactionConf(StartTransactionConf {
        id_tag_info: Some(IdTagInfo {
            status: Some(0),
            ..IdTagInfo::default()
        }),
        transaction_id: Some(transaction_id),
    })
}
