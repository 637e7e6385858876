//! One image through a network by overlapping tiles, whatever is read of it.

use super::PredictError;
use super::axis::AxisPlan;
use crate::executor::Executor;
use crate::network::f32_bytes;
use crate::{Reading, Task};
use ndarray::{Array3, ArrayView3, Axis, Slice};
use scumble_data::{Normalisation, Raster, admit_work};
use std::num::NonZeroUsize;

/// Tiles are at most about this many pixels a side unless told otherwise.
pub const DEFAULT_TILE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Takes finished rows [K, rows, W] of each reading, in their order.
pub type TakeBands<'t> = dyn FnMut(&[ArrayView3<'_, f32>]) -> Result<(), PredictError> + 't;

/// Reads one image, handing finished rows [K, rows, W] of every reading, in their order, from top to bottom to `take`.
/// The network sees each tile once, however many readings there are.
///
/// Memory is bounded by one tile and one band of rows, whatever the image's height. Beyond the image's right and
/// lower edge, where its size is no multiple of the network's stride, the image is mirrored.
pub(crate) fn read_bands(
    executor: &mut dyn Executor,
    task: &Task,
    readings: &[Reading],
    normalisation: &Normalisation,
    image: &Raster,
    tile: NonZeroUsize,
    take: &mut TakeBands<'_>,
) -> Result<(), PredictError> {
    readings.iter().try_for_each(|reading| task.supports(*reading))?;
    let normalised = normalisation.of(image)?;
    let network = executor.network();
    let (margin, stride) = (network.halo(), network.stride());
    let rows = AxisPlan::new(image.height, tile.get(), margin, stride);
    let columns = AxisPlan::new(image.width, tile.get(), margin, stride);
    let maps = readings.iter().map(|reading| task.maps(*reading)).sum();
    let bands = f32_bytes([maps, rows.tile, image.width]);
    admit_work(network.needed((rows.tile, columns.tile)).saturating_add(bands)).map_err(|source| {
        PredictError::TooLarge { tile: (rows.tile, columns.tile), image: (image.height, image.width), source }
    })?;
    // Row 0 of a band is row `done` of the image; below it, sums of the tile rows so far.
    let band = |reading: &Reading| Array3::<f32>::zeros((task.maps(*reading), rows.tile, image.width));
    let mut bands: Vec<Array3<f32>> = readings.iter().map(band).collect();
    let mut done = 0;
    for (i, &top) in rows.starts.iter().enumerate() {
        for (j, &left) in columns.starts.iter().enumerate() {
            let corner = (top as isize, left as isize);
            let window = normalised.window(corner, (rows.tile, columns.tile));
            let logits = executor.infer(window.view().insert_axis(Axis(0)))?;
            let weights = (&rows.weights[i][..], &columns.weights[j][..]);
            for (band, reading) in bands.iter_mut().zip(readings) {
                let maps = task.read(*reading, &logits)?;
                add_tile(band, maps.index_axis(Axis(0), 0), weights, (top - done, left));
            }
        }
        // Rows above the next tile row get nothing more.
        let next = rows.starts.get(i + 1).copied().unwrap_or(image.height);
        let finished = Slice::from(..next - done);
        for (band, _) in bands.iter_mut().zip(readings).filter(|(_, reading)| reading.is_share()) {
            // Weights sum to 1 but for rounding, which must not leave the range of a probability.
            band.slice_axis_mut(Axis(1), finished).mapv_inplace(|q| q.clamp(0.0, 1.0));
        }
        let views: Vec<_> = bands.iter().map(|band| band.slice_axis(Axis(1), finished)).collect();
        take(&views)?;
        let kept = rows.tile - (next - done).min(rows.tile);
        for band in &mut bands {
            let mut rest = Array3::zeros(band.raw_dim());
            rest.slice_axis_mut(Axis(1), Slice::from(..kept))
                .assign(&band.slice_axis(Axis(1), Slice::from(rows.tile - kept..)));
            *band = rest;
        }
        done = next;
    }
    Ok(())
}

/// Adds a tile's maps to a band, from this corner of it on, each pixel with the weights of its row and column.
fn add_tile(
    band: &mut Array3<f32>,
    maps: ArrayView3<'_, f32>,
    (down, across): (&[f32], &[f32]),
    (top, left): (usize, usize),
) {
    let width = band.dim().2;
    for (mut sums, maps) in band.outer_iter_mut().zip(maps.outer_iter()) {
        for (row, weight) in down.iter().enumerate().filter(|(_, w)| **w > 0.0) {
            let mut sums = sums.row_mut(top + row);
            for (column, across) in across.iter().enumerate() {
                if left + column < width {
                    sums[left + column] += weight * across * maps[[row, column]];
                }
            }
        }
    }
}

/// Reads one image whole: the maps of each reading, in their order.
pub(super) fn read_image(
    executor: &mut dyn Executor,
    task: &Task,
    readings: &[Reading],
    normalisation: &Normalisation,
    image: &Raster,
    tile: NonZeroUsize,
) -> Result<Vec<Array3<f32>>, PredictError> {
    let whole = |reading: &Reading| Array3::zeros((task.maps(*reading), image.height, image.width));
    let mut maps: Vec<Array3<f32>> = readings.iter().map(whole).collect();
    let mut top = 0;
    read_bands(executor, task, readings, normalisation, image, tile, &mut |bands| {
        let rows = bands.first().map_or(0, |band| band.dim().1);
        for (maps, band) in maps.iter_mut().zip(bands) {
            maps.slice_axis_mut(Axis(1), Slice::from(top..top + rows)).assign(band);
        }
        top += rows;
        Ok(())
    })?;
    Ok(maps)
}

/// Reads one image whole in one way: maps [K, H, W].
///
/// # Errors
/// Another number of channels than the network's, a reading that the task does not have, a
/// device that fails.
pub fn predict_image(
    executor: &mut dyn Executor,
    task: &Task,
    reading: Reading,
    normalisation: &Normalisation,
    image: &Raster,
    tile: NonZeroUsize,
) -> Result<Array3<f32>, PredictError> {
    let maps = read_image(executor, task, &[reading], normalisation, image, tile)?;
    Ok(maps.into_iter().next().expect("as many maps as readings"))
}
