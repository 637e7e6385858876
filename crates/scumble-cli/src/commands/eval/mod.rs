//! Judges predictions against soft labels and raters.

use super::label_sets::SetsJudge;
use super::open_dataset;
use super::predictions::Source;
use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show::{self, Picture, Table, optional};
use anyhow::Context;
use ndarray::ArrayView3;
use scumble::{Judge, Kind, RaterMask, Scores, SoftLabels};
use scumble_data::{Band, DataError, Dataset, Item, Target};
use scumble_nn::Task;
use serde_json::json;
use std::path::Path;

pub(crate) fn run(arguments: &Eval) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let source = Source::open(&arguments.predictions, &dataset, &arguments.device.device, arguments.tile)?;
    let options = Options {
        target: arguments.target,
        region: arguments.region,
        by_raters: !arguments.unweighted,
        label_sets: arguments.label_sets,
    };
    if arguments.label_sets {
        match &source {
            Source::Model(predictor) => {
                predictor.card().task.has_sets().map_err(|e| Usage(format!("--label-sets: {e}")))?
            }
            Source::Maps { .. } => {
                return Err(Usage(
                    "--label-sets judges a model: maps hold the probability of each label alone".into(),
                )
                .into());
            }
        }
    }
    if let Some(folder) = &arguments.pictures {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let judgement =
        judge(source, &dataset, &options, &mut |id, labels, prediction| match &arguments.pictures {
            Some(folder) => draw(&folder.join(format!("{id}.png")), &dataset, id, labels, prediction),
            None => Ok(()),
        })?;
    if let Some(file) = &arguments.report {
        super::report::of_eval(file, arguments, &dataset, &options, &judgement)?;
    }
    if arguments.json {
        show::json(&json!({
            "version": 1,
            "predictions": arguments.predictions,
            "data": arguments.data,
            "kind": judgement.task.kind,
            "images": judgement.images.iter().map(|(id, scores)| json!({"image": id, "scores": scores})).collect::<Vec<_>>(),
            "without_prediction": judgement.missing,
            "all": judgement.all,
            "label_sets": judgement.sets.as_ref().and_then(|sets| sets.cross_entropy),
        }));
    } else {
        tell(&judgement, &dataset);
    }
    Ok(())
}

/// How to judge.
pub(crate) struct Options {
    pub(crate) target: Target,
    /// Only this band of each image.
    pub(crate) region: Option<Band>,
    /// A pixel counts once per rater who judged it.
    pub(crate) by_raters: bool,
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

/// Called with each judged image's id, label and prediction [K, H, W].
pub(crate) type Look<'a> = dyn FnMut(&str, &SoftLabels, ArrayView3<'_, f32>) -> anyhow::Result<()> + 'a;

/// Scores per image and over all.
pub(crate) struct Judgement {
    pub(crate) task: Task,
    pub(crate) images: Vec<(String, Scores)>,
    pub(crate) missing: Vec<String>,
    pub(crate) all: Scores,
    /// Of the label sets, if asked for.
    pub(crate) sets: Option<Scores>,
}

/// Judges every image of the data set that has a prediction.
pub(crate) fn judge(
    mut source: Source,
    dataset: &Dataset,
    options: &Options,
    look: &mut Look<'_>,
) -> anyhow::Result<Judgement> {
    let mut task = source.task();
    if task.outputs() == dataset.classes().len() && matches!(source, Source::Maps { .. }) {
        task.classes = dataset.classes().to_vec();
    }
    let new = |resolution| Judge::new(task.kind, &task.classes, resolution, options.by_raters);
    let mut all = new(source.resolution());
    let mut sets = options.label_sets.then(|| SetsJudge::new(&task, options));
    let (mut images, mut missing) = (Vec::new(), Vec::new());
    let bar = show::Bar::new("judging", dataset.items().len() as u64);
    for item in dataset.items() {
        match source.predict(dataset, item)? {
            None => missing.push(item.id().to_string()),
            Some(prediction) => {
                let labels = labels(dataset, item, &task, options)?;
                let raters = raters(dataset, item, &task)?;
                let mut judge = new(source.resolution());
                judge
                    .add(&labels, prediction.view(), &raters)
                    .with_context(|| format!("image {} of {}", item.id(), dataset.root().display()))?;
                look(item.id(), &labels, prediction.view())?;
                all.merge(&judge);
                images.push((item.id().to_string(), judge.scores()));
                if let (Some(sets), Source::Model(predictor)) = (&mut sets, &mut source) {
                    sets.add(predictor, dataset, item, options)?;
                }
            }
        }
        bar.step();
    }
    bar.done();
    Ok(Judgement { all: all.scores(), task, images, missing, sets: sets.map(|sets| sets.scores()) })
}

/// The label of an image as the prediction's kind, without what is outside the region.
pub(crate) fn labels(
    dataset: &Dataset,
    item: &Item,
    task: &Task,
    options: &Options,
) -> anyhow::Result<SoftLabels> {
    let path = item.image().unwrap_or(dataset.root()).to_path_buf();
    let labels = dataset.labels(item, options.target)?;
    let mut labels = labels.into_kind(task.kind).map_err(|source| DataError::Label { path, source })?;
    options.keep_region(&mut labels)?;
    Ok(labels)
}

/// The raters' masks, where they mean the same for a prediction of this kind.
pub(crate) fn raters(
    dataset: &Dataset,
    item: &Item,
    task: &Task,
) -> anyhow::Result<Vec<(String, RaterMask)>> {
    let comparable = match (dataset.kind(), task.kind) {
        (a, b) if a == b => true,
        // A mark of 0 or 1 is a class index, too.
        (Kind::Binary, Kind::Multiclass) | (Kind::Multiclass, Kind::Binary) => true,
        _ => false,
    };
    if comparable { Ok(dataset.rater_masks(item)?) } else { Ok(Vec::new()) }
}

/// Image (where there is one), soft label, prediction and difference side by side.
fn draw(
    path: &Path,
    dataset: &Dataset,
    id: &str,
    labels: &SoftLabels,
    prediction: ArrayView3<'_, f32>,
) -> anyhow::Result<()> {
    let mut panels = Vec::new();
    if let Some(item) = dataset.items().iter().find(|item| item.id() == id)
        && item.image().is_some()
    {
        panels.push(Picture::image(&dataset.image(item)?));
    }
    panels.push(Picture::probabilities(labels.probabilities()));
    panels.push(Picture::probabilities(prediction));
    panels.push(Picture::difference(labels, prediction));
    Ok(Picture::row(&panels).write(path)?)
}

fn tell(judgement: &Judgement, dataset: &Dataset) {
    let mut table =
        Table::new(&["image", "cross entropy", "floor", "excess", "Brier", "calibration", "Dice", "IoU"]);
    for (id, scores) in &judgement.images {
        let ce = scores.cross_entropy;
        let parts = [ce.map(|c| c.value), ce.map(|c| c.floor), ce.map(|c| c.excess)];
        let rest = [scores.brier, scores.calibration_error, scores.dice, scores.iou];
        table.row([id.clone()].into_iter().chain(parts.into_iter().chain(rest).map(optional)));
    }
    show::result(&format!("{table}\n\n{}", show::score_tables(&judgement.all)));
    if let Some(raters) = show::rater_table(&judgement.all) {
        show::result(&format!("\n{raters}"));
    }
    if let Some(ce) = judgement.sets.as_ref().and_then(|sets| sets.cross_entropy) {
        let (value, floor, excess) = (ce.value, ce.floor, ce.excess);
        show::result(&format!(
            "\nlabel sets: cross entropy {value:.4} (floor {floor:.4}, excess {excess:.4}) a pixel"
        ));
    }
    if !judgement.missing.is_empty() {
        let (judged, all) = (judgement.images.len(), dataset.items().len());
        show::note(&format!("judged {judged} of {all} images: the others have no prediction"));
    }
}
