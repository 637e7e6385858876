//! Judges boundary maps against the raters' marks, as the BSDS500 benchmark does.

use crate::arguments::Eval;
use crate::commands::is_model;
use crate::commands::predictions::Source;
use crate::failure::Usage;
use crate::show::{self, Table};
use anyhow::{Context, bail};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use scumble::labels::Kind;
use scumble::score::boundary::{BoundaryBenchmark, BoundaryCounts, BoundaryOptions, BoundaryScores};
use scumble_data::{Band, Dataset, Item, Target, read_image};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Maps that are in memory at a time, for each thread.
const AHEAD: usize = 4;
/// How a map's file may end.
const EXTENSIONS: [&str; 4] = ["png", "tif", "tiff", "npy"];

pub(super) fn run(arguments: &Eval, dataset: &Dataset) -> anyhow::Result<()> {
    let options = options(arguments)?;
    if dataset.kind() != Kind::Binary || dataset.raters().is_empty() {
        bail!(
            "{}: boundaries are judged against raters' marks of one class (raters/NAME/ID.png); this is {}",
            dataset.root().display(),
            dataset.describe_choice()
        );
    }
    let mut source = Maps::open(arguments, dataset)?;
    let mut benchmark = BoundaryBenchmark::new(options);
    let mut missing = Vec::new();
    let bar = show::Bar::new("judging", dataset.items().len() as u64);
    for items in dataset.items().chunks(AHEAD * rayon::current_num_threads()) {
        let maps: Vec<_> = items.iter().map(|item| source.map(dataset, item)).collect::<Result<_, _>>()?;
        let judged: Vec<Option<Vec<BoundaryCounts>>> = items
            .par_iter()
            .zip(maps)
            .map(|(item, map)| {
                let counts =
                    map.map(|map| judge(dataset, item, map, arguments.against.region, &options)).transpose();
                bar.step();
                counts.with_context(|| format!("image {} of {}", item.id(), dataset.root().display()))
            })
            .collect::<Result<_, _>>()?;
        for (item, counts) in items.iter().zip(judged) {
            match counts {
                Some(counts) => benchmark.add_counts(item.id(), counts),
                None => missing.push(item.id()),
            }
        }
    }
    bar.done();
    let scores = benchmark.scores();
    if arguments.json {
        show::json(&json!({
            "version": 1,
            "predictions": arguments.predictions,
            "data": arguments.data,
            "without_prediction": missing,
            "boundary": scores,
        }));
    } else {
        show::result(&text(&scores));
        if !missing.is_empty() {
            show::note(&format!("no map of {} of {} images", missing.len(), dataset.items().len()));
        }
    }
    Ok(())
}

fn options(arguments: &Eval) -> anyhow::Result<BoundaryOptions> {
    let given = &arguments.boundary;
    if given.thresholds == 0 {
        return Err(Usage("--thresholds 0: there must be at least 1".into()).into());
    }
    if !(given.max_distance > 0.0 && given.max_distance <= 1.0) {
        let share = given.max_distance;
        return Err(Usage(format!(
            "--max-distance {share}: a share of the diagonal, above 0 and at most 1 (0.0075)"
        ))
        .into());
    }
    Ok(BoundaryOptions {
        thresholds: given.thresholds,
        max_distance: given.max_distance,
        suppress: given.nms,
        thin_raters: given.thin_raters,
    })
}

/// Where boundary maps come from. Unlike labels, their files need no interpretation: they are strengths.
enum Maps {
    Model(Box<Source>),
    Folder(PathBuf),
}

impl Maps {
    fn open(arguments: &Eval, dataset: &Dataset) -> anyhow::Result<Self> {
        let path = &arguments.predictions;
        if is_model(path) {
            let source = super::open_source(arguments, dataset)?;
            if source.task().outputs() != 1 {
                let classes = source.task().classes().join(", ");
                bail!("{}: predicts {classes}; boundaries are judged as one class", path.display());
            }
            return Ok(Self::Model(Box::new(source)));
        }
        if !dataset.items().iter().any(|item| files(path, item).next().is_some()) {
            let example = dataset.items().first().map_or("ID", |item| item.id());
            bail!("{}: no map of any image of the data set, such as {example}.png", path.display());
        }
        Ok(Self::Folder(path.clone()))
    }

    /// The map [H, W] of an image, if there is one.
    fn map(&mut self, dataset: &Dataset, item: &Item) -> anyhow::Result<Option<Array2<f32>>> {
        let folder = match self {
            Self::Model(source) => {
                return Ok(source.predict(dataset, item)?.map(|map| map.index_axis_move(Axis(0), 0)));
            }
            Self::Folder(folder) => folder,
        };
        let mut files = files(folder, item);
        let Some(file) = files.next() else { return Ok(None) };
        if let Some(other) = files.next() {
            bail!("{} and {}: two maps of one image; remove one", file.display(), other.display());
        }
        let raster = read_image(&file)?;
        if raster.channels != 1 {
            bail!("{}: {} channels; a boundary map is grey", file.display(), raster.channels);
        }
        Ok(Some(raster.to_unit().index_axis_move(Axis(0), 0)))
    }
}

fn files(folder: &Path, item: &Item) -> impl Iterator<Item = PathBuf> {
    EXTENSIONS
        .iter()
        .map(move |ending| folder.join(format!("{}.{ending}", item.id())))
        .filter(|f| f.is_file())
}

/// Ignored pixels are neither predicted nor marked.
fn judge(
    dataset: &Dataset,
    item: &Item,
    mut map: Array2<f32>,
    region: Option<Band>,
    options: &BoundaryOptions,
) -> anyhow::Result<Vec<BoundaryCounts>> {
    let labels = dataset.labels(item, Target::Mean)?;
    let (height, width) = labels.size();
    if map.dim() != (height, width) {
        let (rows, columns) = map.dim();
        bail!("the map has {columns} x {rows} pixels, the image {width} x {height}");
    }
    let mut counts = labels.valid().index_axis_move(Axis(0), 0).to_owned();
    if let Some(region) = region {
        counts.zip_mut_with(&region.mask(height, width), |counts, inside| *counts &= inside);
    }
    map.zip_mut_with(&counts, |strength, counts| {
        if !counts {
            *strength = 0.0;
        }
    });
    let marked: Vec<Array2<bool>> = dataset
        .rater_masks(item)?
        .iter()
        .map(|(_, mask)| {
            let marks = mask.marks();
            ndarray::Zip::from(&marks.index_axis(Axis(0), 0))
                .and(&counts)
                .map_collect(|mark, counts| *mark == 1 && *counts)
        })
        .collect();
    let marked: Vec<ArrayView2<'_, bool>> = marked.iter().map(|marks| marks.view()).collect();
    Ok(options.judge(map.view(), &marked)?)
}

fn text(scores: &BoundaryScores) -> String {
    let number = |value: f64| format!("{value:.4}");
    let mut images = Table::new(&["image", "threshold", "recall", "precision", "F"]);
    for image in &scores.images {
        let cells = [image.threshold, image.recall, image.precision, image.f];
        images.row([image.image.clone()].into_iter().chain(cells.map(number)));
    }
    let (ods, ois) = (scores.ods, scores.ois);
    let mut all = Table::new(&["boundaries", "threshold", "recall", "precision", "F"]);
    let ods = [ods.threshold, ods.recall, ods.precision, ods.f].map(number);
    let ois = [ois.recall, ois.precision, ois.f].map(number);
    all.row(["one threshold (ODS)".to_owned()].into_iter().chain(ods));
    all.row(["each image's own (OIS)".to_owned(), "-".to_owned()].into_iter().chain(ois));
    format!("{images}\n\n{all}\naverage precision (AP) {:.4}", scores.ap)
}
