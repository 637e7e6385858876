//! The numbers in which a network runs: chosen, said, kept by a run, and refused where a device has no others.

mod common;

use common::{json, lagoons, model, refuses, scumble, text, train};
use predicates::prelude::*;
use scumble_data::read_raster;
use scumble_nn::{Isa, Run};
use std::fs;
use std::path::Path;

const BF16: [&str; 2] = ["--set", "train.precision=bf16"];

/// A data set, and a place for runs.
fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    lagoons(&data, 3);
    (folder, data)
}

/// The precision in a run's settings and in its record.
fn kept(run: &Path) -> [String; 2] {
    let run = Run::open(run).unwrap();
    let settings = run.config(&[]).unwrap().train.precision.to_string();
    [settings, run.info().unwrap().precision.to_string()]
}

#[test]
fn what_auto_comes_to_is_said_and_kept() {
    let (folder, data) = place();
    let run = folder.path().join("run");
    let (precision, why) = match Isa::best().prefers_bf16() {
        true => ("bf16", "in which this processor is faster"),
        false => ("f32", "as this processor is not faster in bf16"),
    };
    let told = format!("computing on cpu with {} in {precision}, {why}\n", Isa::best());
    let once = predicate::str::contains(told.as_str()).count(1);
    train(&data, &run, &[]).assert().success().stderr(once.clone());
    assert_eq!(kept(&run), [precision; 2]);
    let info = json(&mut scumble(&["info", &text(&run), "--json"]));
    assert_eq!(info["run"]["precision"], precision);
    let on = predicate::str::contains(format!("on: cpu with {} in {precision}\n", Isa::best()));
    scumble(&["info", &text(&run)]).assert().success().stdout(on);

    // A model says it too, maps have nothing to say.
    let (maps, run) = (text(&folder.path().join("maps")), text(&run));
    let data = text(&data);
    scumble(&["predict", &run, &data, "-o", &maps]).assert().success().stderr(once.clone());
    scumble(&["eval", &run, &data, "--images", "*"]).assert().success().stderr(once.clone());
    scumble(&["compare", &run, &run, "--data", &data, "--images", "*"]).assert().success().stderr(once);
    let silent = predicate::str::contains("computing").not();
    scumble(&["eval", &maps, &data]).assert().success().stderr(silent);
}

#[test]
fn a_run_goes_on_in_its_precision_to_the_same_bytes() {
    let (folder, data) = place();
    let [whole, parts, reference] = ["whole", "parts", "reference"].map(|name| folder.path().join(name));
    train(&data, &whole, &BF16).assert().success();
    train(&data, &parts, &[&BF16[..], &["--pause-after", "2"]].concat()).assert().success();
    assert_eq!(kept(&parts), ["bf16"; 2]);
    train(&data, &parts, &["--resume"]).assert().success();
    assert_eq!(kept(&parts), ["bf16"; 2]);
    assert_eq!(model(&whole), model(&parts));

    // The numbers are others, and what they say is not.
    train(&data, &reference, &["--set", "train.precision=f32"]).assert().success();
    assert_ne!(model(&whole), model(&reference));
    let losses = |run: &Path| {
        let metrics = Run::open(run).unwrap().metrics().unwrap();
        metrics.into_iter().map(|epoch| epoch.validation.unwrap().value).collect::<Vec<_>>()
    };
    for (found, expected) in losses(&whole).into_iter().zip(losses(&reference)) {
        assert!((found - expected).abs() < 0.02 * expected, "{found} {expected}");
    }
}

#[test]
fn bf16_is_the_same_bytes_at_any_number_of_threads() {
    let (folder, data) = place();
    let [one, three] = ["1", "3"].map(|threads| {
        let run = folder.path().join(threads);
        train(&data, &run, &BF16).env("RAYON_NUM_THREADS", threads).assert().success();
        model(&run)
    });
    assert_eq!(one, three);
}

#[test]
fn a_run_of_before_goes_on_in_f32() {
    let (folder, data) = place();
    let run = folder.path().join("run");
    train(&data, &run, &["--set", "train.precision=f32", "--pause-after", "2"]).assert().success();
    for file in ["config.toml", "run.json"].map(|name| run.join(name)) {
        let lines = fs::read_to_string(&file).unwrap();
        let old = lines.lines().filter(|line| !line.contains("precision")).map(|line| format!("{line}\n"));
        fs::write(&file, old.collect::<String>()).unwrap();
    }
    assert_eq!(kept(&run), ["f32"; 2]);
    train(&data, &run, &["--resume"]).assert().success();
    assert!(fs::read_to_string(run.join("config.toml")).unwrap().contains("precision = \"f32\""));
}

#[test]
fn any_model_predicts_in_either() {
    let (folder, data) = place();
    let (run, maps) = (folder.path().join("run"), |name: &str| folder.path().join(name));
    train(&data, &run, &["--set", "train.precision=f32"]).assert().success();
    for precision in ["f32", "bf16", "auto"] {
        let maps = text(&maps(precision));
        let predict = ["predict", &text(&run), &text(&data), "-o", &maps, "--precision", precision];
        scumble(&predict).assert().success();
    }
    let read = |precision: &str| read_raster(&maps(precision).join("lagoon-01.npy")).unwrap().to_unit();
    let (reference, rounded) = (read("f32"), read("bf16"));
    assert_ne!(reference, rounded);
    let far = reference.iter().zip(&rounded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far < 0.02, "{far}");
    assert_eq!(read("auto"), if Isa::best().prefers_bf16() { rounded } else { reference });
}

#[test]
fn what_cannot_be_is_refused() {
    let (folder, data) = place();
    let run = folder.path().join("run");
    let set = ["--set", "train.precision=f16"];
    refuses(&mut train(&data, &run, &set), 2, &["precision", "f16", "`auto`, `f32`, `bf16`"]);
    let flag = ["predict", "run", "images", "-o", "maps", "--precision", "half"];
    refuses(&mut scumble(&flag), 2, &["--precision", "half", "use auto, f32 or bf16"]);
    let device = [&BF16[..], &["--device", "wgpu"]].concat();
    let says = ["the device wgpu does not run in bf16", "--set train.precision=f32"];
    refuses(&mut train(&data, &run, &device), 1, &says);
    train(&data, &run, &[]).assert().success();
    let (run, maps) = (text(&run), text(&folder.path().join("maps")));
    let predict = ["predict", &run, &text(&data), "-o", &maps, "--precision", "bf16", "--device", "cuda"];
    refuses(&mut scumble(&predict), 1, &["the device cuda does not run in bf16", "--precision"]);
}
