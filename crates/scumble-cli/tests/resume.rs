//! Stopping and going on: the same bytes as without a stop, however it was stopped.

mod common;

use common::{lagoons, model, scumble, text, train};
use predicates::prelude::*;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

#[test]
fn two_and_two_epochs_are_four_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, parts) = (folder.path().join("data"), folder.path().join("a"), folder.path().join("b"));
    lagoons(&data, 3);
    // Off a terminal there is no bar, but a line for each epoch all the same.
    let told = predicate::str::contains("epoch   1").and(predicate::str::contains("epoch   4"));
    train(&data, &whole, &[]).assert().success().stderr(told);
    train(&data, &parts, &["--pause-after", "2"])
        .assert()
        .success()
        .stdout(predicate::str::contains("--resume"));
    assert!(!parts.join("model.safetensors").exists());
    train(&data, &parts, &["--resume"]).assert().success();
    assert_eq!(model(&whole), model(&parts));
    let lines = |run: &Path| std::fs::read_to_string(run.join("metrics.jsonl")).unwrap().lines().count();
    assert_eq!((lines(&whole), lines(&parts)), (4, 4));
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (data, one, three) = (folder.path().join("data"), folder.path().join("a"), folder.path().join("b"));
    lagoons(&data, 3);
    train(&data, &one, &[]).env("RAYON_NUM_THREADS", "1").assert().success();
    train(&data, &three, &[]).env("RAYON_NUM_THREADS", "3").assert().success();
    assert_eq!(model(&one), model(&three));
}

/// A training long enough to be stopped in its middle.
fn long(data: &Path, run: &Path) -> Child {
    let long = ["--set", "train.epochs=2000", "--set", "train.steps=2"];
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("scumble"));
    command.args(["train", &data.display().to_string(), "-o", &run.display().to_string()]);
    command.args(common::TINY).args(long).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program starts")
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(120), "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_killed_training_opens_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let mut child = long(&data, &run);
    let metrics = run.join("metrics.jsonl");
    wait_for("an epoch", || std::fs::read_to_string(&metrics).is_ok_and(|text| text.lines().count() >= 2));
    child.kill().unwrap();
    child.wait().unwrap();
    common::scumble(&["info", &run.display().to_string()]).assert().success();
    let before = std::fs::read_to_string(&metrics).unwrap().lines().count();
    let shorter = format!("train.epochs={}", before + 2);
    train(&data, &run, &["--resume", "--set", &shorter, "--set", "train.steps=2"]).assert().success();
    assert!(run.join("model.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn the_first_interrupt_saves_and_leaves_with_130() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let mut child = long(&data, &run);
    wait_for("an epoch", || run.join("checkpoints/best.safetensors").exists());
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let info = std::fs::read_to_string(run.join("run.json")).unwrap();
    assert!(info.contains("\"interrupted\""), "{info}");
    // The best model so far is usable at once.
    let maps = folder.path().join("maps");
    let predict = [
        "predict",
        &run.display().to_string(),
        &data.display().to_string(),
        "-o",
        &maps.display().to_string(),
    ];
    common::scumble(&predict).assert().success();
}

/// Settings of a run that began before patches were bent, blurred or noisy: it goes on as it began.
#[test]
fn a_run_of_before_goes_on_with_patches_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (data, whole, parts) = (folder.path().join("data"), folder.path().join("a"), folder.path().join("b"));
    lagoons(&data, 3);
    let as_they_are = ["--set", "augment.gamma=0", "--set", "augment.blur=0", "--set", "augment.noise=0"];
    let as_they_are = [&as_they_are[..], &["--set", "augment.share=1"]].concat();
    train(&data, &whole, &as_they_are).assert().success();
    train(&data, &parts, &[&as_they_are[..], &["--pause-after", "2"]].concat()).assert().success();
    let config = parts.join("config.toml");
    let settings = std::fs::read_to_string(&config).unwrap();
    let new = ["gamma", "blur", "noise", "share"];
    let of_before: Vec<&str> =
        settings.lines().filter(|line| !new.iter().any(|key| line.starts_with(key))).collect();
    assert_eq!(of_before.len() + new.len(), settings.lines().count());
    std::fs::write(&config, of_before.join("\n")).unwrap();
    scumble(&["train", &text(&data), "-o", &text(&parts), "--resume"]).assert().success();
    assert!(model(&whole) == model(&parts));
}
