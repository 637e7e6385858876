//! Which labels go together: the sets of overlapping labels, written by `predict` and judged by `eval`.

use super::eval::Options;
use anyhow::Context;
use ndarray::Axis;
use scumble::labels::Kind;
use scumble::score::{Judge, Resolution, Scores};
use scumble_data::{Dataset, Item, Labeller, Raster, Samples, write_png};
use scumble_nn::{Predictor, Reading, Task};
use std::path::{Path, PathBuf};

/// Scores of label sets as exclusive classes.
pub(crate) struct SetsJudge<'d> {
    judge: Judge,
    labeller: Labeller<'d>,
}

impl<'d> SetsJudge<'d> {
    /// For a task that [has sets](Task::supports).
    pub(crate) fn new(task: &Task, dataset: &'d Dataset, options: &Options) -> anyhow::Result<Self> {
        let names = vec![String::new(); 1 << task.outputs()];
        let judge = Judge::new(Kind::Multiclass, &names, Resolution::FLOAT, options.scoring.by_raters);
        Ok(Self { judge, labeller: dataset.set_labeller(options.target, dataset.items(), None)? })
    }

    /// Judges one image against its raters' label sets.
    pub(crate) fn add(
        &mut self,
        predictor: &mut Predictor,
        dataset: &Dataset,
        item: &Item,
        options: &Options,
    ) -> anyhow::Result<()> {
        let path = item.image().unwrap_or(dataset.root());
        let maps = predictor
            .read(&dataset.image(item)?, &[Reading::Sets])
            .with_context(|| path.display().to_string())?;
        let mut labels = self.labeller.labels(item)?;
        options.keep_region(&mut labels)?;
        self.judge.add(&labels, maps[0].view(), &[]).with_context(|| path.display().to_string())
    }

    pub(crate) fn scores(&self) -> Scores {
        self.judge.scores()
    }
}

/// Writes the most probable label set of each pixel as an 8-bit PNG, bit i being class i.
pub(crate) fn write(
    predictor: &mut Predictor,
    image: &Raster,
    id: &str,
    folder: &Path,
) -> anyhow::Result<PathBuf> {
    let maps = predictor.read(image, &[Reading::Sets])?;
    let best = maps[0].map_axis(Axis(0), |sets| {
        // Of equal ones the smallest set.
        (0..sets.len()).fold(0, |best, set| if sets[set] > sets[best] { set } else { best }) as u8
    });
    let (height, width) = best.dim();
    let samples = Samples::U8(best.into_raw_vec_and_offset().0);
    let folder = folder.join("label_sets");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let path = folder.join(format!("{id}.png"));
    write_png(&path, &Raster { height, width, channels: 1, samples, indexed: None })?;
    Ok(path)
}
