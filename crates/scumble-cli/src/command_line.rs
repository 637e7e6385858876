//! The words that the program was called with.

use std::ffi::OsString;
use std::sync::OnceLock;

static WORDS: OnceLock<Vec<String>> = OnceLock::new();

/// Remembers the words, of which the first is the program's own name.
pub(crate) fn remember(words: &[OsString]) {
    let texts = words.iter().map(|word| word.to_string_lossy().into_owned());
    // A process runs the program once.
    let _ = WORDS.set(texts.collect());
}

/// The words as texts; none before the program began.
pub(crate) fn words() -> &'static [String] {
    WORDS.get().map_or(&[], Vec::as_slice)
}
