//! `evse demo`: simulated chargers of each family and live sessions with them, on a screen or told as they happen.

mod duosida;
mod em;
mod screen;
mod twc;

use std::io::{IsTerminal as _, stdin, stdout};
use std::time::{Duration, Instant};

use evse::state_store::StateStore;
use serde::Serialize;

use crate::cli::Demo;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};

/// How fast the simulated chargers' time passes: minutes of charging fit into seconds.
const SPEED: f64 = 30.0;

/// How long it is told, unless someone says otherwise.
const STORY: Duration = Duration::from_secs(30);

/// How far apart readings are shown.
const READING: Duration = Duration::from_millis(700);

pub(super) async fn run(demo: &Demo, context: &Context) -> Result<(), Failure> {
    let duration = demo.duration.map(Duration::from_secs_f64);
    if !demo.plain && !context.json && stdin().is_terminal() && stdout().is_terminal() {
        return screen::run(duration, context).await;
    }
    let folder = tempfile::tempdir()?;
    let limit = duration.unwrap_or(STORY);
    let began = Instant::now();
    let teller = |protocol| Teller {
        protocol,
        json: context.json,
        began,
    };
    let store = || StateStore::at(folder.path().join("state.json"));
    let (wallbox, evse, bus) = (teller("duosida"), teller("em"), teller("twc"));
    tokio::try_join!(
        duosida::run(store(), limit, &wallbox),
        em::run(store(), limit, &evse),
        twc::run(limit, &bus),
    )?;
    Ok(())
}

/// Tells a story, in words or as an object a line.
struct Teller {
    protocol: &'static str,
    json: bool,
    began: Instant,
}

impl Teller {
    fn say(&self, event: &str, text: &str) -> Result<(), Failure> {
        if self.json {
            let status = None::<()>;
            return output::object(&json::StoryJson::new(self.protocol, event, text, status));
        }
        self.line(text)
    }

    fn reading(&self, text: &str, status: impl Serialize) -> Result<(), Failure> {
        if self.json {
            let status = Some(status);
            return output::object(&json::StoryJson::new(
                self.protocol,
                "readings",
                text,
                status,
            ));
        }
        self.line(&format!("  {text}"))
    }

    fn violations(&self, count: u64) -> Result<(), Failure> {
        if count == 0 {
            return Ok(());
        }
        self.say(
            "violations",
            &format!("our client broke {count} rules of the charger"),
        )
    }

    fn line(&self, text: &str) -> Result<(), Failure> {
        let seconds = self.began.elapsed().as_secs_f32();
        output::line(&format!("{seconds:>4.1} s {:<7} {text}", self.protocol))
    }
}
