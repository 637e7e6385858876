//! One image through networks by overlapping tiles, whatever is read of it.

use super::axis::AxisPlan;
use super::band::{Band, Part, parts};
use super::combine::combine;
use super::pixels::{Pixels, Seen};
use super::resample::{Resampling, window};
use super::{Mean, PredictError};
use crate::executor::Executor;
use crate::head::ReadingError;
use crate::network::{Network, f32_bytes};
use crate::{Reading, Task, View, Views};
use ndarray::{Array3, ArrayView3, Axis, Slice};
use scumble_data::{Normalisation, Raster, admit_work, mirror};
use std::num::NonZeroUsize;
use std::ops::Range;

/// Tiles are at most about this many pixels a side unless told otherwise.
pub const DEFAULT_TILE: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Takes finished rows [K, rows, W] of each reading, in their order.
pub type TakeBands<'t> = dyn FnMut(&[ArrayView3<'_, f32>]) -> Result<(), PredictError> + 't;

/// Takes finished rows of each reading, as [`TakeBands`] does, with these rows of the image: a raster and, counted from the top
/// of the image, its first row.
pub(crate) type TakeRows<'t> =
    dyn FnMut(&[ArrayView3<'_, f32>], Range<usize>, &Pixels<'_>) -> Result<(), PredictError> + 't;

/// Is told how many tiles are done, and how many there are.
pub type WatchTiles<'w> = dyn FnMut(usize, usize) + 'w;

/// A network with all that prediction needs to know.
pub(crate) struct Member<'m> {
    pub(crate) executor: &'m mut dyn Executor,
    pub(crate) task: &'m Task,
    pub(crate) normalisation: &'m Normalisation,
    /// The views of the image whose logits are averaged,
    pub(crate) views: Views,
    /// each at these sizes, as multiples of the image's own.
    pub(crate) scales: &'m [f64],
}

/// What is read of an image, and how.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) readings: &'a [Reading],
    /// What is averaged of several members.
    pub(crate) mean: Mean,
    pub(crate) tile: NonZeroUsize,
}

/// A view of an image at a size, and how it is cut into tiles, in the coordinates of the image at that size.
struct Pass {
    /// Which of the members sees it.
    member: usize,
    view: View,
    axes: [Resampling; 2],
    size: (usize, usize),
    starts: [Vec<isize>; 2],
    /// Of each row of tiles, what of the image it is a part of; the same of each column.
    parts: [Vec<Vec<Part>>; 2],
}

impl Pass {
    /// A view is predicted as if it were an image of its own: its tiles lie on the grid that begins at its corner, and
    /// beyond its lower and right edge, where its size is no multiple of the stride, it is mirrored.
    fn new(
        (member, network): (usize, &Network),
        (view, scale): (View, f64),
        image: (usize, usize),
        tile: NonZeroUsize,
    ) -> Self {
        let axes = [image.0, image.1].map(|from| {
            let to = (from as f64 * scale).round().max(1.0) as usize;
            Resampling { from, to }
        });
        let plan = |axis: usize| {
            let length = axes[axis].to;
            let plan = AxisPlan::new(length, tile.get(), network.halo(), network.stride());
            if view.flips[axis] { plan.flipped(length) } else { plan }
        };
        let plans = [plan(0), plan(1)];
        let parts = [parts(&plans[0], axes[0]), parts(&plans[1], axes[1])];
        let size = (plans[0].tile, plans[1].tile);
        Self { member, view, axes, size, starts: plans.map(|plan| plan.starts), parts }
    }

    /// The rows of the image that a row of tiles sees, mirrored where it reaches beyond.
    fn sees(&self, at: usize) -> Range<usize> {
        let seen = self.axes[0].extent(self.starts[0][at], self.size.0);
        let rows = || seen.clone().map(|row| mirror(row, self.axes[0].from));
        rows().min().unwrap_or(0)..rows().max().map_or(0, |last| last + 1)
    }
}

/// Reads one image, handing finished rows [K, rows, W] of every reading, in their order, from top to bottom to `take`.
/// Each network sees each tile once in each view and size, however many readings there are.
///
/// Memory is bounded by one tile, a band of rows for each member, and the rows that these tiles see of an image that is read by
/// rows, whatever the image's height and the number of views.
pub(crate) fn read_rows(
    members: &mut [Member<'_>],
    asked: Asked<'_>,
    mut image: Pixels<'_>,
    watch: &mut WatchTiles<'_>,
    take: &mut TakeRows<'_>,
) -> Result<(), PredictError> {
    let Asked { readings, mean, tile } = asked;
    let tasks: Vec<&Task> = members.iter().map(|member| member.task).collect();
    for member in members.iter() {
        readings.iter().try_for_each(|reading| supports(*reading, member.task, tasks.len()))?;
    }
    let entries = image.entries(members.iter().map(|member| member.normalisation))?;
    let size = image.size();
    let mut passes = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let network = member.executor.network();
        for scale in member.scales {
            let views = member.views.list().into_iter();
            passes.extend(views.map(|view| Pass::new((at, network), (view, *scale), size, tile)));
        }
    }
    // Every row of tiles of every pass, from top to bottom.
    let mut lines: Vec<(&Pass, usize)> = Vec::new();
    for pass in &passes {
        lines.extend(
            (0..pass.starts[0].len()).filter(|at| !pass.parts[0][*at].is_empty()).map(|at| (pass, at)),
        );
    }
    let first = |(pass, at): &(&Pass, usize)| pass.parts[0][*at][0].to;
    lines.sort_by_key(first);
    let extent =
        |line: &(&Pass, usize)| line.0.parts[0][line.1].last().map_or(0, |last| last.to + 1 - first(line));
    let height = lines.iter().map(extent).max().unwrap_or(0);
    let sees: Vec<Range<usize>> = lines.iter().map(|(pass, at)| pass.sees(*at)).collect();
    // The first row that this row of tiles or one below it sees.
    let mut needed: Vec<usize> = sees.iter().map(|rows| rows.start).collect();
    (1..needed.len()).rev().for_each(|at| needed[at - 1] = needed[at - 1].min(needed[at]));
    let held = sees.iter().zip(&needed).map(|(rows, from)| rows.end - from).max().unwrap_or(0);
    admit(members, &passes, height, asked, (size, image.bytes(held + height)))?;
    let mut bands: Vec<Band> = tasks.iter().map(|task| Band::new(task.logits(), height, size.1)).collect();
    let columns_of = |pass: &Pass| pass.parts[1].iter().filter(|parts| !parts.is_empty()).count();
    let (mut inferred, tiles) = (0, lines.iter().map(|(pass, _)| columns_of(pass)).sum());
    let mut done = 0;
    for (i, &(pass, at)) in lines.iter().enumerate() {
        let Member { executor, views, scales, .. } = &mut members[pass.member];
        let share = 1.0 / (views.count() * scales.len()) as f32;
        let top = pass.starts[0][at];
        let columns = pass.starts[1].iter().zip(&pass.parts[1]);
        image.hold(needed[i].min(done)..sees[i].end)?;
        let seen = Seen { entry: &entries[pass.member], rows: image.rows() };
        for (left, across) in columns.filter(|(_, parts)| !parts.is_empty()) {
            let window = window(seen, pass.axes, (top, *left), pass.size);
            let seen = pass.view.see(window.view());
            let seen = seen.as_standard_layout();
            let logits = executor.infer(seen.view().insert_axis(Axis(0)))?;
            let logits = pass.view.back(logits.index_axis(Axis(0), 0));
            bands[pass.member].add(logits, &pass.parts[0][at], across, share);
            inferred += 1;
            watch(inferred, tiles);
        }
        // Rows above the next row of tiles get nothing more.
        let next = lines.get(i + 1).map_or(size.0, first);
        let maps = |task: &&Task| readings.iter().map(|reading| task.maps(*reading)).sum::<usize>();
        let step = FINISHED / (size.1 * tasks.iter().map(maps).sum::<usize>()).max(1);
        while next > done {
            let end = next.min(done + step.max(1));
            let logits: Vec<_> = bands.iter_mut().map(|band| band.finish(end).insert_axis(Axis(0))).collect();
            let models: Vec<_> = tasks.iter().copied().zip(&logits).collect();
            let read = readings.iter().map(|reading| combine(*reading, &models, mean));
            let maps = read.collect::<Result<Vec<_>, _>>()?;
            let maps: Vec<_> = maps.iter().map(|maps| maps.index_axis(Axis(0), 0)).collect();
            image.hold(needed.get(i + 1).map_or(done, |needed| done.min(*needed))..end)?;
            take(&maps, done..end, &image)?;
            done = end;
        }
    }
    Ok(())
}

/// Numbers of all readings that are made and handed on at once: 32 MiB.
const FINISHED: usize = 1 << 23;

/// [`read_rows`] of an image in memory.
pub(crate) fn read_bands(
    members: &mut [Member<'_>],
    asked: Asked<'_>,
    image: &Raster,
    watch: &mut WatchTiles<'_>,
    take: &mut TakeBands<'_>,
) -> Result<(), PredictError> {
    read_rows(members, asked, Pixels::Whole(image), watch, &mut |maps, _, _| take(maps))
}

/// Whether as many models can be read so.
fn supports(reading: Reading, task: &Task, models: usize) -> Result<(), ReadingError> {
    match reading {
        Reading::Disagreement if models > 1 => Ok(()),
        _ => task.supports(reading),
    }
}

/// Whether there is memory for the largest tile, for `rows` rows of all that is added up and read, and for what is held of an
/// image of this size.
fn admit(
    members: &[Member<'_>],
    passes: &[Pass],
    rows: usize,
    asked: Asked<'_>,
    (image, held): ((usize, usize), u64),
) -> Result<(), PredictError> {
    let maps =
        |task: &Task| task.logits() + asked.readings.iter().map(|reading| task.maps(*reading)).sum::<usize>();
    let maps = members.iter().map(|member| maps(member.task)).sum();
    let bands = f32_bytes([maps, rows, image.1]).saturating_add(held);
    for pass in passes {
        let needed = members[pass.member].executor.network().needed(pass.size).saturating_add(bands);
        admit_work(needed).map_err(|source| PredictError::TooLarge { tile: pass.size, image, source })?;
    }
    Ok(())
}

/// Reads one image whole: the maps of each reading, in their order.
pub(crate) fn read_image(
    members: &mut [Member<'_>],
    asked: Asked<'_>,
    image: &Raster,
) -> Result<Vec<Array3<f32>>, PredictError> {
    let task = members.first().map(|member| member.task);
    let whole = |reading: &Reading| {
        Array3::zeros((task.map_or(0, |task| task.maps(*reading)), image.height, image.width))
    };
    let mut maps: Vec<Array3<f32>> = asked.readings.iter().map(whole).collect();
    let mut top = 0;
    read_bands(members, asked, image, &mut |_, _| {}, &mut |bands| {
        let rows = bands.first().map_or(0, |band| band.dim().1);
        for (maps, band) in maps.iter_mut().zip(bands) {
            maps.slice_axis_mut(Axis(1), Slice::from(top..top + rows)).assign(band);
        }
        top += rows;
        Ok(())
    })?;
    Ok(maps)
}
