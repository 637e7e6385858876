//! The maps of one image, written by bands of rows.

use super::nifti::{Nifti, Stored};
use super::{MapFormat, SIDECAR, npy::Npy, png::Png, sink::Sink, tiff::Tiff};
use crate::{DataError, Location, MapProblem, SliceAxis, Volume, admit};
use ndarray::{ArrayView3, Axis, Slice, Zip};
use scumble::labels::Kind;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the probability maps of one image by bands of rows, so that memory holds one band.
///
/// NPY has one file, `ID.npy`: [H, W] for binary maps, else [H, W, K]. The other formats have one file a class:
/// `ID.ext` for binary maps, else `CLASS/ID.ext`. Files appear with their names in [`finish`](Self::finish) only; a
/// writer that is dropped before leaves none.
///
/// ```
/// use ndarray::Array3;
/// use scumble::labels::Kind;
/// use scumble_data::{MapFormat, MapWriter};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// let classes = ["vessel".to_owned()];
/// let mut writer = MapWriter::create(folder, "01L", MapFormat::Png16, Kind::Binary, &classes, 4, 6)?;
/// writer.write_rows(Array3::from_elem((1, 3, 6), 0.25).view())?;
/// writer.write_rows(Array3::from_elem((1, 1, 6), 0.75).view())?;
/// assert_eq!(writer.finish()?, [folder.join("01L.png")]);
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub struct MapWriter {
    sinks: Vec<Box<dyn Sink>>,
    /// Where each sink's file will be.
    targets: Vec<PathBuf>,
    classes: usize,
    height: usize,
    width: usize,
    written: usize,
    /// Whether NaN may be written.
    ignored: bool,
}

/// How far outside 0..1 the rounding of f32 may put a probability that was averaged over tiles; it is clamped.
const ROUNDING: f32 = 1e-5;

impl MapWriter {
    /// Begins the maps of the image `id`, `height` x `width`. `folder` is created where it is missing.
    ///
    /// # Errors
    /// Classes that do not fit the kind, an id or class that cannot be a file name, a size that the format cannot
    /// say, what the operating system refuses.
    pub fn create(
        folder: &Path,
        id: &str,
        format: MapFormat,
        kind: Kind,
        classes: &[String],
        height: usize,
        width: usize,
    ) -> Result<Self, DataError> {
        let targets = Self::files(folder, id, format, kind, classes)?;
        let problem = |problem| DataError::Maps { path: targets[0].clone(), problem };
        fit(kind, classes).map_err(problem)?;
        let holds = match format {
            MapFormat::Npy => true,
            MapFormat::Tiff => Tiff::holds(height, width),
            MapFormat::Png16 | MapFormat::Png8 => Png::holds(height, width),
            MapFormat::Nifti | MapFormat::Nifti16 => Nifti::holds(height, width),
        };
        if height == 0 || width == 0 || !holds {
            return Err(problem(MapProblem::Size { height, width, format }));
        }
        fs::create_dir_all(folder).map_err(DataError::io(folder))?;
        let shape = [height, width, classes.len()];
        let shape = if kind == Kind::Binary { &shape[..2] } else { &shape[..] };
        let open = |target: &PathBuf| -> Result<Box<dyn Sink>, DataError> {
            let sink: std::io::Result<Box<dyn Sink>> = match format {
                MapFormat::Npy => Npy::create(folder, target, shape).map(|sink| Box::new(sink) as _),
                MapFormat::Tiff => Tiff::create(folder, target, height, width),
                MapFormat::Png16 | MapFormat::Png8 => {
                    let wide = format == MapFormat::Png16;
                    Png::create(folder, target, (height, width), wide).map(|sink| Box::new(sink) as _)
                }
                MapFormat::Nifti | MapFormat::Nifti16 => {
                    let numbers = stored(format);
                    Nifti::create(folder, target, (height, width), numbers).map(|sink| Box::new(sink) as _)
                }
            };
            sink.map_err(DataError::io(target))
        };
        let sinks = targets.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { sinks, targets, classes: classes.len(), height, width, written: 0, ignored: false })
    }

    /// Begins the maps of the volume `id`: its slices follow one another, the rows of each top to bottom, and become one file a
    /// class, `ID.nii.gz`, that lies where the volume does, in its own words.
    ///
    /// Slices along the third axis are written as they come; those along others are gathered first, one f32 a voxel and class.
    ///
    /// # Errors
    /// As [`create`](Self::create); a format that has no volumes.
    pub fn create_volume(
        folder: &Path,
        id: &str,
        format: MapFormat,
        kind: Kind,
        classes: &[String],
        volume: &Volume,
    ) -> Result<Self, DataError> {
        let targets = Self::volume_files(folder, id, format, kind, classes)?;
        let problem = |problem| DataError::Maps { path: targets[0].clone(), problem };
        fit(kind, classes).map_err(problem)?;
        let (height, width) = volume.slice_size();
        if !format.has_volumes() || volume.size.iter().any(|&length| !Nifti::holds(length, length)) {
            return Err(problem(MapProblem::Size { height, width, format }));
        }
        if volume.axis() != SliceAxis::Z {
            // The slices of all classes, and those of one in the file's order.
            let voxels = volume.size.iter().fold(1, |all: u64, &length| all.saturating_mul(length as u64));
            let bytes = voxels.saturating_mul(4 * (classes.len() as u64 + 1));
            let what = || format!("maps of {:?} voxels along their {} axis", volume.size, volume.axis());
            admit(bytes).map_err(|source| DataError::TooLarge {
                path: targets[0].clone(),
                what: what(),
                source,
            })?;
        }
        fs::create_dir_all(folder).map_err(DataError::io(folder))?;
        let open = |target: &PathBuf| -> Result<Box<dyn Sink>, DataError> {
            let sink = Nifti::of_volume(folder, target, volume, stored(format));
            sink.map(|sink| Box::new(sink) as _).map_err(DataError::io(target))
        };
        let sinks = targets.iter().map(open).collect::<Result<_, _>>()?;
        let height = height * volume.slices();
        Ok(Self { sinks, targets, classes: classes.len(), height, width, written: 0, ignored: false })
    }

    /// The files that the maps of the volume `id` will be, in the order of the classes.
    ///
    /// # Errors
    /// An id or class that cannot be a file name.
    pub fn volume_files(
        folder: &Path,
        id: &str,
        format: MapFormat,
        kind: Kind,
        classes: &[String],
    ) -> Result<Vec<PathBuf>, DataError> {
        let files = Self::files(folder, id, format, kind, classes)?.into_iter();
        Ok(files
            .map(|file| {
                let mut packed = file.into_os_string();
                packed.push(".gz");
                packed.into()
            })
            .collect())
    }

    /// The files that the maps of the image `id` will be, in the order of the classes.
    ///
    /// # Errors
    /// An id or class that cannot be a file name.
    pub fn files(
        folder: &Path,
        id: &str,
        format: MapFormat,
        kind: Kind,
        classes: &[String],
    ) -> Result<Vec<PathBuf>, DataError> {
        check_name(id, "file")?;
        let file = format!("{id}.{}", format.extension());
        if format == MapFormat::Npy || kind == Kind::Binary || classes.is_empty() {
            return Ok(vec![folder.join(file)]);
        }
        let target = |class: &String| {
            check_name(class, "class folder")?;
            Ok(folder.join(class).join(&file))
        };
        classes.iter().map(target).collect()
    }

    /// Lets NaN stand for pixels that nothing is known of; [`Dataset`](crate::Dataset) ignores them. Only the float
    /// formats can hold it, the others still refuse it.
    pub fn with_ignored(mut self, format: MapFormat) -> Self {
        self.ignore(format, true);
        self
    }

    /// The same for the rows that come next, or no more for them.
    pub fn ignore(&mut self, format: MapFormat, may: bool) {
        self.ignored = may && format.has_nan();
    }

    /// Says where the image lies ([`read_location`](crate::read_location)), before the first rows.
    ///
    /// NIfTI keeps where it is in space, TIFF where it is on earth: the maps then lie where the image does.
    pub fn place(&mut self, location: &Location) {
        self.sinks.iter_mut().for_each(|sink| sink.place(location));
    }

    /// Appends rows, top to bottom: probabilities [K, rows, W].
    ///
    /// # Errors
    /// Another shape, more rows than announced, a value outside 0..1 (by more than rounding) or, unless allowed, NaN, a
    /// full disk.
    pub fn write_rows(&mut self, rows: ArrayView3<'_, f32>) -> Result<(), DataError> {
        let (classes, count, width) = rows.dim();
        let left = self.height - self.written;
        if classes != self.classes || width != self.width || count > left {
            let found = [classes, count, width];
            return Err(self.problem(MapProblem::Rows {
                found,
                classes: self.classes,
                left,
                width: self.width,
            }));
        }
        let allowed = -ROUNDING..=1.0 + ROUNDING;
        let wrong = |p: &f32| !(allowed.contains(p) || self.ignored && p.is_nan());
        if let Some(((class, row, column), &value)) = rows.indexed_iter().find(|(_, p)| wrong(p)) {
            let row = self.written + row;
            return Err(self.problem(MapProblem::Value { class, row, column, value }));
        }
        let mut clamped = rows.to_owned();
        Zip::from(&mut clamped).for_each(|p| *p = p.clamp(0.0, 1.0));
        let one_each = self.sinks.len() > 1;
        for (class, (sink, target)) in self.sinks.iter_mut().zip(&self.targets).enumerate() {
            let mut part = clamped.view();
            if one_each {
                part.slice_axis_inplace(Axis(0), Slice::from(class..=class));
            }
            sink.write(part).map_err(DataError::io(target))?;
        }
        self.written += count;
        Ok(())
    }

    /// Completes the files and renames them into place; returns their paths.
    ///
    /// # Errors
    /// Rows that were never written, what the operating system refuses.
    pub fn finish(self) -> Result<Vec<PathBuf>, DataError> {
        if self.written < self.height {
            return Err(self.problem(MapProblem::Missing { missing: self.height - self.written }));
        }
        let finish = |(sink, target): (Box<dyn Sink>, PathBuf)| {
            // Class folders come with their first file, so a writer that is dropped leaves none either.
            let folder = target.parent().unwrap_or(Path::new(""));
            fs::create_dir_all(folder).map_err(DataError::io(folder))?;
            sink.finish().map_err(DataError::io(&target))
        };
        self.sinks.into_iter().zip(self.targets).map(finish).collect()
    }

    fn problem(&self, problem: MapProblem) -> DataError {
        DataError::Maps { path: self.targets[0].clone(), problem }
    }
}

/// Whether labels of this kind have such classes.
fn fit(kind: Kind, classes: &[String]) -> Result<(), MapProblem> {
    let fits = match kind {
        Kind::Binary => classes.len() == 1,
        Kind::Multiclass => classes.len() > 1,
        Kind::Multilabel => !classes.is_empty(),
    };
    if fits { Ok(()) } else { Err(MapProblem::Classes { kind, classes: classes.len() }) }
}

fn stored(format: MapFormat) -> Stored {
    if format == MapFormat::Nifti16 { Stored::U16 } else { Stored::F32 }
}

fn check_name(name: &str, what: &'static str) -> Result<(), DataError> {
    let reason = match name {
        "" => "it is empty",
        _ if name.contains(['/', '\\', '\0']) => "it holds a separator; rename it or store the maps as npy",
        SIDECAR if what != "file" => "a file beside the folder is called so; rename it",
        // A file of this name has been read, so there can be another one.
        _ if what != "file" && name.chars().any(char::is_control) => {
            "it holds a control character; rename it"
        }
        _ if name.starts_with('.') => "files that begin with a dot are hidden and skipped; rename it",
        _ => return Ok(()),
    };
    Err(DataError::Name { name: name.to_owned(), what, reason })
}
