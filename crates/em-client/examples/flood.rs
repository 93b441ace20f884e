//! How many datagrams a second one communicator takes and acknowledges.
//!
//! ```text
//! cargo run --release -p em-client --example flood
//! ```
//!
//! One charger sends statuses as fast as they are acknowledged, 64 on the way at a time. Linux only.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    time::{Duration, Instant},
};

use em_client::{
    Communicator, Options,
    proto::{
        Command, Password, Pin, Serial,
        frame::{Datagram, datagrams},
        session::Known,
    },
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const SERIAL: Serial = Serial([0x11; 8]);
const ON_THE_WAY: u32 = 64;
const LASTS: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let pin: Pin = "123456".parse()?;
    let charger = UdpSocket::bind("127.0.0.1:0")?;
    let communicator = Communicator::new(Options {
        bind: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0),
        ..Options::default()
    });
    let port = communicator.start()?;
    let known = Known {
        pin: Some(pin),
        ..Known::default()
    };
    communicator.add(SERIAL, known).ok_or("no place")?;
    charger.connect((Ipv4Addr::LOCALHOST, port))?;
    let cpu = cpu_s()?;
    let charger = tokio::task::spawn_blocking(move || flood(&charger));
    let (count, elapsed) = charger.await??;
    let cpu = cpu_s()? - cpu;
    println!(
        "{:.0} datagrams a second, each acknowledged; {:.1} µs of CPU each",
        f64::from(count) / elapsed,
        cpu * 1e6 / f64::from(count),
    );
    Ok(())
}

/// Logs the client in and sends statuses. Returns how many were acknowledged, and in how many seconds.
fn flood(charger: &UdpSocket) -> Result<(u32, f64)> {
    let frame =
        |command, payload: &[u8]| Datagram::new(SERIAL, Password::NONE, command, payload).to_vec();
    let status = frame(Command::StatusPush, &[0x11; 25])?;
    charger.set_read_timeout(Some(Duration::from_secs(2)))?;
    charger.send(&frame(Command::Announce, &[0; 70])?)?;
    let mut began = None;
    let mut count = 0;
    let mut packet = [0; 2_048];
    loop {
        let len = charger.recv(&mut packet)?;
        for datagram in datagrams(&packet[..len]).flatten() {
            match datagram.command {
                Command::LoginRequest => {
                    charger.send(&frame(Command::LoginOk, &[0; 70])?)?;
                }
                Command::LoginConfirm if began.is_none() => {
                    began = Some(Instant::now());
                    for _ in 0..ON_THE_WAY {
                        charger.send(&status)?;
                    }
                }
                Command::StatusAck => {
                    count += 1;
                    charger.send(&status)?;
                }
                _ => {}
            }
        }
        if let Some(began) = began.filter(|began| began.elapsed() > LASTS) {
            return Ok((count, began.elapsed().as_secs_f64()));
        }
    }
}

/// Time of this thread on a core.
fn cpu_s() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().ok_or("empty")?.parse()?;
    Ok(nanoseconds / 1e9)
}
