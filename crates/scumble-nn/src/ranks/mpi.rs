//! Ranks that are processes of the machine's MPI, on one machine or many.

use super::{Reduce, ReduceError};
use mpi::Threading;
use mpi::datatype::traits::Equivalence;
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
    give_up: GiveUp,
}

/// Bytes of one message at most: MPI counts them in 31 bits.
const MESSAGE: usize = 1 << 30;

/// How long a rank looks for an answer without a pause: as long as the others take if they are at the same place.
const EAGER: Duration = Duration::from_millis(5);

/// Its pauses from then on, which leave the core to others.
const PAUSE: Duration = Duration::from_micros(200);

impl Mpi {
    /// Starts MPI. Exchanges are made on the thread that does this.
    ///
    /// What waits in MPI cannot be taken back. So where others are silent for longer than `patience`, or send what nobody
    /// waits for, `give_up` is told who noticed and why, and the job is aborted.
    ///
    /// # Errors
    /// MPI that was started before.
    pub fn start(
        patience: Duration,
        give_up: impl Fn(usize, ReduceError) + 'static,
    ) -> Result<Self, MpiError> {
        let (universe, _) = initialize_with_threading(Threading::Funneled).ok_or(MpiError::Again)?;
        Ok(Self { world: universe.world(), _universe: universe, patience, give_up: Box::new(give_up) })
    }

    /// Ends all ranks at once, with this exit status; from any thread of a process that has started MPI.
    pub fn abort(status: u8) -> ! {
        SimpleCommunicator::world().abort(status.into())
    }

    fn give_up(&self, error: ReduceError) -> ! {
        (self.give_up)(self.rank(), error);
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
            for (rank, into) in into.iter_mut().enumerate().filter(|(rank, _)| *rank != own) {
                for into in into.chunks_mut(MESSAGE) {
                    let expected = into.len();
                    waiting.push((rank, expected, process(rank).immediate_receive_into(scope, into)));
                }
            }
            let mut sending = Vec::new();
            for (rank, out) in out.iter().enumerate().filter(|(rank, _)| *rank != own) {
                for out in out.chunks(MESSAGE) {
                    sending.push((rank, process(rank).immediate_send(scope, out)));
                }
            }
            let began = Instant::now();
            loop {
                // What is not yet there is handed back.
                waiting = (waiting.into_iter())
                    .filter_map(|(rank, expected, one)| match one.test() {
                        Ok(status) => {
                            let found = status.count(u8::equivalent_datatype()) as usize;
                            if found != expected {
                                self.give_up(ReduceError::length(own, rank, found, expected));
                            }
                            None
                        }
                        Err(one) => Some((rank, expected, one)),
                    })
                    .collect();
                sending =
                    (sending.into_iter()).filter_map(|(rank, one)| Some((rank, one.test().err()?))).collect();
                if waiting.is_empty() && sending.is_empty() {
                    return;
                }
                let waited = began.elapsed();
                if waited > self.patience {
                    let silent = waiting.iter().map(|(rank, ..)| *rank);
                    let mut missing: Vec<usize> =
                        silent.chain(sending.iter().map(|(rank, _)| *rank)).collect();
                    missing.sort_unstable();
                    missing.dedup();
                    self.give_up(ReduceError::NoAnswer { rank: own, missing, waited });
                }
                match waited < EAGER {
                    true => std::thread::yield_now(),
                    false => std::thread::sleep(PAUSE),
                }
            }
        });
        Ok(())
    }
}
