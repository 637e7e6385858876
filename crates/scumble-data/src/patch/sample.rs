//! An image with its label: what patches are cut from.

use super::SampleError;
use super::labels::{self, LabelMaps};
use super::raters::{OneRater, Raters};
use super::taps::Tap;
use super::values::Values;
use crate::check_finite;
use crate::missing::{Gap, Outlying, counted_by, limits};
use crate::{Exposure, Extent, Normalisation, NormalisationMethod, Raster};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3};
use scumble::labels::SoftLabels;
use std::ops::Range;
use std::sync::OnceLock;

/// An image with its soft label: what patches are cut from. A value of this type has been checked.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, SoftLabels};
/// use scumble_data::{Raster, Sample, Samples};
///
/// let image = Raster { height: 1, width: 2, channels: 1, samples: Samples::U8(vec![7, 200]), indexed: None, nodata: None };
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.4, 1.0]]])?;
/// let sample = Sample::new(image, labels.probabilities().to_owned(), labels.effective_weights(true))?;
/// assert_eq!((sample.classes(), sample.raters()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    image: Raster,
    label: Label,
    labelled: [Range<usize>; 2],
    /// Whether some sample of the image says nothing.
    gaps: bool,
    /// By channel the range beyond which samples say nothing, for none counts there; what there is.
    limits: Option<(Vec<[f32; 2]>, Outlying)>,
    own: Own,
}

/// What a normalisation first asked of the image. It follows from the image, so samples are alike with and without.
#[derive(Debug, Clone, Default)]
struct Own(OnceLock<(NormalisationMethod, Exposure)>);

impl PartialEq for Own {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Label {
    Soft(SoftMaps),
    Raters(Raters),
}

/// The target of each class and the weights of each group, in memory order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SoftMaps {
    targets: Vec<Values>,
    weights: Vec<Values>,
}

impl LabelMaps for SoftMaps {
    fn weight(&self, group: usize, at: usize) -> f32 {
        self.weights[group].get(at)
    }

    fn target(&self, class: usize, at: usize) -> f32 {
        self.targets[class].get(at)
    }
}

/// What a patch shows of a sample's label.
pub(super) enum View<'a> {
    /// All that is known.
    Soft(&'a SoftMaps),
    /// The opinion of one of its raters.
    Rater(OneRater<'a>),
}

impl View<'_> {
    /// Fills row `y` of targets [K, P, P] and weights [G, P, P] with the label at `taps`.
    pub(super) fn resample_row(
        &self,
        taps: &[Tap],
        y: usize,
        targets: ArrayViewMut3<'_, f32>,
        weights: ArrayViewMut3<'_, f32>,
    ) {
        match self {
            View::Soft(soft) => labels::resample_row(*soft, taps, y, targets, weights),
            View::Rater(rater) => labels::resample_row(rater, taps, y, targets, weights),
        }
    }
}

impl Sample {
    /// Puts together an image, `targets` [K, H, W] and `weights` [G, H, W].
    ///
    /// G is 1 (binary, multiclass) or K (multilabel). A pixel of weight 0 is ignored, whatever its target is,
    /// NaN included; so is one whose weight is negative or NaN. In the image, too, it may be NaN or infinite: such a
    /// sample, one of [`Raster::nodata`], and one of an ignored pixel [far outside](Outlying) of those that count become
    /// the mean in a patch.
    ///
    /// # Errors
    /// Shapes that do not belong together; an image without pixels; a sample that is NaN or infinite where the label
    /// counts, and not said to stand for no data.
    pub fn new(image: Raster, targets: Array3<f32>, weights: Array3<f32>) -> Result<Self, SampleError> {
        let (height, width) = size(&image)?;
        let classes = targets.dim().0;
        if targets.dim() != (classes, height, width) || classes == 0 {
            let (found, expected) = (targets.shape().to_vec(), vec![classes.max(1), height, width]);
            return Err(SampleError::Shape { what: "the target", found, expected });
        }
        let groups = if weights.dim().0 == classes { classes } else { 1 };
        if weights.dim() != (groups, height, width) {
            let (found, expected) = (weights.shape().to_vec(), vec![groups, height, width]);
            return Err(SampleError::Shape { what: "the weight", found, expected });
        }
        let mut rows = SampleRows::new(image);
        rows.add(targets.view(), weights.view());
        rows.finish()
    }

    /// Puts together an image and the hard labels of its raters, of which each patch shows one, drawn anew.
    ///
    /// `mean` is the label that all of them make together, with what is ignored and the weights of pixels; `raters` are
    /// valid where they have seen the pixel. A pixel that the rater drawn has seen weighs R, as many as there are raters,
    /// and any other 0: of the n raters who have seen it each is drawn once in R times, which makes the weight n of the
    /// mean, and its numerators. With `by_raters` false the mean weighs 1, and a vote R / n. A mark is kept in a byte.
    ///
    /// The sum of a patch's weights, by which a training divides its loss, is the mean's where all raters have seen
    /// the same pixels. Else it is so in expectation, and the quotient is no longer quite unbiased.
    ///
    /// # Errors
    /// No rater; labels of another size or kind than the mean; a soft label; more than 255 exclusive classes; an image
    /// that [`new`](Self::new) refuses.
    pub fn of_raters(
        image: Raster,
        mean: &SoftLabels,
        raters: &[SoftLabels],
        by_raters: bool,
    ) -> Result<Self, SampleError> {
        let (height, width) = size(&image)?;
        if mean.size() != (height, width) {
            let (found, expected) =
                (mean.probabilities().shape().to_vec(), vec![mean.classes(), height, width]);
            return Err(SampleError::Shape { what: "the target", found, expected });
        }
        let weights = mean.effective_weights(by_raters);
        let labelled = bounds(weights.view()).unwrap_or([0..height, 0..width]);
        let label = Label::Raters(Raters::new(mean, raters, by_raters)?);
        Self::checked(image, label, labelled, counted_by(weights.view()).view())
    }

    fn checked(
        image: Raster,
        label: Label,
        labelled: [Range<usize>; 2],
        counted: ArrayView2<'_, bool>,
    ) -> Result<Self, SampleError> {
        check_finite(&image, Some(counted))?;
        let gaps = Gap::of(&image, None).is_in(&image);
        let limits = limits(&image, counted);
        Ok(Self { image, label, labelled, gaps, limits, own: Own::default() })
    }

    /// The image.
    pub fn image(&self) -> &Raster {
        &self.image
    }

    /// K: maps of the target.
    pub fn classes(&self) -> usize {
        match &self.label {
            Label::Soft(maps) => maps.targets.len(),
            Label::Raters(raters) => raters.classes(),
        }
    }

    /// G: maps of the weight, 1 or K.
    pub fn groups(&self) -> usize {
        match &self.label {
            Label::Soft(maps) => maps.weights.len(),
            Label::Raters(raters) => raters.groups(),
        }
    }

    /// Labels of which a patch shows one: as many as raters, or 1.
    pub fn raters(&self) -> usize {
        match &self.label {
            Label::Soft(_) => 1,
            Label::Raters(raters) => raters.count(),
        }
    }

    /// What it takes in memory, in bytes.
    pub fn bytes(&self) -> usize {
        let label = match &self.label {
            Label::Soft(maps) => maps.targets.iter().chain(&maps.weights).map(Values::bytes).sum(),
            Label::Raters(raters) => raters.bytes(),
        };
        self.image.bytes() + label
    }

    /// What lies far outside of what counts; in patches it is the mean. None where nothing does.
    pub fn outlying(&self) -> Option<Outlying> {
        self.limits.as_ref().map(|(_, outlying)| *outlying)
    }

    /// How bright the image is, and how full of contrast, where it says something.
    pub fn exposure(&self) -> Exposure {
        Exposure::of(&self.image, Gap::of(&self.image, None), self.limits())
    }

    /// The least and the largest sample, where the image's numbers are no plain counts.
    pub fn extent(&self) -> Option<Extent> {
        Extent::of_floats(&self.image, Gap::of(&self.image, None))
    }

    /// The image's own statistics that a normalisation asks for.
    pub(super) fn own(&self, normalisation: &Normalisation) -> Exposure {
        let take = || normalisation.own(&self.image, normalisation.gap(&self.image), self.limits());
        let (method, exposure) = self.own.0.get_or_init(|| (normalisation.method(), take()));
        if *method == normalisation.method() { exposure.clone() } else { take() }
    }

    /// Whether some sample of the image says nothing.
    pub(super) fn has_gaps(&self) -> bool {
        self.gaps || self.limits.is_some()
    }

    /// By channel the range beyond which a sample says nothing, where there is one.
    pub(super) fn limits(&self) -> Option<&[[f32; 2]]> {
        self.limits.as_ref().map(|(limits, _)| &limits[..])
    }

    /// What a patch shows that has drawn this rater.
    pub(super) fn view(&self, rater: usize) -> View<'_> {
        match &self.label {
            Label::Soft(maps) => View::Soft(maps),
            Label::Raters(raters) => View::Rater(raters.one(rater)),
        }
    }

    /// Rows and columns of the smallest rectangle that holds all weight; the whole image if there is none.
    pub(super) fn labelled(&self) -> &[Range<usize>; 2] {
        &self.labelled
    }
}

/// A sample whose label comes by bands of rows, top to bottom: a large one is never whole in memory as f32.
///
/// ```
/// use ndarray::{Array3, Axis, array};
/// use scumble_data::{Raster, Sample, SampleRows};
///
/// let targets: Array3<f32> = array![[[0.1, 0.4], [1.0, 0.0]]];
/// let (image, weights) = (Raster::from_planes(targets.view()), Array3::ones((1, 2, 2)));
/// let mut rows = SampleRows::new(image.clone());
/// for row in 0..2 {
///     rows.add(targets.select(Axis(1), &[row]).view(), weights.select(Axis(1), &[row]).view());
/// }
/// assert_eq!(rows.finish()?, Sample::new(image, targets, weights)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SampleRows {
    image: Raster,
    maps: SoftMaps,
    labelled: Option<[Range<usize>; 2]>,
    /// Where something weighs, in memory order.
    counted: Vec<bool>,
}

impl SampleRows {
    /// No label yet.
    pub fn new(image: Raster) -> Self {
        let maps = SoftMaps { targets: Vec::new(), weights: Vec::new() };
        Self { image, maps, labelled: None, counted: Vec::new() }
    }

    /// The next rows: targets [K, rows, W] and weights [G, rows, W], as for [`Sample::new`].
    ///
    /// # Panics
    /// Maps of another number than before, of another width than the image.
    pub fn add(&mut self, targets: ArrayView3<'_, f32>, weights: ArrayView3<'_, f32>) {
        let Raster { height, width, .. } = self.image;
        let SoftMaps { targets: all_targets, weights: all_weights } = &mut self.maps;
        for (all, maps) in [(all_targets, &targets), (all_weights, &weights)] {
            if self.counted.is_empty() {
                all.resize_with(maps.dim().0, || Values::with_capacity(height * width));
            }
            assert_eq!(
                (all.len(), width),
                (maps.dim().0, maps.dim().2),
                "maps as before, of the image's width"
            );
            all.iter_mut().zip(maps.outer_iter()).for_each(|(all, map)| all.extend(map.iter().copied()));
        }
        let top = self.counted.len() / width.max(1);
        if let Some([rows, columns]) = bounds(weights) {
            let rows = rows.start + top..rows.end + top;
            self.labelled = Some(match self.labelled.take() {
                None => [rows, columns],
                Some(known) => [(known[0].clone(), rows), (known[1].clone(), columns)]
                    .map(|(a, b)| a.start.min(b.start)..a.end.max(b.end)),
            });
        }
        self.counted.extend(counted_by(weights));
    }

    /// The sample.
    ///
    /// # Errors
    /// Another number of rows than the image's; what [`Sample::new`] refuses.
    pub fn finish(self) -> Result<Sample, SampleError> {
        let (height, width) = size(&self.image)?;
        let rows = self.counted.len() / width;
        let Ok(counted) = Array2::from_shape_vec((height, width), self.counted) else {
            let classes = self.maps.targets.len();
            let (found, expected) = (vec![classes, rows, width], vec![classes, height, width]);
            return Err(SampleError::Shape { what: "the target", found, expected });
        };
        let labelled = self.labelled.unwrap_or([0..height, 0..width]);
        Sample::checked(self.image, Label::Soft(self.maps), labelled, counted.view())
    }
}

/// (height, width) of an image that has pixels.
fn size(image: &Raster) -> Result<(usize, usize), SampleError> {
    let Raster { height, width, channels, .. } = *image;
    if height * width * channels == 0 {
        return Err(SampleError::Empty { height, width, channels });
    }
    Ok((height, width))
}

/// Rows and columns of the smallest rectangle that holds everything above 0.
fn bounds(weights: ArrayView3<'_, f32>) -> Option<[Range<usize>; 2]> {
    let mut found: Option<[Range<usize>; 2]> = None;
    for plane in weights.outer_iter() {
        for (y, row) in plane.outer_iter().enumerate() {
            let Some(first) = row.iter().position(|w| *w > 0.0) else { continue };
            let last = row.iter().rposition(|w| *w > 0.0).unwrap_or(first);
            found = Some(match found {
                None => [y..y + 1, first..last + 1],
                Some([rows, columns]) => [
                    rows.start.min(y)..rows.end.max(y + 1),
                    columns.start.min(first)..columns.end.max(last + 1),
                ],
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;

    fn image(samples: Vec<f32>) -> Raster {
        Raster {
            height: 3,
            width: 4,
            channels: 1,
            samples: Samples::F32(samples),
            indexed: None,
            nodata: None,
        }
    }

    #[test]
    fn the_labelled_rectangle_spans_all_groups() {
        let mut weights = Array3::zeros((2, 3, 4));
        weights[[0, 1, 2]] = 0.5;
        weights[[1, 2, 1]] = 3.0;
        let sample = Sample::new(image(vec![0.0; 12]), Array3::zeros((2, 3, 4)), weights).unwrap();
        assert_eq!(sample.labelled(), &[1..3, 1..3]);
        let empty =
            Sample::new(image(vec![0.0; 12]), Array3::zeros((2, 3, 4)), Array3::zeros((1, 3, 4))).unwrap();
        assert_eq!(empty.labelled(), &[0..3, 0..4]);
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let new = |image, classes, groups, columns| {
            Sample::new(image, Array3::zeros((classes, 3, columns)), Array3::zeros((groups, 3, columns)))
        };
        assert!(matches!(
            new(image(vec![0.0; 12]), 1, 1, 5),
            Err(SampleError::Shape { what: "the target", .. })
        ));
        assert!(matches!(
            new(image(vec![0.0; 12]), 3, 2, 4),
            Err(SampleError::Shape { what: "the weight", .. })
        ));
        assert!(matches!(new(image(vec![0.0; 12]), 0, 1, 4), Err(SampleError::Shape { .. })));
        let nan = || image(vec![f32::NAN; 12]);
        let counts = Sample::new(nan(), Array3::zeros((1, 3, 4)), Array3::ones((1, 3, 4))).unwrap_err();
        assert!(counts.to_string().starts_with("row 0, column 0, channel 0: NaN"), "{counts}");
        assert!(new(nan(), 1, 1, 4).is_ok());
    }
}
