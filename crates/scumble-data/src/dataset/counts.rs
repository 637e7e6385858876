//! The raters behind a fused label: how many judged a pixel, and how many saw each class there.

use super::Dataset;
use super::folders::SetFolders;
use super::geometry::Geometry;
use crate::atomic::Pending;
use crate::formats::npy_header;
use crate::{DataError, Samples, UseProblem, ValueProblem};
use ndarray::{Array3, Axis, concatenate};
use scumble::labels::{LabelError, SoftLabels, Votes};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the counts of an image beside its maps: `folder`/counts/ID.npy, u16 [H, W, K + G], the K numbers of raters
/// who saw each class, then the G numbers of raters who judged the pixel (G = K for multilabel, else 1).
///
/// [`Dataset::labels`] puts them beside the label file again, so a fused label weighs by its raters as the raters'
/// masks themselves do.
///
/// # Errors
/// What the operating system refuses.
pub fn write_counts(folder: &Path, id: &str, votes: &Votes) -> Result<PathBuf, DataError> {
    let ((classes, height, width), groups) = (votes.yes().dim(), votes.total().dim().0);
    let mut writer = CountsWriter::create(folder, id, [height, width, classes + groups])?;
    writer.write_rows(votes)?;
    writer.finish()
}

/// Writes the counts of an image by bands of rows, as [`write_counts`] does at once. The file appears with its name in
/// [`finish`](Self::finish) only.
#[derive(Debug)]
pub struct CountsWriter {
    pending: Pending,
    out: BufWriter<File>,
    path: PathBuf,
}

impl CountsWriter {
    /// Begins the counts of the image `id` of this shape, [H, W, K + G].
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn create(folder: &Path, id: &str, shape: [usize; 3]) -> Result<Self, DataError> {
        let path = SetFolders::counts(folder, id);
        let folder = path.parent().unwrap_or(folder);
        fs::create_dir_all(folder).map_err(DataError::io(folder))?;
        let (pending, file) = Pending::create(folder, &path).map_err(DataError::io(&path))?;
        let mut out = BufWriter::new(file);
        out.write_all(&npy_header("<u2", &shape)).map_err(DataError::io(&path))?;
        Ok(Self { pending, out, path })
    }

    /// Appends rows, top to bottom, of the width and the classes that were announced.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn write_rows(&mut self, votes: &Votes) -> Result<(), DataError> {
        let counts = concatenate![Axis(0), votes.yes(), votes.total()];
        let mut counts = counts.view().permuted_axes([1, 2, 0]).into_iter();
        counts
            .try_for_each(|count| self.out.write_all(&count.to_le_bytes()))
            .map_err(DataError::io(&self.path))
    }

    /// Completes the file and renames it into place; returns its path.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn finish(mut self) -> Result<PathBuf, DataError> {
        let done = self.out.flush().and_then(|()| self.pending.commit(self.out.get_ref()));
        done.map_err(DataError::io(&self.path))?;
        Ok(self.path)
    }
}

impl Dataset {
    /// Puts the counts of the raters beside a label, as their file has them.
    ///
    /// # Errors
    /// A broken file, counts of another size or number of classes, more raters for a class than raters in all.
    pub(super) fn with_counts(
        &self,
        labels: SoftLabels,
        path: &Path,
        geometry: &Geometry,
    ) -> Result<SoftLabels, DataError> {
        let (classes, groups, size) = (labels.classes(), labels.valid().dim().0, labels.size());
        let raster = geometry.read(path)?;
        let (channels, expected) = (raster.channels, classes + groups);
        if channels != expected {
            let advice = "counts have a channel a class, then one for the raters of each question";
            return Err(DataError::Channels { path: path.to_owned(), found: channels, expected, advice });
        }
        let Samples::U16(numbers) = &raster.samples else {
            return Err(DataError::Unfit { path: path.to_owned(), problem: UseProblem::Counts });
        };
        let at = |channel, row, column| numbers[(row * size.1 + column) * channels + channel];
        let yes = Array3::from_shape_fn((classes, size.0, size.1), |(k, y, x)| at(k, y, x));
        let total = Array3::from_shape_fn((groups, size.0, size.1), |(g, y, x)| at(classes + g, y, x));
        let wrong = |error| match error {
            LabelError::Votes { class, row, column, yes, judged } => {
                let problem = ValueProblem::Votes { class, judged };
                DataError::Value { path: path.to_owned(), row, column, value: f64::from(yes), problem }
            }
            error => DataError::label(path)(error),
        };
        let votes = Votes::from_counts(self.kind(), yes, total);
        votes.and_then(|votes| labels.with_votes(votes)).map_err(wrong)
    }
}
