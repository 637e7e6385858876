//! One item in memory, by one call that decodes each of its files once; whatever looks at the item takes from there.

use super::geometry::Geometry;
use super::label_file::FileLabel;
use super::roi::is_outlines;
use super::{Dataset, Item, Target};
use crate::{DataError, Raster, RasterReader, read_image, read_image_in_context};
use ndarray::{Array2, Array3, Axis, Slice};
use scumble::fusion::{Patterns, mean};
use scumble::labels::{LabelSpace, RaterMask, SoftLabels};
use std::borrow::Cow;
use std::mem;
use std::ops::Range;
use std::path::Path;

/// What to read of an item. Files that nothing asks for are not opened.
///
/// ```
/// use scumble_data::{Target, Wanted};
///
/// let wanted = Wanted { image: true, raters: true, ..Wanted::labels(Target::Mean) };
/// assert_eq!(Wanted::default(), Wanted { image: false, raters: false, labels: None, label_sets: None });
/// # assert!(wanted.image);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// The image; an item without one is then an error.
    pub image: bool,
    /// The masks of all raters who marked the image, and ignore/ID. There may be none.
    pub raters: bool,
    /// What [`ItemData::labels`] needs for this target: the label file or the masks, ignore/ID and weights/ID.
    pub labels: Option<Target>,
    /// The same for [`ItemData::label_sets`].
    pub label_sets: Option<Target>,
}

impl Wanted {
    /// The image alone.
    pub fn image() -> Self {
        Self { image: true, ..Self::default() }
    }

    /// The raters' masks alone.
    pub fn raters() -> Self {
        Self { raters: true, ..Self::default() }
    }

    /// What the label of this target is made of.
    pub fn labels(target: Target) -> Self {
        Self { labels: Some(target), ..Self::default() }
    }

    /// What the label sets of this target are made of.
    pub fn label_sets(target: Target) -> Self {
        Self { label_sets: Some(target), ..Self::default() }
    }
}

/// An item as its files have it, as far as [asked for](Wanted).
///
/// Labels are made of it by [`labels`](Self::labels) and [`label_sets`](Self::label_sets), by a
/// [`Labeller`](crate::Labeller) where a target takes something from other images too.
///
/// ```no_run
/// use scumble_data::{Dataset, Target, Wanted};
///
/// let data = Dataset::open("chase_db1".as_ref())?;
/// let wanted = Wanted { image: true, raters: true, ..Wanted::labels(Target::Mean) };
/// for item in data.items() {
///     let mut read = data.read(item, &wanted)?;
///     let labels = read.labels(Target::Mean)?;
///     for (name, mask) in &read.raters {
///         println!("{name} marked {:?}", mask.marks().dim());
///     }
///     let image = read.image.take().expect("it was asked for");
///     assert_eq!(labels.size(), (image.height, image.width));
/// }
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ItemData<'d> {
    pub(super) dataset: &'d Dataset,
    pub(super) item: &'d Item,
    /// The image.
    pub image: Option<Raster>,
    /// The raters' masks, sorted by their names. A rater's own ignore/ is in them; ignore/ID is not.
    pub raters: Vec<(String, RaterMask)>,
    /// The label file, the counts of raters beside it in it; ignore/ID and weights/ID are not.
    pub label_file: Option<SoftLabels>,
    /// True where ignore/ID is not zero, [H, W].
    pub ignore: Option<Array2<bool>>,
    /// True where the image has no data, [H, W], and says so ([`Raster::said_without_data`]): counts for nothing.
    pub without_data: Option<Array2<bool>>,
    /// The weight of each pixel, [H, W], the numbers of weights/ID as they are.
    pub weights: Option<Array2<f32>>,
    /// What the label file says with all digits, where it has 64-bit floats.
    pub(super) wide: Option<Array3<f64>>,
}

impl Dataset {
    /// Reads an item, every file at most once.
    ///
    /// Label, masks, ignore/ and weights/ must have the size of the image (without one, of the first map) and, where
    /// the files say where they lie in space, its place.
    ///
    /// # Errors
    /// What is wanted and not there, a broken file, another size or place than the image's, values that make no label or
    /// mask; see [`DataError`].
    pub fn read<'d>(&'d self, item: &'d Item, wanted: &Wanted) -> Result<ItemData<'d>, DataError> {
        self.read_in(item, wanted, None)
    }

    /// The same of the rows that `geometry` is of, if there is one.
    pub(super) fn read_in<'d>(
        &'d self,
        item: &'d Item,
        wanted: &Wanted,
        geometry: Option<&Geometry>,
    ) -> Result<ItemData<'d>, DataError> {
        let mut data = ItemData::empty(self, item);
        if wanted.image {
            data.image = Some(match (geometry, item.image.as_deref()) {
                (Some(geometry), Some(path)) if self.context == 0 => {
                    self.declared(geometry.read_picture(path)?)
                }
                _ => self.image(item)?,
            });
        }
        let of_file = wanted.labels.map(|target| item.labels_from_file(target));
        let sets_of_file = wanted.label_sets.map(|target| item.sets_from_file(target));
        let made = [of_file, sets_of_file];
        let (file, masks) = (made.contains(&Some(true)), wanted.raters || made.contains(&Some(false)));
        if !file && !masks {
            return Ok(data);
        }
        if file && item.label.is_none() {
            return Err(self.lacks(item, "label file"));
        }
        let whole;
        let geometry = match geometry {
            Some(rows) => rows,
            None => {
                whole = self.geometry(item)?;
                &whole
            }
        };
        if file {
            let FileLabel { labels, wide } = self.label_file(item, geometry)?;
            (data.label_file, data.wide) = (Some(labels), wide);
        }
        if masks {
            data.raters = self.masks(item, geometry)?;
        }
        if made.contains(&Some(false)) && data.raters.is_empty() {
            return Err(self.lacks(item, "rater's mask"));
        }
        if let Some(path) = &item.ignore {
            data.ignore = Some(geometry.ignored(path)?);
        }
        // Most images say nothing of the kind, and then a label is read without its image.
        if let Some(path) = item.image.as_deref().filter(|_| geometry.nodata.or(self.nodata).is_some()) {
            let image = match &data.image {
                Some(image) => image.own_slice(self.context),
                None => Cow::Owned(self.declared(geometry.read_picture(path)?)),
            };
            data.without_data = image.said_without_data();
        }
        if let Some(path) = item.weights.as_ref().filter(|_| made != [None, None]) {
            data.weights = Some(geometry.weights(path)?);
        }
        Ok(data)
    }

    /// Decodes the image of an item, for whoever needs nothing else of it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn image(&self, item: &Item) -> Result<Raster, DataError> {
        let path = item.image.as_deref().ok_or_else(|| self.no_image(item))?;
        let image = read_image_in_context(path, self.context)?;
        Ok(self.declared(image).with_gaps_of_slice(self.context))
    }

    /// The image of an item to be read by rows, if its format can be, and it comes without its neighbours.
    ///
    /// # Errors
    /// As [`RasterReader::image`]; an item without an image.
    pub fn image_rows(&self, item: &Item) -> Result<Option<RasterReader>, DataError> {
        let path = item.image.as_deref().ok_or_else(|| self.no_image(item))?;
        if self.context > 0 {
            return Ok(None);
        }
        Ok(RasterReader::image(path)?.map(|reader| reader.with_nodata(self.nodata)))
    }

    /// Decodes an image of the set, of which dataset.toml may say what stands for no data.
    pub(super) fn open_image(&self, path: &Path) -> Result<Raster, DataError> {
        read_image(path).map(|image| self.declared(image))
    }

    fn declared(&self, image: Raster) -> Raster {
        Raster { nodata: image.nodata.or(self.nodata), ..image }
    }

    /// The soft label of an item, for whoever needs nothing else of it: [`ItemData::labels`].
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`ItemData::labels`].
    pub fn labels(&self, item: &Item, target: Target) -> Result<SoftLabels, DataError> {
        self.read(item, &Wanted::labels(target))?.labels(target)
    }

    /// The geometry that the item's maps must have, from the header of the image (else of the first map).
    pub(super) fn geometry(&self, item: &Item) -> Result<Geometry, DataError> {
        // Outlines have no size of their own.
        let reference = item.image.as_deref().or_else(|| item.files().find(|path| !is_outlines(path)));
        let reference = reference.ok_or_else(|| self.lacks(item, "image to say its size"))?;
        Geometry::of(reference, self.meaning.affine_tolerance)
    }

    /// The masks of all raters who marked an image, sorted by their names.
    fn masks(&self, item: &Item, geometry: &Geometry) -> Result<Vec<(String, RaterMask)>, DataError> {
        let present =
            item.raters.iter().filter_map(|(name, files)| Some((name, files.mask.as_ref()?, files)));
        present.map(|(name, mask, files)| Ok((name.clone(), self.mask(mask, files, geometry)?))).collect()
    }

    pub(super) fn lacks(&self, item: &Item, what: &'static str) -> DataError {
        DataError::NoLabel { id: item.id.clone(), what, root: self.root().to_owned() }
    }

    pub(super) fn no_image(&self, item: &Item) -> DataError {
        DataError::NoImage { id: item.id.clone(), root: self.root().to_owned() }
    }
}

impl Item {
    /// Whether the label of a target is that of the file.
    fn labels_from_file(&self, target: Target) -> bool {
        match target {
            Target::Labels => true,
            Target::Auto => self.label.is_some(),
            Target::Mean | Target::Staple | Target::DawidSkene => false,
        }
    }

    /// Whether the label sets of a target are those of the file, which says less about them than masks do.
    pub(super) fn sets_from_file(&self, target: Target) -> bool {
        self.labels_from_file(target) && (target == Target::Labels || self.raters().next().is_none())
    }
}

impl<'d> ItemData<'d> {
    /// Nothing read yet.
    pub(super) fn empty(dataset: &'d Dataset, item: &'d Item) -> Self {
        let raters = Vec::new();
        Self {
            dataset,
            item,
            image: None,
            raters,
            label_file: None,
            ignore: None,
            without_data: None,
            weights: None,
            wide: None,
        }
    }

    /// (height, width) of the label file or the masks, if there are any.
    pub(super) fn size(&self) -> Option<(usize, usize)> {
        let of_mask = |(_, mask): &(String, RaterMask)| (mask.marks().dim().1, mask.marks().dim().2);
        self.label_file.as_ref().map(SoftLabels::size).or_else(|| self.raters.first().map(of_mask))
    }

    /// The same of some rows alone, without the image.
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        let at = Slice::from(rows.clone());
        let raters = self.raters.iter().map(|(name, mask)| (name.clone(), mask.rows(rows.clone())));
        let of = |map: &Array2<bool>| map.slice_axis(Axis(0), at).to_owned();
        Self {
            dataset: self.dataset,
            item: self.item,
            image: None,
            raters: raters.collect(),
            label_file: self.label_file.as_ref().map(|labels| labels.rows(rows.clone())),
            ignore: self.ignore.as_ref().map(of),
            without_data: self.without_data.as_ref().map(of),
            weights: self.weights.as_ref().map(|weights| weights.slice_axis(Axis(0), at).to_owned()),
            wide: self.wide.as_ref().map(|wide| wide.slice_axis(Axis(1), at).to_owned()),
        }
    }

    /// The item that was read.
    pub fn item(&self) -> &'d Item {
        self.item
    }

    /// What a message about the item names: its image, else the data set.
    pub fn path(&self) -> &'d Path {
        self.item.image().unwrap_or(self.dataset.root())
    }

    /// The soft label, with ignore/ and weights/ applied.
    ///
    /// Pixels are ignored where ignore/ID is not zero, where the image says that it has no data, and where a float label
    /// is NaN. Values of weights/ID are taken as
    /// they are: 2 in an 8-bit file is the weight 2. [`Target::Staple`] and [`Target::DawidSkene`] are fitted to this
    /// image alone; a [`Labeller`](crate::Labeller) fits the latter to many.
    ///
    /// # Errors
    /// Raters who cannot be fused, weights that are negative or not finite. What was not asked for counts as not there.
    pub fn labels(&self, target: Target) -> Result<SoftLabels, DataError> {
        let mut labels = match target {
            Target::Staple | Target::DawidSkene => {
                self.fused(&self.opinions(), self.dataset.space(), target)?
            }
            _ if self.item.labels_from_file(target) => self.file()?.clone(),
            _ => self.counted(&self.raters, self.dataset.space())?,
        };
        self.apply_ignore_and_weights(&mut labels)?;
        Ok(labels)
    }

    /// The raters' masks, unseen by all where ignore/ID is not zero or the image has no data: what a fusion of raters is
    /// made of. They are copied only if there are such pixels.
    pub fn opinions(&self) -> Cow<'_, [(String, RaterMask)]> {
        let mut masks = Cow::Borrowed(&self.raters[..]);
        if self.left_out().next().is_some() {
            masks.to_mut().iter_mut().for_each(|(_, mask)| self.hide_ignored(mask));
        }
        masks
    }

    /// The same for whoever needs nothing else of the item: no mask is copied.
    pub fn into_opinions(mut self) -> Vec<(String, RaterMask)> {
        let mut masks = mem::take(&mut self.raters);
        masks.iter_mut().for_each(|(_, mask)| self.hide_ignored(mask));
        masks
    }

    /// Makes unseen what ignore/ID says, and where the image has no data.
    pub(super) fn hide_ignored(&self, mask: &mut RaterMask) {
        for ignore in self.left_out() {
            mask.hide(ignore.view()).expect("both were held against one geometry");
        }
    }

    /// What counts for nobody.
    fn left_out(&self) -> impl Iterator<Item = &Array2<bool>> {
        self.ignore.iter().chain(&self.without_data)
    }

    pub(super) fn file(&self) -> Result<&SoftLabels, DataError> {
        self.label_file.as_ref().ok_or_else(|| self.lacks("label file"))
    }

    /// The frequency of the raters' opinions, with their counts.
    pub(super) fn counted(
        &self,
        masks: &[(String, RaterMask)],
        space: &LabelSpace,
    ) -> Result<SoftLabels, DataError> {
        if masks.is_empty() {
            return Err(self.lacks("rater's mask"));
        }
        mean(space, masks).map_err(DataError::fusion(self.item.id()))
    }

    /// What a model of raters says, fitted to this image alone.
    pub(super) fn fused(
        &self,
        masks: &[(String, RaterMask)],
        space: &LabelSpace,
        target: Target,
    ) -> Result<SoftLabels, DataError> {
        if masks.is_empty() {
            return Err(self.lacks("rater's mask"));
        }
        let mut patterns = Patterns::new(space);
        let fitted = patterns.add(masks).and_then(|()| target.fit(&patterns)?.map(masks));
        fitted.map_err(DataError::fusion(self.item.id()))
    }

    /// What ignore/ID, the image and weights/ID say of a label of the item.
    pub(super) fn apply_ignore_and_weights(&self, labels: &mut SoftLabels) -> Result<(), DataError> {
        for ignore in self.left_out() {
            let path = self.item.ignore.as_deref().unwrap_or(self.path());
            labels.ignore(ignore.view()).map_err(DataError::label(path))?;
        }
        if let (Some(weights), Some(path)) = (&self.weights, &self.item.weights) {
            labels.weigh(weights.view()).map_err(DataError::label(path))?;
        }
        Ok(())
    }

    pub(super) fn lacks(&self, what: &'static str) -> DataError {
        self.dataset.lacks(self.item, what)
    }
}
