//! Circuits: who is told what, and what happens when something fails.

mod bench;
mod failures;
mod lasting;
mod learned;
mod manual;
mod meter;
mod orders;
mod sharing;
mod sockets;
mod task;
