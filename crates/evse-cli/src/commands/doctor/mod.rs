//! `evse doctor`: what keeps chargers from being reached, and what to do about it. It looks and listens; it starts,
//! stops and sets nothing, and on a bus it sends nothing.

#[cfg(unix)]
mod account;
mod bus;
mod case;
mod config;
mod finding;
mod holder;
mod network;
#[cfg(unix)]
mod permission;
mod serial;
mod state_file;

pub(crate) use finding::{Finding, Severity};

use crate::cli::Doctor;
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output::{self, json, table};
use case::Case;

pub(super) async fn run(arguments: &Doctor, context: &Context) -> Result<(), Failure> {
    let (case, mut findings) = Case::new(arguments, context)?;
    findings.extend(state_file::check(&case));
    // What takes its time does so side by side; the order of what is told stays.
    let (serial, network) = tokio::join!(serial::check(&case), network::check(&case));
    findings.extend(serial);
    findings.extend(network);
    if context.json {
        output::object(&json::doctor::DoctorJson::new(&findings))?;
    } else {
        output::coloured(&table::doctor::findings(&findings))?;
    }
    let is_problem = |finding: &Finding| finding.severity == Severity::Problem;
    if findings.iter().any(is_problem) {
        return Err(Failure::quiet(FAILED));
    }
    Ok(())
}
