use super::sink::{Output, Sink};
use ndarray::ArrayView3;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// NPY, f32, C order.
pub(super) struct Npy(Output);

impl Npy {
    pub(super) fn create(folder: &Path, target: &Path, shape: &[usize]) -> io::Result<Self> {
        let mut output = Output::create(folder, target)?;
        output.out.write_all(&header(shape))?;
        Ok(Self(output))
    }
}

/// Version 1 of the format: the data begins at a multiple of 64.
fn header(shape: &[usize]) -> Vec<u8> {
    let shape = shape.iter().map(|n| format!("{n},")).collect::<Vec<_>>().join(" ");
    let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = 10;
    // The header ends with a newline, which is the "+ 1".
    let padding = (before + text.len() + 1).next_multiple_of(64) - before - text.len() - 1;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    let length = u16::try_from(text.len()).expect("three numbers are shorter than 65535 characters");
    header.extend(length.to_le_bytes());
    header.extend(text.into_bytes());
    header
}

impl Sink for Npy {
    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        self.0.write(rows)
    }

    fn finish(self: Box<Self>) -> io::Result<PathBuf> {
        self.0.finish()
    }
}
