//! Whatever the bytes, a value or a typed error; whatever the cuts, the same frames.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

use std::time::{Duration, Instant};

use duosida_proto::frame::{Decoder, Direction, Framing, MAX_MESSAGE_LEN};
use duosida_proto::message::{self, Body};
use duosida_proto::session::{Command, Config, Session};
use duosida_proto::{DecodeErrorKind, discovery, schema};
use proptest::prelude::*;

fn known_frame() -> impl Strategy<Value = Vec<u8>> {
    let frames: Vec<Vec<u8>> = fixtures::vectors("duosida")
        .iter()
        .filter(|v| v.kind == "frame")
        .map(fixtures::Vector::bytes)
        .collect();
    prop::sample::select(frames)
}

/// A known frame with some bytes changed, cut or added.
fn damaged_frame() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 0..6);
    (known_frame(), edits).prop_map(|(mut frame, edits)| {
        for (at, byte, how) in edits {
            let at = at.index(frame.len().max(1));
            match how {
                0 if at < frame.len() => frame[at] = byte,
                1 => frame.truncate(at),
                _ => frame.insert(at.min(frame.len()), byte),
            }
        }
        frame
    })
}

fn cut(bytes: &[u8], cuts: &[prop::sample::Index], framing: Framing) -> (Vec<Vec<u8>>, u64) {
    let mut decoder = Decoder::new(framing, Direction::FromCharger);
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    let mut frames = Vec::new();
    for pair in at.windows(2) {
        decoder.push(&bytes[pair[0]..pair[1]]);
        frames.extend(std::iter::from_fn(|| decoder.next_frame()));
        assert!(decoder.pending_bytes() <= MAX_MESSAGE_LEN);
    }
    (frames, decoder.skipped_bytes())
}

proptest! {
    #[test]
    fn any_bytes_decode_to_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        // Everything that takes bytes; none of it may panic.
        let _ = message::decode(&bytes);
        let _ = schema::check(&bytes);
        let _ = schema::unknown_fields(&bytes);
        let _ = discovery::parse_reply(&bytes, std::net::Ipv4Addr::LOCALHOST);
        cut(&bytes, &[], Framing::Raw);
        cut(&bytes, &[], Framing::Wrapped);
    }

    #[test]
    fn damaged_messages_decode_to_a_value_or_an_error_and_then_stay_the_same(frame in damaged_frame()) {
        if let Ok(envelope) = message::decode(&frame) {
            let again = message::encode(&envelope);
            prop_assert_eq!(message::encode(&message::decode(&again).unwrap()), again);
        }
    }

    #[test]
    fn what_prost_refuses_the_walker_explains(frame in damaged_frame()) {
        use prost::Message as _;
        if duosida_proto::proto::Envelope::decode(&*frame).is_err() {
            prop_assert!(schema::check(&frame).is_err());
        }
    }

    #[test]
    fn what_the_walker_refuses_is_refused_but_for_bad_text_and_inner_groups(frame in damaged_frame()) {
        if let (Ok(_), Err(error)) = (message::decode(&frame), schema::check(&frame)) {
            let is_harmless = matches!(error.kind, DecodeErrorKind::InvalidUtf8 | DecodeErrorKind::WireType(3));
            prop_assert!(is_harmless, "{error}");
        }
    }

    #[test]
    fn any_cuts_give_the_same_frames(
        frames in prop::collection::vec(known_frame(), 1..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        prop_assert_eq!(cut(&frames.concat(), &cuts, Framing::Raw), (frames, 0));
    }

    #[test]
    fn any_cuts_give_the_same_wrapped_frames(
        frames in prop::collection::vec(known_frame(), 1..6),
        noise in prop::collection::vec(any::<u8>(), 0..8),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let wrap = |frame: &Vec<u8>| {
            duosida_proto::frame::encode(Framing::Wrapped, Direction::FromCharger, frame).unwrap()
        };
        let noise: Vec<u8> = noise.into_iter().filter(|byte| *byte != 0x55).collect();
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| [noise.clone(), wrap(frame)].concat()).collect();
        let skipped = (noise.len() * frames.len()) as u64;
        prop_assert_eq!(cut(&bytes, &cuts, Framing::Wrapped), (frames, skipped));
    }

    #[test]
    fn damage_costs_no_frame_after_the_next_trailer(
        garbage in prop::collection::vec(any::<u8>(), 0..40),
        frames in prop::collection::vec(known_frame().prop_filter("with identifier", |f| has_trailer(f)), 2..5),
    ) {
        // Field number 0 is damage wherever it stands.
        let bytes = [vec![0x00], garbage, frames.concat()].concat();
        let (cut, _) = cut(&bytes, &[], Framing::Raw);
        prop_assert!(cut.ends_with(&frames[1..]), "{:?}", cut.len());
    }

    #[test]
    fn a_session_takes_any_message_and_early_timeouts_change_nothing(
        frames in prop::collection::vec(prop_oneof![known_frame(), damaged_frame()], 0..30),
        gaps in prop::collection::vec(0..20_000_u64, 30),
    ) {
        let run = |early: bool| {
            let start = Instant::now();
            let mut now = start;
            let mut session = Session::new(Config::default(), now, 1_790_000_000);
            let mut trace = Vec::new();
            for (frame, gap) in frames.iter().zip(&gaps) {
                let until = now + Duration::from_millis(*gap);
                while let Some(due) = session.poll_timeout().filter(|due| *due <= until) {
                    if early {
                        session.handle_timeout(now);
                    }
                    now = now.max(due);
                    session.handle_timeout(now);
                    drain(&mut session, now - start, &mut trace);
                }
                now = until;
                session.handle_input(now, frame);
                // A session that is over refuses it.
                let _ = session.request(now, Command::Refresh);
                drain(&mut session, now - start, &mut trace);
            }
            trace
        };
        prop_assert_eq!(run(false), run(true));
    }

    #[test]
    fn only_what_may_be_sent_is_sent(frames in prop::collection::vec(prop_oneof![known_frame(), damaged_frame()], 0..40)) {
        let mut now = Instant::now();
        let mut session = Session::new(Config::default(), now, 1_790_000_000);
        let commands = [
            Command::Start { id_tag: None },
            Command::Stop { transaction_id: None },
            Command::PullConfiguration,
            Command::UpdateToFlash { update_type: 0 },
        ];
        for (frame, command) in frames.iter().zip(commands.iter().cycle()) {
            session.handle_input(now, frame);
            let _ = session.request(now, command.clone());
            for _ in 0..8 {
                now += Duration::from_millis(250);
                session.handle_timeout(now);
            }
            while let Some(sent) = session.poll_transmit() {
                let body = message::decode(&sent).unwrap().message.unwrap();
                prop_assert!(may_be_sent(&body), "{}", message::field_and_name(&body).1);
            }
        }
    }
}

/// The allow-list: everything else is inferred, dangerous, or sets the charger's clock.
fn may_be_sent(body: &Body) -> bool {
    use duosida_proto::proto::{data_transfer_conf as conf, data_transfer_req as req};
    match body {
        Body::DataTransferReq(transfer) => matches!(
            transfer.case,
            Some(req::Case::DataPullAllConfigurationReq(_) | req::Case::DataUpdateToFlashReq(_))
        ),
        Body::DataTransferConf(transfer) => {
            matches!(transfer.case, Some(conf::Case::DataVendorStatusConf(_)))
        }
        Body::ChangeConfigurationReq(_)
        | Body::HeartbeatConf(_)
        | Body::MeterValuesConf(_)
        | Body::RemoteStartTransactionReq(_)
        | Body::RemoteStopTransactionReq(_)
        | Body::StartTransactionConf(_)
        | Body::StatusNotificationConf(_)
        | Body::StopTransactionConf(_)
        | Body::TriggerMessageReq(_) => true,
        _ => false,
    }
}

fn has_trailer(frame: &[u8]) -> bool {
    message::decode(frame).is_ok_and(|envelope| envelope.client_id.is_some())
}

fn drain(session: &mut Session, at: Duration, trace: &mut Vec<String>) {
    while let Some(bytes) = session.poll_transmit() {
        trace.push(format!("{at:?} {}", hex::encode(bytes)));
    }
    while let Some(event) = session.poll_event() {
        trace.push(format!("{at:?} {event:?}"));
    }
}
