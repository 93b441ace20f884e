//! Nothing that is printed for debugging shows a PIN or a whole serial number.

use emproto::endpoint::{EndpointConfig, EndpointEvent, Target};
use emproto::message::{Message, RawBytes};
use emproto::session::{Known, Request, Setting, StartRequest};
use emproto::{Direction, Password};

use crate::script::{ADDRESS, SERIAL, Script, pin};
use crate::start::start;

const PIN: &str = "123456";
const WHOLE: &str = "1122334455667788";

fn check(printed: &str) {
    let plain = printed.to_lowercase();
    assert!(!plain.contains(PIN) && !plain.contains(WHOLE), "{printed}");
    // The digits as a list of bytes.
    assert!(!plain.contains("49, 50, 51, 52"), "{printed}");
    assert!(!plain.contains("17, 34, 51, 68"), "{printed}");
}

#[test]
fn debug_shows_neither_pin_nor_whole_serial() {
    let mut script = Script::new(EndpointConfig {
        dump: true,
        ..EndpointConfig::default()
    });
    let known = Known {
        address: Some(ADDRESS),
        pin: Some(pin()),
        ..Known::default()
    };
    check(&format!("{known:?}"));
    script.endpoint.add(script.now, SERIAL, known);
    while let Some(transmit) = script.endpoint.poll_transmit() {
        check(&format!("{transmit:?}"));
    }
    script.drain();
    script.announce();
    script.refuse();
    let login = Request::Login { pin: Some(pin()) };
    check(&format!("{login:?}"));
    script.request(login);
    script.request(start(StartRequest::default()));
    script.seconds(5);
    check(&format!("{:?} {:?}", script.session(), script.endpoint));
    check(&format!("{:?} {:?}", script.events, script.others));
    check(&format!("{:?}", Request::Set(Setting::OutputCurrent(6))));
}

#[test]
fn dumps_go_both_ways_and_are_masked() {
    let mut script = Script::new(EndpointConfig {
        dump: true,
        ..EndpointConfig::default()
    });
    script.know_pin();
    script.announce();
    script.endpoint.probe(script.now, Target::Broadcast);
    script.drain();
    let mut wifi = b"\x02home".to_vec();
    wifi.resize(33, 0);
    wifi.extend(b"topsecret");
    wifi.resize(105, 0);
    let wifi = emproto::frame::Datagram::new(
        SERIAL,
        Password::from(pin()),
        emproto::Command::WifiReply,
        &wifi,
    );
    script.packet(ADDRESS, &wifi.to_vec().unwrap());
    let mut directions = [0; 2];
    for event in &script.others {
        let EndpointEvent::Datagram(dump) = event else {
            panic!("{event:?}");
        };
        directions[usize::from(dump.direction == Direction::ToCharger)] += 1;
        let text = String::from_utf8_lossy(&dump.bytes);
        assert!(!text.contains(PIN) && !text.contains("topsecret"));
        assert!(emproto::frame::datagrams(&dump.bytes).all(|datagram| datagram.is_ok()));
    }
    assert!(directions.iter().all(|count| *count > 5), "{directions:?}");
    script.endpoint.set_dump(false);
    script.clear();
    script.say(&Message::Heading(RawBytes::EMPTY));
    assert!(script.others.is_empty());
}
