//! What apps use, over simulated chargers: one program, whose tests wait side by side.

mod circuits;
mod config;
mod currents;
mod em_place;
mod fleet;
mod guarded_duosida;
mod guarded_em;
mod guarded_twc;
mod recording;
mod shape;
mod twc_bus;
