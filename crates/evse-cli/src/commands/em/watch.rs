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
    let mut watch = Watch {
        context,
        last: HashMap::new(),
    };
    let events = communicator.events();
    let chosen = log_in(&communicator, target, context).await?;
    let end = duration.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let result = watch.follow(&chosen, events, end).await;
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
    let one_is_meant = chosen.len() == 1 || target.pin.is_some() || target.pin_file.is_some();
    if target.host.is_some() || (one_is_meant && connect::given_pin(target)?.is_some()) {
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
    /// What was printed last of each charger.
    last: HashMap<Serial, String>,
}

impl Watch<'_> {
    async fn follow(
        &mut self,
        chosen: &[Evse],
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
            let meant = |serial: Serial| chosen.iter().find(|evse| evse.serial() == serial);
            match event {
                Event::Changed { serial, changes } => {
                    if let Some(evse) = meant(serial) {
                        self.changed(evse, changes, chosen.len() == 1)?;
                    }
                }
                Event::Record {
                    serial,
                    record,
                    is_replay,
                    ..
                } => {
                    if let Some(evse) = meant(serial) {
                        let what = if is_replay {
                            "past charge"
                        } else {
                            "charge ended"
                        };
                        let text = format!("{what}: {}", table::em::record(&record));
                        self.say(evse, "record", &text)?;
                    }
                }
                Event::Alarm { serial, alarm } => {
                    if let Some(evse) = meant(serial) {
                        self.say(evse, "alarm", &alarm.to_string())?;
                    }
                }
                Event::Missed { count } => {
                    self.context.warn(&format!("{count} events are not shown"));
                }
                _ => {}
            }
        }
    }

    fn changed(&mut self, evse: &Evse, changes: Changes, is_alone: bool) -> Result<(), Failure> {
        if changes.contains(Changes::LOGIN) && evse.is_authorised() == Some(false) {
            let refused = Failure::from(evse::em::Error::Failed {
                charger: evse::em::Peer {
                    serial: evse.serial(),
                    address: evse.address(),
                },
                source: evse::em::proto::session::RequestFailure::WrongPin,
            });
            if is_alone {
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
        let readings = table::em::readings(evse);
        if self.last.get(&evse.serial()) == Some(&readings) {
            return Ok(());
        }
        if self.context.json {
            output::object(&json::em::EventJson::status(evse))?;
        } else {
            self.line(&readings)?;
        }
        self.last.insert(evse.serial(), readings);
        Ok(())
    }

    fn say(&self, evse: &Evse, event: &str, text: &str) -> Result<(), Failure> {
        if self.context.json {
            return output::object(&json::em::EventJson::text(evse, event, text));
        }
        self.line(&format!("{:<11.11} {text}", evse.label()))
    }

    #[expect(clippy::unused_self, reason = "beside say, for the same callers")]
    fn line(&self, text: &str) -> Result<(), Failure> {
        let time = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
        output::line(&format!("{time} {text}"))
    }
}
