//! From an error to one clear message and an exit code.

use crate::{advice, show};
use scumble_jobs::{Fault, JobError};
use scumble_nn::{ConfigError, TrainError, UnknownDevice};
use std::fmt;
use std::process::ExitCode;

/// The user stopped the program; everything is saved.
#[derive(Debug)]
pub(crate) struct Interrupted(pub(crate) String);

/// The command line asks for something that cannot be.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

/// The input is at fault, and the message has been shown already.
#[derive(Debug)]
pub(crate) struct Shown;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
    let flag = failure.downcast_ref().and_then(advice::flag).unwrap_or_else(|| flag(failure).into());
    let job = failure.downcast_ref().and_then(advice::of_job);
    let advice = job.or_else(|| failure.downcast_ref().and_then(advice::of_training));
    format!("{flag}{told}{}", advice.unwrap_or_default())
}

/// The flag before settings that were given by it.
fn flag(failure: &anyhow::Error) -> &'static str {
    let training = failure.downcast_ref().and_then(|error| match error {
        TrainError::Config(error) => Some(error),
        _ => None,
    });
    let job = failure.downcast_ref().and_then(|error| match error {
        JobError::Config(error) | JobError::Train(TrainError::Config(error)) => Some(error),
        _ => None,
    });
    let settings: Option<&ConfigError> = failure.downcast_ref().or(training).or(job);
    match settings.and_then(ConfigError::assignment) {
        Some(_) => "--set ",
        None => "",
    }
}

/// Shows the failure on stderr: 1 the input is at fault, 2 wrong usage, 130 interrupted.
pub(crate) fn report(failure: &anyhow::Error) -> ExitCode {
    if failure.is::<Interrupted>() {
        show::error(&format!("interrupted: {failure}"));
        return ExitCode::from(130);
    }
    if !failure.is::<Shown>() {
        show::error(&format!("error: {}", message(failure)));
    }
    let usage = failure.is::<Usage>()
        || failure.downcast_ref::<JobError>().is_some_and(|error| error.fault() == Fault::Request)
        || failure.is::<ConfigError>()
        || failure.is::<UnknownDevice>()
        || matches!(
            failure.downcast_ref(),
            Some(TrainError::Config(_) | TrainError::Exists { .. } | TrainError::ClassWeights { .. })
        );
    ExitCode::from(if usage { 2 } else { 1 })
}
