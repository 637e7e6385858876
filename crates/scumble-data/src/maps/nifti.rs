//! Maps as NIfTI-1 f32, row by row.

use super::sink::{Output, Sink};
use crate::formats::{NIFTI_LONGEST, nifti_header};
use crate::{Affine, Location};
use ndarray::ArrayView3;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// NIfTI-1, f32: the first axis is the column, the second the row, so rows follow one another as they come.
pub(super) struct Nifti {
    output: Output,
    /// What the header says, until it is written with the first rows.
    header: Option<Header>,
}

struct Header {
    height: usize,
    width: usize,
    affine: Option<Affine>,
}

impl Nifti {
    /// Whether NIfTI can hold a map of this size.
    pub(super) fn holds(height: usize, width: usize) -> bool {
        height <= NIFTI_LONGEST && width <= NIFTI_LONGEST
    }

    pub(super) fn create(folder: &Path, target: &Path, height: usize, width: usize) -> io::Result<Self> {
        let output = Output::create(folder, target)?;
        Ok(Self { output, header: Some(Header { height, width, affine: None }) })
    }
}

impl Sink for Nifti {
    fn place(&mut self, location: &Location) {
        if let (Some(header), Location::Space(affine)) = (&mut self.header, location) {
            header.affine = Some(*affine);
        }
    }

    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        if let Some(Header { height, width, affine }) = self.header.take() {
            self.output.out.write_all(&nifti_header(height, width, affine))?;
        }
        self.output.write(rows)
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        self.output.finish()
    }
}
