//! Small data sets made on the fly, and the program run from outside.
#![allow(dead_code, reason = "every test program uses a part of it")]

pub(crate) mod arrays;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use scumble_data::{SyntheticOptions, synthetic, write_synthetic};
use serde_json::Value;
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

/// A path as an argument.
pub(crate) fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The JSON object that a command prints; it succeeds.
pub(crate) fn json(command: &mut Command) -> Value {
    let output = command.assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).expect("one JSON object on stdout")
}

/// The command fails with this code and a message that says all of `says`.
pub(crate) fn refuses(command: &mut Command, code: i32, says: &[&str]) -> Assert {
    let assert = command.assert().code(code);
    let message = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    for part in says {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
    assert
}

/// The bytes of a run's model.
pub(crate) fn model(run: &Path) -> Vec<u8> {
    std::fs::read(run.join("model.safetensors")).expect("a finished run has a model")
}

/// A judgement's JSON in one run, and of three parts that are put together, whose sums go into this folder.
pub(crate) fn judged_by_parts(words: &[&str], sums: &Path) -> [Vec<u8>; 2] {
    let folder = text(sums);
    let run = |words: &[&str]| scumble(words).assert().success().get_output().stdout.clone();
    let whole = run(&[&["eval", "--json"], words].concat());
    for part in ["3/3", "1/3", "2/3"] {
        run(&[&["eval", "--part", part, "-o", &folder], words].concat());
    }
    [whole, run(&["eval", "--json", "--merge", &folder])]
}
