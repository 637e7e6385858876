//! Raters' masks to soft labels: images in parallel, at most one in memory for each thread.

mod method;
mod output;
mod result;

pub use method::{FuseMethod, MethodError, RaterModel};
pub use output::OutputError;
pub use result::{Estimated, FuseResult, FusedImage, Learnt, LearntOfRater, Prior, RaterWeight};

use crate::fault::Fault;
use crate::outputs::apart;
use crate::pieces::{Piece, pieces, usual};
use crate::place::reference;
use crate::{JobError, Observer, Steps, open};
use output::Output;
use rayon::prelude::*;
use scumble::fusion::{Fit, FusionError, Patterns, majority_labels, weighted_mean};
use scumble::labels::{LabelSpace, RaterMask, SoftLabels};
use scumble_data::{Dataset, Item, ItemRows, MapFormat, MapWriter, Wanted};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Which masks to fuse, how, and where the labels go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuseRequest {
    /// The data set's folder.
    pub data: PathBuf,
    /// Only images that match one of these patterns; none: all.
    #[serde(default)]
    pub images: Vec<String>,
    /// How a label is made of several masks.
    #[serde(default)]
    pub method: FuseMethod,
    /// Folder for the labels.
    pub output: PathBuf,
    /// What their files are; unless it is said NIfTI of NIfTI files, else NPY.
    #[serde(default)]
    pub format: Option<MapFormat>,
    /// Replace labels of the same format that are there.
    #[serde(default)]
    pub overwrite: bool,
}

/// Why masks cannot be fused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No image with a mask.
    #[error("{}: no rater has marked any of these images (raters/NAME/ID.png); nothing to fuse", data.display())]
    NoMask {
        /// The data set.
        data: PathBuf,
    },
    /// A method that does not fit the data set.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// A folder or format that cannot take the labels.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Masks that no label can be made of.
    #[error(transparent)]
    Fusion(#[from] FusionError),
}

impl Error {
    pub(crate) fn fault(&self) -> Fault {
        match self {
            Self::NoMask { .. } | Self::Fusion(_) | Self::Output(OutputError::Unknown { .. }) => Fault::Input,
            Self::Method(_) | Self::Output(_) => Fault::Request,
        }
    }
}

impl From<FusionError> for JobError {
    fn from(error: FusionError) -> Self {
        Error::from(error).into()
    }
}

/// Fuses the masks of each image and writes its label. An image that fails is among the [failed](FuseResult::failed),
/// and costs the others nothing.
///
/// # Errors
/// Settings that a method cannot have, data that cannot be opened or have no mask, a method that does not fit them, an
/// output that would replace or mix
/// with what is there.
pub fn fuse(request: &FuseRequest, observer: &dyn Observer) -> Result<FuseResult, JobError> {
    let method = &request.method;
    method.check().map_err(Error::from)?;
    let dataset = open::dataset(&request.data, &request.images, observer)?;
    let items: Vec<&Item> = dataset.items().iter().filter(|item| item.raters().next().is_some()).collect();
    if items.is_empty() {
        return Err(Error::NoMask { data: request.data.clone() }.into());
    }
    method.check_for(&dataset).map_err(Error::from)?;
    apart(&request.output, items.iter().flat_map(|item| item.opinion_files()))?;
    let format = request.format.unwrap_or_else(|| usual(items.iter().filter_map(|item| reference(item))));
    let output = Output::open(request, format, &dataset, &in_pieces(&items, format)?)?;
    let steps = Steps::new(observer, "fusing", items.len() as u64 * if method.is_pooled() { 2 } else { 1 });
    let mut failed = BTreeMap::new();
    let pool = match method {
        FuseMethod::Truth { model, pooled: true } => pool(&dataset, model, &items, &steps, &mut failed)?,
        _ => None,
    };
    // Of a volume of which slices have failed, none is there.
    let mut pieces = in_pieces(&items, format)?;
    pieces.retain(|piece| piece.images.iter().all(|item| !failed.contains_key(item.id())));
    let fusion = Fusion { space: dataset.space(), method, pool };
    let done = each(&pieces, |piece| fuse_piece(&dataset, piece, &fusion, &output, &steps));
    let (mut images, mut stopped) = (Vec::new(), false);
    for (piece, fused) in pieces.iter().zip(done) {
        match fused {
            Ok(fused) => images.extend(fused),
            Err(JobError::Stopped) => stopped = true,
            Err(error) => drop(failed.insert(piece.id.clone(), error)),
        }
    }
    if !images.is_empty() {
        output.finish()?;
    }
    if stopped {
        return Err(JobError::Stopped);
    }
    Ok(FuseResult {
        images,
        failed,
        without_mask: dataset.items().len() - items.len(),
        format,
        kind: dataset.kind(),
        classes: dataset.classes().to_vec(),
        pooled: method.is_pooled(),
        counts: method.counts(),
    })
}

/// One fit over all images that can be read; None where none can. Their masks are read again when they are fused:
/// all at once would fill the memory.
fn pool(
    dataset: &Dataset,
    model: &RaterModel,
    items: &[&Item],
    steps: &Steps<'_>,
    failed: &mut BTreeMap<String, JobError>,
) -> Result<Option<Fit>, JobError> {
    let counted = each(items, |item| {
        let patterns = steps.go_on().and_then(|()| patterns(dataset, item));
        steps.step();
        patterns
    });
    let mut all = Patterns::new(dataset.space());
    for (item, counted) in items.iter().zip(counted) {
        match counted {
            Ok(patterns) => all.merge(&patterns)?,
            Err(JobError::Stopped) => return Err(JobError::Stopped),
            Err(error) => drop(failed.insert(item.id().to_owned(), error)),
        }
    }
    if all.raters().is_empty() {
        return Ok(None);
    }
    Ok(Some(model.fit(&all)?))
}

fn patterns(dataset: &Dataset, item: &Item) -> Result<Patterns, JobError> {
    by_rows(dataset, item, |bands| counted(dataset.space(), bands))
}

fn counted(space: &LabelSpace, bands: &Bands<'_>) -> Result<Patterns, JobError> {
    let mut patterns = Patterns::new(space);
    bands.each(|masks| Ok(patterns.add(masks)?))?;
    Ok(patterns)
}

/// Works on the masks of an item by bands of rows; what fails so is said, or done, by the item as a whole.
fn by_rows<T>(
    dataset: &Dataset,
    item: &Item,
    work: impl Fn(&Bands<'_>) -> Result<T, JobError>,
) -> Result<T, JobError> {
    let rows = dataset.rows(item, &Wanted::raters())?;
    let size = rows.size();
    if rows.bands().len() > 1
        && let Ok(done) = work(&Bands { size, masks: Masks::ByRows(Box::new(rows)) })
    {
        return Ok(done);
    }
    let masks = dataset.read(item, &Wanted::raters())?.into_opinions();
    work(&Bands { size, masks: Masks::Whole(masks) })
}

/// The masks of an item, to be gone through as often as needed: none of its files is decoded twice.
struct Bands<'d> {
    /// (height, width) of the item.
    size: (usize, usize),
    masks: Masks<'d>,
}

enum Masks<'d> {
    Whole(Vec<(String, RaterMask)>),
    ByRows(Box<ItemRows<'d>>),
}

impl Bands<'_> {
    /// From top to bottom.
    fn each(
        &self,
        mut work: impl FnMut(&[(String, RaterMask)]) -> Result<(), JobError>,
    ) -> Result<(), JobError> {
        match &self.masks {
            Masks::Whole(masks) => work(masks),
            Masks::ByRows(rows) => {
                rows.bands().into_iter().try_for_each(|band| work(&rows.read(band)?.into_opinions()))
            }
        }
    }
}

/// Items in pieces that are written together.
fn in_pieces<'i>(items: &[&'i Item], format: MapFormat) -> Result<Vec<Piece<&'i Item>>, JobError> {
    let named = items.iter().map(|item| {
        let file = reference(item).map_or_else(PathBuf::new, Path::to_owned);
        (item.name(), file, *item)
    });
    Ok(pieces(named, format)?)
}

fn fuse_piece(
    dataset: &Dataset,
    piece: &Piece<&Item>,
    fusion: &Fusion<'_>,
    output: &Output,
    steps: &Steps<'_>,
) -> Result<Vec<FusedImage>, JobError> {
    let Some(volume) = &piece.volume else {
        let images = piece.images.iter().map(|item| {
            let image = steps.go_on().and_then(|()| fuse_image(dataset, item, fusion, output));
            steps.step();
            image
        });
        return images.collect();
    };
    let mut maps = output.begin_volume(&piece.id, volume)?;
    let mut slices = Vec::new();
    for item in &piece.images {
        steps.go_on()?;
        let slice = fuse_slice(dataset, item, fusion, output, &mut maps);
        steps.step();
        slices.push(slice.map_err(|error| error.of(item.id()))?);
    }
    let files = maps.finish()?;
    // The file is that of its first slice, too.
    slices.iter_mut().take(1).for_each(|first| first.maps.splice(0..0, files.iter().cloned()).for_each(drop));
    Ok(slices)
}

fn fuse_image(
    dataset: &Dataset,
    item: &Item,
    fusion: &Fusion<'_>,
    output: &Output,
) -> Result<FusedImage, JobError> {
    by_rows(dataset, item, |bands| {
        let mut maps = output.begin(item, bands.size)?;
        let mut image = fusion.write(item, bands, (&mut maps, output))?;
        image.maps.splice(0..0, maps.finish()?);
        output.written();
        Ok(image)
    })
}

/// A slice of a volume, whose maps are those of the volume.
fn fuse_slice(
    dataset: &Dataset,
    item: &Item,
    fusion: &Fusion<'_>,
    output: &Output,
    maps: &mut MapWriter,
) -> Result<FusedImage, JobError> {
    let size = dataset.rows(item, &Wanted::raters())?.size();
    let masks = dataset.read(item, &Wanted::raters())?.into_opinions();
    fusion.write(item, &Bands { size, masks: Masks::Whole(masks) }, (maps, output))
}

/// How masks become labels.
struct Fusion<'f> {
    space: &'f LabelSpace,
    method: &'f FuseMethod,
    /// What was learnt of all images together.
    pool: Option<Fit>,
}

impl Fusion<'_> {
    /// Appends the label of an item to `maps`, and writes the counts of its raters.
    fn write(
        &self,
        item: &Item,
        bands: &Bands<'_>,
        (maps, output): (&mut MapWriter, &Output),
    ) -> Result<FusedImage, JobError> {
        let (space, method) = (self.space, self.method);
        let own = match (method, &self.pool) {
            (FuseMethod::Truth { model, .. }, None) => Some(model.fit(&counted(space, bands)?)?),
            _ => None,
        };
        let fit = self.pool.as_ref().or(own.as_ref());
        let mut writer = output.labels(item, bands.size);
        let mut raters = Vec::new();
        bands.each(|masks| {
            raters = masks.iter().map(|(rater, _)| rater.clone()).collect();
            writer.write(&fused(space, masks, method, fit)?, maps)
        })?;
        let learnt = match (method, fit) {
            (FuseMethod::Mean { weights }, _) => {
                Learnt::weights(&raters, |rater| weights.get(rater).copied().unwrap_or(1.0))
            }
            (FuseMethod::Truth { .. }, Some(fit)) => Learnt::of_fit(fit, &raters, space.classes()),
            _ => Learnt::weights(&raters, |_| 1.0),
        };
        let maps = writer.finish()?;
        Ok(FusedImage { image: item.id().to_owned(), method: method.name(), learnt, raters, maps })
    }
}

/// The label that masks make; `fit` is of a method that learns.
fn fused(
    space: &LabelSpace,
    masks: &[(String, RaterMask)],
    method: &FuseMethod,
    fit: Option<&Fit>,
) -> Result<SoftLabels, FusionError> {
    match (method, fit) {
        (FuseMethod::Mean { weights }, _) => {
            weighted_mean(space, masks, |rater| weights.get(rater).copied().unwrap_or(1.0))
        }
        (FuseMethod::Majority { ties }, _) => majority_labels(space, masks, *ties),
        (FuseMethod::Truth { .. }, fit) => fit.expect("a method that learns has learnt").map(masks),
    }
}

/// What `work` makes of each item, in their order, by as many threads as there are processors.
///
/// Threads of its own: one of rayon's that waits for the pieces of its image would take up another image meanwhile,
/// and memory would hold more than one for each thread. A caller who has a pool of its own has its threads alone: there may be
/// no others (in a process that was forked).
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if rayon::current_thread_index().is_some() {
        return items.par_iter().map(&work).collect();
    }
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(items.len()));
    thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(items.len()) {
            scope.spawn(|| {
                while let Some((at, item)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| items.get(at).map(|item| (at, item)))
                {
                    let result = work(item);
                    results.lock().expect("no thread panics while it holds this").push((at, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("all threads are done");
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
