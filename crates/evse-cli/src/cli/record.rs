//! `--record`, for every command that meets a charger or plays one.

use std::path::PathBuf;

use clap::Args;

use super::COMMON;

#[derive(Clone, Debug, Args)]
pub(crate) struct Record {
    /// Write all traffic to this file, a capture that `evse decode` and Wireshark read.
    ///
    /// It holds identifiers, tags and passwords as they are; only you may read it. A capture that is already there is
    /// replaced, any other file is left alone. Ctrl-C loses nothing. `evse decode --scrub` makes a copy for others.
    #[arg(long = "record", id = "record", global = true, value_name = "FILE", help_heading = COMMON)]
    pub(crate) file: Option<PathBuf>,
}

/// What a recording is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// Connections and datagrams.
    Network,
    /// A serial line.
    Line,
    /// Either, as it comes.
    Any,
}
