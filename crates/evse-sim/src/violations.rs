//! What clients did wrong, within bounds.

/// A bounded list; what does not fit is counted.
#[derive(Clone, Debug)]
pub(crate) struct Violations<T> {
    list: Vec<T>,
    dropped: u64,
}

impl<T> Default for Violations<T> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            dropped: 0,
        }
    }
}

impl<T> Violations<T> {
    pub(crate) fn push(&mut self, violation: T) {
        if self.list.len() < MAX_KEPT {
            self.list.push(violation);
        } else {
            self.dropped += 1;
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.list
    }

    pub(crate) fn total(&self) -> u64 {
        self.dropped + self.list.len() as u64
    }
}

/// A misbehaving client on a long run must not eat the memory.
const MAX_KEPT: usize = 1_000;
