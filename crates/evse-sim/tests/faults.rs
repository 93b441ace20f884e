//! Names of faults, pipes, and when faults strike.
use std::time::{Duration, Instant};

use evse_sim::duosida::DelayRange;
use evse_sim::faults::{Fault, FaultSpec, Injector, InvalidFault, Output, Pipe};

fn check(text: &str, expected: Option<FaultSpec>) {
    assert_eq!(text.parse::<FaultSpec>().ok(), expected, "{text}");
}

#[test]
fn fault_specs_are_parsed() {
    let spec = |fault, probability, at: Option<u64>| FaultSpec {
        fault,
        probability,
        at: at.map(Duration::from_millis),
    };
    check("drop", Some(spec(Fault::Drop, None, None)));
    check("stall@90", Some(spec(Fault::Stall, None, Some(90_000))));
    check(
        "garbage=0.5@500ms",
        Some(spec(Fault::Garbage, Some(0.5), Some(500))),
    );
    check(
        "ip-change@1h",
        Some(spec(Fault::IpChange, None, Some(3_600_000))),
    );
    check("cut=0", None);
    check("cut=1.1", None);
    check("cut@-1s", None);
    check("nothing", None);
}

#[test]
fn every_fault_has_a_name_that_parses_back() {
    for (fault, name, text) in Fault::ALL {
        assert_eq!(name.parse::<FaultSpec>().map(|spec| spec.fault), Ok(fault));
        assert_eq!(fault.to_string(), name);
        assert!(!text.is_empty());
    }
}

#[test]
fn unknown_names_are_told_with_the_known_ones() {
    let error = "dorp".parse::<FaultSpec>().expect_err("unknown");
    assert!(matches!(&error, InvalidFault::Name { name, .. } if name == "dorp"));
    assert!(error.to_string().contains("power-cycle"));
}

fn drain(pipe: &mut Pipe) -> (Vec<u8>, usize, bool) {
    let (mut bytes, mut pieces, mut closed) = (Vec::new(), 0, false);
    while let Some(at) = pipe.poll_timeout() {
        match pipe.poll_output(at) {
            Some(Output::Bytes(more)) => {
                bytes.extend(more);
                pieces += 1;
            }
            Some(Output::Closed) => closed = true,
            None => break,
        }
    }
    (bytes, pieces, closed)
}

#[test]
fn pipes_keep_bytes_and_order() {
    let now = Instant::now();
    let mut faults = Injector::new(
        &[
            FaultSpec::often(Fault::Fragment, 0.5),
            FaultSpec::often(Fault::Coalesce, 0.5),
            FaultSpec::often(Fault::Delay, 0.2),
        ],
        3,
        now,
        None,
    );
    let mut pipe = Pipe::new(3, 0, DelayRange::from_millis(20, 300));
    let mut sent = Vec::new();
    for number in 0..100_u8 {
        let message = vec![number; 40];
        pipe.send(
            now + Duration::from_millis(u64::from(number) * 50),
            &message,
            Some(&mut faults),
        );
        sent.extend(message);
    }
    let (received, pieces, closed) = drain(&mut pipe);
    assert_eq!(received, sent);
    assert!(pieces > 100);
    assert!(!closed);
}

#[test]
fn cut_closes_within_a_message() {
    let now = Instant::now();
    let mut faults = Injector::new(&[FaultSpec::once(Fault::Cut, Duration::ZERO)], 1, now, None);
    let mut pipe = Pipe::new(1, 0, DelayRange::NONE);
    pipe.send(now, &[1; 50], Some(&mut faults));
    pipe.send(now, &[2; 50], Some(&mut faults));
    let (received, _, closed) = drain(&mut pipe);
    assert!(!received.is_empty() && received.len() < 50);
    assert!(closed);
    assert_eq!(faults.log().len(), 1);
}

#[test]
fn stalled_pipe_lets_nothing_out() {
    let now = Instant::now();
    let mut pipe = Pipe::new(1, 0, DelayRange::NONE);
    pipe.send(now, b"abc", None);
    pipe.stall_until(now + Duration::from_secs(5));
    assert_eq!(pipe.poll_output(now + Duration::from_secs(4)), None);
    assert_eq!(pipe.waiting_bytes(), 3);
    assert_eq!(
        pipe.poll_output(now + Duration::from_secs(5)),
        Some(Output::Bytes(b"abc".to_vec()))
    );
    assert_eq!(pipe.waiting_bytes(), 0);
}
