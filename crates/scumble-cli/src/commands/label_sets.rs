//! Which labels go together: the sets of overlapping labels, judged by `eval`.

use super::eval::Options;
use anyhow::Context;
use scumble::labels::Kind;
use scumble::score::{Judge, Resolution, Scores};
use scumble_data::{Dataset, Item, Labeller};
use scumble_nn::{Predictor, Reading, Task};

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
