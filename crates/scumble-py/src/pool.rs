//! The threads that all is computed on.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{Arc, Mutex, PoisonError};

/// The threads, and the process that they are of.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Computes on all cores, or as many as `RAYON_NUM_THREADS` says.
///
/// A process that was forked, as by a `DataLoader` of PyTorch's, has none of its parent's threads: to wait for them would be
/// to wait for ever, so it gets threads of its own.
pub(crate) fn within<T: Send>(of: impl FnOnce() -> T + Send) -> T {
    match pool() {
        Some(pool) => pool.install(of),
        None => of(),
    }
}

/// Computes on as many threads that nobody else has: what lasts keeps what is short, and other work that lasts, from no thread.
pub(crate) fn alone<T: Send>(of: impl FnOnce() -> T + Send) -> T {
    match ThreadPoolBuilder::new().build() {
        Ok(pool) => pool.install(of),
        Err(_) => within(of),
    }
}

/// `None` where the system has no more threads.
fn pool() -> Option<Arc<ThreadPool>> {
    let mut held = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, pool)) = &*held
        && *owner == process
    {
        return Some(pool.clone());
    }
    let made = Arc::new(ThreadPoolBuilder::new().build().ok()?);
    // The parent's is left as it is: to end its threads would be to talk to them.
    std::mem::forget(held.replace((process, made.clone())));
    Some(made)
}
