//! The state machines of all protocols have one shape: this compiles only while they have the same verbs.

use std::net::SocketAddrV4;
use std::time::Instant;

use evse::twc::proto::frame::Frame;
use evse::{duosida, em, twc};

macro_rules! has_the_verbs {
    ($machine:ty, $($input:ty),+) => {
        let _: fn(&mut $machine, Instant, $($input),+) = <$machine>::handle_input;
        let _: fn(&mut $machine, Instant) = <$machine>::handle_timeout;
        let _: fn(&$machine) -> Option<Instant> = <$machine>::poll_timeout;
        let _ = |machine: &mut $machine| {
            while machine.poll_transmit().is_some() {}
            while machine.poll_event().is_some() {}
        };
    };
}

#[test]
fn every_state_machine_has_the_same_verbs() {
    has_the_verbs!(duosida::proto::session::Session, &[u8]);
    has_the_verbs!(em::proto::Endpoint, SocketAddrV4, &[u8]);
    has_the_verbs!(twc::proto::session::Controller, &Frame);
}
