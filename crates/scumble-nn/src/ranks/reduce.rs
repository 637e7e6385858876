//! What the ranks of a training can do together.

use std::time::Duration;
use thiserror::Error;

/// The ranks of a training, as one of them sees it: which it is, and how it hands numbers to the others.
///
/// All ranks make the same calls in the same order. Bytes arrive as they were sent, so ranks run on machines of one byte
/// order.
///
/// ```
/// use scumble_nn::ranks::{Reduce, Together};
///
/// let sums: Vec<u8> = std::thread::scope(|scope| {
///     let ranks = Together::new(3).into_iter().map(|rank| {
///         scope.spawn(move || {
///             // Every rank tells every other its number.
///             let own = [rank.rank() as u8];
///             let mut heard = [[0u8]; 3];
///             let mut into: Vec<&mut [u8]> = heard.iter_mut().map(|bytes| &mut bytes[..]).collect();
///             rank.exchange(&[&own, &own, &own], &mut into).unwrap();
///             heard.iter().flatten().sum()
///         })
///     });
///     ranks.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap()).collect()
/// });
/// assert_eq!(sums, [3, 3, 3]);
/// ```
pub trait Reduce {
    /// Which rank this is, counted from 0. Rank 0 writes the run.
    fn rank(&self) -> usize;

    /// How many ranks there are.
    fn ranks(&self) -> usize;

    /// Sends `out[q]` to rank q and fills `into[q]` with what rank q sends here, itself included. Both are one slice a rank,
    /// and as long as the other side's; an empty one is no message.
    ///
    /// # Errors
    /// A rank that does not answer, or that is gone.
    fn exchange(&self, out: &[&[u8]], into: &mut [&mut [u8]]) -> Result<(), ReduceError>;
}

/// Ranks that did not come together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReduceError {
    /// Nothing came for too long: a rank hangs, is stopped or is much slower than the others.
    #[error("rank {rank} has waited {} s for {}", waited.as_secs(), named(missing))]
    NoAnswer {
        /// Who waited.
        rank: usize,
        /// The ranks that did not answer.
        missing: Vec<usize>,
        /// How long.
        waited: Duration,
    },
    /// What carries the bytes says that it cannot.
    #[error("rank {rank} cannot reach the others: {message}")]
    Failed {
        /// Who noticed.
        rank: usize,
        /// What is said.
        message: String,
    },
    /// A rank is gone: it ended, or was killed.
    #[error("rank {rank} lost {}", named(missing))]
    Gone {
        /// Who noticed.
        rank: usize,
        /// The ranks that did not answer.
        missing: Vec<usize>,
    },
}

impl ReduceError {
    /// A message of another length than was to come: ranks are not at the same place.
    pub(super) fn length(rank: usize, from: usize, found: usize, expected: usize) -> Self {
        Self::Failed {
            rank,
            message: format!("{found} bytes came from rank {from}, where {expected} were to come"),
        }
    }
}

/// Ranks in words.
fn named(ranks: &[usize]) -> String {
    let list = ranks.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    format!("rank{} {list}", if ranks.len() == 1 { "" } else { "s" })
}
