//! Circuits: who is told what, and what happens when something fails.

mod bench;
mod failures;
mod sharing;
mod sockets;
mod task;
