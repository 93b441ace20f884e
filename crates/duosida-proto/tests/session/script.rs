//! The charger's side of a session, by hand.

use std::time::{Duration, Instant};

use duosida_proto::config::Setting;
use duosida_proto::message::{self, Body, ChargePointStatus, Envelope, TagForm};
use duosida_proto::proto::{self, data_transfer_conf};
use duosida_proto::session::{
    Command, CommandError, Completion, Config, Event, RequestId, Session,
};

pub(crate) const ID: &str = "0310000000000000001";
pub(crate) const UNIX: i64 = 1_790_000_000;

/// A session, a clock, and the charger's side by hand.
pub(crate) struct Script {
    pub(crate) session: Session,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<(Duration, Envelope)>,
    pub(crate) events: Vec<Event>,
    pub(crate) start: Instant,
    pub(crate) own_id: u64,
}

impl Script {
    pub(crate) fn new(config: Config) -> Self {
        let now = Instant::now();
        let session = Session::new(config, now, UNIX);
        let mut script = Self {
            session,
            now,
            sent: Vec::new(),
            events: Vec::new(),
            start: now,
            own_id: 0x0800_0000,
        };
        script.drain();
        script
    }

    /// A session whose charger has booted and reported `state`.
    pub(crate) fn ready(config: Config, state: ChargePointStatus) -> Self {
        let mut script = Self::new(config);
        script.boot("DUOSIDA Mode3@16A");
        script.status(state);
        script.pass(Duration::from_secs(1));
        script.clear();
        script
    }

    /// The connection is lost, and made anew half a minute later.
    pub(crate) fn reconnect(&mut self) {
        self.session.handle_closed(self.now);
        self.seconds(30);
        self.session.reopen(self.now);
        self.drain();
        self.boot("DUOSIDA Mode3@16A");
    }

    pub(crate) fn boot(&mut self, model: &str) {
        self.charger(Body::BootNotificationReq(proto::BootNotificationReq {
            charge_point_model: Some(model.into()),
            charge_point_vendor: Some("UCHEN".into()),
            firmware_version: Some("V2.5@46ab776+266".into()),
            ..Default::default()
        }));
    }

    pub(crate) fn status(&mut self, state: ChargePointStatus) {
        self.charger(Body::StatusNotificationReq(proto::StatusNotificationReq {
            error_code: Some(6),
            status: Some(state.into()),
            ..Default::default()
        }));
    }

    pub(crate) fn meter(&mut self, transaction_id: Option<i64>) {
        self.charger(Body::MeterValuesReq(proto::MeterValuesReq {
            transaction_id,
            ..Default::default()
        }));
    }

    pub(crate) fn settings(&mut self, max_work_current_a: f32) {
        self.charger(settings_conf(max_work_current_a));
    }

    /// A request or report of the charger's own.
    pub(crate) fn charger(&mut self, body: Body) -> u64 {
        self.own_id += 1;
        self.answer(self.own_id, body);
        self.own_id
    }

    /// The answer to a message of ours.
    pub(crate) fn answer(&mut self, message_id: u64, body: Body) {
        let envelope = Envelope {
            message: Some(body),
            client_id: Some(ID.into()),
            message_id: Some(message_id),
        };
        self.session
            .handle_input(self.now, &message::encode(&envelope));
        self.drain();
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub(crate) fn request(&mut self, command: Command) -> RequestId {
        let id = self.session.request(self.now, command).unwrap();
        self.drain();
        self.pass(Duration::from_millis(400));
        id
    }

    pub(crate) fn drain(&mut self) {
        while let Some(bytes) = self.session.poll_transmit() {
            self.sent
                .push((self.now - self.start, message::decode(&bytes).unwrap()));
        }
        self.events
            .extend(std::iter::from_fn(|| self.session.poll_event()));
    }

    pub(crate) fn clear(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    /// The last message of ours that `pick` accepts, with its id.
    pub(crate) fn last<T>(&self, pick: impl Fn(&Body) -> Option<T>) -> Option<(u64, T)> {
        self.sent.iter().rev().find_map(|(_, envelope)| {
            Some((envelope.message_id?, pick(envelope.message.as_ref()?)?))
        })
    }

    pub(crate) fn result(&self, id: RequestId) -> Option<Result<Completion, CommandError>> {
        let mut results = self.events.iter().filter_map(|event| match event {
            Event::Done { id: done, result } if *done == id => Some(result.clone()),
            _ => None,
        });
        let result = results.next();
        assert!(results.next().is_none(), "{id:?} ended twice");
        result
    }

    pub(crate) fn has(&self, event: &Event) -> bool {
        self.events.contains(event)
    }
}

pub(crate) fn change(body: &Body) -> Option<(String, String)> {
    match body {
        Body::ChangeConfigurationReq(request) => {
            Some((request.key.clone()?, request.value.clone()?))
        }
        _ => None,
    }
}

pub(crate) fn start(body: &Body) -> Option<(String, TagForm)> {
    match body {
        Body::RemoteStartTransactionReq(request) => {
            Some(message::decode_id_tag(request.id_tag.as_ref()?))
        }
        _ => None,
    }
}

pub(crate) fn stop(body: &Body) -> Option<i64> {
    match body {
        Body::RemoteStopTransactionReq(request) => request.transaction_id,
        _ => None,
    }
}

pub(crate) fn change_conf(status: i32) -> Body {
    Body::ChangeConfigurationConf(proto::ChangeConfigurationConf {
        status: Some(status),
    })
}

pub(crate) fn start_conf(status: i32) -> Body {
    Body::RemoteStartTransactionConf(proto::RemoteStartTransactionConf {
        status: Some(status),
    })
}

pub(crate) fn stop_conf(status: Option<i32>) -> Body {
    Body::RemoteStopTransactionConf(proto::RemoteStopTransactionConf { status })
}

pub(crate) fn settings_conf(max_work_current_a: f32) -> Body {
    let settings = proto::DataPullAllConfigurationConf {
        max_work_current_a: Some(max_work_current_a),
        ..Default::default()
    };
    let case = data_transfer_conf::Case::DataPullAllConfigurationConf(settings);
    Body::DataTransferConf(proto::DataTransferConf {
        status: Some(0),
        case: Some(case),
    })
}

pub(crate) fn limit(amps: u8) -> Command {
    Command::Set(Setting::MaxCurrent { amps })
}

pub(crate) fn start_transaction(timestamp: i64) -> Body {
    Body::StartTransactionReq(proto::StartTransactionReq {
        connector_id: Some(1),
        meter_start_wh: Some(101),
        timestamp: Some(timestamp),
        ..Default::default()
    })
}
