//! Small data sets made on the fly, and the program run from outside.

use assert_cmd::Command;
use scumble_data::{SyntheticOptions, synthetic, write_synthetic};
use std::path::Path;

/// The program.
pub(crate) fn scumble(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("scumble").expect("the program is built with its tests");
    command.args(arguments);
    command
}

/// `images` lagoons of 48 x 48 pixels with three raters.
pub(crate) fn lagoons(folder: &Path, images: usize) {
    let made = synthetic(&SyntheticOptions { images, size: 48, raters: 3, seed: 5 });
    write_synthetic(folder, &made).expect("a writable folder");
}

/// Settings that train in a second or two.
pub(crate) const TINY: [&str; 14] = [
    "--set",
    "network.widths=[4, 8]",
    "--set",
    "train.patch=16",
    "--set",
    "train.batch=2",
    "--set",
    "train.steps=3",
    "--set",
    "train.epochs=4",
    "--set",
    "train.average=0.5",
    "--set",
    "data.validation=0.34",
];

/// Trains on `data` into `run` and returns the command for more arguments.
pub(crate) fn train(data: &Path, run: &Path, more: &[&str]) -> Command {
    let mut command = scumble(&["train", &data.display().to_string(), "-o", &run.display().to_string()]);
    command.args(TINY).args(more);
    command
}
