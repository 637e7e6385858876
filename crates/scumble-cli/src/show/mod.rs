//! How results, messages and progress look. Results go to stdout, all else to stderr.

mod progress;
mod scores;
mod selection;
mod stdout;
mod table;
mod truth;
mod verdict;
mod visible;

pub(crate) use progress::Progress;
pub(crate) use scores::{
    classes as class_table, data_set as score_table, image_row, raters as rater_table, row_table,
};
pub(crate) use scumble_jobs::numbers::{
    bracketed, counted, decimals, duration, optional, percent, signed, thousands,
};
pub(crate) use selection::{groups, selection};
pub(crate) use stdout::{finish, write as raw};
pub(crate) use table::Table;
pub(crate) use truth::{nearness, truth, validation};
pub(crate) use verdict::{chance, needed, too_few, unit};

use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;

/// A result.
pub(crate) fn result(text: &str) {
    raw(format!("{}\n", visible::lines(text)).as_bytes());
}

/// A path within a line.
pub(crate) fn path(path: &Path) -> String {
    name(&path.display().to_string())
}

/// A name within a line.
pub(crate) fn name(name: &str) -> String {
    visible::line(name).into_owned()
}

/// A cross entropy with its parts.
pub(crate) fn with_floor(value: f64, floor: f64, excess: f64) -> String {
    let [value, floor, excess] = [value, floor, excess].map(|number| decimals(number, 4));
    format!("{value} (entropy of the labels {floor}, excess over it {excess})")
}

/// A result that a program reads.
pub(crate) fn json(value: &impl Serialize) {
    // A value has numbers of f64 alone. A path need not be a text, and then JSON cannot say it.
    match serde_json::to_value(value) {
        Ok(value) => raw(format!("{}\n", visible::json(&value.to_string())).as_bytes()),
        Err(error) => stdout::took(Err(io::Error::other(error))),
    }
}

/// A message, whoever reads it: somebody at a terminal, or the log of a cluster.
pub(crate) fn note(text: &str) {
    // Further lines stand back: no name can begin a message of its own.
    let text = visible::lines(text).replace('\n', "\n  ");
    // Where messages cannot be written nobody can be told, and the work goes on.
    let _ = writeln!(io::stderr(), "{text}");
}

/// What went wrong.
pub(crate) fn error(text: &str) {
    note(text);
}

/// The help, or what is wrong with the command line.
pub(crate) fn usage(error: &clap::Error) -> u8 {
    let printed = error.print();
    if !error.use_stderr() {
        stdout::took(printed);
    }
    u8::try_from(error.exit_code()).unwrap_or(2)
}
