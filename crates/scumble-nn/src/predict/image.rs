use super::PredictError;
use super::axis::AxisPlan;
use crate::{Executor, Task};
use ndarray::{Array3, Array4, ArrayView3, Axis, Slice};
use scumble_data::{Normalisation, Raster};

/// Tiles are at most about this many pixels a side unless told otherwise.
pub const DEFAULT_TILE: usize = 1024;

/// What is made of the logits.
#[derive(Clone, Copy)]
pub(crate) enum Reading<'a> {
    /// The probability of each class, [K, H, W].
    Classes(&'a Task),
    /// The probability of each label set, [2^K, H, W], for a task whose sets are counted.
    Sets(&'a Task),
    /// The logits themselves.
    Logits(&'a Task),
    /// What a calibration is fitted to: the logits without shift and calibration, [K, H, W].
    Unshifted(&'a Task),
}

impl Reading<'_> {
    fn maps(self) -> usize {
        match self {
            Self::Classes(task) | Self::Unshifted(task) => task.outputs(),
            Self::Sets(task) => 1 << task.outputs(),
            Self::Logits(task) => task.logits(),
        }
    }

    fn read(self, logits: Array4<f32>) -> Array4<f32> {
        match self {
            Self::Classes(task) => task.probabilities(logits),
            Self::Sets(task) => task.states(logits).expect("a task whose sets are counted"),
            Self::Logits(_) => logits,
            Self::Unshifted(task) => task.unshifted(logits),
        }
    }
}

/// Predicts one image, handing finished rows [K, rows, W] from top to bottom to `take`.
///
/// Memory is bounded by one tile and one band of rows, whatever the image's height. Beyond the image's right and
/// lower edge, where its size is no multiple of the network's stride, the image is mirrored.
pub(crate) fn predict_bands(
    executor: &mut dyn Executor,
    reading: Reading<'_>,
    normalisation: &Normalisation,
    image: &Raster,
    tile: usize,
    take: &mut dyn FnMut(ArrayView3<'_, f32>) -> Result<(), PredictError>,
) -> Result<(), PredictError> {
    normalisation.check(image)?;
    let network = executor.network();
    let (margin, stride) = (network.halo(), network.stride());
    let rows = AxisPlan::new(image.height, tile, margin, stride);
    let columns = AxisPlan::new(image.width, tile, margin, stride);
    let classes = reading.maps();
    // Row 0 of the band is row `done` of the image; below it, sums of the tile rows so far.
    let mut band = Array3::<f32>::zeros((classes, rows.tile, image.width));
    let mut done = 0;
    for (i, &top) in rows.starts.iter().enumerate() {
        for (j, &left) in columns.starts.iter().enumerate() {
            let corner = (top as isize, left as isize);
            let window = normalisation.window(image, corner, (rows.tile, columns.tile))?;
            let probabilities = reading.read(executor.infer(window.view().insert_axis(Axis(0)))?);
            for (mut sums, maps) in
                band.outer_iter_mut().zip(probabilities.index_axis(Axis(0), 0).outer_iter())
            {
                for (row, weight) in rows.weights[i].iter().enumerate().filter(|(_, w)| **w > 0.0) {
                    let mut sums = sums.row_mut(top + row - done);
                    for (column, across) in columns.weights[j].iter().enumerate() {
                        if left + column < image.width {
                            sums[left + column] += weight * across * maps[[row, column]];
                        }
                    }
                }
            }
        }
        // Rows above the next tile row get nothing more.
        let next = rows.starts.get(i + 1).copied().unwrap_or(image.height);
        let finished = next - done;
        let mut rows_done = band.slice_axis_mut(Axis(1), Slice::from(..finished));
        if !matches!(reading, Reading::Logits(_) | Reading::Unshifted(_)) {
            // Weights sum to 1 but for rounding, which must not leave the range of a probability.
            rows_done.mapv_inplace(|q| q.clamp(0.0, 1.0));
        }
        take(rows_done.view())?;
        let mut rest = Array3::zeros(band.raw_dim());
        let kept = rows.tile - finished.min(rows.tile);
        rest.slice_axis_mut(Axis(1), Slice::from(..kept))
            .assign(&band.slice_axis(Axis(1), Slice::from(rows.tile - kept..)));
        band = rest;
        done = next;
    }
    Ok(())
}

/// Predicts one image whole: probabilities [K, H, W].
///
/// # Errors
/// Another number of channels than the network's, a sample that is no number, a device that fails.
pub fn predict_image(
    executor: &mut dyn Executor,
    task: &Task,
    normalisation: &Normalisation,
    image: &Raster,
    tile: usize,
) -> Result<Array3<f32>, PredictError> {
    read_image(executor, Reading::Classes(task), normalisation, image, tile)
}

/// The same for any reading of the logits.
pub(crate) fn read_image(
    executor: &mut dyn Executor,
    reading: Reading<'_>,
    normalisation: &Normalisation,
    image: &Raster,
    tile: usize,
) -> Result<Array3<f32>, PredictError> {
    let mut maps = Array3::zeros((reading.maps(), image.height, image.width));
    let mut top = 0;
    predict_bands(executor, reading, normalisation, image, tile, &mut |band| {
        let rows = band.dim().1;
        maps.slice_axis_mut(Axis(1), Slice::from(top..top + rows)).assign(&band);
        top += rows;
        Ok(())
    })?;
    Ok(maps)
}
