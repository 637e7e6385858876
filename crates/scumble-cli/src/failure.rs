//! From an error to one clear message and an exit code.

use crate::{advice, show};
use scumble_jobs::{Fault, JobError};
use std::fmt;

/// A signal stopped the program; everything is saved.
#[derive(Debug)]
pub(crate) struct Interrupted {
    /// What was saved, and how it goes on.
    pub(crate) what: String,
    /// The exit code of the signal.
    pub(crate) code: u8,
}

/// The command line asks for something that cannot be.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

/// The input is at fault, and the message has been shown already.
#[derive(Debug)]
pub(crate) struct Shown;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the input is at fault")
    }
}

impl std::error::Error for Interrupted {}
impl std::error::Error for Usage {}
impl std::error::Error for Shown {}

/// The causes one after the other, and what to do; a cause that its consequence has told already is not told again.
pub(crate) fn message(failure: &anyhow::Error) -> String {
    let causes = failure.chain().map(|cause| cause.to_string());
    let told = causes.fold(String::new(), |told, cause| match told.is_empty() {
        true => cause,
        false if told.contains(&cause) => told,
        false => format!("{told}: {cause}"),
    });
    match failure.downcast_ref() {
        Some(error) => advice::of_job(error, told),
        None => told,
    }
}

/// A decoder's panic comes back as an error of its file: the message of the panic itself is kept for all others.
pub(crate) fn tell_no_panic_twice() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !scumble_data::is_decoding() {
            tell(panic);
        }
    }));
}

/// Shows the failure on stderr: 1 the input is at fault, 2 wrong usage, 128 and the number of
/// the signal that interrupted it (Ctrl-C: 130).
pub(crate) fn report(failure: &anyhow::Error) -> u8 {
    if let Some(Interrupted { code, .. }) = failure.downcast_ref() {
        show::error(&format!("interrupted: {failure}"));
        return *code;
    }
    if !failure.is::<Shown>() {
        show::error(&format!("error: {}", message(failure)));
    }
    let usage = failure.is::<Usage>()
        || failure.downcast_ref::<JobError>().is_some_and(|error| error.fault() == Fault::Request);
    if usage { 2 } else { 1 }
}
