use super::super::label_sets::SetsJudge;
use super::super::predictions::Source;
use crate::show;
use anyhow::Context;
use ndarray::ArrayView3;
use scumble::labels::{Kind, RaterMask, SoftLabels};
use scumble::score::{Bootstrap, Curve, Intervals, Judge, JudgeOptions, Scores, Tally, intervals};
use scumble_data::{Band, DataError, Dataset, Item, Labeller, Target};
use scumble_nn::Task;

/// How to judge.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) target: Target,
    /// Only this band of each image.
    pub(crate) region: Option<Band>,
    /// Which scores, and how they count; the resolution is that of the predictions.
    pub(crate) scoring: JudgeOptions,
    /// The intervals of the data set's scores.
    pub(crate) bootstrap: Bootstrap,
    /// Judge the sets of overlapping labels, too.
    pub(crate) label_sets: bool,
}

impl Options {
    /// Ignores what is outside the region.
    pub(crate) fn keep_region(&self, labels: &mut SoftLabels) -> anyhow::Result<()> {
        if let Some(region) = &self.region {
            let (height, width) = labels.size();
            labels.ignore(region.mask(height, width).mapv(|inside| !inside).view())?;
        }
        Ok(())
    }
}

/// What is known of an image when it has been judged.
pub(crate) struct Seen<'a> {
    pub(crate) item: &'a Item,
    pub(crate) labels: &'a SoftLabels,
    /// [K, H, W].
    pub(crate) prediction: ArrayView3<'a, f32>,
    /// The masks that mean the same for the prediction.
    pub(crate) raters: &'a [(String, RaterMask)],
}

/// Called with each judged image.
pub(crate) type Look<'a> = dyn FnMut(&Seen<'_>) -> anyhow::Result<()> + 'a;

/// Scores per image and over all.
pub(crate) struct Judgement {
    pub(crate) task: Task,
    pub(crate) scoring: JudgeOptions,
    pub(crate) images: Vec<(String, Scores)>,
    /// The sums behind the images' scores.
    pub(crate) tallies: Vec<Tally>,
    pub(crate) missing: Vec<String>,
    pub(crate) all: Scores,
    /// Of the data set's scores, from drawing the images anew; `None` of fewer than two.
    pub(crate) intervals: Option<Intervals>,
    /// Of each class over the data set.
    pub(crate) curves: Vec<Curve>,
    /// Of the label sets, if asked for.
    pub(crate) sets: Option<Scores>,
}

/// What is predicted, with the data set's names of the classes where maps have none of their own.
pub(super) fn task(source: &Source, dataset: &Dataset) -> Task {
    let task = source.task();
    if task.outputs() == dataset.classes().len() && matches!(source, Source::Maps { .. }) {
        return Task::new(task.kind(), dataset.classes().to_vec());
    }
    task
}

/// Judges every image of the data set that has a prediction.
pub(crate) fn judge(
    mut source: Source,
    dataset: &Dataset,
    options: &Options,
    look: &mut Look<'_>,
) -> anyhow::Result<Judgement> {
    let task = task(&source, dataset);
    let scoring = JudgeOptions { resolution: source.resolution(), ..options.scoring };
    let empty = Judge::with(task.kind(), task.classes(), scoring);
    let mut all = empty.clone();
    let mut sets = options.label_sets.then(|| SetsJudge::new(&task, dataset, options)).transpose()?;
    let (mut images, mut tallies, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    let labeller = dataset.labeller(options.target, dataset.items(), None)?;
    let bar = show::Bar::new("judging", dataset.items().len() as u64);
    for item in dataset.items() {
        match source.predict(dataset, item)? {
            None => missing.push(item.id().to_string()),
            Some(prediction) => {
                let labels = labels(dataset, item, &labeller, &task, options)?;
                let raters = raters(dataset, item, &task)?;
                let mut judge = empty.clone();
                judge
                    .add(&labels, prediction.view(), &raters)
                    .with_context(|| format!("image {} of {}", item.id(), dataset.root().display()))?;
                look(&Seen { item, labels: &labels, prediction: prediction.view(), raters: &raters })?;
                all.merge(&judge);
                images.push((item.id().to_string(), judge.scores()));
                tallies.push(judge.tally().clone());
                if let (Some(sets), Source::Model(predictor)) = (&mut sets, &mut source) {
                    sets.add(predictor, dataset, item, options)?;
                }
            }
        }
        bar.step();
    }
    bar.done();
    Ok(Judgement {
        intervals: intervals(&tallies, task.classes(), &options.bootstrap),
        curves: all.curves(),
        all: all.scores(),
        sets: sets.map(|sets| sets.scores()),
        task,
        scoring,
        images,
        tallies,
        missing,
    })
}

/// The label of an image as the prediction's kind, without what is outside the region.
pub(crate) fn labels(
    dataset: &Dataset,
    item: &Item,
    labeller: &Labeller<'_>,
    task: &Task,
    options: &Options,
) -> anyhow::Result<SoftLabels> {
    let path = item.image().unwrap_or(dataset.root()).to_path_buf();
    let labels = labeller.labels(item)?;
    let mut labels = labels.into_kind(task.kind()).map_err(|source| DataError::Label { path, source })?;
    options.keep_region(&mut labels)?;
    Ok(labels)
}

/// The raters' masks, where they mean the same for a prediction of this kind.
pub(crate) fn raters(
    dataset: &Dataset,
    item: &Item,
    task: &Task,
) -> anyhow::Result<Vec<(String, RaterMask)>> {
    let comparable = match (dataset.kind(), task.kind()) {
        (a, b) if a == b => true,
        // A mark of 0 or 1 is a class index, too.
        (Kind::Binary, Kind::Multiclass) | (Kind::Multiclass, Kind::Binary) => true,
        _ => false,
    };
    if comparable { Ok(dataset.rater_masks(item)?) } else { Ok(Vec::new()) }
}
