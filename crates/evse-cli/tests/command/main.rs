//! The `evse` command against simulated chargers: one program, whose tests wait side by side.

mod broken;
mod captures;
#[cfg(unix)]
mod circuits;
mod common;
mod decode;
mod discovery;
mod doctor;
mod duosida;
mod em;
mod em_access;
mod em_charge;
#[cfg(unix)]
mod ends;
mod generic;
mod generic_config;
#[cfg(target_os = "linux")]
mod generic_discover;
mod generic_json;
#[cfg(unix)]
mod generic_record;
#[cfg(unix)]
mod generic_twc;
mod generic_watch;
mod guard;
mod pins;
#[cfg(unix)]
mod record;
#[cfg(unix)]
mod replay;
mod tools;
#[cfg(unix)]
mod tui;
#[cfg(unix)]
mod twc;
#[cfg(unix)]
mod twc_sim;
#[cfg(unix)]
mod twc_watch;
