//! Chapters for people: how the workspace is built, how a protocol is added, how it is tested, what keeps hardware safe,
//! how circuits are shared, and how to come from another project.

#[doc = include_str!("architecture.md")]
pub mod architecture {}

#[doc = include_str!("adding_a_protocol.md")]
pub mod adding_a_protocol {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("safety.md")]
pub mod safety {}

#[doc = include_str!("circuits.md")]
pub mod circuits {}

#[doc = include_str!("migration.md")]
pub mod migration {}
