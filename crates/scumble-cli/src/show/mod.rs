//! How results, messages and progress look. Results go to stdout, all else to stderr.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod progress;
mod scores;
mod selection;
mod table;
mod truth;
mod verdict;

pub(crate) use progress::Progress;
pub(crate) use scores::{
    classes as class_table, data_set as score_table, image_row, raters as rater_table, row_table,
};
pub(crate) use scumble_jobs::numbers::{
    bracketed, counted, decimals, duration, optional, percent, signed, thousands,
};
pub(crate) use selection::{groups, selection};
pub(crate) use table::Table;
pub(crate) use truth::{nearness, truth, validation};
pub(crate) use verdict::{chance, needed, too_few, unit};

use serde::Serialize;
use std::io::Write;

/// A result.
pub(crate) fn result(text: &str) {
    // A reader that closed the pipe wants no more: no reason to panic.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A cross entropy with its parts.
pub(crate) fn with_floor(value: f64, floor: f64, excess: f64) -> String {
    let [value, floor, excess] = [value, floor, excess].map(|number| decimals(number, 4));
    format!("{value} (entropy of the labels {floor}, excess over it {excess})")
}

/// A result that a program reads.
pub(crate) fn json(value: &impl Serialize) {
    // A value has numbers of f64 alone.
    let value = serde_json::to_value(value).expect("results are plain data");
    result(&value.to_string());
}

/// A message, whoever reads it: somebody at a terminal, or the log of a cluster.
pub(crate) fn note(text: &str) {
    // A reader that closed the pipe wants no more: no reason to panic.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What went wrong.
pub(crate) fn error(text: &str) {
    eprintln!("{text}");
}
