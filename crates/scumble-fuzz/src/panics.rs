//! Which panics are faults: all but those of other people's decoders, which scumble makes errors of.

use scumble_data::is_decoding;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::{Mutex, Once, PoisonError};

/// The decoders that may panic while a file is read.
const DECODERS: [&str; 9] = [
    "/fdeflate-",
    "/flate2-",
    "/image-",
    "/image-webp-",
    "/jpeg-decoder-",
    "/miniz_oxide-",
    "/png-",
    "/ruzstd-",
    "/weezl-",
];

static HIDDEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on panics of decoders are silent, all others go to the hook that was there, and those of our own code that
/// the reader makes an error of are remembered.
pub fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if is_decoding() && of_decoder(panic) {
                return;
            }
            if is_decoding() {
                HIDDEN.lock().unwrap_or_else(PoisonError::into_inner).push(panic.to_string());
            }
            told(panic);
        }));
    });
}

/// The panics since the last call that were no decoder's and came back as errors.
pub(crate) fn hidden() -> Vec<String> {
    std::mem::take(&mut HIDDEN.lock().unwrap_or_else(PoisonError::into_inner))
}

fn of_decoder(panic: &PanicHookInfo<'_>) -> bool {
    let place = panic.location().map_or("", |place| place.file());
    DECODERS.iter().any(|decoder| place.contains(decoder))
}
