//! Training straight from raters, from outside: every target, and the likelihood of their counts. A new target is a new
//! line in `WAYS`.

mod common;

use common::{lagoons, model, scumble, text, train};
use predicates::prelude::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Settings that learn from raters, each in its way.
const WAYS: [(&str, &str); 6] = [
    ("mean", "data.target=mean"),
    ("sample", "data.target=sample"),
    ("staple", "data.target=staple"),
    ("dawid-skene", "data.target=dawid-skene"),
    ("beta-binomial", "train.likelihood=beta-binomial"),
    ("raters", "task.raters=true"),
];

fn json(arguments: &[&str]) -> Value {
    common::json(&mut scumble(arguments))
}

/// The lines of metrics.jsonl.
fn metrics(run: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Five lagoons; a rater is missing for one image, another has not looked at a part of one.
fn raters(folder: &Path) -> PathBuf {
    use scumble_data::{Raster, Samples, write_png};
    let data = folder.join("data");
    lagoons(&data, 5);
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(data.join("raters")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    std::fs::remove_file(names[0].join("lagoon-02.png")).unwrap();
    std::fs::create_dir_all(names[1].join("ignore")).unwrap();
    let corner = Samples::U8((0..48 * 48).map(|i| if i % 48 < 20 && i < 900 { 255 } else { 0 }).collect());
    let unseen = Raster { height: 48, width: 48, channels: 1, samples: corner, indexed: None, nodata: None };
    write_png(&names[1].join("ignore/lagoon-01.png"), &unseen).unwrap();
    data
}

#[test]
fn every_way_to_learn_from_raters_trains_predicts_and_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let data = raters(folder.path());
    let mut models: Vec<Vec<u8>> = Vec::new();
    for (name, set) in WAYS {
        let run = folder.path().join(name);
        train(&data, &run, &["--set", set, "--set", "data.validation_target=mean"]).assert().success();
        let trained = metrics(&run);
        let excess = |epoch: &Value| epoch["train"]["excess"].as_f64().unwrap();
        assert!(excess(&trained[3]) > 0.0, "{name}: {trained:?}");
        // Judged against the mean of the raters, every one has the same floor.
        let scores = json(&["eval", &text(&run), &text(&data), "--target", "mean", "--json"]);
        let ce = &scores["all"]["cross_entropy"];
        let [value, floor, excess] = ["value", "floor", "excess"].map(|key| ce[key].as_f64().unwrap());
        assert!(excess > 0.0 && (value - floor - excess).abs() < 1e-12, "{name}: {ce}");
        let validated = trained[3]["validation"]["floor"].as_f64().unwrap();
        let other = metrics(&folder.path().join("mean"))[3]["validation"]["floor"].as_f64().unwrap();
        assert!((validated - other).abs() < 1e-6, "{name}: {validated} {other}");
        let maps = folder.path().join("maps").join(name);
        scumble(&["predict", &text(&run), &text(&data), "-o", &text(&maps)]).assert().success();
        let map = scumble_data::read_raster(&maps.join("lagoon-01.npy")).unwrap();
        assert_eq!((map.height, map.width, map.channels), (48, 48, 1), "{name}");
        assert!(!models.contains(&model(&run)), "{name} learns what another does");
        models.push(model(&run));
    }
}

#[test]
fn stopping_threads_and_memory_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let data = raters(folder.path());
    for (name, set) in WAYS {
        let (whole, parts) = (folder.path().join(name).join("a"), folder.path().join(name).join("b"));
        train(&data, &whole, &["--set", set]).env("RAYON_NUM_THREADS", "1").assert().success();
        // Without memory every image, with its raters, is read again for each patch.
        let more = ["--set", set, "--set", "train.memory=0", "--pause-after", "2"];
        train(&data, &parts, &more).env("RAYON_NUM_THREADS", "3").assert().success();
        train(&data, &parts, &["--resume"]).assert().success();
        assert!(model(&whole) == model(&parts), "{name}");
        // All but the seconds.
        let lines = |run: &Path| -> Vec<Value> {
            metrics(run)
                .into_iter()
                .map(|mut line| line["seconds"].take().is_number().then_some(line).unwrap())
                .collect()
        };
        assert_eq!(lines(&whole), lines(&parts), "{name}");
    }
}

/// One more output a class, kept in the model file; what it predicts are the means.
#[test]
fn correlations_are_outputs_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let toml = "kind = \"multiclass\"\nclasses = [\"land\", \"water\"]\n";
    std::fs::write(data.join("dataset.toml"), toml).unwrap();
    let beta = ["--set", "train.likelihood=beta-binomial", "--set", "data.target=mean"];
    let overlapping: Vec<&str> = beta.into_iter().chain(["--set", "task.kind=multilabel"]).collect();
    train(&data, &run, &overlapping).assert().success();
    let file = scumble_nn::Model::read(&run.join("model.safetensors")).unwrap();
    assert_eq!((file.card.task.classes().len(), file.card.network.outputs()), (2, 4));
    let info = json(&["info", &text(&run.join("model.safetensors")), "--json"]);
    assert_eq!(info["likelihood"], "beta-binomial");
    scumble(&["info", &text(&run)]).assert().success().stdout(predicate::str::contains("beta-binomial"));
    let sets = json(&["eval", &text(&run), &text(&data), "--label-sets", "--json"]);
    assert!(sets["label_sets"]["excess"].as_f64().unwrap() > 0.0);
    // Exclusive classes have no yes and no.
    train(&data, &folder.path().join("other"), &beta)
        .assert()
        .failure()
        .stderr(predicate::str::contains("these labels are multiclass"));
}

/// Raters drawn are drawn as label sets, too.
#[test]
fn label_sets_come_from_any_target() {
    let folder = tempfile::tempdir().unwrap();
    let data = raters(folder.path());
    std::fs::write(data.join("dataset.toml"), "kind = \"multiclass\"\nclasses = [\"land\", \"water\"]\n")
        .unwrap();
    for (name, set) in &WAYS[..4] {
        let run = folder.path().join(name);
        let joint = ["--set", "task.kind=multilabel", "--set", "task.joint=pairwise", "--set", set];
        train(&data, &run, &joint).assert().success();
        let target = if *name == "sample" { "mean" } else { name };
        let eval = ["eval", &text(&run), &text(&data), "--label-sets", "--target", target, "--json"];
        assert!(json(&eval)["label_sets"]["excess"].as_f64().unwrap() > 0.0, "{name}");
    }
}

/// One hidden truth is surer than the frequency of opinion.
#[test]
fn eval_judges_against_fused_labels() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (raters(folder.path()), folder.path().join("run"));
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let floor = |target: &str| {
        let scores = json(&["eval", &text(&run), &text(&data), "--target", target, "--json"]);
        scores["all"]["cross_entropy"]["floor"].as_f64().unwrap()
    };
    for target in ["staple", "dawid-skene"] {
        let (run, data) = (text(&run), text(&data));
        let more = ["--data", &data, "--images", "*", "--target", target, "--json"];
        let compared = json(&[["compare", &run, &run].as_slice(), &more].concat());
        let judged = json(&["eval", &run, &data, "--images", "*", "--target", target, "--json"]);
        let (a, b) = (&compared["scores"]["values"][1]["brier"], &judged["all"]["brier"]);
        assert!((a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-12, "{target}: {a} {b}");
    }
    for (target, authority) in [("mean", "the raters say"), ("staple", "the labels say")] {
        let page = text(&folder.path().join(format!("{target}.html")));
        let more = ["--target", target, "--report", &page];
        scumble(&[["eval", &text(&run), &text(&data)].as_slice(), &more].concat()).assert().success();
        assert!(std::fs::read_to_string(&page).unwrap().contains(authority), "{target}");
    }
    let (mean, staple, dawid_skene) = (floor("mean"), floor("staple"), floor("dawid-skene"));
    assert!(staple < mean && dawid_skene < mean && staple != dawid_skene, "{mean} {staple} {dawid_skene}");
    scumble(&["eval", &text(&run), &text(&data), "--target", "sample"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("judge against their mean"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, labels, run) =
        (raters(folder.path()), folder.path().join("labels"), folder.path().join("run"));
    // A data set whose labels are maps, without raters.
    std::fs::create_dir_all(labels.join("images")).unwrap();
    std::fs::create_dir_all(labels.join("labels")).unwrap();
    for name in ["lagoon-01", "lagoon-03"] {
        let image = std::fs::read_dir(data.join("images")).unwrap().map(|entry| entry.unwrap().path());
        let image = image.into_iter().find(|path| path.file_stem().unwrap() == name).unwrap();
        std::fs::copy(&image, labels.join("images").join(image.file_name().unwrap())).unwrap();
        let map = ndarray::ArrayD::from_elem(ndarray::IxDyn(&[48, 48]), 0.25);
        scumble_data::write_array(&labels.join("labels").join(format!("{name}.npy")), map.view()).unwrap();
    }
    let (beta, people) = ("train.likelihood=beta-binomial", "task.raters=true");
    for (data, sets, says) in [
        (&data, vec![beta, "data.target=sample"], "data.target = sample"),
        (&data, vec![beta, "data.target=staple"], "a fused label has no n"),
        (&data, vec![beta, "task.joint=pairwise"], "task.joint"),
        (&data, vec![beta, "train.loss=[{ kind = \"sigmoid\" }]"], "a loss of its own"),
        (&data, vec![beta, "train.balance=dataset"], "a loss of its own"),
        (&data, vec![people, "data.target=sample"], "each rater's mask is learnt from anyway"),
        (&data, vec![people, "task.joint=pairwise"], "task.joint"),
        (&data, vec![people, beta], "train.likelihood"),
        (&labels, vec![people], "takes raters' masks"),
        (&data, vec!["data.target=median"], "dawid-skene"),
        (&data, vec!["data.validation_target=staple"], "same"),
        (&labels, vec![beta], "lagoon-0"),
        (&labels, vec![beta, "data.target=labels"], "is no such count"),
        (&labels, vec!["data.validation_target=mean"], "rater's mask"),
        (&labels, vec!["data.target=sample"], "rater's mask"),
        (&labels, vec!["data.target=staple"], "rater's mask"),
        (&labels, vec!["data.target=dawid-skene"], "rater's mask"),
    ] {
        let settings: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        train(data, &run, &settings)
            .assert()
            .failure()
            .stderr(predicate::str::contains(says).and(predicate::str::contains("panicked").not()));
        assert!(!run.join("model.safetensors").exists(), "{sets:?}");
    }
}
