#![doc = include_str!("../README.md")]

pub mod duosida;
pub mod faults;
pub mod hardware;
pub mod pair;
pub mod shell;
pub mod vehicle;

mod number;
mod random;
