//! Work that takes its time: done on another thread, while the thread that asked for it tells Python how far it is and looks
//! whether somebody has pressed Ctrl-C.

use crate::pool;
use pyo3::prelude::*;
use scumble::score::Scores;
use scumble_jobs::Observer;
use scumble_nn::{EpochReport, StepReport};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// How long Ctrl-C may go unseen.
const LOOK: Duration = Duration::from_millis(50);

/// What there is to tell. Only the thread that asked tells it: Python's own signals, and notebooks, know no other.
enum Told {
    Note(String),
    Warning(String),
    Progress(&'static str, u64, u64),
    Step(StepReport),
    Epoch(Box<EpochReport>),
}

impl Told {
    /// Calls `observer(what, of)`.
    fn to(self, observer: &Bound<'_, PyAny>) -> PyResult<()> {
        match self {
            Self::Note(message) => observer.call1(("note", message)),
            Self::Warning(message) => observer.call1(("warning", message)),
            Self::Progress(what, done, all) => observer.call1(("progress", (what, done, all))),
            Self::Step(at) => {
                observer.call1(("step", (at.step, at.epoch, at.steps_per_epoch, at.progress, at.excess)))
            }
            Self::Epoch(report) => {
                let report = serde_json::to_string(&report).expect("a report is plain numbers");
                observer.call1(("epoch", report))
            }
        }
        .map(drop)
    }
}

/// The other end.
struct Teller<'s> {
    told: Sender<Told>,
    stop: &'s AtomicBool,
}

impl Teller<'_> {
    fn tell(&self, told: Told) {
        // Nobody listens any more where the asking thread has panicked.
        drop(self.told.send(told));
    }
}

impl Observer for Teller<'_> {
    fn note(&self, message: &str) {
        self.tell(Told::Note(message.to_owned()));
    }

    fn warning(&self, message: &str) {
        self.tell(Told::Warning(message.to_owned()));
    }

    fn progress(&self, what: &'static str, done: u64, all: u64) {
        self.tell(Told::Progress(what, done, all));
    }

    fn step(&self, report: &StepReport) {
        self.tell(Told::Step(*report));
    }

    fn epoch(&self, report: &EpochReport, _: Option<&Scores>) {
        self.tell(Told::Epoch(Box::new(report.clone())));
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Does the work, and calls `observer(what, of)` with what there is to tell of it.
///
/// # Errors
/// What the observer raises, and Ctrl-C: either asks the work to stop, and is raised when it has.
pub(crate) fn watched<T: Send>(
    observer: &Bound<'_, PyAny>,
    work: impl FnOnce(&dyn Observer) -> T + Send,
) -> PyResult<T> {
    let (py, stop) = (observer.py(), &AtomicBool::new(false));
    let (told, mut listening) = channel();
    thread::scope(|scope| {
        let teller = Teller { told, stop };
        let worker = scope.spawn(move || pool::alone(|| work(&teller)));
        let mut enough = Ok(());
        loop {
            let heard;
            (listening, heard) = py.detach(move || {
                let heard = listening.recv_timeout(LOOK);
                (listening, heard)
            });
            let heard = match heard {
                Ok(told) if enough.is_ok() => told.to(observer),
                Ok(_) | Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if enough.is_ok() {
                enough = heard.and_then(|()| py.check_signals());
                stop.store(enough.is_err(), Ordering::Relaxed);
            }
        }
        let done = py.detach(|| worker.join()).unwrap_or_else(|panic| resume_unwind(panic));
        enough.map(|()| done)
    })
}
