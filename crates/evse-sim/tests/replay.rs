//! A recorded charger, played in virtual time.

use std::time::{Duration, Instant};

use duosida_proto::frame::{Direction, Framing};
use duosida_proto::message::{self, Body, Envelope};
use duosida_proto::proto::{
    ChangeConfigurationConf, ChangeConfigurationReq, HeartbeatConf, HeartbeatReq,
    TriggerMessageConf, TriggerMessageReq,
};
use evse_sim::duosida::replay::{Event, Player, Recorded, Script};

fn envelope(body: Body, id: u64) -> Vec<u8> {
    message::encode(&Envelope {
        message: Some(body),
        client_id: Some("0000000000000000007".into()),
        message_id: Some(id),
    })
}

fn trigger(report: i32, id: u64) -> Vec<u8> {
    let body = TriggerMessageReq {
        requested_message: Some(report),
        connector_id: Some(1),
    };
    envelope(Body::TriggerMessageReq(body), id)
}

fn triggered(id: u64) -> Vec<u8> {
    let body = TriggerMessageConf { status: Some(0) };
    envelope(Body::TriggerMessageConf(body), id)
}

fn change(key: &str, value: &str, id: u64) -> Vec<u8> {
    let body = ChangeConfigurationReq {
        key: Some(key.into()),
        value: Some(value.into()),
    };
    envelope(Body::ChangeConfigurationReq(body), id)
}

fn changed(id: u64) -> Vec<u8> {
    let body = ChangeConfigurationConf { status: Some(0) };
    envelope(Body::ChangeConfigurationConf(body), id)
}

fn push(id: u64) -> Vec<u8> {
    envelope(Body::HeartbeatReq(HeartbeatReq::default()), id)
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// `>` goes to the charger, `<` comes from it.
fn script(lines: &[(f64, char, Vec<u8>)], closed: Option<f64>) -> Script {
    let recorded = lines.iter().map(|(at, way, message)| Recorded {
        at: seconds(*at),
        direction: match way {
            '>' => Direction::ToCharger,
            _ => Direction::FromCharger,
        },
        message: message.clone(),
    });
    Script::new(Framing::Raw, recorded.collect(), closed.map(seconds))
}

struct Run {
    start: Instant,
    now: Instant,
    player: Player,
    said: Vec<(f64, Vec<u8>)>,
    events: Vec<Event>,
}

impl Run {
    fn new(script: Script, speed: f64) -> Self {
        let start = Instant::now();
        let mut run = Self {
            start,
            now: start,
            player: Player::new(script, speed, start),
            said: Vec::new(),
            events: Vec::new(),
        };
        run.drain();
        run
    }

    fn drain(&mut self) {
        let at = (self.now - self.start).as_secs_f64();
        let at = (at * 1000.0).round() / 1000.0;
        while let Some(message) = self.player.poll_transmit() {
            self.said.push((at, message));
        }
        self.events
            .extend(std::iter::from_fn(|| self.player.poll_event()));
    }

    /// Lets time pass, waking the player only when it asks for it.
    fn until(&mut self, at: f64) {
        let end = self.start + seconds(at);
        while let Some(due) = self.player.poll_timeout().filter(|due| *due <= end) {
            assert!(
                due >= self.now || self.now == self.start,
                "time goes forward"
            );
            self.now = self.now.max(due);
            self.player.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn send(&mut self, message: &[u8]) {
        self.player.handle_input(self.now, message);
        self.drain();
    }

    fn missing(&self) -> Vec<&str> {
        let names = self.events.iter().filter_map(|event| match event {
            Event::Missing { message } => Some(message.as_str()),
            _ => None,
        });
        names.collect()
    }

    fn unexpected(&self) -> Vec<&str> {
        let names = self.events.iter().filter_map(|event| match event {
            Event::Unexpected { message } => Some(message.as_str()),
            _ => None,
        });
        names.collect()
    }
}

#[test]
fn an_answer_carries_the_live_id_and_everything_else_is_as_recorded() {
    // Ids of one, two and four bytes as varint; a field that no schema knows stays.
    let mut odd = vec![0xba, 0x3e, 0x02, 0xff, 0xff];
    odd.extend(push(0x0800_0001));
    for live in [1, 300, 0x07ff_ffff] {
        let mut run = Run::new(
            script(
                &[
                    (0.0, '>', trigger(1, 40)),
                    (0.2, '<', triggered(40)),
                    (0.5, '<', odd.clone()),
                ],
                None,
            ),
            1.0,
        );
        run.until(2.0);
        assert_eq!(run.said, []);
        run.send(&trigger(1, live));
        run.until(4.0);
        assert_eq!(run.said, [(2.2, triggered(live)), (2.5, odd.clone())]);
        assert_eq!(run.events, [Event::Finished]);
    }
}

#[test]
fn speed_divides_gaps_and_not_patience() {
    let lines = [
        (10.0, '<', push(1)),
        (20.0, '>', trigger(1, 1)),
        (30.0, '<', push(2)),
    ];
    let mut run = Run::new(script(&lines, Some(40.0)), 10.0);
    run.until(60.0);
    assert_eq!(run.said, [(1.0, push(1)), (8.0, push(2))]);
    assert_eq!(
        run.missing(),
        ["TriggerMessageReq for DiagnosticsStatusNotification"]
    );
    assert_eq!(run.events.last(), Some(&Event::Close));
}

#[test]
fn a_request_that_never_comes_costs_its_answer_and_nothing_else() {
    let lines = [
        (0.0, '>', change("A", "1", 7)),
        (0.1, '<', changed(7)),
        (0.2, '<', push(0x0800_0001)),
        (0.3, '>', change("B", "1", 8)),
        (0.4, '<', changed(8)),
    ];
    let mut run = Run::new(script(&lines, None), 1.0);
    run.until(1.0);
    run.send(&change("B", "2", 99));
    run.until(9.0);
    // The request that came early waits a second for its place, then what lies before it comes at once.
    assert_eq!(run.said, [(2.0, push(0x0800_0001)), (2.1, changed(99))]);
    assert_eq!(run.missing(), ["ChangeConfigurationReq of A"]);
}

#[test]
fn what_the_recording_does_not_hold_is_unexpected_and_not_answered() {
    let lines = [(0.0, '>', trigger(1, 1)), (0.1, '<', triggered(1))];
    let mut run = Run::new(script(&lines, None), 1.0);
    run.send(&change("A", "1", 1));
    run.send(&trigger(1, 2));
    run.send(&trigger(1, 3));
    run.send(&[0xff; 4]);
    let heartbeat = envelope(Body::HeartbeatConf(HeartbeatConf::default()), 5);
    run.send(&heartbeat); // confirmations are free
    run.until(9.0);
    assert_eq!(run.said, [(0.1, triggered(2))]);
    assert_eq!(run.unexpected().len(), 3, "{:?}", run.events);
    assert_eq!(
        run.unexpected()[..2],
        [
            "ChangeConfigurationReq of A",
            "TriggerMessageReq for DiagnosticsStatusNotification"
        ]
    );
}

#[test]
fn an_early_timeout_changes_nothing() {
    let lines = [
        (1.0, '<', push(1)),
        (2.0, '>', trigger(1, 1)),
        (3.0, '<', triggered(1)),
    ];
    let mut calm = Run::new(script(&lines, None), 1.0);
    let mut nervous = Run::new(script(&lines, None), 1.0);
    for tenth in 1..=200 {
        let at = f64::from(tenth) / 10.0;
        calm.until(at);
        nervous.until(at);
        nervous.player.handle_timeout(nervous.now);
        nervous.drain();
        if tenth == 40 {
            calm.send(&trigger(1, 5));
            nervous.send(&trigger(1, 5));
        }
    }
    assert_eq!(calm.said, nervous.said);
    assert_eq!(calm.said, [(1.0, push(1)), (5.0, triggered(5))]);
}
