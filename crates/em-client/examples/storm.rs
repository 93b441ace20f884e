//! How one communicator copes with many chargers: logins after a power cut, a minute like any other, then a power cut for
//! all of them.
//!
//! ```text
//! cargo run --release -p em-client --example storm -- 10000
//! ```
//!
//! The chargers run in a process of their own, each with its own address and port on loopback; the communicator has one
//! thread here, whose time is measured. Linux only; for 10,000 chargers `ulimit -n` must allow as many sockets.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write, stdin},
    net::{Ipv4Addr, SocketAddrV4},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use em_client::{
    Communicator, LocalZone, Options,
    proto::{Pin, Serial, session::Known},
};
use evse_sim::{
    DelayRange,
    em::{Device, DeviceConfig, Event, Model},
    shell::em::{Simulator, SimulatorOptions},
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How long the ordinary time is.
const STEADY: Duration = Duration::from_mins(1);
const FIRST: Serial = Serial([0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0]);
const PIN: &str = "123456";

fn main() -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &*arguments {
        [count] => runtime.block_on(measure(count.parse()?)),
        [count, port] => runtime.block_on(chargers(count.parse()?, port.parse()?)),
        _ => Err("usage: storm COUNT".into()),
    }
}

async fn measure(count: u32) -> Result {
    let communicator = Communicator::new(Options {
        bind: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0),
        zone: LocalZone::new(|_| 0),
        ..Options::default()
    });
    let port = communicator.start()?;
    let empty = resident_kib()?;
    let pin: Pin = PIN.parse()?;
    for number in 0..u64::from(count) {
        let serial = Serial((u64::from_be_bytes(FIRST.0) + number).to_be_bytes());
        let known = Known {
            pin: Some(pin),
            ..Known::default()
        };
        communicator.add(serial, known).ok_or("no place")?;
    }
    let mut others = Others::start(count, port)?;

    let (began, cpu) = (Instant::now(), cpu_s()?);
    let logins = all_logged_in(&communicator, count, began).await;
    let used = cpu_s()? - cpu;
    println!("{count} chargers: {logins}, {used:.2} s of CPU");

    // Whatever the logins brought about is over.
    tokio::time::sleep(Duration::from_secs(15)).await;
    others.ask("forget")?;
    let (began, cpu) = (Instant::now(), cpu_s()?);
    tokio::time::sleep(STEADY).await;
    let share = 100.0 * (cpu_s()? - cpu) / began.elapsed().as_secs_f64();
    let bytes = (resident_kib()? - empty) * 1024.0 / f64::from(count);
    let report = others.ask("report")?;
    println!("  steady: {share:.1} % of a core, {bytes:.0} bytes a charger; {report}");

    others.ask("reboot")?;
    let (began, cpu) = (Instant::now(), cpu_s()?);
    let logins = all_logged_in_again(&mut others, count, began).await?;
    let used = cpu_s()? - cpu;
    println!("  all restarted: {logins}, {used:.2} s of CPU");
    Ok(())
}

/// By our word.
async fn all_logged_in(communicator: &Communicator, count: u32, began: Instant) -> String {
    loop {
        let evses = communicator.evses();
        let found = evses.iter().filter(|evse| evse.is_logged_in()).count();
        let elapsed = began.elapsed();
        if found >= count as usize || elapsed > Duration::from_mins(3) {
            return format!("{found} logged in within {:.1} s", elapsed.as_secs_f64());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// By the chargers' word.
async fn all_logged_in_again(others: &mut Others, count: u32, began: Instant) -> Result<String> {
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let found: u32 = others.ask("clients")?.parse()?;
        let elapsed = began.elapsed();
        if found >= count || elapsed > Duration::from_mins(3) {
            let seconds = elapsed.as_secs_f64();
            return Ok(format!(
                "{found} have their client again within {seconds:.1} s"
            ));
        }
    }
}

/// The process of the chargers.
struct Others {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Others {
    fn start(count: u32, port: u16) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args([count.to_string(), port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let answers = child.stdout.take().ok_or("no pipe")?;
        let mut others = Self {
            child,
            answers: BufReader::new(answers),
        };
        others.answer()?;
        Ok(others)
    }

    fn ask(&mut self, what: &str) -> Result<String> {
        let questions = self.child.stdin.as_mut().ok_or("no pipe")?;
        writeln!(questions, "{what}")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The chargers, told by lines on standard input what to do.
async fn chargers(count: u32, port: u16) -> Result {
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, FIRST, PIN.parse()?);
    device.status_interval = DelayRange::from_millis(4_900, 5_100);
    let simulator = Simulator::start(SimulatorOptions {
        count,
        ..SimulatorOptions::for_tests(device, port)
    })
    .await?;
    println!("ready");
    let (lines, mut questions) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        for line in stdin().lines().map_while(std::io::Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let mut events = simulator.events();
    let (mut lost, mut broken) = (0_u32, 0_u64);
    loop {
        tokio::select! {
            question = questions.recv() => match question.as_deref() {
                Some("forget") => {
                    (lost, broken) = (0, violations(&simulator));
                    println!("done");
                }
                Some("reboot") => {
                    for index in 0..simulator.count() {
                        simulator.device(index, Device::reboot);
                    }
                    println!("done");
                }
                Some("clients") => println!("{}", clients(&simulator)),
                Some(_) => println!(
                    "{lost} sessions lost, {} rules broken, {} have their client",
                    violations(&simulator) - broken,
                    clients(&simulator)
                ),
                None => return Ok(()),
            },
            event = events.recv() => match event {
                Ok(event) => lost += u32::from(event.event == Event::Unregistered),
                Err(error) => eprintln!("{error}"),
            },
        }
    }
}

fn clients(simulator: &Simulator) -> usize {
    let has_client = |index: &usize| {
        simulator.device(*index, |device, _| device.client().is_some()) == Some(true)
    };
    (0..simulator.count()).filter(has_client).count()
}

fn violations(simulator: &Simulator) -> u64 {
    let count = |index| simulator.device(index, |device, _| device.violation_count());
    (0..simulator.count()).filter_map(count).sum()
}

/// Time of this thread on a core.
fn cpu_s() -> Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().ok_or("empty")?.parse()?;
    Ok(nanoseconds / 1e9)
}

fn resident_kib() -> Result<f64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("no VmRSS")?.parse()?)
}
