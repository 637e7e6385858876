//! Maps as NPY f32, row by row.

use super::sink::{Output, Sink};
use crate::formats::npy_header;
use ndarray::ArrayView3;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// NPY, f32, C order.
pub(super) struct Npy(Output);

impl Npy {
    pub(super) fn create(folder: &Path, target: &Path, shape: &[usize]) -> io::Result<Self> {
        let mut output = Output::create(folder, target)?;
        output.out.write_all(&npy_header("<f4", shape))?;
        Ok(Self(output))
    }
}

impl Sink for Npy {
    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        self.0.write(rows)
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        self.0.finish()
    }
}
