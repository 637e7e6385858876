//! A decoder that panics costs its file, not the program.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is decoding a file.
///
/// A panic there comes back as [`DataError::Broken`](crate::DataError::Broken): a program whose panic hook is silent
/// while this is true says it once.
///
/// ```
/// let told = std::panic::take_hook();
/// std::panic::set_hook(Box::new(move |panic| {
///     if !scumble_data::is_decoding() {
///         told(panic);
///     }
/// }));
/// ```
pub fn is_decoding() -> bool {
    DECODING.get()
}

/// Decodes; `broken` makes an error of a panic's words. Nothing that `decode` has changed may be used after one.
pub(crate) fn guarded<T, E>(
    decode: impl FnOnce() -> Result<T, E>,
    broken: impl FnOnce(String) -> E,
) -> Result<T, E> {
    let around = DECODING.replace(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(around);
    decoded.unwrap_or_else(|panic| {
        let words = words(panic.as_ref());
        Err(broken(format!(
            "the decoder cannot cope with it ({words}); save it anew, with other options or another program"
        )))
    })
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let owned = || panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or_else(owned).unwrap_or("it does not say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_in_its_words_and_the_thread_goes_on() {
        let number = 7;
        let (fixed, made): (fn() -> Result<(), String>, _) = (|| panic!("no more"), || panic!("no {number}"));
        for (found, says) in
            [(guarded(fixed, |reason| reason), "(no more)"), (guarded(made, |r| r), "(no 7)")]
        {
            assert!(found.unwrap_err().contains(says), "{says}");
            assert!(!is_decoding());
        }
        assert_eq!(guarded(|| Ok::<_, String>(is_decoding()), |reason| reason), Ok(true));
    }
}
