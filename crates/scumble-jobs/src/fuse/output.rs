//! The folder that fused labels are written into.

use super::{Error, FuseRequest};
use crate::JobError;
use crate::outputs::{OutputFolder, sweep_old};
use crate::pieces::Piece;
use crate::place::reference;
use ndarray::{Axis, Zip};
use scumble::labels::SoftLabels;
use scumble_data::{
    CountsWriter, Dataset, Item, MapFormat, MapWriter, SetFolders, Sidecar, Volume, is_pending,
    read_location, read_sidecar, write_sidecar,
};
use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Rows that are copied at once.
const BAND: usize = 256;

/// Why a folder or a format cannot take labels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A folder of other things.
    #[error("{} is not empty and holds no maps; choose another folder", folder.display())]
    NotMaps {
        /// The folder.
        folder: PathBuf,
    },
    /// Maps that would be mixed with others.
    #[error("{} holds {found} maps, which {asked} maps do not replace; choose another folder", folder.display())]
    OtherFormat {
        /// The folder.
        folder: PathBuf,
        /// What is there.
        found: MapFormat,
        /// What should be written.
        asked: MapFormat,
    },
    /// A class that the folder of the counts would be mistaken for.
    #[error("a class is named 'counts' as the folder of the raters' counts is; rename the class")]
    NamedCounts,
    /// Pixels without a label, in a format that cannot say so.
    #[error("nothing is known at {pixels} pixels, which {format} cannot say; take npy, tiff or nifti")]
    Unknown {
        /// How many pixels.
        pixels: usize,
        /// The format.
        format: MapFormat,
    },
}

/// The folder that the labels go to.
pub(super) struct Output {
    folder: PathBuf,
    written: OutputFolder,
    sidecar: Sidecar,
}

impl Output {
    /// # Errors
    /// A folder with files in it that this would replace or mix with.
    pub(super) fn open(
        request: &FuseRequest,
        format: MapFormat,
        dataset: &Dataset,
        pieces: &[Piece<&Item>],
    ) -> Result<Self, JobError> {
        let folder = request.output.clone();
        let sidecar = Sidecar::new(dataset.kind(), dataset.classes(), format, None);
        let sidecar = Sidecar { slice_axis: dataset.slice_axis(), ..sidecar };
        let there = files(&folder)?;
        match read_sidecar(&folder)? {
            _ if there.is_empty() => {}
            // A fusion that was killed leaves its maps without a word on what they mean.
            None if !all_ours(&there, &folder, &sidecar, pieces)? => {
                return Err(error(OutputError::NotMaps { folder }));
            }
            _ if !request.overwrite => return Err(JobError::MapsThere { folder }),
            Some(Sidecar { format: found, .. }) if found != format => {
                return Err(error(OutputError::OtherFormat { folder, found, asked: format }));
            }
            _ => {}
        }
        if request.method.counts() && dataset.classes().iter().any(|class| class == SetFolders::COUNTS) {
            return Err(error(OutputError::NamedCounts));
        }
        sweep_old(&folder);
        sweep_old(&folder.join(SetFolders::COUNTS));
        Ok(Self { written: OutputFolder::new(&folder), folder, sidecar })
    }

    /// Begins the maps of an image of (height, width).
    pub(super) fn begin(&self, item: &Item, (height, width): (usize, usize)) -> Result<MapWriter, JobError> {
        self.written.check()?;
        let id = item.name();
        let Sidecar { kind, classes, format, .. } = &self.sidecar;
        let maps = MapWriter::create(&self.folder, &id, *format, *kind, classes, height, width)?;
        let mut maps = maps.with_ignored(*format);
        if let Some(location) = reference(item).map(read_location).transpose()?.flatten() {
            maps.place(&location);
        }
        Ok(maps)
    }

    /// Begins the maps of a volume.
    pub(super) fn begin_volume(&self, id: &str, volume: &Volume) -> Result<MapWriter, JobError> {
        self.written.check()?;
        let Sidecar { kind, classes, format, .. } = &self.sidecar;
        let maps = MapWriter::create_volume(&self.folder, id, *format, *kind, classes, volume)?;
        Ok(maps.with_ignored(*format))
    }

    /// Begins the labels of an image of (height, width).
    pub(super) fn labels(&self, item: &Item, size: (usize, usize)) -> LabelWriter<'_> {
        LabelWriter { output: self, id: item.name(), counts: None, size }
    }

    /// Says that some files are in their places.
    pub(super) fn written(&self) {
        self.written.written();
    }

    /// Counts of labels that were replaced say nothing of these.
    fn forget_counts(&self, id: &str) -> Result<(), JobError> {
        let path = SetFolders::counts(&self.folder, id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(JobError::io(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Says what the maps mean.
    pub(super) fn finish(&self) -> Result<(), JobError> {
        self.written.check()?;
        write_sidecar(&self.folder, &self.sidecar)?;
        Ok(())
    }
}

/// The label of an image, which becomes maps, and its counts, written by bands of rows.
pub(super) struct LabelWriter<'o> {
    output: &'o Output,
    id: String,
    /// If the labels have votes.
    counts: Option<CountsWriter>,
    size: (usize, usize),
}

impl LabelWriter<'_> {
    /// Appends rows, top to bottom.
    pub(super) fn write(&mut self, labels: &SoftLabels, into: &mut MapWriter) -> Result<(), JobError> {
        let format = self.output.sidecar.format;
        let unknown = labels.valid().iter().filter(|valid| !**valid).count();
        if unknown > 0 && !format.has_nan() {
            return Err(error(OutputError::Unknown { pixels: unknown, format }));
        }
        let bands = labels.probabilities();
        let bands = bands.axis_chunks_iter(Axis(1), BAND);
        for (maps, valid) in bands.zip(labels.valid().axis_chunks_iter(Axis(1), BAND)) {
            let valid = valid.broadcast(maps.dim()).expect("one map or as many as classes");
            let known = |p: &f32, valid: &bool| if *valid { *p } else { f32::NAN };
            into.write_rows(Zip::from(maps).and(valid).map_collect(known).view())?;
        }
        let Some(votes) = labels.votes() else { return Ok(()) };
        let counts = match &mut self.counts {
            Some(counts) => counts,
            none => {
                let channels = votes.yes().dim().0 + votes.total().dim().0;
                let shape = [self.size.0, self.size.1, channels];
                none.insert(CountsWriter::create(&self.output.folder, &self.id, shape)?)
            }
        };
        Ok(counts.write_rows(votes)?)
    }

    /// Puts the counts into their place; their path.
    pub(super) fn finish(self) -> Result<Vec<PathBuf>, JobError> {
        match self.counts {
            Some(counts) => Ok(vec![counts.finish()?]),
            None => self.output.forget_counts(&self.id).map(|()| Vec::new()),
        }
    }
}

/// The files in a folder and in those just below it, but for what was being written when somebody was killed.
fn files(folder: &Path) -> Result<Vec<PathBuf>, JobError> {
    let entries = |folder: &Path| -> Result<Vec<PathBuf>, JobError> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(JobError::io(folder))?,
        };
        let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
        let written = |path: &PathBuf| !path.file_name().is_some_and(is_pending);
        Ok(paths.map_err(JobError::io(folder))?.into_iter().filter(written).collect())
    };
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            files.extend(entries(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// Whether this fusion would replace every one of these files.
fn all_ours(
    files: &[PathBuf],
    folder: &Path,
    sidecar: &Sidecar,
    pieces: &[Piece<&Item>],
) -> Result<bool, JobError> {
    let mut ours = HashSet::new();
    for piece in pieces {
        let files = if piece.volume.is_some() { MapWriter::volume_files } else { MapWriter::files };
        ours.extend(files(folder, &piece.id, sidecar.format, sidecar.kind, &sidecar.classes)?);
        ours.extend(piece.images.iter().map(|item| SetFolders::counts(folder, &item.name())));
    }
    Ok(files.iter().all(|file| ours.contains(file)))
}

fn error(error: OutputError) -> JobError {
    Error::from(error).into()
}
