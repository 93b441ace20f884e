//! From the command line to a bus of Tesla Gen2 units.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::Duration;

use evse::Address;
use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::twc::proto::session::{self, Farewell, LifeCycle, Silence, State, UnitConfig};
use evse::twc::{Config, Director, MessageLog, Peripheral};
use tokio::time::{Instant, sleep, timeout};

use crate::cli::{TwcTarget, UnitMax};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, table};

/// How long to wait for units: one whose last controller has just left waits 30 s for it, and some tell of themselves
/// every 10 s only.
const PATIENCE: Duration = Duration::from_secs(45);

/// How long after the announcements units answer them.
const ANSWERS: Duration = Duration::from_secs(2);

/// How long a foreign controller takes to ask its units for everything.
const ROUND: Duration = Duration::from_secs(13);

/// How long three units take to tell their versions and serial numbers, one after the other.
const INTRODUCTION: Duration = Duration::from_secs(15);

/// A bus that is to be opened.
pub(crate) struct Opening<'a> {
    pub(crate) address: &'a Address,
    pub(crate) target: &'a TwcTarget,
    /// Send nothing.
    pub(crate) listen_only: bool,
    /// Let vehicles that wait go on waiting: one that begins to charge for a command that ends soon goes to an error.
    pub(crate) starts_none: bool,
    /// Let units keep the limits that they have.
    pub(crate) keeps_limits: bool,
    /// What sessions of the unit that is meant start with, A.
    pub(crate) initial_a: Option<u16>,
    pub(crate) farewell: Farewell,
    pub(crate) log: Option<&'a Path>,
}

impl Opening<'_> {
    /// Opens the port; from now on the controller listens, and then speaks.
    pub(crate) async fn open(&self, context: &Context) -> Result<Director, Failure> {
        let port = self.port()?;
        context.progress(&format!("opening {port}"));
        Ok(Director::open(port, self.config(context)?).await?)
    }

    /// Which unit is meant; `None` for the only one, or all.
    pub(crate) fn unit(&self) -> Result<Option<Unit>, Failure> {
        let Address::Twc { unit, .. } = self.address else {
            return Ok(self.target.address);
        };
        match (*unit, self.target.address) {
            (Some(one), Some(other)) if one != other => {
                Err(Failure::usage(format!("is unit {one} meant, or {other}?"))
                    .try_this("leave --address or what follows # out"))
            }
            (one, other) => Ok(one.or(other)),
        }
    }

    pub(crate) fn port(&self) -> Result<&str, Failure> {
        match self.address {
            Address::Twc { port, .. } => Ok(port),
            other => Err(Failure::usage(format!("{other} is no bus"))),
        }
    }

    fn config(&self, context: &Context) -> Result<Config, Failure> {
        let mut config = Config {
            tap: context.twc_tap(),
            log: self.log.map(log).transpose()?,
            ..Config::default()
        };
        let session = &mut config.session;
        session.limit_a = if self.starts_none {
            0
        } else {
            self.target.max_current
        };
        session.listen_only = self.listen_only;
        session.keep_limits = self.keeps_limits;
        session.farewell = self.farewell;
        let max = &self.target.unit_max;
        for UnitMax { wiring_a, .. } in max.iter().filter(|max| max.unit.is_none()) {
            session.unit.wiring_a = *wiring_a;
        }
        for UnitMax { unit, wiring_a } in max {
            let wiring_a = *wiring_a;
            let known = UnitConfig {
                wiring_a,
                ..session.unit
            };
            session.units.extend(unit.map(|unit| (unit, known)));
        }
        if let Some(unit) = self.unit()? {
            session.units.entry(unit).or_insert(session.unit);
            if self.keeps_limits && self.farewell == Farewell::Leave {
                // Who leaves at once starts nobody else.
                session.unit.initial_a = Some(0);
                for other in session.units.values_mut() {
                    other.initial_a = Some(0);
                }
            }
            if let Some(known) = session.units.get_mut(&unit) {
                known.initial_a = self.initial_a;
            }
        } else {
            session.unit.initial_a = self.initial_a;
            for known in session.units.values_mut() {
                known.initial_a = self.initial_a;
            }
        }
        Ok(config)
    }
}

/// A file to which lines are added: nobody loses an older log.
fn log(path: &Path) -> Result<MessageLog, Failure> {
    let file = appended(path)
        .map_err(|error| Failure::usage(format!("cannot log to {}: {error}", path.display())))?;
    Ok(MessageLog::new(file))
}

/// Readable by this user alone when it is new: VINs stand in it.
fn appended(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The unit that is meant, when it answers this controller.
pub(crate) async fn find(
    director: &Director,
    wanted: Option<Unit>,
    context: &Context,
) -> Result<Peripheral, Failure> {
    let search = async {
        let patience = PATIENCE.min(context.time_left());
        let found = director.wait_for(wanted, patience).await?;
        if wanted.is_some() {
            return Ok(found);
        }
        settled(director, false).await;
        match director.peripherals().as_slice() {
            [unit] => Ok(unit.clone()),
            several => Err(choose(director, several, context)),
        }
    };
    tokio::select! {
        found = search => found,
        failure = silenced(director) => Err(failure),
        () = tell(director, context) => Err(Failure::failed("unreachable", "the bus is closed")),
    }
}

/// Waits until all units have told who they are, or might have.
pub(crate) async fn introduced(
    director: &Director,
    wanted: Option<Unit>,
    context: &Context,
) -> Result<(), Failure> {
    let search = async {
        let patience = PATIENCE.min(context.time_left());
        let found = director.wait_for(wanted, patience).await;
        // One that does not answer is there all the same.
        if wanted.is_some() || director.peripherals().is_empty() {
            found?;
        }
        context.progress("asking the units for serial number and firmware, 15 s at most");
        // Some firmware never tells.
        let _ = timeout(INTRODUCTION, settled(director, true)).await;
        Ok(())
    };
    tokio::select! {
        found = search => found,
        () = tell(director, context) => Err(Failure::failed("unreachable", "the bus is closed")),
    }
}

/// Waits until all units have had time to answer, and did.
async fn settled(director: &Director, are_known: bool) {
    let least = if are_known {
        LifeCycle::Initialised
    } else {
        LifeCycle::Linked
    };
    let began = Instant::now();
    let mut running: Option<Instant> = None;
    loop {
        let is_over = match director.state() {
            State::Running => running.get_or_insert_with(Instant::now).elapsed() >= ANSWERS,
            // A whole round of whoever controls the bus.
            State::ListenOnly(_) => began.elapsed() >= ROUND,
            _ => false,
        };
        let all_answer = director
            .peripherals()
            .iter()
            .all(|unit| unit.read(|unit| unit.life >= least || is_mute(unit)) != Some(false));
        if is_over && all_answer {
            return;
        }
        sleep(LOOK).await;
    }
}

/// Whether it speaks the old protocol, which knows no questions.
fn is_mute(unit: &session::Peripheral) -> bool {
    unit.protocol == Some(ProtocolVersion::V1) && unit.life == LifeCycle::Linked
}

/// Ends when this controller may not speak.
pub(crate) async fn silenced(director: &Director) -> Failure {
    loop {
        if let State::ListenOnly(why) = director.state() {
            return match why {
                Silence::ForeignController(controller) => foreign(controller),
                Silence::Configured | Silence::IdInUse(_) => {
                    Failure::failed("foreign_controller", director.state().to_string())
                }
            };
        }
        sleep(LOOK).await;
    }
}

fn foreign(controller: Unit) -> Failure {
    Failure::failed(
        "foreign_controller",
        format!("controller {controller} runs this bus, so nothing was sent"),
    )
    .try_this(
        "switch it off or set its rotary switch to F; `evse twc watch --disable-controller` shows what it does",
    )
}

/// Says how the search goes.
async fn tell(director: &Director, context: &Context) {
    let mut told = String::new();
    let mut found: Vec<Unit> = Vec::new();
    while director.is_running() {
        let text = match director.state() {
            State::Listening => "listening for 5 s before anything is sent".to_owned(),
            State::Running if found.is_empty() => {
                "searching for units; one whose controller has just left answers after 30 s"
                    .to_owned()
            }
            State::Running => "waiting for the units to answer".to_owned(),
            other => other.to_string(),
        };
        if text != told {
            context.progress(&text);
            told = text;
        }
        for unit in director.peripherals() {
            if !found.contains(&unit.address()) {
                context.progress(&format!("found unit {}", unit.address()));
                found.push(unit.address());
            }
        }
        sleep(LOOK).await;
    }
}

fn choose(director: &Director, several: &[Peripheral], context: &Context) -> Failure {
    let known: Vec<_> = director.read(|controller| controller.peripherals().cloned().collect());
    if !context.json {
        // The error below says the same; a closed pipe changes nothing.
        let _ = output::line(&table::twc::units(&known));
    }
    let ids: Vec<Unit> = several.iter().map(Peripheral::address).collect();
    let such = ids.first().map_or_else(String::new, ToString::to_string);
    let mut failure = Failure::usage(format!("{} units answer", ids.len())).try_this(format!(
        "say which with --address, such as --address {such}"
    ));
    let port = director.port().to_string();
    let address = |unit| Address::twc(port.clone(), Some(unit)).to_string();
    failure.choices = ids.into_iter().map(address).collect();
    failure
}

const LOOK: Duration = Duration::from_millis(100);
