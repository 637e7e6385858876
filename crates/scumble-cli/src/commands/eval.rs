use super::label_sets::SetsJudge;
use super::{is_model, open_dataset, open_model};
use crate::arguments::Eval;
use crate::failure::Usage;
use crate::show::{self, Picture, Table, optional};
use anyhow::{Context, bail};
use ndarray::{Array3, ArrayView3};
use scumble::{Judge, Kind, RaterMask, Resolution, Scores, SoftLabels};
use scumble_data::{Band, DataError, Dataset, Item, MapFormat, Target, read_sidecar};
use scumble_nn::{Predictor, Task};
use serde_json::json;
use std::path::Path;

pub(crate) fn run(arguments: &Eval) -> anyhow::Result<()> {
    let dataset = open_dataset(&arguments.data, &arguments.images.patterns)?;
    let source = Source::open(arguments, &dataset)?;
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

/// Where predictions come from.
pub(crate) enum Source {
    /// A model that predicts the data set's images now.
    Model(Box<Predictor>),
    /// Maps that were written before.
    Maps { maps: Dataset, resolution: Resolution },
}

impl Source {
    fn open(arguments: &Eval, dataset: &Dataset) -> anyhow::Result<Self> {
        let path = &arguments.predictions;
        if is_model(path) {
            let (model, _) = open_model(path)?;
            let predictor = Predictor::open(model, &arguments.device.device)?.with_tile(arguments.tile);
            return Ok(Self::Model(Box::new(predictor)));
        }
        Self::maps(path, dataset)
    }

    /// A folder of probability maps.
    pub(crate) fn maps(path: &Path, dataset: &Dataset) -> anyhow::Result<Self> {
        let maps = Dataset::open(path).with_context(|| format!("predictions in {}", path.display()))?;
        let ids: Vec<&str> = dataset.items().iter().map(Item::id).collect();
        if !maps.items().iter().any(|item| ids.contains(&item.id())) {
            let example = maps.items().first().map_or("none", |item| item.id());
            bail!(
                "no map in {} has the name of an image in {} (a map: {example}, an image: {})",
                path.display(),
                dataset.root().display(),
                ids.first().unwrap_or(&"none"),
            );
        }
        let format = read_sidecar(path)?.map(|sidecar| sidecar.format);
        let resolution = match format {
            Some(MapFormat::Png8) => Resolution::EIGHT_BIT,
            Some(MapFormat::Png16) => Resolution::SIXTEEN_BIT,
            Some(MapFormat::Npy | MapFormat::Tiff) => Resolution::FLOAT,
            // Maps of another program: as fine as their numbers.
            None => {
                match maps.items().first().and_then(|item| item.files().next()).map(scumble_data::read_raster)
                {
                    Some(Ok(raster)) if raster.full_scale() == 255.0 => Resolution::EIGHT_BIT,
                    Some(Ok(raster)) if raster.full_scale() == 65535.0 => Resolution::SIXTEEN_BIT,
                    _ => Resolution::FLOAT,
                }
            }
        };
        Ok(Self::Maps { maps, resolution })
    }

    fn task(&self) -> Task {
        match self {
            Self::Model(predictor) => predictor.card().task.clone(),
            Self::Maps { maps, .. } => Task::new(maps.kind(), maps.classes().to_vec()),
        }
    }

    fn resolution(&self) -> Resolution {
        match self {
            Self::Model(_) => Resolution::FLOAT,
            Self::Maps { resolution, .. } => *resolution,
        }
    }

    /// Probabilities [K, H, W] of one image; `None` if there is no map of it.
    fn predict(&mut self, dataset: &Dataset, item: &Item) -> anyhow::Result<Option<Array3<f32>>> {
        match self {
            Self::Model(predictor) => {
                let image = dataset.image(item)?;
                let path = item.image().unwrap_or(dataset.root());
                Ok(Some(predictor.predict(&image).with_context(|| path.display().to_string())?))
            }
            Self::Maps { maps, .. } => match maps.items().iter().find(|map| map.id() == item.id()) {
                Some(map) => Ok(Some(maps.labels(map, Target::Labels)?.probabilities().to_owned())),
                None => Ok(None),
            },
        }
    }
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
fn labels(dataset: &Dataset, item: &Item, task: &Task, options: &Options) -> anyhow::Result<SoftLabels> {
    let path = item.image().unwrap_or(dataset.root()).to_path_buf();
    let labels = dataset.labels(item, options.target)?;
    let mut labels = labels.into_kind(task.kind).map_err(|source| DataError::Label { path, source })?;
    options.keep_region(&mut labels)?;
    Ok(labels)
}

/// The raters' masks, where they mean the same for a prediction of this kind.
fn raters(dataset: &Dataset, item: &Item, task: &Task) -> anyhow::Result<Vec<(String, RaterMask)>> {
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
