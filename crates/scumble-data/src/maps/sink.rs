//! One map file being written, row by row.

use crate::Location;
use crate::atomic::Pending;
use ndarray::ArrayView3;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// One map file being written, row by row.
pub(super) trait Sink: Send {
    /// Says where the image lies, before the first rows; most formats have no place for it.
    fn place(&mut self, _: &Location) {}
    /// Appends rows [K, rows, W]: K as the file holds (1 but for NPY), W as announced.
    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()>;
    /// Completes the file and puts it into its place.
    fn finish(self: Box<Self>) -> io::Result<PathBuf>;
}

/// The hidden file behind the formats whose bytes are written here, without an encoder in between.
pub(super) struct Output {
    pending: Pending,
    pub(super) out: BufWriter<File>,
}

impl Output {
    pub(super) fn create(folder: &Path, target: &Path) -> io::Result<Self> {
        let (pending, file) = Pending::create(folder, target)?;
        Ok(Self { pending, out: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Appends f32 in little endian, the pixels in order, the classes of a pixel together.
    pub(super) fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        rows.permuted_axes([1, 2, 0]).iter().try_for_each(|p| self.out.write_all(&p.to_le_bytes()))
    }

    pub(super) fn finish(mut self) -> io::Result<PathBuf> {
        self.out.flush()?;
        let target = self.pending.target().to_owned();
        self.pending.commit(self.out.get_ref())?;
        Ok(target)
    }
}
