//! The director on real ptys and sockets, against simulated units. One program, so that the tests wait side by side.
#![cfg(unix)]

mod events;
mod lifecycle;
mod loopback;
mod sim;
