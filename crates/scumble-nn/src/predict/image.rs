//! One image through a network by overlapping tiles, whatever is read of it.

use super::PredictError;
use super::axis::AxisPlan;
use super::band::Band;
use crate::executor::Executor;
use crate::network::{Network, f32_bytes};
use crate::{Reading, Task, View, Views};
use ndarray::{Array3, ArrayView3, Axis, Slice};
use scumble_data::{Normalisation, Raster, admit_work};
use std::num::NonZeroUsize;

/// Tiles are at most about this many pixels a side unless told otherwise.
pub const DEFAULT_TILE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Takes finished rows [K, rows, W] of each reading, in their order.
pub type TakeBands<'t> = dyn FnMut(&[ArrayView3<'_, f32>]) -> Result<(), PredictError> + 't;

/// A network with all that prediction needs to know.
pub(crate) struct Member<'m> {
    pub(crate) executor: &'m mut dyn Executor,
    pub(crate) task: &'m Task,
    pub(crate) normalisation: &'m Normalisation,
    /// The views of the image whose logits are averaged.
    pub(crate) views: Views,
}

/// A view of an image, and how it is cut into tiles, in the coordinates of the image itself.
struct Pass {
    view: View,
    rows: AxisPlan,
    columns: AxisPlan,
}

impl Pass {
    /// A view is predicted as if it were an image of its own: its tiles lie on the grid that begins at its corner, and
    /// beyond its lower and right edge, where its size is no multiple of the stride, it is mirrored.
    fn new(view: View, network: &Network, image: &Raster, tile: NonZeroUsize) -> Self {
        let plan = |length: usize, flipped: bool| {
            let plan = AxisPlan::new(length, tile.get(), network.halo(), network.stride());
            if flipped { plan.flipped(length) } else { plan }
        };
        let [flip_rows, flip_columns] = view.flips;
        Self { view, rows: plan(image.height, flip_rows), columns: plan(image.width, flip_columns) }
    }
}

/// Reads one image, handing finished rows [K, rows, W] of every reading, in their order, from top to bottom to `take`.
/// The network sees each tile once in each view, however many readings there are.
///
/// Memory is bounded by one tile and one band of rows, whatever the image's height and the number of views.
pub(crate) fn read_bands(
    member: &mut Member<'_>,
    readings: &[Reading],
    image: &Raster,
    tile: NonZeroUsize,
    take: &mut TakeBands<'_>,
) -> Result<(), PredictError> {
    let Member { executor, task, normalisation, views } = member;
    readings.iter().try_for_each(|reading| task.supports(*reading))?;
    let normalised = normalisation.of(image)?;
    let network = executor.network();
    let passes: Vec<Pass> =
        views.list().into_iter().map(|view| Pass::new(view, network, image, tile)).collect();
    // The views of an image have tiles of one size.
    let size = (passes[0].rows.tile, passes[0].columns.tile);
    let height = size.0.min(image.height);
    let maps = task.logits() + readings.iter().map(|reading| task.maps(*reading)).sum::<usize>();
    let bands = f32_bytes([maps, height, image.width]);
    admit_work(network.needed(size).saturating_add(bands)).map_err(|source| PredictError::TooLarge {
        tile: size,
        image: (image.height, image.width),
        source,
    })?;
    let mut band = Band::new(task.logits(), height, image.width);
    let share = 1.0 / passes.len() as f32;
    // Every row of tiles of every view, from top to bottom.
    let mut lines: Vec<(isize, &Pass, Vec<f32>)> = Vec::new();
    for pass in &passes {
        let weights = pass.rows.weights.iter().map(|weights| weights.iter().map(|w| w * share).collect());
        lines.extend(pass.rows.starts.iter().zip(weights).map(|(top, weights)| (*top, pass, weights)));
    }
    lines.sort_by_key(|(top, ..)| *top);
    let mut done = 0;
    for (i, (top, pass, down)) in lines.iter().enumerate() {
        for (left, across) in pass.columns.starts.iter().zip(&pass.columns.weights) {
            let window = normalised.window((*top, *left), size);
            let seen = pass.view.see(window.view());
            let seen = seen.as_standard_layout();
            let logits = executor.infer(seen.view().insert_axis(Axis(0)))?;
            band.add(pass.view.back(logits.index_axis(Axis(0), 0)), (down, across), (*top, *left));
        }
        // Rows above the next row of tiles get nothing more.
        let next = lines.get(i + 1).map_or(image.height, |(top, ..)| usize::try_from(*top).unwrap_or(0));
        if next > done {
            let logits = band.finish(next).insert_axis(Axis(0));
            let read = readings.iter().map(|reading| task.read(*reading, &logits));
            let maps = read.collect::<Result<Vec<_>, _>>()?;
            take(&maps.iter().map(|maps| maps.index_axis(Axis(0), 0)).collect::<Vec<_>>())?;
            done = next;
        }
    }
    Ok(())
}

/// Reads one image whole: the maps of each reading, in their order.
pub(crate) fn read_image(
    member: &mut Member<'_>,
    readings: &[Reading],
    image: &Raster,
    tile: NonZeroUsize,
) -> Result<Vec<Array3<f32>>, PredictError> {
    let whole = |reading: &Reading| Array3::zeros((member.task.maps(*reading), image.height, image.width));
    let mut maps: Vec<Array3<f32>> = readings.iter().map(whole).collect();
    let mut top = 0;
    read_bands(member, readings, image, tile, &mut |bands| {
        let rows = bands.first().map_or(0, |band| band.dim().1);
        for (maps, band) in maps.iter_mut().zip(bands) {
            maps.slice_axis_mut(Axis(1), Slice::from(top..top + rows)).assign(band);
        }
        top += rows;
        Ok(())
    })?;
    Ok(maps)
}
