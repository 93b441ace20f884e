//! Which circuit is fed by which.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::iter::successors;

use crate::phase::Phase;

/// Circuits one below the other, the root among them. Source: ours; a building has four or five.
const MAX_DEPTH: usize = 8;

/// A circuit of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CircuitId(u16);

impl CircuitId {
    /// The one that feeds all others.
    pub const ROOT: Self = Self(0);

    /// Its place in lists of all circuits; the root is 0.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for CircuitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A phase of a circuit, where a limit holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bottleneck {
    /// The circuit.
    pub circuit: CircuitId,
    /// The phase of the supply.
    pub phase: Phase,
}

/// Circuits, each fed by another but the root.
#[derive(Debug, Clone)]
pub struct Tree {
    /// What feeds each.
    parents: Vec<Option<CircuitId>>,
}

impl Default for Tree {
    /// The root alone.
    fn default() -> Self {
        Self {
            parents: vec![None],
        }
    }
}

impl Tree {
    /// Another circuit, fed by `parent`. `None` when there is no such circuit, or there are eight up to the root, or
    /// 65,536 in all.
    pub fn add(&mut self, parent: CircuitId) -> Option<CircuitId> {
        let id = CircuitId(u16::try_from(self.parents.len()).ok()?);
        if !self.contains(parent) || self.path(parent).count() >= MAX_DEPTH {
            return None;
        }
        self.parents.push(Some(parent));
        Some(id)
    }

    /// What feeds a circuit; `None` for the root.
    pub fn parent(&self, circuit: CircuitId) -> Option<CircuitId> {
        *self.parents.get(circuit.index())?
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = CircuitId> {
        (0..=u16::MAX).take(self.parents.len()).map(CircuitId)
    }

    pub(crate) fn contains(&self, circuit: CircuitId) -> bool {
        circuit.index() < self.parents.len()
    }

    /// A circuit and all that it is fed by, up to the root.
    pub(crate) fn path(&self, circuit: CircuitId) -> impl Iterator<Item = CircuitId> {
        successors(Some(circuit), |at| self.parent(*at))
    }
}
