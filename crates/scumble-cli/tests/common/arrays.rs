//! Arrays in a folder, and `scumble loss` run there from outside.

use super::{json, refuses, scumble};
use assert_cmd::Command;
use ndarray::ArrayD;
use scumble_data::write_array;
use serde_json::Value;
use std::borrow::Borrow;
use std::path::PathBuf;

/// A folder of arrays.
pub(crate) struct Arrays {
    pub(crate) folder: tempfile::TempDir,
}

impl Arrays {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn save(&self, name: &str, array: impl Borrow<ArrayD<f64>>) {
        write_array(&self.path(name), array.borrow().view()).unwrap();
    }

    /// Types that the program reads and does not write, by hand.
    pub(crate) fn save_bytes(&self, name: &str, descr: &str, shape: &[usize], bytes: &[u8]) {
        let shape: String = shape.iter().map(|n| format!("{n},")).collect();
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
        let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        file.extend(format!("{header:<117}\n").into_bytes());
        file.extend(bytes);
        std::fs::write(self.path(name), file).unwrap();
    }

    pub(crate) fn run(&self, line: &str) -> Command {
        let mut command = scumble(&["loss"]);
        command.args(line.split_whitespace()).current_dir(self.folder.path());
        command
    }

    pub(crate) fn json(&self, line: &str) -> Value {
        json(self.run(line).arg("--json"))
    }

    pub(crate) fn value(&self, line: &str) -> f64 {
        self.json(line)["value"].as_f64().unwrap()
    }

    /// Fails with this code and a message that says all of `says`.
    pub(crate) fn refuses(&self, line: &str, code: i32, says: &[&str]) {
        refuses(&mut self.run(line), code, says).stdout("");
    }
}

/// Equal but for rounding.
pub(crate) fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}
