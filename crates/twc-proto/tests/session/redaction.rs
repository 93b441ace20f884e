//! Nothing that is printed for debugging shows a VIN or a whole serial number.

use twc_proto::session::Listener;

use crate::script::{Script, UNIT, config};

const VIN: &str = "5YJ3E7EB1KF000316";
const SERIAL: &str = "A17A0003495";

fn check(printed: &str) {
    for secret in [VIN, SERIAL, &VIN[..7], &VIN[7..14], "000316"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    // The characters as a list of bytes.
    for bytes in ["53, 89, 74", "65, 49, 55, 65", "0x35, 0x59"] {
        assert!(!printed.contains(bytes), "{bytes} in {printed}");
    }
}

#[test]
fn debug_shows_neither_vin_nor_whole_serial() {
    let mut script = Script::new(config());
    script.unit().vin = VIN;
    script.seconds(12);
    script.presence(0);
    script.seconds(30);
    let peripheral = script.controller.peripheral(UNIT).unwrap();
    assert_eq!(peripheral.vin().unwrap().expose(), VIN);
    check(&format!("{:?} {:#?}", script.controller, script.controller));
    check(&format!("{:?} {:?}", script.events, script.sent));
    let mut listener = Listener::new();
    for sent in &script.sent {
        listener.handle_input(script.now, &sent.frame);
        let answer = script.units[0].answer(&sent.message);
        if let Some(answer) = answer {
            let frame = answer.encode(twc_proto::message::ProtocolVersion::V2);
            listener.handle_input(script.now, &frame);
        }
    }
    assert!(listener.peripheral(UNIT).unwrap().vin().is_some());
    check(&format!("{listener:?}"));
}
