//! How long a rank has waited for the others.

use super::{Reduce, ReduceError};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Ranks whose exchanges are timed.
pub(crate) struct Timed<'a> {
    reduce: &'a dyn Reduce,
    spent: Cell<Duration>,
}

impl<'a> Timed<'a> {
    pub(crate) fn new(reduce: &'a dyn Reduce) -> Self {
        Self { reduce, spent: Cell::default() }
    }

    /// What exchanges have taken since this was asked last.
    pub(crate) fn take(&self) -> Duration {
        self.spent.take()
    }
}

impl Reduce for Timed<'_> {
    fn rank(&self) -> usize {
        self.reduce.rank()
    }

    fn ranks(&self) -> usize {
        self.reduce.ranks()
    }

    fn exchange(&self, out: &[&[u8]], into: &mut [&mut [u8]]) -> Result<(), ReduceError> {
        let began = Instant::now();
        let exchanged = self.reduce.exchange(out, into);
        self.spent.set(self.spent.get() + began.elapsed());
        exchanged
    }
}
