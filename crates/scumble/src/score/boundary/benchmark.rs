//! The boundary benchmark: images in, ODS, OIS and AP out.

use super::curve::{average_precision, best};
use super::{BoundaryCounts, BoundaryError, BoundaryFit, BoundaryOptions, BoundaryPoint};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

/// The boundary benchmark of BSDS500, image by image; it keeps the counts, never the pixels.
///
/// The costly part is [`BoundaryOptions::judge`], which images may go through in parallel;
/// [`add_counts`](Self::add_counts) then takes what it gives, in the order of the images.
///
/// ```
/// use ndarray::Array2;
/// use scumble::score::boundary::{BoundaryBenchmark, BoundaryOptions};
///
/// let edge = Array2::from_shape_fn((40, 60), |(_, column)| column == 30);
/// let found = Array2::from_shape_fn((40, 60), |(_, column)| if column == 31 { 0.7 } else { 0.0 });
/// let options = BoundaryOptions { max_distance: 0.02, ..Default::default() }; // 1.4 of 72 pixels
/// let mut benchmark = BoundaryBenchmark::new(options);
/// benchmark.add("one", found.view(), &[edge.view()])?;
/// let scores = benchmark.scores();
/// assert_eq!((scores.ods.f, scores.ois.f), (1.0, 1.0));
/// # Ok::<(), scumble::score::boundary::BoundaryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct BoundaryBenchmark {
    options: BoundaryOptions,
    images: Vec<(String, Vec<BoundaryCounts>)>,
}

impl BoundaryBenchmark {
    /// No images yet.
    pub fn new(options: BoundaryOptions) -> Self {
        Self { options, images: Vec::new() }
    }

    /// Judges one image, see [`BoundaryOptions::judge`], and counts it.
    ///
    /// # Errors
    /// As there; nothing is counted then.
    pub fn add(
        &mut self,
        image: &str,
        prediction: ArrayView2<'_, f32>,
        raters: &[ArrayView2<'_, bool>],
    ) -> Result<(), BoundaryError> {
        let counts = self.options.judge(prediction, raters)?;
        self.add_counts(image, counts);
        Ok(())
    }

    /// Counts an image that was judged with the same options.
    ///
    /// # Panics
    /// Counts of another number of thresholds.
    pub fn add_counts(&mut self, image: &str, counts: Vec<BoundaryCounts>) {
        assert_eq!(counts.len(), self.options.thresholds, "counts of the same thresholds");
        self.images.push((image.to_owned(), counts));
    }

    /// The scores of all images; all 0 without any.
    pub fn scores(&self) -> BoundaryScores {
        let levels = self.options.levels();
        let mut counts = vec![BoundaryCounts::default(); levels.len()];
        let mut at_best = BoundaryCounts::default();
        for (_, image) in &self.images {
            counts.iter_mut().zip(image).for_each(|(all, one)| all.merge(one));
            // The first of equals, as in the original.
            if let Some(best) = image.iter().reduce(|best, one| if one.f() > best.f() { one } else { best }) {
                at_best.merge(best);
            }
        }
        let all = curve(&levels, &counts);
        let images = self.images.iter().map(|(image, counts)| {
            let BoundaryPoint { threshold, recall, precision, f } = optimum(&curve(&levels, counts));
            ImageBoundary { image: image.clone(), threshold, recall, precision, f }
        });
        BoundaryScores {
            ods: optimum(&all),
            ois: BoundaryFit::from(&at_best),
            ap: average_precision(&all),
            images: images.collect(),
            curve: all,
            counts,
        }
    }
}

fn curve(levels: &[f64], counts: &[BoundaryCounts]) -> Vec<BoundaryPoint> {
    levels.iter().zip(counts).map(|(t, c)| BoundaryPoint::new(*t, c.recall(), c.precision())).collect()
}

fn optimum(curve: &[BoundaryPoint]) -> BoundaryPoint {
    best(curve).unwrap_or(BoundaryPoint::new(0.0, 0.0, 0.0))
}

/// What the benchmark says of a set of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoundaryScores {
    /// Optimal data set scale: the one threshold for all images that is best, with F there.
    pub ods: BoundaryPoint,
    /// Optimal image scale: each image at its own best threshold, the counts summed.
    pub ois: BoundaryFit,
    /// Average precision, the area under `curve`.
    pub ap: f64,
    /// Each image at its own best threshold, between thresholds too.
    pub images: Vec<ImageBoundary>,
    /// Recall and precision of all images at each threshold.
    pub curve: Vec<BoundaryPoint>,
    /// The counts behind the curve.
    pub counts: Vec<BoundaryCounts>,
}

/// One image at its best threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageBoundary {
    /// Its name.
    pub image: String,
    /// The threshold.
    pub threshold: f64,
    /// Share of the raters' pixels that were found.
    pub recall: f64,
    /// Share of the predicted pixels that some rater marked.
    pub precision: f64,
    /// Their harmonic mean.
    pub f: f64,
}
