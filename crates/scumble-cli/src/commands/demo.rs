use super::eval::{Judgement, Look, Options, Seen, judge};
use super::predict::write_map;
use super::predictions::Source;
use super::report::{self, Subject};
use crate::arguments::Demo;
use crate::failure::{Interrupted, Usage};
use crate::show::{self, Picture, Table, optional};
use anyhow::Context;
use ndarray::Axis;
use scumble::labels::Kind;
use scumble::score::Scores;
use scumble_data::{
    Dataset, MapFormat, Sidecar, SyntheticImage, SyntheticOptions, synthetic, write_sidecar, write_synthetic,
    write_truth,
};
use scumble_nn::{Config, Predictor, Run, Status, TrainRequest, load_config, train};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Images to learn from (three of them to validate by) and images to judge.
const TRAIN: usize = 18;
const TEST: usize = 4;

/// The whole job on made-up data: raters' masks, training, maps, judgement against raters and against the truth.
pub(crate) fn run(arguments: &Demo) -> anyhow::Result<()> {
    let folder = folder(arguments)?;
    let (made, train_set, test_set) = make_data(&folder, arguments.seed)?;
    let run = train_model(&folder, &train_set, arguments)?;
    let (model, _) = super::open_model(run.folder())?;
    let mut predictor = Predictor::open(model, &arguments.device.device)?;
    let maps = folder.join("maps");
    predict(&mut predictor, &test_set, &maps)?;
    let mut rows = Vec::new();
    let against_raters = judge_maps(&maps, &test_set, &mut |seen| {
        rows.push(draw(&folder, seen, &made)?);
        Ok(())
    })?;
    let against_truth = judge_maps(&maps, &Dataset::open(&folder.join("truth"))?, &mut |_| Ok(()))?;
    let picture = folder.join("result.png");
    Picture::column(&rows).write(&picture)?;
    let subject = Subject { dataset: &test_set, options: &Options::default(), judgement: &against_raters };
    let truth = |id: &str| {
        made.iter().find(|scene| scene.id == id).map(|scene| scene.truth.clone().insert_axis(Axis(0)))
    };
    let page = folder.join("report.html");
    report::of_demo(&page, &run, &maps, &subject, (&against_truth.all, &truth))?;
    if arguments.json {
        show::json(&json!({
            "version": 1,
            "folder": folder,
            "against_raters": against_raters.all,
            "against_truth": against_truth.all,
            "picture": picture,
            "report": page,
        }));
    } else {
        tell(&folder, &picture, &against_raters.all, &against_truth.all);
        show::result(&format!("\nreport: {}  (open it in a browser)", page.display()));
    }
    Ok(())
}

/// The folder asked for, which must be new or empty, or the first free scumble-demo, scumble-demo-2, ...
fn folder(arguments: &Demo) -> anyhow::Result<PathBuf> {
    let free =
        |path: &Path| !path.exists() || path.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    let Some(asked) = &arguments.output else {
        let names = (1..).map(|n| if n == 1 { "scumble-demo".into() } else { format!("scumble-demo-{n}") });
        return Ok(names.map(PathBuf::from).find(|path| free(path)).expect("numbers do not end"));
    };
    if !free(asked) {
        return Err(
            Usage(format!("{} exists and is not empty; choose another folder", asked.display())).into()
        );
    }
    Ok(asked.clone())
}

fn make_data(folder: &Path, seed: u64) -> anyhow::Result<(Vec<SyntheticImage>, Dataset, Dataset)> {
    show::note("making 22 images of lagoons, outlined by five raters who see soft shores");
    let mut made =
        synthetic(&SyntheticOptions { images: TRAIN + TEST, seed: seed + 1, ..Default::default() });
    let test = made.split_off(TRAIN);
    let (train_folder, test_folder) = (folder.join("data/train"), folder.join("data/test"));
    write_synthetic(&train_folder, &made)?;
    write_synthetic(&test_folder, &test)?;
    write_truth(&folder.join("truth"), &test)?;
    Ok((test, Dataset::open(&train_folder)?, Dataset::open(&test_folder)?))
}

fn settings(arguments: &Demo) -> anyhow::Result<Config> {
    let assignments = [
        format!("train.epochs={}", arguments.epochs),
        format!("train.seed={}", arguments.seed),
        // Small enough for two cores and two minutes.
        "network.widths=[12, 24, 48, 96]".into(),
        "train.learning_rate=0.004".into(),
        "train.average=0.98".into(),
        "data.validation=0.17".into(),
    ];
    Ok(load_config(None, &assignments)?)
}

fn train_model(folder: &Path, dataset: &Dataset, arguments: &Demo) -> anyhow::Result<Run> {
    let config = settings(arguments)?;
    let run = Run::create(&folder.join("run"), false)?;
    let progress = show::Progress::interruptible()?;
    let command: Vec<String> = std::env::args().collect();
    let request = TrainRequest {
        dataset,
        config: &config,
        run: &run,
        device: &arguments.device.device,
        resume: false,
        pause_after: None,
        command: &command,
    };
    let outcome = train(&request, &progress);
    progress.done();
    if outcome?.status == Status::Interrupted {
        return Err(Interrupted(format!("what was made so far is in {}", folder.display())).into());
    }
    Ok(run)
}

fn predict(predictor: &mut Predictor, dataset: &Dataset, maps: &Path) -> anyhow::Result<()> {
    let task = predictor.card().task.clone();
    for item in dataset.items() {
        write_map(predictor, &dataset.image(item)?, (item.id(), None), maps, MapFormat::Npy)?;
    }
    write_sidecar(maps, &Sidecar::new(Kind::Binary, task.classes(), MapFormat::Npy, None))?;
    Ok(())
}

fn judge_maps(maps: &Path, dataset: &Dataset, look: &mut Look<'_>) -> anyhow::Result<Judgement> {
    judge(Source::maps(maps, dataset)?, dataset, &Options::default(), look)
}

/// One row of the result: image, soft label, truth, prediction, difference to the soft label. Also a file of its own.
fn draw(folder: &Path, seen: &Seen<'_>, made: &[SyntheticImage]) -> anyhow::Result<Picture> {
    let (id, labels, prediction) = (seen.item.id(), seen.labels, seen.prediction);
    let scene = made.iter().find(|scene| scene.id == id).context("a made image for each label")?;
    let row = Picture::row(&[
        Picture::image(&scene.image),
        Picture::probabilities(labels.probabilities()),
        Picture::probabilities(scene.truth.view().insert_axis(Axis(0))),
        Picture::probabilities(prediction),
        Picture::difference(labels, prediction),
    ]);
    let pictures = folder.join("pictures");
    std::fs::create_dir_all(&pictures)?;
    row.write(&pictures.join(format!("{id}.png")))?;
    Ok(row)
}

fn tell(folder: &Path, picture: &Path, raters: &Scores, truth: &Scores) {
    let mut table =
        Table::new(&["judged against", "cross entropy", "floor", "excess", "Brier", "calibration", "Dice"]);
    for (name, scores) in [("the raters' opinions", raters), ("the true probability", truth)] {
        let ce = scores.cross_entropy;
        let parts = [ce.map(|c| c.value), ce.map(|c| c.floor), ce.map(|c| c.excess)];
        let rest = [scores.brier, scores.calibration_error, scores.dice];
        table.row([name.to_string()].into_iter().chain(parts.into_iter().chain(rest).map(optional)));
    }
    show::result(&format!(
        "{table}\n\nThe floor is the entropy of the labels themselves: no classifier gets below it.\n\
         The raters' mean is five opinions, and noisy; the network, which has seen many, comes closer to the truth\n\
         than to the opinions it was trained on.\n\n\
         picture     {}  (image, raters' mean, truth, prediction, difference)\n\
         data        {}\nmodel       {}\nmaps        {}",
        picture.display(),
        folder.join("data").display(),
        folder.join("run/model.safetensors").display(),
        folder.join("maps").display(),
    ));
    if let Some(raters) = show::rater_table(raters) {
        show::result(&format!("\n{raters}"));
    }
}
