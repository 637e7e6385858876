//! Ranks that are processes of the machine's MPI, on one machine or many.

use super::{Reduce, ReduceError};
use mpi::Threading;
use mpi::environment::{Universe, initialize_with_threading};
use mpi::request::scope;
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, Destination, Source};
use std::time::{Duration, Instant};
use thiserror::Error;

/// MPI that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MpiError {
    /// A process starts it once.
    #[error("this process has started MPI before")]
    Again,
}

/// What a rank does, given its number, where the others do not answer, before the job is aborted.
type GiveUp = Box<dyn Fn(usize, ReduceError)>;

/// A rank that is a process of MPI, such as `mpirun` or `srun` start. MPI ends when it is dropped, after all ranks have come
/// there; [`abort`](Self::abort) ends them at once.
pub struct Mpi {
    // Before the universe: it is of it.
    world: SimpleCommunicator,
    _universe: Universe,
    patience: Duration,
    asked_to_end: Box<dyn Fn() -> bool>,
    give_up: GiveUp,
}

/// How long others may be silent once the end was asked for: a launcher asks when one of them is gone.
const GRACE: Duration = Duration::from_millis(300);

impl Mpi {
    /// Starts MPI. Exchanges are made on the thread that does this.
    ///
    /// What waits in MPI cannot be taken back. So where others are silent for longer than `patience`, or for long after
    /// `asked_to_end`, `give_up` is told who waited and why, and the job is aborted.
    ///
    /// # Errors
    /// MPI that was started before.
    pub fn start(
        patience: Duration,
        asked_to_end: impl Fn() -> bool + 'static,
        give_up: impl Fn(usize, ReduceError) + 'static,
    ) -> Result<Self, MpiError> {
        let (universe, _) = initialize_with_threading(Threading::Funneled).ok_or(MpiError::Again)?;
        Ok(Self {
            world: universe.world(),
            _universe: universe,
            patience,
            asked_to_end: Box::new(asked_to_end),
            give_up: Box::new(give_up),
        })
    }

    /// Ends all ranks at once, with this exit status; from any thread of a process that has started MPI.
    pub fn abort(status: u8) -> ! {
        SimpleCommunicator::world().abort(status.into())
    }

    fn left_alone(&self, missing: Vec<usize>, waited: Duration) -> ! {
        let rank = self.rank();
        let error = match waited < self.patience {
            true => ReduceError::Gone { rank, missing },
            false => ReduceError::NoAnswer { rank, missing, waited },
        };
        (self.give_up)(rank, error);
        Self::abort(1)
    }
}

impl Reduce for Mpi {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn ranks(&self) -> usize {
        self.world.size() as usize
    }

    fn exchange(&self, out: &[&[u8]], into: &mut [&mut [u8]]) -> Result<(), ReduceError> {
        let own = self.rank();
        into[own].copy_from_slice(out[own]);
        let process = |rank: usize| self.world.process_at_rank(rank as i32);
        scope(|scope| {
            let mut waiting = Vec::new();
            for (rank, into) in
                into.iter_mut().enumerate().filter(|(rank, into)| *rank != own && !into.is_empty())
            {
                waiting.push((rank, process(rank).immediate_receive_into(scope, &mut **into)));
            }
            let mut sending = Vec::new();
            for (rank, out) in out.iter().enumerate().filter(|(rank, out)| *rank != own && !out.is_empty()) {
                sending.push((rank, process(rank).immediate_send(scope, *out)));
            }
            let began = Instant::now();
            let mut asked: Option<Instant> = None;
            loop {
                // What is not yet there is handed back.
                waiting =
                    waiting.into_iter().filter_map(|(rank, one)| Some((rank, one.test().err()?))).collect();
                sending =
                    sending.into_iter().filter_map(|(rank, one)| Some((rank, one.test().err()?))).collect();
                if waiting.is_empty() && sending.is_empty() {
                    return;
                }
                if asked.is_none() && (self.asked_to_end)() {
                    asked = Some(Instant::now());
                }
                if began.elapsed() > self.patience || asked.is_some_and(|asked| asked.elapsed() > GRACE) {
                    let silent =
                        waiting.iter().map(|(rank, _)| *rank).chain(sending.iter().map(|(rank, _)| *rank));
                    let mut silent: Vec<usize> = silent.collect();
                    silent.sort_unstable();
                    silent.dedup();
                    self.left_alone(silent, began.elapsed());
                }
                std::thread::yield_now();
            }
        });
        Ok(())
    }
}
