//! From the command line to a charger: which one, and the way to it.

pub(crate) mod duosida;
pub(crate) mod em;
pub(crate) mod generic;
mod limit;
pub(crate) mod session;
pub(crate) mod twc;
