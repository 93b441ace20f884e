//! One bench for each protocol.

mod duosida;
mod em;
mod proxy;
mod twc;

use crate::bench::Bench;

/// A protocol of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Duosida,
    Em,
    Twc,
}

impl Family {
    pub(crate) const ALL: [Self; 3] = [Self::Duosida, Self::Em, Self::Twc];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Duosida => "duosida",
            Self::Em => "em",
            Self::Twc => "twc",
        }
    }

    pub(crate) async fn bench(self) -> Box<dyn Bench> {
        match self {
            Self::Duosida => Box::new(duosida::Duosida::new().await),
            Self::Em => Box::new(em::Em::new().await),
            Self::Twc => Box::new(twc::Twc::new().await),
        }
    }
}
