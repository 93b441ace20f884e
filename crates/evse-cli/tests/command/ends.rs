//! What a signal leaves behind of commands that end by themselves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::em::{PIN, SERIAL};
use crate::common::generic::Home;
use crate::common::{signal, twc};

/// Sends a signal as soon as a line of its standard error has this, or `ready` returns; how it ended, and the rest of
/// its standard error.
fn ended_by(
    name: &str,
    command: &mut Command,
    sign: &str,
    ready: impl FnOnce(),
) -> (Option<i32>, String) {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("runs");
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut text = String::new();
    while !text.contains(sign) {
        let length = stderr.read_line(&mut text).expect("text");
        assert!(length > 0, "no {sign:?} in {text}");
    }
    ready();
    signal(&child, name);
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("text");
    (child.wait().expect("ends").code(), rest)
}

#[test]
fn a_command_that_was_ended_before_it_was_done_says_so() {
    let home = Home::empty();
    let mut command = home.command("stop duosida://127.0.0.1:1 -v");
    let (code, rest) = ended_by("-TERM", &mut command, "connecting to ", || {});
    assert_eq!(code, Some(143), "{rest}");
    assert!(
        rest.ends_with("error: ended before it was done\n"),
        "{rest}"
    );
    assert!(!rest.contains("nobody waited"), "nothing was sent: {rest}");
    let bench = twc::Bench::units(1);
    let mut command = bench.command("list -v");
    let (code, rest) = ended_by("-TERM", &mut command, "listening", || {});
    assert_eq!(code, Some(143), "{rest}");
    assert!(
        rest.ends_with("error: ended before it was done\n"),
        "{rest}"
    );
}

/// A charger that the state file knows, and that answers nothing; each command to it carries the PIN.
struct Silent {
    socket: UdpSocket,
    home: Home,
    client_port: u16,
}

impl Silent {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
        let limit = Some(Duration::from_secs(20));
        socket.set_read_timeout(limit).expect("set");
        let free = UdpSocket::bind("0.0.0.0:0").expect("bound");
        let client_port = free.local_addr().expect("bound").port();
        let home = Home::new(&format!(
            "[em]\nport = {client_port}\nbroadcast = [\"127.0.0.1\"]\n"
        ));
        let at = socket.local_addr().expect("bound");
        let state = format!(
            "{{\"version\":1,\"chargers\":{{\"em:{SERIAL}\":{{\"address\":\"em://{at}\"}}}}}}"
        );
        std::fs::write(home.file("state.json"), state).expect("written");
        Self {
            socket,
            home,
            client_port,
        }
    }

    fn is_told_something(&self) {
        let mut packet = [0; 512];
        loop {
            let length = self.socket.recv(&mut packet).expect("a packet");
            let packet = &packet[..length];
            if packet.windows(PIN.len()).any(|part| part == PIN.as_bytes()) {
                return;
            }
        }
    }
}

#[test]
fn who_leaves_before_a_command_is_answered_is_told_that_nobody_knows() {
    for (name, code, of_family) in [
        ("-INT", 130, false),
        ("-INT", 130, true),
        ("-TERM", 143, false),
    ] {
        let charger = Silent::new();
        let command = if of_family {
            let port = charger.client_port;
            format!("em --client-port {port} stop --serial {SERIAL} --pin {PIN} -v")
        } else {
            format!("stop em://{SERIAL} --pin {PIN} -v")
        };
        let mut command = charger.home.command(&command);
        let ready = || charger.is_told_something();
        let (ended, rest) = ended_by(name, &mut command, "", ready);
        assert_eq!(ended, Some(code), "{name}: {rest}");
        let told = rest.lines().filter(|line| {
            *line == "warning: stop: nobody waited for what comes of it; see the status"
        });
        assert_eq!(told.count(), 1, "{name}: {rest}");
    }
}
