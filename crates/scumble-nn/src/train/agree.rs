//! What all ranks of a training must have alike, and what rank 0 tells the others when it begins.

use super::TrainError;
use super::checkpoint::Checkpoint;
use super::resumed::Resumed;
use super::run::RunInfo;
use crate::ranks::{Reduce, ReduceError, messages};
use crate::{Config, Precision};
use scumble_kernels::Isa;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What every rank must bring alike, by name: numbers that differ in any of it would differ in every sum.
pub(super) fn brought(
    config: &Config,
    precision: Precision,
    fingerprint: &str,
    pause_after: Option<u64>,
) -> [(&'static str, String); 6] {
    [
        ("version of scumble", env!("CARGO_PKG_VERSION").into()),
        ("instruction set", Isa::best().to_string()),
        ("precision", precision.to_string()),
        ("fingerprint of the data", fingerprint.into()),
        ("settings", config.to_toml()),
        ("pause", pause_after.map_or_else(|| "none".into(), |epochs| format!("after {epochs} epochs"))),
    ]
}

/// Refuses ranks that bring something else than rank 0, each thing under its name; every rank finds the same.
///
/// # Errors
/// The first rank that differs, and in what; ranks that do not come together.
///
/// ```
/// use scumble_nn::ranks::Together;
/// use scumble_nn::train::alike;
///
/// std::thread::scope(|scope| {
///     for (rank, colour) in Together::new(2).into_iter().zip(["red", "blue"]) {
///         scope.spawn(move || {
///             let error = alike(&rank, &[("colour", colour.to_owned())]).unwrap_err();
///             assert_eq!(error.to_string(), "rank 1 and rank 0 differ in their colour: blue, red; all ranks must be alike");
///         });
///     }
/// });
/// ```
pub fn alike(ranks: &dyn Reduce, brought: &[(&'static str, String)]) -> Result<(), TrainError> {
    let texts: Vec<&str> = brought.iter().map(|(_, text)| &**text).collect();
    let all = messages::all(ranks, &serde_json::to_vec(&texts).expect("plain data"))?;
    let texts = |message: &[u8]| serde_json::from_slice::<Vec<String>>(message).unwrap_or_default();
    let first = texts(&all[0]);
    for (rank, message) in all.iter().enumerate() {
        let found = texts(message);
        for (at, (what, _)) in brought.iter().enumerate() {
            // Another version may bring less.
            let [found, first] = [&found, &first].map(|texts| texts.get(at).map_or("", |text| text));
            if found != first {
                let (found, first) = differing(found, first);
                return Err(TrainError::OtherRank { rank, what, found, first });
            }
        }
    }
    Ok(())
}

/// The first lines in which two texts differ; of settings with their section.
fn differing(found: &str, first: &str) -> (String, String) {
    let Some(at) = found.lines().zip(first.lines()).position(|(found, first)| found != first) else {
        return (found.to_owned(), first.to_owned());
    };
    let line = |text: &str| {
        let section =
            text.lines().take(at).filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).last();
        let line = text.lines().nth(at).unwrap_or_default();
        section.map_or_else(|| line.to_owned(), |section| format!("{section}.{line}"))
    };
    (line(found), line(first))
}

/// How a training begins.
pub(super) enum Begin {
    New,
    Resumed(Box<Resumed>),
    /// It is done: nothing is left to do. Rank 0 knows what was done.
    Done(Option<Box<Resumed>>),
}

/// What rank 0 tells the others of it.
#[derive(Serialize, Deserialize)]
enum Told {
    New,
    Resumed(Box<RunInfo>),
    Done,
}

/// How rank 0 begins, who alone has the run; the others give nothing. Their metrics stay empty, for they write none.
///
/// # Errors
/// Ranks that do not come together; a state that cannot be understood.
pub(super) fn begin(ranks: &dyn Reduce, own: Option<Begin>, path: &Path) -> Result<Begin, TrainError> {
    if ranks.ranks() == 1 {
        return Ok(own.unwrap_or(Begin::New));
    }
    let (told, state) = match &own {
        Some(Begin::Resumed(resumed)) => {
            (Told::Resumed(Box::new(resumed.info.clone())), resumed.checkpoint.bytes())
        }
        Some(Begin::Done(_)) => (Told::Done, Vec::new()),
        Some(Begin::New) | None => (Told::New, Vec::new()),
    };
    let told = serde_json::to_vec(&told).expect("plain data");
    let (told, state) = (messages::from_first(ranks, &told)?, messages::from_first(ranks, &state)?);
    if let Some(own) = own {
        return Ok(own);
    }
    let told: Told = serde_json::from_slice(&told)
        .map_err(|error| TrainError::RunFile { path: path.into(), message: error.to_string() })?;
    Ok(match told {
        Told::New => Begin::New,
        Told::Done => Begin::Done(None),
        Told::Resumed(info) => {
            let checkpoint = Checkpoint::of_bytes(&state, path)?;
            Begin::Resumed(Box::new(Resumed { checkpoint, metrics: Vec::new(), info: *info }))
        }
    })
}

/// Whether it is so for some rank.
///
/// # Errors
/// Ranks that do not come together.
pub(super) fn any(ranks: &dyn Reduce, own: bool) -> Result<bool, ReduceError> {
    Ok(messages::all(ranks, &[u8::from(own)])?.iter().any(|said| said == &[1]))
}
