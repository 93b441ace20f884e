//! `--record` of the commands for chargers of any kind: one file, whatever is spoken.

use std::path::Path;

use crate::common::em::{self, PIN};
use crate::common::generic::Home;
use crate::common::{Bench, first_line, run, signal, twc};
use serde_json::Value;

/// The frames of a capture, without error.
fn decoded(path: &Path) -> Vec<Value> {
    let decoded = run(&["decode", &path.display().to_string(), "--json"]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    let frames = decoded.stdout.lines();
    frames
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// How many frames of each protocol.
fn counts(path: &Path) -> (usize, usize, usize) {
    let frames = decoded(path);
    let count = |protocol| {
        let of = frames.iter().filter(|frame| frame["protocol"] == protocol);
        of.count()
    };
    (count("duosida"), count("em"), count("twc"))
}

struct Site {
    _duosida: Bench,
    _em: em::Bench,
    _twc: twc::Bench,
    home: Home,
}

/// A charger of each family.
fn site() -> Site {
    let (duosida, em, twc) = (Bench::empty(), em::Bench::empty(), twc::Bench::units(1));
    let home = Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\n\
         [chargers.carport]\naddress = \"em://{}\"\npin = \"{PIN}\"\n[chargers.left]\naddress = \"twc://{}#3495\"\n",
        em.port(),
        duosida.port(),
        em.host(),
        twc.port(),
    ));
    Site {
        _duosida: duosida,
        _em: em,
        _twc: twc,
        home,
    }
}

#[test]
fn each_command_records_its_charger() {
    let site = site();
    let file = site.home.file("traffic.pcapng");
    let record = |command: &str| {
        let recorded = site
            .home
            .run(&format!("{command} --record {}", file.display()));
        assert_eq!(recorded.code, 0, "{recorded:?}");
        counts(&file)
    };
    for command in [
        "status garage",
        "set-current 10 garage",
        "watch garage --for 2",
    ] {
        let counts = record(command);
        assert!(matches!(counts, (2.., 0, 0)), "{command}: {counts:?}");
    }
    for command in [
        "discover --protocol em --for 1",
        "status carport",
        "set-current 10 carport",
    ] {
        let counts = record(command);
        assert!(matches!(counts, (0, 2.., 0)), "{command}: {counts:?}");
    }
    let counts = record("status left");
    assert!(matches!(counts, (0, 0, 9..)), "{counts:?}");
}

#[test]
fn a_watch_records_all_kinds_in_one_file_whose_scrubbed_copy_has_all_frames_and_nothing_private() {
    let site = site();
    let file = site.home.file("traffic.pcapng");
    let command = format!("watch --json --record {}", file.display());
    let mut watch = site.home.command(&command).spawn().expect("runs");
    let (_connected, mut rest) = first_line(&mut watch);
    let mut line = String::new();
    while !line.contains("\"left\"") {
        line.clear();
        assert!(
            std::io::BufRead::read_line(&mut rest, &mut line).expect("a line") > 0,
            "it goes on"
        );
    }
    signal(&watch, "-INT");
    std::io::copy(&mut rest, &mut std::io::sink()).expect("read");
    assert_eq!(watch.wait().expect("ended").code(), Some(130));
    let counts = counts(&file);
    assert!(matches!(counts, (2.., 2.., 9..)), "{counts:?}");
    is_scrubbed(&file, &site.home.file("public.pcapng"));
}

/// Makes the copy, and compares.
#[track_caller]
fn is_scrubbed(file: &Path, copy: &Path) {
    let scrubbed = run(&[
        "decode",
        &file.display().to_string(),
        "--scrub",
        &copy.display().to_string(),
    ]);
    assert_eq!(scrubbed.code, 0, "{scrubbed:?}");
    assert_eq!(scrubbed.stdout.lines().count(), 1, "{scrubbed:?}");
    let told = format!("wrote {}: ", copy.display());
    assert!(scrubbed.stdout.starts_with(&told), "{scrubbed:?}");
    let names = |path| -> Vec<Value> {
        let frames = decoded(path).into_iter();
        let kind = |frame: Value| {
            let keys = ["protocol", "direction", "name", "kind", "message"];
            keys.map(|key| match &frame[key]["name"] {
                Value::Null => frame[key].clone(),
                name => name.clone(),
            })
            .into()
        };
        frames.map(kind).collect()
    };
    assert_eq!(names(copy), names(file));
    let serial = hex::decode(em::SERIAL).expect("hex");
    for private in [
        PIN.as_bytes(),
        &serial,
        b"0300000000000000001",
        b"A17A0003495",
    ] {
        let holds = |path| {
            let bytes = std::fs::read(path).expect("written");
            bytes.windows(private.len()).any(|bytes| bytes == private)
        };
        assert!(holds(file), "{private:?}: it would prove nothing");
        assert!(!holds(copy), "{private:?}");
    }
}
