use super::SampleError;
use crate::Raster;
use crate::normalisation::check_finite;
use ndarray::{Array3, ArrayView3};
use std::ops::Range;

/// An image with its soft label: what patches are cut from. A value of this type has been checked.
///
/// ```
/// use ndarray::array;
/// use scumble::{Kind, SoftLabels};
/// use scumble_data::{Raster, Sample, Samples};
///
/// let image = Raster { height: 1, width: 2, channels: 1, samples: Samples::U8(vec![7, 200]), indexed: None };
/// let labels = SoftLabels::new(Kind::Binary, array![[[0.4, 1.0]]])?;
/// let sample = Sample::new(image, labels.probabilities().to_owned(), labels.effective_weights(true))?;
/// assert_eq!(sample.targets().dim(), (1, 1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    image: Raster,
    targets: Array3<f32>,
    weights: Array3<f32>,
    labelled: [Range<usize>; 2],
}

impl Sample {
    /// Puts together an image, `targets` [K, H, W] and `weights` [G, H, W].
    ///
    /// G is 1 (binary, multiclass) or K (multilabel). A pixel of weight 0 is ignored, whatever its target is,
    /// NaN included; so is one whose weight is negative or NaN.
    ///
    /// # Errors
    /// Shapes that do not belong together; an image without pixels; an image with a sample that is NaN or
    /// infinite.
    pub fn new(image: Raster, targets: Array3<f32>, weights: Array3<f32>) -> Result<Self, SampleError> {
        let Raster { height, width, channels, .. } = image;
        if height * width * channels == 0 {
            return Err(SampleError::Empty { height, width, channels });
        }
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
        check_finite(&image)?;
        // Rows of pixels are read as slices.
        let (targets, weights) =
            (targets.as_standard_layout().into_owned(), weights.as_standard_layout().into_owned());
        let labelled = bounds(weights.view()).unwrap_or([0..height, 0..width]);
        Ok(Self { image, targets, weights, labelled })
    }

    /// The image.
    pub fn image(&self) -> &Raster {
        &self.image
    }

    /// Targets [K, H, W].
    pub fn targets(&self) -> ArrayView3<'_, f32> {
        self.targets.view()
    }

    /// Weights [G, H, W]; 0 means ignore.
    pub fn weights(&self) -> ArrayView3<'_, f32> {
        self.weights.view()
    }

    /// What it takes in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.image.bytes() + 4 * (self.targets.len() + self.weights.len())
    }

    /// Rows and columns of the smallest rectangle that holds all weight; the whole image if there is none.
    pub(super) fn labelled(&self) -> &[Range<usize>; 2] {
        &self.labelled
    }
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
        Raster { height: 3, width: 4, channels: 1, samples: Samples::F32(samples), indexed: None }
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
        let nan = new(image(vec![f32::NAN; 12]), 1, 1, 4).unwrap_err();
        assert!(nan.to_string().starts_with("row 0, column 0, channel 0: NaN"), "{nan}");
    }
}
