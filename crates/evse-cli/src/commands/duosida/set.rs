//! `evse duosida set-…` and `config`: one setting each.

use evse::duosida::proto::config::{OutOfRange, Setting};

use crate::cli::{DuosidaCommand, Target};
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::signals::outcome;

pub(super) async fn run(
    target: &Target,
    context: &Context,
    command: DuosidaCommand,
) -> Result<(), Failure> {
    let (name, what, setting) = setting(&command)?;
    setting.check(None).map_err(|error| wrong(&error))?;
    if let DuosidaCommand::SetLevelDetection { switch, yes } = command
        && !switch.is_on()
    {
        context.warn("level detection is a safety check of the pilot's negative level: without it a fault can go unseen");
        if !yes {
            return Err(
                Failure::usage("a safety check is not switched off by accident")
                    .try_this("add --yes to do it"),
            );
        }
    }
    let guarded = connect::once(target, context).await?;
    if let Setting::MaxCurrent { amps } = setting
        && let Err(failure) = connect::check_limit(amps, &guarded, context)
    {
        guarded.shutdown().await;
        return Err(failure);
    }
    let result = outcome(name, guarded.set(setting)).await;
    super::conclude(name, &what, guarded, result, context).await
}

/// The command's name, what it sets in words, and the setting.
type Wanted = (&'static str, String, Setting);

fn setting(command: &DuosidaCommand) -> Result<Wanted, Failure> {
    use DuosidaCommand as C;
    match command {
        C::SetCurrent { amps } => number("set-current", "max current", *amps, "A", |amps| {
            Setting::MaxCurrent { amps }
        }),
        C::SetTimeout { seconds } => number(
            "set-timeout",
            "connection timeout",
            *seconds,
            "s",
            |seconds| Setting::ConnectionTimeout { seconds },
        ),
        C::SetMaxTemp { celsius } => number(
            "set-max-temp",
            "max temperature",
            *celsius,
            "°C",
            |celsius| Setting::MaxTemperature { celsius },
        ),
        C::SetMaxVoltage { volts } => {
            number("set-max-voltage", "max voltage", *volts, "V", |volts| {
                Setting::MaxVoltage { volts }
            })
        }
        C::SetMinVoltage { volts } => {
            number("set-min-voltage", "min voltage", *volts, "V", |volts| {
                Setting::MinVoltage { volts }
            })
        }
        C::SetLedBrightness { level } => number(
            "set-led-brightness",
            "LED brightness",
            *level,
            "",
            Setting::LedBrightness,
        ),
        C::Config { key, value } => Ok(("config", format!("{key} {value}"), free(key, value))),
        other => switched(other).ok_or_else(|| Failure::usage("this command sets nothing")),
    }
}

fn switched(command: &DuosidaCommand) -> Option<Wanted> {
    use DuosidaCommand as C;
    let (name, what, switch, make): (_, _, _, fn(bool) -> Setting) = match command {
        C::SetDirectMode { switch } => (
            "set-direct-mode",
            "direct work mode",
            switch,
            Setting::DirectWorkMode,
        ),
        C::SetStopOnDisconnect { switch } => (
            "set-stop-on-disconnect",
            "stop on disconnect",
            switch,
            Setting::StopOnDisconnect,
        ),
        C::SetLevelDetection { switch, .. } => (
            "set-level-detection",
            "level detection",
            switch,
            Setting::LevelDetection,
        ),
        _ => return None,
    };
    let word = if switch.is_on() { "on" } else { "off" };
    Some((name, format!("{what} {word}"), make(switch.is_on())))
}

fn number<T: TryFrom<u32> + Largest>(
    name: &'static str,
    what: &str,
    number: u32,
    unit: &str,
    make: impl Fn(T) -> Setting,
) -> Result<Wanted, Failure> {
    let setting = narrow(number, unit, make)?;
    Ok((
        name,
        format!("{what} {number} {unit}").trim_end().to_owned(),
        setting,
    ))
}

/// A known key becomes its typed setting, so that its range counts.
fn free(key: &str, value: &str) -> Setting {
    let (key, value) = (key.to_owned(), value.to_owned());
    Setting::Key { key, value }.typed()
}

/// The setting for a number that may be too large for its type: then the range's own words, with the number as given.
fn narrow<T: TryFrom<u32> + Largest>(
    number: u32,
    unit: &str,
    make: impl Fn(T) -> Setting,
) -> Result<Setting, Failure> {
    if let Ok(number) = T::try_from(number) {
        return Ok(make(number));
    }
    match make(T::LARGEST).check(None) {
        Err(range) => Err(wrong(&OutOfRange {
            value: format!("{number} {unit}").trim_end().to_owned(),
            ..range
        })),
        Ok(()) => Err(Failure::usage(format!("{number} {unit} is too much"))),
    }
}

/// The largest value of a setting's type, which is out of every range.
trait Largest {
    const LARGEST: Self;
}

impl Largest for u8 {
    const LARGEST: Self = Self::MAX;
}

impl Largest for u16 {
    const LARGEST: Self = Self::MAX;
}

fn wrong(error: &OutOfRange) -> Failure {
    Failure::usage(error.to_string())
}
