#![doc = include_str!("../README.md")]

pub mod duosida;
pub mod em;
pub mod faults;
pub mod hardware;
pub mod pair;
pub mod shell;
pub mod twc;
pub mod vehicle;

mod delay;
mod electrics;
mod number;
mod random;
mod timers;
mod violations;

pub use delay::DelayRange;
