//! `evse em watch`.

use std::collections::HashMap;
use std::time::Duration;

use evse::em::proto::Serial;
use evse::em::proto::session::Changes;
use evse::em::{Communicator, Event, Evse, Options};
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    duration: Option<f64>,
) -> Result<(), Failure> {
    let communicator = connect::load(target, context, Options::default())?;
    let events = communicator.events();
    let mut watch = Watch {
        context,
        chosen: log_in(&communicator, target, context).await?,
        last: HashMap::new(),
    };
    let end = duration.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let result = watch.follow(events, end).await;
    communicator.stop().await;
    result
}

/// Opens the socket, so that logins begin with all chargers that are meant, and with no other. Without one that is
/// known, the one that is meant is searched.
pub(super) async fn log_in(
    communicator: &Communicator,
    target: &EmTarget,
    context: &Context,
) -> Result<Vec<Evse>, Failure> {
    let mut chosen = connect::known(communicator, target);
    chosen.retain(Evse::has_password);
    if let Some(serial) = target.serial {
        chosen.retain(|evse| evse.serial() == serial);
    }
    // A PIN is that of one charger; one of the environment does not say that only one is meant.
    let one_is_meant = chosen.len() == 1 || target.pin.is_given();
    if target.host.is_some() || (one_is_meant && connect::given_pin(&target.pin)?.is_some()) {
        chosen.clear();
    }
    for evse in communicator.evses() {
        if !chosen.contains(&evse) && !chosen.is_empty() {
            communicator.remove(evse.serial());
        }
    }
    communicator.start()?;
    if chosen.is_empty() {
        let guarded = connect::find(communicator, target, context).await?;
        chosen.push(guarded.evse().clone());
    }
    Ok(chosen)
}

/// Prints what happens.
struct Watch<'a> {
    context: &'a Context,
    /// Whom it is about.
    chosen: Vec<Evse>,
    /// What was printed last of each charger.
    last: HashMap<Serial, String>,
}

impl Watch<'_> {
    async fn follow(
        &mut self,
        mut events: impl Stream<Item = Event> + Unpin,
        end: Option<Instant>,
    ) -> Result<(), Failure> {
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => return Ok(()),
            };
            let Some(event) = event else {
                return Err(Failure::failed("unreachable", "the socket is closed"));
            };
            match event {
                Event::Changed { serial, changes } => {
                    if let Some(evse) = self.meant(serial) {
                        self.changed(&evse, changes)?;
                    }
                }
                Event::Record {
                    serial,
                    record,
                    is_replay,
                    ..
                } => {
                    if let Some(evse) = self.meant(serial) {
                        let what = if is_replay {
                            "past charge"
                        } else {
                            "charge ended"
                        };
                        let text = format!("{what}: {}", table::em::record(&record));
                        self.say(&evse, "record", &text)?;
                    }
                }
                Event::Alarm { serial, alarm } => {
                    if let Some(evse) = self.meant(serial) {
                        self.say(&evse, "alarm", &alarm.to_string())?;
                    }
                }
                Event::Missed { count } => {
                    self.context.warn(&format!("{count} events are not shown"));
                }
                _ => {}
            }
        }
    }

    fn changed(&mut self, evse: &Evse, changes: Changes) -> Result<(), Failure> {
        if changes.contains(Changes::LOGIN) && evse.is_authorised() == Some(false) {
            let refused = Failure::from(evse::em::Error::Failed {
                charger: evse::em::Peer {
                    serial: evse.serial(),
                    address: evse.address(),
                },
                source: evse::em::proto::session::RequestFailure::WrongPin,
            });
            if self.chosen.len() == 1 {
                return Err(refused);
            }
            return self.say(evse, "wrong_pin", &refused.message);
        }
        let is_shown = [Changes::STATUS, Changes::CHARGE, Changes::ONLINE]
            .into_iter()
            .any(|one| changes.contains(one));
        if !is_shown || evse.state().is_none() {
            return Ok(());
        }
        let readings = table::em::readings(evse, &self.name(evse));
        if self.last.get(&evse.serial()) == Some(&readings) {
            return Ok(());
        }
        if self.context.json {
            output::object(&json::em::EventJson::status(evse))?;
        } else {
            output::timed_line(&readings)?;
        }
        self.last.insert(evse.serial(), readings);
        Ok(())
    }

    fn say(&self, evse: &Evse, event: &str, text: &str) -> Result<(), Failure> {
        if self.context.json {
            return output::object(&json::em::EventJson::text(evse, event, text));
        }
        output::timed_line(&format!("{:<11.11} {text}", self.name(evse)))
    }

    fn meant(&self, serial: Serial) -> Option<Evse> {
        let mut chosen = self.chosen.iter();
        chosen.find(|evse| evse.serial() == serial).cloned()
    }

    fn name(&self, evse: &Evse) -> String {
        let labels = self.chosen.iter().map(Evse::label);
        output::shown(&told_apart(&evse.label(), evse.serial(), labels))
    }
}

/// A label as far as there is room, with the end of the serial number where others of `all` would look the same.
fn told_apart(label: &str, serial: Serial, all: impl Iterator<Item = String>) -> String {
    let cut = |label: &str| format!("{label:.11}");
    let label = cut(label);
    if all.filter(|other| cut(other) == label).count() < 2 {
        return label;
    }
    let serial = serial.to_string();
    format!("{label:.6}…{}", serial.get(12..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use evse::em::proto::Serial;

    use super::told_apart;

    #[test]
    fn chargers_whose_labels_begin_alike_can_be_told_apart() {
        let labels = ["Garage hall left", "Garage hall right", "Carport"];
        let name = |label, serial: &str| {
            let serial: Serial = serial.parse().expect("a serial number");
            told_apart(label, serial, labels.map(str::to_owned).into_iter())
        };
        assert_eq!(name(labels[0], "9181102751219513"), "Garage…9513");
        assert_eq!(name(labels[1], "9181102751219514"), "Garage…9514");
        assert_eq!(name(labels[2], "9181102751219515"), "Carport");
    }
}
