//! A session against whatever a charger might do.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use duosida_proto::config::Setting;
use duosida_proto::frame::{self, Decoder, Direction, Framing};
use duosida_proto::message;
use duosida_proto::proto::MessageTrigger;
use duosida_proto::session::{BootConfirmation, Command, Config, Event, RequestId, Session};

/// A connection's life: bytes, time, requests. Every request ends once, every deadline lies ahead and near, what is
/// sent decodes, and an early timeout does nothing.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 0 | bit 0: wrapped; bit 1: confirm boot notifications |
/// | then pairs | a step and its argument `a` |
/// | step 0 to 3 | the next `a` bytes arrive in one read |
/// | step 4 | `a`² ms pass |
/// | step 5 | request number `a` is made |
/// | step 6 | the connection is made anew |
/// | step 7 | a timeout is handled too early |
///
/// The step is taken modulo 8.
///
/// # Panics
///
/// When that does not hold.
pub fn duosida_session(data: &[u8]) {
    let Some((&options, mut script)) = data.split_first() else {
        return;
    };
    let mut connection = Connection::new(options);
    connection.settle();
    while let Some((&[step, argument], rest)) = script.split_first_chunk() {
        script = rest;
        match step % 8 {
            0..=3 => {
                let (read, rest) = script.split_at(usize::from(argument).min(script.len()));
                script = rest;
                connection.arrive(read);
            }
            4 => connection.wait(Duration::from_millis(u64::from(argument).pow(2))),
            5 => connection.request(argument),
            6 => connection.reconnect(),
            _ => connection.early_timeout(),
        }
        connection.settle();
    }
    connection.session.handle_closed(connection.now);
    connection.settle();
    assert!(connection.open.is_empty(), "requests that never ended");
    assert_eq!(connection.session.poll_timeout(), None, "a timer runs on");
}

struct Connection {
    framing: Framing,
    decoder: Decoder,
    session: Session,
    now: Instant,
    /// Requests that were taken and did not end yet.
    open: BTreeSet<RequestId>,
    last_id: Option<RequestId>,
    last_card: u64,
}

impl Connection {
    fn new(options: u8) -> Self {
        let now = Instant::now();
        let framing = if options & 1 == 0 {
            Framing::Raw
        } else {
            Framing::Wrapped
        };
        let boot_confirmation = if options & 2 == 0 {
            BootConfirmation::Never
        } else {
            BootConfirmation::CurrentTime
        };
        let config = Config {
            boot_confirmation,
            ..Config::default()
        };
        Self {
            framing,
            decoder: Decoder::new(framing, Direction::FromCharger),
            session: Session::new(config, now, UNIX_TIME_S),
            now,
            open: BTreeSet::new(),
            last_id: None,
            last_card: 0,
        }
    }

    fn arrive(&mut self, read: &[u8]) {
        self.decoder.push(read);
        while let Some(frame) = self.decoder.next_frame() {
            self.session.handle_input(self.now, &frame);
            self.settle();
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            self.now = due;
            self.session.handle_timeout(due);
            self.settle();
            let next = self.session.poll_timeout();
            assert!(next.is_none_or(|next| next > due), "a timer stands still");
        }
        self.now = until;
    }

    fn request(&mut self, number: u8) {
        let command = command(number, self.last_card);
        if let Ok(id) = self.session.request(self.now, command) {
            assert!(Some(id) > self.last_id, "{id:?} was given twice");
            self.last_id = Some(id);
            self.open.insert(id);
        }
    }

    fn reconnect(&mut self) {
        self.decoder = Decoder::new(self.framing, Direction::FromCharger);
        self.session.reopen(self.now);
    }

    fn early_timeout(&mut self) {
        if self
            .session
            .poll_timeout()
            .is_some_and(|due| due > self.now)
        {
            self.session.handle_timeout(self.now);
            assert_eq!(self.session.poll_transmit(), None, "sent too early");
            assert_eq!(self.session.poll_event(), None, "told too early");
        }
    }

    /// Takes out what the session wants to send and say.
    fn settle(&mut self) {
        while let Some(message) = self.session.poll_transmit() {
            assert!(message::decode(&message).is_ok(), "sent damaged bytes");
            let wire = frame::encode(self.framing, Direction::ToCharger, &message);
            assert!(wire.is_ok(), "sent what the framing cannot carry");
        }
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Done { id, .. } => {
                    assert!(self.open.remove(&id), "{id:?} ended twice or was not asked");
                }
                Event::CardShown { message_id } => self.last_card = message_id,
                _ => {}
            }
        }
        if let Some(due) = self.session.poll_timeout() {
            let ahead = due.saturating_duration_since(self.now);
            assert!(ahead <= LONGEST_TIMER, "a timer of {ahead:?}");
        }
        let _ = self.session.status(self.now);
    }
}

fn command(number: u8, card: u64) -> Command {
    let value = number / 16;
    match number % 16 {
        0 => Command::Refresh,
        1 => Command::PullConfiguration,
        2 => Command::Start { id_tag: None },
        3 => Command::Start {
            id_tag: Some("a".repeat(value.into())),
        },
        4 => Command::Stop {
            transaction_id: None,
        },
        5 => Command::Stop {
            transaction_id: Some(i64::from(value) - 1),
        },
        6 => Command::Set(Setting::MaxCurrent {
            amps: 4 + 2 * value,
        }),
        7 => Command::Set(Setting::DirectWorkMode(value.is_multiple_of(2))),
        8 => Command::Set(Setting::MaxTemperature {
            celsius: 80 + value,
        }),
        9 => Command::Set(Setting::Key {
            key: "VendorMaxWorkCurrent".to_owned(),
            value: value.to_string(),
        }),
        10 => Command::UpdateToFlash {
            update_type: value.into(),
        },
        11 => Command::Trigger(MessageTrigger::BootNotification),
        12 => Command::Trigger(MessageTrigger::Heartbeat),
        _ => Command::AnswerCard {
            message_id: card,
            accept: value.is_multiple_of(2),
        },
    }
}

const UNIX_TIME_S: i64 = 1_790_000_000;
/// The idle limit at the longest poll interval.
const LONGEST_TIMER: Duration = Duration::from_mins(6);
