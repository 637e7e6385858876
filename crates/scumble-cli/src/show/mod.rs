//! How results, messages and progress look. Results go to stdout, all else to stderr.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod progress;
mod scores;
mod selection;
mod table;

pub(crate) use progress::Progress;
pub(crate) use scores::{
    classes as class_table, data_set as score_table, image_row, raters as rater_table, row_table,
};
pub(crate) use scumble_jobs::numbers::{duration, optional, percent, thousands};
pub(crate) use selection::{groups, selection};
pub(crate) use table::Table;

use serde::Serialize;
use std::io::Write;

/// A result.
pub(crate) fn result(text: &str) {
    // A reader that closed the pipe wants no more: no reason to panic.
    let _ = writeln!(std::io::stdout(), "{text}");
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
