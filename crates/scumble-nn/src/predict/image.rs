use super::PredictError;
use super::axis::AxisPlan;
use crate::{Executor, Task};
use ndarray::{Array3, Array4, ArrayView3, Axis, Slice};
use scumble_data::{Normalisation, Raster, first_non_finite, mirror};

/// Tiles are at most about this many pixels a side unless told otherwise.
pub const DEFAULT_TILE: usize = 1024;

/// Predicts one image, handing finished rows [K, rows, W] from top to bottom to `take`.
///
/// Memory is bounded by one tile and one band of rows, whatever the image's height. Beyond the image's right and
/// lower edge, where its size is no multiple of the network's stride, the image is mirrored.
pub(crate) fn predict_bands(
    executor: &mut dyn Executor,
    task: &Task,
    normalisation: &Normalisation,
    image: &Raster,
    tile: usize,
    take: &mut dyn FnMut(ArrayView3<'_, f32>) -> Result<(), PredictError>,
) -> Result<(), PredictError> {
    let network = executor.network();
    if image.channels != network.channels() {
        return Err(PredictError::Channels { found: image.channels, expected: network.channels() });
    }
    if let Some((row, column, channel)) = first_non_finite(image) {
        return Err(PredictError::NotFinite { row, column, channel });
    }
    let (margin, stride) = (network.halo(), network.stride());
    let rows = AxisPlan::new(image.height, tile, margin, stride);
    let columns = AxisPlan::new(image.width, tile, margin, stride);
    let classes = task.outputs();
    // Row 0 of the band is row `done` of the image; below it, sums of the tile rows so far.
    let mut band = Array3::<f32>::zeros((classes, rows.tile, image.width));
    let mut done = 0;
    for (i, &top) in rows.starts.iter().enumerate() {
        for (j, &left) in columns.starts.iter().enumerate() {
            let cut = cut(image, normalisation, (top, left), (rows.tile, columns.tile));
            let probabilities = task.probabilities(executor.infer(cut.view())?);
            for (mut sums, maps) in band.outer_iter_mut().zip(probabilities.index_axis(Axis(0), 0).outer_iter()) {
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
        // Weights sum to 1 but for rounding, which must not leave the range of a probability.
        let mut rows_done = band.slice_axis_mut(Axis(1), Slice::from(..finished));
        rows_done.mapv_inplace(|q| q.clamp(0.0, 1.0));
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

/// The normalised tile [1, C, h, w], mirrored beyond the image.
fn cut(
    image: &Raster,
    normalisation: &Normalisation,
    (top, left): (usize, usize),
    (height, width): (usize, usize),
) -> Array4<f32> {
    let unit = 1.0 / image.full_scale();
    let columns: Vec<usize> = (left..left + width).map(|x| mirror(x as isize, image.width)).collect();
    let mut tile = Array4::zeros((1, image.channels, height, width));
    for (channel, mut plane) in tile.index_axis_mut(Axis(0), 0).outer_iter_mut().enumerate() {
        let (mean, deviation) = (normalisation.mean()[channel], normalisation.deviation()[channel]);
        for (row, mut line) in plane.outer_iter_mut().enumerate() {
            let y = mirror((top + row) as isize, image.height);
            for (value, &x) in line.iter_mut().zip(&columns) {
                *value = (image.raw(y, x, channel) * unit - mean) / deviation;
            }
        }
    }
    tile
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
    let mut maps = Array3::zeros((task.outputs(), image.height, image.width));
    let mut top = 0;
    predict_bands(executor, task, normalisation, image, tile, &mut |band| {
        let rows = band.dim().1;
        maps.slice_axis_mut(Axis(1), Slice::from(top..top + rows)).assign(&band);
        top += rows;
        Ok(())
    })?;
    Ok(maps)
}
