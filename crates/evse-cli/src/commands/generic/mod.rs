//! Commands for chargers of any kind: one file per command, or per group of commands that are alike.

mod circuits;
mod config;
mod control;
mod discover;
mod init;
mod status;
mod tui;
mod watch;

pub(super) use circuits::run as circuits;
pub(super) use config::run as config;
pub(super) use control::{set_current, start, stop, toggle};
pub(super) use discover::run as discover;
pub(super) use status::run as status;
pub(crate) use status::settings;
pub(super) use tui::run as tui;
pub(super) use watch::run as watch;
