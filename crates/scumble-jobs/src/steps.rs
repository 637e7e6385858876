//! Counts what is done of a job, from any thread, tells its observer, and asks whether to go on.

use crate::JobError;
use scumble_nn::Observer;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a job is.
pub struct Steps<'o> {
    observer: &'o dyn Observer,
    what: &'static str,
    all: u64,
    done: AtomicU64,
}

impl<'o> Steps<'o> {
    /// `all` steps of `what`, a word such as "judging"; none is done.
    pub fn new(observer: &'o dyn Observer, what: &'static str, all: u64) -> Self {
        observer.progress(what, 0, all);
        Self { observer, what, all, done: AtomicU64::new(0) }
    }

    /// Looks, between two images, whether the observer has enough.
    ///
    /// # Errors
    /// [`JobError::Stopped`] once it has.
    pub fn go_on(&self) -> Result<(), JobError> {
        if self.observer.stopped() { Err(JobError::Stopped) } else { Ok(()) }
    }

    /// One more is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.observer.progress(self.what, done, self.all);
    }
}

/// Whatever is left will not be done: the observer may clear what it shows.
impl Drop for Steps<'_> {
    fn drop(&mut self) {
        if self.done.load(Ordering::Relaxed) < self.all {
            self.observer.progress(self.what, self.all, self.all);
        }
    }
}
