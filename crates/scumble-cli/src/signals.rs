//! Signals that ask the program to end: a first lets it save, a second ends it at once.

use crate::show;
#[cfg(feature = "mpi")]
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

/// Whether a signal has asked for the end, and which; 0 for none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    signal: AtomicI32,
    /// What is said then.
    said: Mutex<Said>,
}

/// What is said when a signal comes.
#[derive(Debug)]
struct Said(Option<&'static str>);

impl Default for Said {
    fn default() -> Self {
        Self(Some("stopping after this step; once more to stop at once"))
    }
}

/// Ctrl-C.
const INTERRUPT: i32 = 2;

impl Stop {
    /// Listens to the signals that ask for the end. One that is ignored stays ignored: `nohup` and the background jobs of
    /// a plain shell rely on it.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let stop = Self::default();
        listen(stop.clone())?;
        Ok(stop)
    }

    /// Whether the end was asked for.
    pub(crate) fn asked(&self) -> bool {
        self.0.signal.load(Ordering::Relaxed) != 0
    }

    /// What the program leaves with, as a shell says of a program that a signal ended: 130 after Ctrl-C.
    pub(crate) fn code(&self) -> u8 {
        code(self.0.signal.load(Ordering::Relaxed))
    }

    /// Says this when a signal comes, or nothing.
    #[cfg(feature = "mpi")]
    pub(crate) fn say(&self, what: Option<&'static str>) {
        *self.0.said.lock().unwrap_or_else(PoisonError::into_inner) = Said(what);
    }

    /// A signal came.
    fn ask(&self, signal: i32) {
        if self.0.signal.swap(signal, Ordering::Relaxed) != 0 {
            std::process::exit(code(signal).into());
        }
        let said = self.0.said.lock().map_or(None, |said| said.0);
        if let Some(said) = said {
            show::note(said);
        }
    }
}

fn code(signal: i32) -> u8 {
    let signal = if signal == 0 { INTERRUPT } else { signal };
    128 + (signal & 0x7f) as u8
}

/// On a thread of its own, so that the end may write to the terminal.
#[cfg(unix)]
fn listen(stop: Stop) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let ignored = ignored();
    // Where nobody can say whether the terminal's end is to be ignored, it does what it always did.
    let asks = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| match ignored {
        Some(mask) => mask >> (signal - 1) & 1 == 0,
        None => *signal != SIGHUP,
    });
    let mut signals = signal_hook::iterator::Signals::new(asks)?;
    std::thread::spawn(move || signals.forever().for_each(|signal| stop.ask(signal)));
    Ok(())
}

/// The signals that this process ignores, bit `n - 1` for signal n, where the system tells.
#[cfg(unix)]
fn ignored() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(not(unix))]
fn listen(stop: Stop) -> std::io::Result<()> {
    ctrlc::set_handler(move || stop.ask(INTERRUPT)).map_err(std::io::Error::other)
}
