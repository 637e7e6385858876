//! One image with all that is to be seen of it, made small.

use super::reader::JudgedImage;
use crate::picture::{Picture, Shrinking, shrink, shrink_picture, shrink_rows, smooth};
use ndarray::{Array2, Array3, ArrayView3, Axis};
use scumble::labels::{Kind, SoftLabels, binary_entropy, entropy};
use scumble_data::{DataError, Item, PixelSize, Raster, RasterReader, read_pixel_size};

/// An image that is shown, with its maps [H, W], or [K, H, W] for K classes, of at most 480 pixels a side.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// The image's name.
    pub(crate) id: String,
    /// Why this one, such as "worst".
    pub(crate) place: String,
    /// (height, width) of the image itself.
    pub(crate) size: (usize, usize),
    /// Of a pixel of the image itself, where its file says so.
    pub(crate) pixel: Option<PixelSize>,
    pub(crate) image: Option<Picture>,
    pub(crate) label: Array3<f32>,
    pub(crate) prediction: Array3<f32>,
    /// Where it is known: the probability that the raters' opinions were drawn from.
    pub(crate) truth: Option<Array3<f32>>,
    /// Prediction minus label of one class; of several, how much of the probability is misplaced.
    pub(crate) difference: Array2<f32>,
    /// Entropy of the prediction as a share of the largest possible.
    pub(crate) uncertainty: Array2<f32>,
    /// The same of the raters' opinions.
    pub(crate) disagreement: Option<Array2<f32>>,
    /// Prediction minus label of each class, smoothed: where the predictions are off.
    pub(crate) off: Vec<Array2<f32>>,
}

/// Six images of seven panels then stay below 10 MB.
const SIDE: usize = 480;
/// The calibration map is a mean over about this share of the longer side to each side.
const SMOOTH: usize = 40;
/// Classes with a calibration map of their own.
const MOST_MAPS: usize = 6;

impl Strip {
    /// Makes the maps of one image from its label and prediction; it has no place yet.
    pub(super) fn new(image: &JudgedImage<'_>) -> Self {
        let mut rows = StripRows::default();
        rows.add(image.labels, image.shown, image.labels.size().0, 0);
        rows.finish(image.item, image.image.map(small_image))
    }

    /// Adds the truth [K, H, W] behind the labels.
    pub(crate) fn add_truth(&mut self, truth: ArrayView3<'_, f32>) {
        self.truth = Some(stack(truth.outer_iter().map(|map| shrink(map.dim(), SIDE, |r, c| map[[r, c]]))));
    }

    /// Bytes of its maps and its picture.
    pub(super) fn bytes(&self) -> usize {
        let maps = [Some(&self.label), Some(&self.prediction), self.truth.as_ref()];
        let maps: usize = maps.into_iter().flatten().map(Array3::len).sum();
        let planes =
            [&self.difference, &self.uncertainty].into_iter().chain(&self.disagreement).chain(&self.off);
        let planes: usize = planes.map(Array2::len).sum();
        let picture = self.image.as_ref().map_or(0, |picture| picture.pixels().len());
        (maps + planes) * size_of::<f32>() + picture * size_of::<[u8; 3]>()
    }
}

/// A strip that is made while the rows of its label and prediction come.
#[derive(Default)]
pub(super) struct StripRows {
    /// From the first rows on.
    maps: Option<StripMaps>,
}

struct StripMaps {
    classes: usize,
    /// Whether raters disagree.
    votes: bool,
    size: (usize, usize),
    small: Shrinking,
}

impl StripRows {
    /// Adds rows from `top` on of an image of this height.
    pub(super) fn add(
        &mut self,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, f32>,
        height: usize,
        top: usize,
    ) {
        let (kind, classes, votes) = (labels.kind(), labels.classes(), labels.votes().is_some());
        let maps = self.maps.get_or_insert_with(|| {
            let (size, off) = ((height, labels.size().1), classes.min(MOST_MAPS));
            let small = Shrinking::new(size, SIDE, 2 * classes + off + 2 + usize::from(votes));
            StripMaps { classes, votes, size, small }
        });
        let p = labels.probabilities();
        let known = known(labels);
        let gap = |k: usize, r: usize, c: usize| known(k, r, c, prediction[[k, r, c]] - p[[k, r, c]]);
        let misplaced = |r: usize, c: usize| {
            let gaps = (0..classes).map(|k| gap(k, r, c).abs()).filter(|gap| !gap.is_nan());
            let (sum, known) = gaps.fold((0.0, 0), |(sum, known), gap| (sum + gap, known + 1));
            // A distribution has two ends of every shift.
            if kind == Kind::Multiclass && known > 0 { sum / 2.0 } else { sum / known as f32 }
        };
        let doubt = |maps: &ArrayView3<'_, f32>, r: usize, c: usize| {
            doubt(kind, (0..classes).map(|k| f64::from(maps[[k, r, c]])))
        };
        // In the order in which `finish` takes them.
        maps.small.add(top..top + labels.size().0, |map, row, c| {
            let r = row - top;
            let (of_class, k) = (map / classes, map % classes);
            match (of_class, map.saturating_sub(2 * classes)) {
                (0, _) => known(k, r, c, p[[k, r, c]]),
                (1, _) => prediction[[k, r, c]],
                (_, 0) if classes == 1 => gap(0, r, c),
                (_, 0) => misplaced(r, c),
                (_, 1) => doubt(&prediction, r, c),
                (_, 2) if votes => known(0, r, c, doubt(&p, r, c)),
                (_, rest) => gap(rest - 2 - usize::from(votes), r, c),
            }
        });
    }

    /// The strip; it has no place yet.
    ///
    /// # Panics
    /// Without any row.
    pub(super) fn finish(self, item: &Item, image: Option<Picture>) -> Strip {
        // A file that could be read whole has no broken header.
        let pixel = item.image().and_then(|path| read_pixel_size(path).ok().flatten());
        Strip { pixel, image, ..self.into_strip(item.id()) }
    }

    fn into_strip(self, id: &str) -> Strip {
        let StripMaps { classes, votes, size, small } = self.maps.expect("an image has rows");
        let mut maps = small.finish().into_iter();
        let mut of_classes = || stack(maps.by_ref().take(classes));
        let (label, prediction) = (of_classes(), of_classes());
        let mut next = || maps.next().expect("as many maps as were asked for");
        let (difference, uncertainty) = (next(), next());
        let disagreement = votes.then(&mut next);
        let smoothed = |gaps: Array2<f32>| smooth(&gaps, (gaps.dim().0.max(gaps.dim().1) / SMOOTH).max(1));
        Strip {
            id: id.into(),
            place: String::new(),
            size,
            pixel: None,
            image: None,
            label,
            prediction,
            truth: None,
            difference,
            uncertainty,
            disagreement,
            off: maps.map(smoothed).collect(),
        }
    }
}

/// The image of a strip.
pub(super) fn small_image(image: &Raster) -> Picture {
    shrink_picture(&Picture::image(image), SIDE)
}

/// The same of an image that is read by rows.
pub(super) fn small_rows(image: &mut RasterReader) -> Result<Picture, DataError> {
    shrink_rows(image, SIDE)
}

/// Label and prediction [K, H, W] of at most `side` pixels a side; what does not count of the label is NaN.
pub(super) fn maps_of(
    labels: &SoftLabels,
    prediction: ArrayView3<'_, f32>,
    side: usize,
) -> (Array3<f32>, Array3<f32>) {
    let (p, known) = (labels.probabilities(), known(labels));
    let maps = |value: &(dyn Fn(usize, usize, usize) -> f32 + Sync)| {
        stack((0..labels.classes()).map(|k| shrink(labels.size(), side, |r, c| value(k, r, c))))
    };
    (maps(&|k, r, c| known(k, r, c, p[[k, r, c]])), maps(&|k, r, c| prediction[[k, r, c]]))
}

/// A number of a class at a pixel where it counts: what does not is no number, and no mean has a part of it.
fn known(labels: &SoftLabels) -> impl Fn(usize, usize, usize, f32) -> f32 + Sync {
    let (valid, overlapping) = (labels.valid(), labels.kind() == Kind::Multilabel);
    move |k, row, column, value| {
        let group = if overlapping { k } else { 0 };
        if valid[[group, row, column]] { value } else { f32::NAN }
    }
}

/// Maps [H, W] of one size as [K, H, W].
pub(super) fn stack(maps: impl Iterator<Item = Array2<f32>>) -> Array3<f32> {
    let maps: Vec<_> = maps.collect();
    let views: Vec<_> = maps.iter().map(|map| map.view()).collect();
    ndarray::stack(Axis(0), &views).expect("at least one map, all of one size")
}

/// Entropy of a pixel's probabilities, as a share of the largest possible; labels that overlap: the mean of each.
fn doubt(kind: Kind, pixel: impl ExactSizeIterator<Item = f64>) -> f32 {
    let count = pixel.len() as f64;
    let share = match kind {
        Kind::Multiclass => entropy(pixel) / count.ln(),
        Kind::Binary | Kind::Multilabel => {
            pixel.map(binary_entropy).sum::<f64>() / count / std::f64::consts::LN_2
        }
    };
    share as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn strip(labels: &SoftLabels, prediction: &Array3<f32>) -> Strip {
        let mut rows = StripRows::default();
        rows.add(labels, prediction.view(), labels.size().0, 0);
        rows.into_strip("a")
    }

    #[test]
    fn a_pixel_in_doubt_is_one_whatever_the_kind() {
        for (kind, q) in [
            (Kind::Binary, array![[[0.5f32]]]),
            (Kind::Multiclass, array![[[0.25f32]], [[0.25]], [[0.25]], [[0.25]]]),
            (Kind::Multilabel, array![[[0.5f32]], [[0.5]]]),
        ] {
            let labels = SoftLabels::new(kind, q.clone()).unwrap();
            let strip = strip(&labels, &q);
            assert!((strip.uncertainty[[0, 0]] - 1.0).abs() < 1e-6, "{kind}");
            assert_eq!((strip.difference[[0, 0]], strip.disagreement), (0.0, None), "{kind}");
        }
    }

    #[test]
    fn a_class_in_the_place_of_another_is_one_misplaced() {
        let labels = SoftLabels::new(Kind::Multiclass, array![[[1.0f32]], [[0.0]], [[0.0]]]).unwrap();
        let strip = strip(&labels, &array![[[0.0]], [[1.0]], [[0.0]]]);
        assert_eq!(strip.difference[[0, 0]], 1.0);
        assert_eq!(strip.off.iter().map(|map| map[[0, 0]]).collect::<Vec<_>>(), [-1.0, 1.0, 0.0]);
    }

    #[test]
    fn what_does_not_count_is_not_shown() {
        let mut labels = SoftLabels::new(Kind::Binary, array![[[0.0f32, 1.0]]]).unwrap();
        labels.ignore(array![[false, true]].view()).unwrap();
        let strip = strip(&labels, &array![[[0.25, 0.25]]]);
        assert_eq!(strip.difference[[0, 0]], 0.25);
        assert!(strip.difference[[0, 1]].is_nan() && strip.label[[0, 0, 1]].is_nan());
        assert!(strip.uncertainty[[0, 1]] > 0.8, "the prediction is there all the same");
    }
}
