//! Errors in the words of this program: the libraries know no flags and no commands.

use crate::{command_line, launcher, show};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use scumble::calibrate::CalibrateError;
use scumble_data::{DataError, ImportProblem, LayoutProblem, MEMORY_VARIABLE};
use scumble_jobs::fuse::MethodError;
use scumble_jobs::judge::Beside;
use scumble_jobs::outputs::OutputError;
use scumble_jobs::{
    JobError, bioimageio, boundary, compare, convert, fuse, held_out, import, judge, loss, predict,
    predictions, products, run_report, web,
};
use scumble_nn::config::full_key;
use scumble_nn::executor::ExecutorError;
use scumble_nn::predict::TogetherError;
use scumble_nn::ranks::ReduceError;
use scumble_nn::{Config, ConfigError, ISA_VARIABLE, NoIsa, PredictError, TrainError};

/// A job's message with the flag that it is about and what to do.
pub(crate) fn of_job(error: &JobError, message: String) -> String {
    match error {
        JobError::Config(error) => of_settings(error, message),
        JobError::Train(error) => of_training(error, message),
        JobError::Data(DataError::Layout { path, problem: LayoutProblem::Foreign { .. } }) => {
            format!(
                "{message}; `scumble import {} -o DATA` makes one of links to these files",
                show::path(path)
            )
        }
        JobError::Data(DataError::Import { path, problem: ImportProblem::Several { .. } }) => {
            let source = show::path(path);
            format!("{message} Say so: scumble import {source} -o DATA --several raters (or classes)")
        }
        JobError::Import(import::Error::Imported { .. }) => {
            message + "; --overwrite replaces it, or choose another folder"
        }
        JobError::NoEpoch { .. } => message + "; --resume goes on",
        JobError::Web(web::Error::NoProgram { .. }) => {
            message
                + "; in a checkout of scumble, with Rust from rustup:\n  rustup target add wasm32-wasip1\n  cargo install --path \
                   crates/scumble-cli --features web"
        }
        JobError::Package(bioimageio::Error::NoExample { .. }) => message + "; name one by --image",
        JobError::Package(bioimageio::Error::Author { .. }) => format!("--author: {message}"),
        JobError::Package(bioimageio::Error::License { .. }) => format!("--license: {message}"),
        JobError::Package(bioimageio::Error::Name) => format!("--name: {message}"),
        JobError::MapsThere { .. } => message + "; --overwrite replaces them, or choose another folder",
        JobError::Output(OutputError::There { .. }) => {
            message + "; --overwrite replaces it, or choose another place"
        }
        JobError::Fuse(fuse::Error::Method(MethodError::NoRater { .. })) => format!("--weights: {message}"),
        JobError::Fuse(fuse::Error::Method(MethodError::Prior(_) | MethodError::NoPrior(_))) => {
            format!("--prior: {message}")
        }
        JobError::Products(products::Error::Far { .. }) => format!("--outlines: {message}"),
        JobError::Products(products::Error::ManyClasses { .. }) => format!("--masks: {message}"),
        JobError::Products(products::Error::Exclusive) => {
            format!("--threshold: {message}; --masks writes the likeliest")
        }
        JobError::Products(_) => format!("--threshold: {message}"),
        JobError::Convert(convert::Error::Nothing) => {
            message + ": --format, --masks, --threshold, --uncertainty, --objects, --outlines, --contours"
        }
        JobError::PredictMany(predict::Error::NoSets(_))
        | JobError::Predictions(predictions::Error::NoSets(_)) => format!("--label-sets: {message}"),
        JobError::PredictMany(predict::Error::Alone) | JobError::Predictions(predictions::Error::Alone) => {
            format!("--disagreement: {message}")
        }
        JobError::Of { source, .. }
            if matches!(
                **source,
                JobError::Predict(PredictError::Together(TogetherError::Logits { .. }))
            ) =>
        {
            message + ": --average probability"
        }
        JobError::Predictions(predictions::Error::SetsOfMaps) => {
            format!("--label-sets judges a model: {message}")
        }
        JobError::Predictions(predictions::Error::Missing { .. }) => {
            message + "; --allow-missing leaves them out"
        }
        JobError::Judge(judge::Error::GateClass { gate, .. }) => format!("--fail-if '{gate}': {message}"),
        JobError::Judge(judge::Error::GateBeside { gate, beside, .. }) => {
            let flag = match beside {
                Beside::Diversity => "--diversity",
                Beside::Surface => "--surface",
                Beside::Objects => "--objects",
            };
            format!("--fail-if '{gate}': {message}: {flag}")
        }
        JobError::Boundary(boundary::Error::Distance(_)) => format!("--max-distance {message}"),
        JobError::Calibrate(CalibrateError::Method { .. }) => format!("--method: {message}"),
        JobError::Compare(compare::Error::NoData { .. }) => {
            message + ": --data says on which images to compare it"
        }
        JobError::HeldOut(held_out::Error::NothingHeldOut { .. }) => message + "; --images takes any",
        JobError::RunReport(run_report::Error::Gone { source }) => {
            format!("the run's data set (if it has moved: scumble report RUN DATA): {source}")
        }
        JobError::RunReport(run_report::Error::Changed { .. }) => {
            message + "; name a data set to judge all of it: scumble report RUN DATA"
        }
        JobError::Loss(error) => of_loss(error, message),
        JobError::Predict(PredictError::Executor(ExecutorError::Precision { .. })) => {
            message + "; leave --precision out"
        }
        _ => message,
    }
}

/// What the environment says of memory, and is no number of bytes.
pub(crate) fn of_memory(said: &str) -> String {
    format!(
        "{MEMORY_VARIABLE} is '{said}', and says how much memory one file may take; write bytes, such as 8G or 500M"
    )
}

/// What the environment says of the instruction set, and this processor lacks.
pub(crate) fn of_isa(error: &NoIsa) -> String {
    format!("{ISA_VARIABLE} names the instruction set to compute with: {error}")
}

/// A flag that is a setting, with how it is set; one that is no more, with what to do.
pub(crate) fn of_usage(error: clap::Error) -> clap::Error {
    let mut error = written_out(error);
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(flag)) if error.kind() == ErrorKind::UnknownArgument => flag.clone(),
        _ => return error,
    };
    let command = command_line::words().get(1).map_or("", String::as_str);
    let judges = ["eval", "compare", "calibrate"].contains(&command);
    let tip = if let Some(key) = full_key(flag.trim_start_matches('-')).filter(|_| command == "train") {
        let value = value_of(&flag).unwrap_or_else(|| "VALUE".to_owned());
        format!("settings are given as --set {key}={value}; `scumble init` writes all of them")
    } else if judges && ["--bootstrap", "--seed"].contains(&flag.as_str()) {
        "intervals draw nothing any more, they leave each image out in turn: run it without this".to_owned()
    } else {
        return error;
    };
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

/// What the command line has of names, as a terminal may show it.
fn written_out(mut error: clap::Error) -> clap::Error {
    let texts = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => Some((kind, show::name(text))),
        _ => None,
    });
    for (kind, text) in texts.collect::<Vec<_>>() {
        error.insert(kind, ContextValue::String(text));
    }
    error
}

/// What stands behind a flag on the command line.
fn value_of(flag: &str) -> Option<String> {
    let words = command_line::words();
    let place = words.iter().position(|word| word == flag || word.starts_with(&format!("{flag}=")))?;
    match words[place].split_once('=') {
        Some((_, value)) => Some(value.to_owned()),
        None => words.get(place + 1).filter(|word| !word.starts_with("--")).cloned(),
    }
}

/// A training's message with what to do.
fn of_training(error: &TrainError, message: String) -> String {
    match error {
        TrainError::Config(error) => of_settings(error, message),
        TrainError::Exists { .. } => {
            message + "; --resume goes on with a run, --overwrite starts it again, or choose another folder"
        }
        TrainError::Begun { .. } => {
            message + "; --resume starts it, --overwrite starts another, or choose another folder"
        }
        TrainError::NoCheckpoint { .. } => message + "; if it was stopped, scumble train --resume starts it",
        TrainError::InUse { .. } if launcher::is_there() && !cfg!(feature = "mpi") => {
            message
                + "; a launcher of MPI has started several of this program, which share one training in builds with MPI alone: \
                   cargo install --path crates/scumble-cli --features mpi"
        }
        TrainError::InUse { .. } => message + "; wait for its end, or choose another folder",
        TrainError::Ranks(error) | TrainError::Executor(ExecutorError::Ranks(error)) => {
            let longer = match error {
                ReduceError::NoAnswer { .. } => " (--rank-timeout waits longer)",
                _ => "",
            };
            format!("{message}{longer}; --resume goes on from the last checkpoint, if there is one")
        }
        TrainError::OtherRank { what: "run folder", .. } => {
            message + "; trainings of their own that a launcher of MPI starts together have --alone"
        }
        TrainError::Diverged { kept, rate, .. } => match kept {
            0 => format!("{message}; --overwrite starts again"),
            _ => {
                // The default suits most networks, and the next attempt need not be the last but one.
                let lower = (rate / 10.0).min(Config::default().train.learning_rate);
                format!("{message}, and --resume --set train.learning_rate={lower} goes on from there")
            }
        },
        TrainError::Executor(ExecutorError::Precision { .. }) => message + ": --set train.precision=f32",
        TrainError::NothingToLearn { .. } => message + "; `scumble check` shows what is there",
        _ => message,
    }
}

/// Settings with the flag that they were given by.
fn of_settings(error: &ConfigError, message: String) -> String {
    if error.assignment().is_some() { format!("--set {message}") } else { message }
}

fn of_loss(error: &loss::Error, message: String) -> String {
    use loss::Error;
    match error {
        Error::NoChoice(kind) => format!("{kind} has no choice of --classes; leave it out"),
        Error::BalanceOfImage => {
            "--balance image is for independent classes; exclusive ones have --balance batch".to_owned()
        }
        Error::Components(kind) => format!("--components is for mixtures, not for {kind}; leave it out"),
        Error::IgnoredIndex(_) | Error::IgnoredSet(_) => format!("--ignore-value {message}"),
        _ => message,
    }
}
