//! Circuits, and who is on them.

use std::fmt;
use std::time::Duration;

use super::error::{ConfigError, Problem, nearest};
use super::reader::{Section, Value};
use crate::units::Milliamps;

/// One circuit: a limit that chargers share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircuitConfig {
    /// What it is called.
    pub name: String,
    /// What it carries for hours on L1, L2 and L3; whole amps count.
    pub limit: [Milliamps; 3],
    /// The circuit that feeds it.
    pub within: Option<String>,
    /// What other loads take on L1, L2 and L3 while nothing measures them. Default 0.
    pub reserve: [Milliamps; 3],
    /// How long a measurement of other loads holds. Default 30 s.
    pub meter_max_age: Duration,
    /// Who comes first; that of the topmost circuit counts. Default fair.
    pub policy: SharingPolicy,
}

impl CircuitConfig {
    /// A circuit of which nothing is known but what it carries on each phase.
    pub fn new(name: impl Into<String>, limit: Milliamps) -> Self {
        Self {
            name: name.into(),
            limit: [limit; 3],
            within: None,
            reserve: [Milliamps(0); 3],
            meter_max_age: Duration::from_secs(30),
            policy: SharingPolicy::Fair,
        }
    }
}

/// Who comes first beyond what each needs at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SharingPolicy {
    /// Nobody: the one with the least gets more.
    #[default]
    Fair,
    /// Who has the higher priority; equal ones share fairly.
    Priority,
    /// Who was plugged in first.
    FirstCome,
    /// Everybody gets its guaranteed current before anybody gets more.
    Guaranteed,
}

impl SharingPolicy {
    const ALL: [Self; 4] = [
        Self::Fair,
        Self::Priority,
        Self::FirstCome,
        Self::Guaranteed,
    ];

    /// The word of the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fair => "fair",
            Self::Priority => "priority",
            Self::FirstCome => "first_come",
            Self::Guaranteed => "guaranteed",
        }
    }
}

impl fmt::Display for SharingPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A charger's, or a bus's, place on a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sharing {
    /// The circuit.
    pub circuit: String,
    /// For [`SharingPolicy::Priority`]: the higher, the earlier. Default 0.
    pub priority: u8,
    /// For [`SharingPolicy::Guaranteed`]; whole amps count. Default none.
    pub guaranteed: Option<Milliamps>,
    /// Whether it may start without our doing, by its button, a card, its app, or as soon as a vehicle is plugged in.
    /// What it would start with counts then also while it is idle. Default yes; no is its owner's promise. For a bus: an
    /// idle one keeps the least current of a charge for a vehicle that comes, for one that is offered nothing for 30 s
    /// goes to an error and may have to be plugged in again.
    pub self_start: bool,
    /// Whether to find out by steps upwards if an `em://` charger takes another current while it charges. Default no.
    pub probe: bool,
}

impl Sharing {
    /// With the defaults.
    pub fn on(circuit: impl Into<String>) -> Self {
        Self {
            circuit: circuit.into(),
            priority: 0,
            guaranteed: None,
            self_start: true,
            probe: false,
        }
    }
}

/// All circuits of a configuration.
pub(super) fn circuits(values: Vec<Value<'_>>) -> Result<Vec<CircuitConfig>, ConfigError> {
    let names: Vec<_> = values.iter().map(|value| value.key.clone()).collect();
    let mut circuits = Vec::new();
    let mut feeds = Vec::new();
    for value in values {
        value.check_name()?;
        let (circuit, within) = circuit(value, &names)?;
        circuits.push(circuit);
        feeds.push(within);
    }
    for (circuit, within) in circuits.iter().zip(feeds) {
        let Some(within) = within else { continue };
        match depth(&circuits, circuit) {
            None => return Err(within.wrong("these circuits feed each other in a ring".to_owned())),
            Some(depth) if depth > DEEPEST => {
                let reason = format!("more than {DEEPEST} circuits one below the other");
                return Err(within.wrong(reason));
            }
            Some(_) => {}
        }
    }
    Ok(circuits)
}

fn circuit<'a>(
    value: Value<'a>,
    names: &[String],
) -> Result<(CircuitConfig, Option<Value<'a>>), ConfigError> {
    let name = value.key.clone();
    let mut section = value.section()?;
    let Some(limit) = section.take("limit") else {
        return Err(section.wrong(Problem::Missing {
            key: "limit",
            such: "limit = \"20 A\"",
        }));
    };
    let mut circuit = CircuitConfig::new(name, Milliamps(0));
    circuit.limit = limit.per_phase(1)?;
    if let Some(value) = section.take("reserve") {
        circuit.reserve = value.per_phase(0)?;
    }
    if let Some(value) = section.take("meter_max_age_s") {
        circuit.meter_max_age = Duration::from_secs(value.number(1..=3_600)?.into());
    }
    let within = section.take("within");
    if let Some(value) = &within {
        circuit.within = Some(known(value, names)?);
    }
    if let Some(value) = section.take("policy") {
        if circuit.within.is_some() {
            let reason = "the policy of the topmost circuit holds for all below it".to_owned();
            let key = "policy".to_owned();
            return Err(value.misplaced(Problem::Value { key, reason }));
        }
        circuit.policy = policy(&value)?;
    }
    section.finish()?;
    Ok((circuit, within))
}

fn policy(value: &Value<'_>) -> Result<SharingPolicy, ConfigError> {
    let text = value.text_ref()?;
    let found = SharingPolicy::ALL
        .into_iter()
        .find(|policy| policy.name() == text);
    found.ok_or_else(|| {
        let names = SharingPolicy::ALL.map(SharingPolicy::name).join(", ");
        value.wrong(format!("expected one of {names}"))
    })
}

/// How many circuits there are from this one to the topmost; `None` in a ring.
fn depth(circuits: &[CircuitConfig], of: &CircuitConfig) -> Option<usize> {
    let (mut depth, mut at) = (1, of);
    while let Some(within) = &at.within {
        at = circuits.iter().find(|circuit| circuit.name == *within)?;
        depth += 1;
        if depth > circuits.len() {
            return None;
        }
    }
    Some(depth)
}

/// A name of a circuit.
fn known(value: &Value<'_>, names: &[String]) -> Result<String, ConfigError> {
    let name = value.text_ref()?;
    if !names.iter().any(|known| known == name) {
        let hint = nearest(name, names.iter().map(String::as_str))
            .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        return Err(value.wrong(format!("no circuit is named `{name}`{hint}")));
    }
    Ok(name.to_owned())
}

/// The place on a circuit that the table of a charger or bus tells.
pub(super) fn sharing(
    section: &mut Section<'_>,
    circuits: &[CircuitConfig],
) -> Result<Option<Sharing>, ConfigError> {
    let Some(value) = section.take("circuit") else {
        for key in ["priority", "guaranteed", "self_start", "probe"] {
            if let Some(value) = section.take(key) {
                let reason = "it says something only together with `circuit`".to_owned();
                let key = key.to_owned();
                return Err(value.misplaced(Problem::Value { key, reason }));
            }
        }
        return Ok(None);
    };
    let names: Vec<_> = circuits
        .iter()
        .map(|circuit| circuit.name.clone())
        .collect();
    let mut sharing = Sharing::on(known(&value, &names)?);
    if let Some(value) = section.take("priority") {
        let range = 0..=u16::from(u8::MAX);
        sharing.priority = u8::try_from(value.number(range)?).unwrap_or(u8::MAX);
    }
    sharing.guaranteed = section.get("guaranteed", |value| value.bounded(1))?;
    if let Some(value) = section.take("self_start") {
        sharing.self_start = value.yes()?;
    }
    Ok(Some(sharing))
}

/// So many circuits may be one below the other: as many as the division of currents takes.
const DEEPEST: usize = 8;
