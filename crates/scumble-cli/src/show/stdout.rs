//! Results on their way to standard output. What could not be written is remembered and told at the end.

use anyhow::anyhow;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

/// Why something was lost, the first time.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Writes a part of the result.
pub(crate) fn write(bytes: &[u8]) {
    took(io::stdout().write_all(bytes));
}

/// Remembers why a part of the result could not be written.
pub(crate) fn took(written: io::Result<()>) {
    if let Err(error) = written {
        // The first is the one that counts.
        let _ = LOST.set(error);
    }
}

/// Writes what is held back.
///
/// # Errors
/// A part of the result was lost. A reader that closed the pipe wants no more, which is none.
pub(crate) fn finish() -> anyhow::Result<()> {
    took(io::stdout().flush());
    match LOST.get() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow!("cannot write the result to standard output: {error}"))
        }
        _ => Ok(()),
    }
}
