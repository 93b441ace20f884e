//! Circuits: who is told what, and what happens when something fails.

mod bench;
mod failures;
mod manual;
mod sharing;
mod sockets;
mod task;
