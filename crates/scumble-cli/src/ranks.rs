//! The ranks of a training that a launcher of MPI has started: who this process is among them, and how they end together.

use crate::signals::Stop;
use scumble_jobs::Observer;
use scumble_nn::ranks::Reduce;
use std::time::Duration;

/// Rank 0 tells what there is to tell; from the others a wish to stop is all that is wanted.
pub(crate) struct Quiet(pub(crate) Stop);

impl Observer for Quiet {
    fn stopped(&self) -> bool {
        self.0.asked()
    }
}

/// This process among those that a launcher has started, alone where none has. `patience` is how long others may be silent.
#[cfg(feature = "mpi")]
pub(crate) fn open(stop: Stop, patience: Duration) -> anyhow::Result<Box<dyn Reduce>> {
    use crate::launcher;
    use scumble_jobs::JobError;
    use scumble_nn::TrainError;
    use scumble_nn::ranks::{Alone, Mpi};

    if !launcher::is_there() {
        return Ok(Box::new(Alone));
    }
    let mpi = Mpi::start(patience, |rank, error| {
        together::tell(rank, &JobError::from(TrainError::from(error)).into());
    })?;
    // A launcher asks for the end, too, when a rank is gone.
    stop.say(match mpi.rank() {
        0 => Some("told to end: saving after this step, if no rank is gone; --resume goes on"),
        _ => None,
    });
    // A rank that panics waits for the others, and they for it, for ever.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        if !scumble_data::is_decoding() {
            Mpi::abort(101);
        }
    }));
    Ok(Box::new(mpi))
}

/// Alone: this build knows no MPI.
#[cfg(not(feature = "mpi"))]
pub(crate) fn open(_: Stop, _: Duration) -> anyhow::Result<Box<dyn Reduce>> {
    Ok(Box::new(scumble_nn::ranks::Alone))
}

/// The failure of a rank alone; of several it is told, and all end.
#[cfg(feature = "mpi")]
pub(crate) fn fail<T>(ranks: &dyn Reduce, failure: anyhow::Error) -> anyhow::Result<T> {
    match ranks.ranks() {
        1 => Err(failure),
        _ => scumble_nn::ranks::Mpi::abort(together::tell(ranks.rank(), &failure)),
    }
}

/// The failure of a rank alone.
#[cfg(not(feature = "mpi"))]
pub(crate) fn fail<T>(_: &dyn Reduce, failure: anyhow::Error) -> anyhow::Result<T> {
    Err(failure)
}

#[cfg(feature = "mpi")]
mod together {
    use crate::failure;
    use std::time::Duration;

    /// Most failures are those of all ranks at once: rank 0 tells them and ends all before another comes to speak.
    const FIRST: Duration = Duration::from_millis(1500);

    /// Tells why a rank ends; the exit status.
    pub(super) fn tell(rank: usize, failure: &anyhow::Error) -> u8 {
        if rank > 0 {
            std::thread::sleep(FIRST);
        }
        failure::report(failure)
    }
}
