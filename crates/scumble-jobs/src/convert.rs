//! Maps in another format, and what is made of maps that are there.

use crate::fault::Fault;
use crate::outputs::{OutputFolder, apart, sweep_old, writable};
use crate::pieces::{Piece, pieces};
use crate::place::Place;
use crate::products::{Plan, ProbabilityMaps, Products};
use crate::{JobError, Observer, Steps, open};
use ndarray::{Array3, ArrayView3, Axis, Zip};
use scumble::labels::Kind;
use scumble_data::{
    Dataset, Item, MapFormat, MapWriter, Sidecar, Target, Wanted, listed, read_sidecar, write_sidecar,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Which maps, and what is made of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertRequest {
    /// A folder of maps, or a data set, of whose labels it is.
    pub maps: PathBuf,
    /// Folder for what is made.
    pub output: PathBuf,
    /// Only images whose name matches one of these globs; none: all.
    #[serde(default)]
    pub images: Vec<String>,
    /// What the files of the maps become; none: the maps are not written.
    #[serde(default)]
    pub format: Option<MapFormat>,
    /// What else is made of them.
    #[serde(default)]
    pub products: Products,
    /// Replace what is there.
    #[serde(default)]
    pub overwrite: bool,
}

/// What became of all images.
#[derive(Debug)]
pub struct ConvertResult {
    /// Those that were written.
    pub images: Vec<ConvertedImage>,
    /// The names of those that failed, and why.
    pub failed: Vec<(String, JobError)>,
    /// The table of all objects, if one was asked for.
    pub table: Option<PathBuf>,
}

/// What was made of one image's maps; what JSON says of it is this.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConvertedImage {
    /// The image's name.
    pub image: String,
    /// The files written.
    pub maps: Vec<PathBuf>,
    /// How many pixels nothing is known of; the maps are NaN there.
    pub without_data: u64,
    /// The farthest that a number of the new maps is from what it was; none where no maps were written.
    pub largest_error: Option<f64>,
}

/// Why nothing is converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is asked for.
    #[error("nothing to make: name a format for the maps, or what is to be made of them")]
    Nothing,
    /// Pixels without a probability, in a format that cannot say so.
    #[error("nothing is known at {pixels} pixels, which {format} cannot say; take npy, tiff or nifti")]
    Unknown {
        /// How many pixels.
        pixels: u64,
        /// The format.
        format: MapFormat,
    },
    /// A class that a folder beside the maps would be mistaken for.
    #[error("a class is named '{folder}' as the folder {of} is; rename the class or store the maps as npy")]
    Named {
        /// The folder's name.
        folder: &'static str,
        /// What is in it.
        of: &'static str,
    },
    /// No map at all.
    #[error("{}: no image has a map; masks of raters become maps by a fusion", folder.display())]
    NoMaps {
        /// The folder.
        folder: PathBuf,
    },
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::Nothing | Self::Named { .. } => Fault::Request,
            Self::Unknown { .. } | Self::NoMaps { .. } => Fault::Input,
        }
    }
}

/// Writes maps in another format, and what is made of them. An image that fails is among the [failed](ConvertResult::failed), and
/// costs the others nothing.
///
/// An image's maps are in memory as a whole.
///
/// # Errors
/// Nothing asked for, a folder without maps, what its classes cannot have, files that would be replaced, a folder that holds what is
/// read.
pub fn convert(request: &ConvertRequest, observer: &dyn Observer) -> Result<ConvertResult, JobError> {
    if request.format.is_none() && request.products.is_empty() {
        return Err(Error::Nothing.into());
    }
    let dataset = open::dataset(&request.maps, &request.images, observer)?;
    let (items, others): (Vec<&Item>, Vec<&Item>) = dataset.items().iter().partition(|item| item.has_label());
    if items.is_empty() {
        return Err(Error::NoMaps { folder: request.maps.clone() }.into());
    }
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|item| item.id().to_owned()).collect();
        observer.warning(&format!("{} images have no map: {}", names.len(), listed(&names)));
    }
    let plan = Plan::new(&request.products, dataset.kind(), dataset.classes(), None)?;
    let mut job = Job { request, dataset: &dataset, plan };
    let inputs = || dataset.items().iter().flat_map(Item::files);
    let named = items.iter().map(|item| {
        let file = item.files().next().map_or_else(PathBuf::new, Path::to_owned);
        (item.name(), file, *item)
    });
    let pieces = pieces(named, request.format.unwrap_or_default())?;
    apart(&request.output, inputs())?;
    writable(job.targets(&pieces)?, inputs(), request.overwrite)?;
    sweep_old(&request.output);
    let (mut images, mut failed, mut enough) = (Vec::new(), Vec::new(), Ok(()));
    let folder = OutputFolder::new(&request.output);
    let steps = Steps::new(observer, "converting", items.len() as u64);
    for piece in &pieces {
        folder.check()?;
        match job.piece(piece, &steps) {
            Ok(image) => {
                folder.written();
                images.push(image);
            }
            Err(JobError::Stopped) => {
                enough = Err(JobError::Stopped);
                break;
            }
            Err(error) => failed.push((piece.id.clone(), error.of(&piece.id))),
        }
    }
    folder.check()?;
    if !images.is_empty() {
        job.finish()?;
    }
    let table = request.products.table(&request.output).filter(|_| !images.is_empty());
    enough.map(|()| ConvertResult { images, failed, table })
}

/// A conversion at work.
struct Job<'a> {
    request: &'a ConvertRequest,
    dataset: &'a Dataset,
    plan: Plan,
}

impl Job<'_> {
    /// Every file that will be written. An image of which no file can be named fails on its own.
    fn targets(&self, pieces: &[Piece<&Item>]) -> Result<Vec<PathBuf>, Error> {
        let Self { request, dataset, plan } = self;
        let (folder, kind, classes) = (&request.output, dataset.kind(), dataset.classes());
        let mut targets = plan.common_files(folder);
        if let Some(format) = request.format {
            let in_folders = format != MapFormat::Npy && kind != Kind::Binary;
            let is_class = |(folder, _): &(&str, &str)| classes.iter().any(|class| class == folder);
            if let Some((folder, of)) = request.products.folders().filter(|_| in_folders).find(is_class) {
                return Err(Error::Named { folder, of });
            }
            let of_piece = |piece: &Piece<&Item>| {
                let files = if piece.volume.is_some() { MapWriter::volume_files } else { MapWriter::files };
                files(folder, &piece.id, format, kind, classes)
            };
            targets.extend(pieces.iter().filter_map(|piece| of_piece(piece).ok()).flatten());
            targets.push(folder.join("maps.json"));
        }
        let items = pieces.iter().flat_map(|piece| &piece.images);
        targets.extend(items.filter_map(|item| plan.files(folder, &item.name()).ok()).flatten());
        Ok(targets)
    }

    /// An image, or all slices of a volume.
    fn piece(&mut self, piece: &Piece<&Item>, steps: &Steps<'_>) -> Result<ConvertedImage, JobError> {
        let (mut writer, mut done) = (
            None,
            ConvertedImage {
                image: piece.id.clone(),
                maps: Vec::new(),
                without_data: 0,
                largest_error: self.request.format.map(|_| 0.0),
            },
        );
        for item in &piece.images {
            steps.go_on()?;
            let image = self.image(item, piece, &mut writer, &mut done);
            steps.step();
            image?;
        }
        if let Some(writer) = writer {
            done.maps.splice(0..0, writer.finish()?);
        }
        Ok(done)
    }

    fn image(
        &mut self,
        item: &Item,
        piece: &Piece<&Item>,
        writer: &mut Option<MapWriter>,
        done: &mut ConvertedImage,
    ) -> Result<(), JobError> {
        let (folder, name) = (&self.request.output, item.name());
        let place = Place::of_item(item)?;
        let (numbers, known) = self.read(item)?;
        let without_data = known.iter().filter(|known| !**known).count() as u64 / known.dim().0 as u64;
        let known = known.broadcast(numbers.dim()).expect("one map or as many as classes");
        let exact = Zip::from(&numbers).and(known).map_collect(|p, known| if *known { *p } else { f64::NAN });
        let maps = exact.mapv(|p| p as f32);
        done.without_data += without_data;
        if let Some(format) = self.request.format {
            if without_data > 0 && !format.has_nan() {
                return Err(Error::Unknown { pixels: without_data, format }.into());
            }
            let writer = match writer {
                Some(writer) => writer,
                none => none.insert(self.begin(piece, format, &place, maps.view())?),
            };
            for rows in maps.axis_chunks_iter(Axis(1), ROWS) {
                writer.write_rows(rows)?;
            }
            done.largest_error = done.largest_error.map(|error| error.max(error_of(format, exact.view())));
        }
        let finished = ProbabilityMaps { id: &name, place: &place, maps: maps.view() };
        done.maps.extend(self.plan.write(folder, &finished)?);
        Ok(())
    }

    /// Probabilities [K, H, W], and where they are known, [G, H, W].
    fn read(&self, item: &Item) -> Result<(Array3<f64>, Array3<bool>), JobError> {
        let wanted = Wanted::labels(Target::Labels);
        let read = self.dataset.read(item, &wanted)?;
        let labels = read.labels(Target::Labels)?;
        let (height, width) = labels.size();
        let path = item.files().next().unwrap_or(self.dataset.root());
        self.plan.admit(height, width, path)?;
        let known = labels.valid().to_owned();
        Ok((read.into_prediction_where(Some(known.view()))?.into_f64(), known))
    }

    /// Begins the maps of an image of this size, or of a volume.
    fn begin(
        &self,
        piece: &Piece<&Item>,
        format: MapFormat,
        place: &Place,
        maps: ArrayView3<'_, f32>,
    ) -> Result<MapWriter, JobError> {
        let (_, height, width) = maps.dim();
        let (folder, kind, classes) = (&self.request.output, self.dataset.kind(), self.dataset.classes());
        if let Some(volume) = &piece.volume {
            let writer = MapWriter::create_volume(folder, &piece.id, format, kind, classes, volume)?;
            return Ok(writer.with_ignored(format));
        }
        let writer = MapWriter::create(folder, &piece.id, format, kind, classes, height, width)?;
        let mut writer = writer.with_ignored(format);
        if let Some(location) = &place.location {
            writer.place(location);
        }
        Ok(writer)
    }

    /// What is of all images; what was said of the maps is said of the new ones.
    fn finish(&self) -> Result<(), JobError> {
        if let Some(format) = self.request.format {
            let (kind, classes) = (self.dataset.kind(), self.dataset.classes());
            let new = Sidecar::new(kind, classes, format, None);
            let new = Sidecar { slice_axis: self.dataset.slice_axis(), ..new };
            let old = read_sidecar(&maps_folder(&self.request.maps))?.map(|old| Sidecar {
                version: new.version,
                kind,
                classes: new.classes.clone(),
                format,
                ..old
            });
            write_sidecar(&self.request.output, &old.unwrap_or(new))?;
        }
        self.plan.finish(&self.request.output)
    }
}

/// Rows that are written at once.
const ROWS: usize = 256;

/// Where maps.json lies, of a folder of maps or of a data set.
fn maps_folder(folder: &Path) -> PathBuf {
    let labels = folder.join("labels");
    if labels.is_dir() { labels } else { folder.to_owned() }
}

/// The farthest that a format puts a number from what it is; what is not known is no number.
fn error_of(format: MapFormat, numbers: ArrayView3<'_, f64>) -> f64 {
    let stored = |p: f64| match format {
        MapFormat::Npy | MapFormat::Tiff | MapFormat::Nifti => f64::from(p as f32),
        // As the writer rounds, from f32.
        MapFormat::Png16 => (f64::from(p as f32) * 65535.0).round() / 65535.0,
        MapFormat::Png8 => (f64::from(p as f32) * 255.0).round() / 255.0,
        MapFormat::Nifti16 => (f64::from(p as f32) * 32768.0).round() / 32768.0,
    };
    numbers.iter().filter(|p| !p.is_nan()).map(|p| (stored(*p) - p).abs()).fold(0.0, f64::max)
}
