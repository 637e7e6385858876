//! A run folder is whole from its first byte on, and has one writer.

mod common;

use common::{json, lagoons, model, refuses, scumble, text, train};
use predicates::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A data set, a run on it, and its model.
struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let ground = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&ground.data(), 3);
        train(&ground.data(), &ground.path("run"), &[]).assert().success();
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn data(&self) -> PathBuf {
        self.path("data")
    }

    fn resume(&self, run: &Path) -> assert_cmd::Command {
        scumble(&["train", &text(&self.data()), "-o", &text(run), "--resume"])
    }

    /// A folder with some of the run's files.
    fn part(&self, name: &str, files: &[&str]) -> PathBuf {
        let part = self.path(name);
        fs::create_dir_all(part.join("checkpoints")).unwrap();
        for file in files {
            fs::copy(self.path("run").join(file), part.join(file)).unwrap();
        }
        part
    }
}

/// Every file with what is in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => drop(found.insert(path.clone(), fs::read(path).unwrap())),
        }
    }
    found
}

const LAST: &str = "checkpoints/last.safetensors";
const BEST: &str = "checkpoints/best.safetensors";

#[test]
fn what_was_killed_before_its_record_was_there_is_resumed_or_taken() {
    let ground = Ground::new();
    let whole = model(&ground.path("run"));
    // As it is left now; as older versions left it; the same in the middle of a run that was begun again.
    let begun = ground.part("begun", &[]);
    fs::copy(ground.path("run/config.toml"), begun.join(".begin.toml")).unwrap();
    let older = ground.part("older", &["config.toml", "metrics.jsonl", LAST]);
    fs::write(older.join(".run.json.10890-3.tmp"), "{").unwrap();
    let over =
        ground.part("over", &["run.json", "config.toml", "metrics.jsonl", "model.safetensors", LAST, BEST]);
    fs::copy(begun.join(".begin.toml"), over.join(".begin.toml")).unwrap();
    fs::write(over.join("notes.txt"), "mine").unwrap();
    for run in [&begun, &older, &over] {
        let copy = run.with_extension("copy");
        assert!(std::process::Command::new("cp").arg("-r").args([run, &copy]).status().unwrap().success());
        scumble(&["info", &text(run)])
            .assert()
            .success()
            .stdout(predicate::str::contains("no checkpoint yet"));
        refuses(
            &mut train(&ground.data(), run, &[]),
            2,
            &["before its first checkpoint", "--resume", "--overwrite"],
        );
        refuses(&mut scumble(&["report", &text(run)]), 1, &["no checkpoint yet", "--resume"]);
        ground.resume(run).assert().success();
        assert!(model(run) == whole, "{}", run.display());
        train(&ground.data(), &copy, &["--overwrite"]).assert().success();
        assert!(model(&copy) == whole, "{}", copy.display());
        let names: Vec<String> =
            files(run).keys().map(|path| text(path.strip_prefix(run).unwrap())).collect();
        assert!(names.iter().all(|name| !name.contains(".tmp") && name != ".begin.toml"), "{names:?}");
    }
    assert_eq!(fs::read_to_string(over.join("notes.txt")).unwrap(), "mine");
    // Without settings nobody knows what to resume.
    let bare = ground.part("bare", &[LAST]);
    refuses(&mut ground.resume(&bare), 1, &["config.toml is missing"]);
    // What a program that was killed at its very start leaves is no more than an empty folder.
    let empty = ground.path("empty");
    fs::create_dir(&empty).unwrap();
    fs::write(empty.join(".lock"), "").unwrap();
    fs::write(empty.join("..begin.toml.7-00ff.tmp"), "").unwrap();
    train(&ground.data(), &empty, &[]).assert().success();
    assert!(model(&empty) == whole);
}

#[test]
fn a_folder_of_other_things_is_left_alone_even_if_their_names_are_ours() {
    let ground = Ground::new();
    let other = ground.path("other");
    fs::create_dir_all(other.join("checkpoints")).unwrap();
    fs::write(other.join("config.toml"), "theme = 1").unwrap();
    fs::write(other.join("checkpoints/epoch=3.ckpt"), "weights").unwrap();
    let before = files(&other);
    refuses(&mut train(&ground.data(), &other, &[]), 2, &["exists"]);
    refuses(&mut train(&ground.data(), &other, &["--overwrite"]), 1, &["run.json is missing"]);
    refuses(&mut ground.resume(&other), 1, &["run.json is missing"]);
    assert_eq!(files(&other), before);
}

#[test]
fn a_training_that_cannot_begin_leaves_no_trace_and_touches_no_older_run() {
    let ground = Ground::new();
    let unlabelled = ground.path("unlabelled");
    lagoons(&unlabelled, 2);
    fs::remove_dir_all(unlabelled.join("raters")).unwrap();
    let command = |run: &Path, more: &[&str]| train(&unlabelled, run, more);
    command(&ground.path("a/b/run"), &[]).assert().code(1);
    assert!(!ground.path("a").exists());
    fs::create_dir(ground.path("empty")).unwrap();
    command(&ground.path("empty"), &[]).assert().code(1);
    assert_eq!(fs::read_dir(ground.path("empty")).unwrap().count(), 0);
    let before = files(&ground.path("run"));
    command(&ground.path("run"), &["--overwrite"]).assert().code(1);
    assert_eq!(files(&ground.path("run")), before);
}

#[test]
fn resuming_what_is_done_changes_nothing() {
    let ground = Ground::new();
    let run = ground.path("run");
    scumble(&["calibrate", &text(&run), &text(&ground.data()), "--images", "*", "--force"])
        .assert()
        .success();
    let before = files(&run);
    let told = predicate::str::contains("nothing was changed");
    ground.resume(&run).args(["--set", "train.learning_rate=0.5"]).assert().success().stderr(told);
    assert_eq!(files(&run), before);
    // A page that a kill has prevented is written.
    fs::remove_file(run.join("report.html")).unwrap();
    ground.resume(&run).assert().success();
    assert!(run.join("report.html").exists());
    // A longer one goes on, and says what becomes of the calibration.
    let calibrated = predicate::str::contains("is calibrated");
    ground.resume(&run).args(["--set", "train.epochs=6"]).assert().success().stderr(calibrated);
    assert_eq!(json(&mut scumble(&["info", &text(&run), "--json"]))["run"]["epochs"], 6);
}

#[test]
fn a_run_that_lost_its_files_says_which() {
    let ground = Ground::new();
    let run = ground.path("run");
    let whole = model(&run);
    // The best epoch's model is the run's.
    fs::remove_file(run.join("model.safetensors")).unwrap();
    ground.resume(&run).assert().success();
    assert!(model(&run) == whole);
    fs::remove_file(run.join(BEST)).unwrap();
    ground.resume(&run).assert().success();
    refuses(ground.resume(&run).args(["--set", "train.epochs=9"]), 1, &["best.safetensors", "missing"]);
    fs::remove_file(run.join("model.safetensors")).unwrap();
    refuses(&mut ground.resume(&run), 1, &["best.safetensors", "missing"]);
    fs::remove_file(run.join(LAST)).unwrap();
    refuses(&mut ground.resume(&run), 1, &["last.safetensors", "missing"]);
}

/// A training long enough to be met at work.
fn long(data: &Path, run: &Path) -> Child {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("scumble"));
    command.args(["train", &text(data), "-o", &text(run), "--set", "train.epochs=2000"]);
    command.args(["--set", "network.widths=[4, 8]", "--set", "train.patch=16", "--set", "train.steps=2"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

#[test]
fn there_is_one_training_in_a_folder() {
    let ground = Ground::new();
    let run = ground.path("busy");
    let mut first = long(&ground.data(), &run);
    let began = Instant::now();
    while !run.join(BEST).exists() {
        assert!(began.elapsed() < Duration::from_secs(120), "waited too long for an epoch");
        std::thread::sleep(Duration::from_millis(5));
    }
    let in_use = |command: &mut assert_cmd::Command| drop(refuses(command, 1, &["at work in this folder"]));
    in_use(&mut ground.resume(&run));
    in_use(&mut train(&ground.data(), &run, &["--overwrite"]));
    in_use(&mut scumble(&["calibrate", &text(&run), &text(&ground.data()), "--images", "*", "--force"]));
    refuses(&mut train(&ground.data(), &run, &[]), 2, &["exists"]);
    // Who reads is let in.
    scumble(&["info", &text(&run)]).assert().success();
    scumble(&["report", &text(&run), "-o", &text(&ground.path("page.html"))]).assert().success();
    assert!(first.try_wait().unwrap().is_none());
    // The lock dies with its process, however that ends.
    first.kill().unwrap();
    first.wait().unwrap();
    ground.resume(&run).args(["--set", "train.epochs=1", "--set", "train.steps=2"]).assert().success();
}

#[test]
fn a_killed_fusion_is_done_again() {
    let ground = Ground::new();
    let (killed, whole) = (ground.path("killed"), ground.path("whole"));
    let fuse = |out: &Path, more: &[&str]| {
        let mut command = scumble(&["fuse", &text(&ground.data()), "-o", &text(out)]);
        command.args(more);
        command
    };
    fuse(&whole, &[]).assert().success();
    fuse(&killed, &[]).assert().success();
    fs::remove_file(killed.join("maps.json")).unwrap();
    let first =
        fs::read_dir(&killed).unwrap().flatten().map(|e| e.path()).find(|path| path.is_file()).unwrap();
    fs::remove_file(first).unwrap();
    let left = killed.join(".lagoon.npy.10921-5.tmp");
    fs::write(&left, "half").unwrap();
    fs::File::options()
        .write(true)
        .open(&left)
        .unwrap()
        .set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    refuses(&mut fuse(&killed, &[]), 2, &["holds maps already", "--overwrite"]);
    fuse(&killed, &["--overwrite"]).assert().success();
    let content = |folder: &Path| files(folder).into_values().collect::<Vec<_>>();
    assert_eq!(content(&killed), content(&whole));
    assert!(!left.exists());
    // A file of anybody else's is no map of this fusion.
    fs::remove_file(killed.join("maps.json")).unwrap();
    fs::write(killed.join("letter.txt"), "Dear").unwrap();
    refuses(&mut fuse(&killed, &["--overwrite"]), 2, &["holds no maps"]);
}

/// What nobody has chosen is chosen once, and said.
#[test]
fn a_run_keeps_the_patch_and_the_length_that_its_images_gave_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let unasked = ["train.patch=0", "train.epochs=0", "train.steps=200"];
    let unasked: Vec<&str> = unasked.iter().flat_map(|set| ["--set", *set]).collect();
    let told = train(&data, &run, &unasked).assert().success().get_output().stderr.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("patches of 32 x 32 pixels"), "{told}");
    assert!(told.contains("2 epochs of 200 steps"), "{told}");
    let config = std::fs::read_to_string(run.join("config.toml")).unwrap();
    assert!(config.contains("patch = 32") && config.contains("epochs = 2"), "{config}");
    let asked = ["--set", "train.patch=16"];
    let told =
        train(&data, &folder.path().join("other"), &asked).assert().success().get_output().stderr.clone();
    assert!(!String::from_utf8(told).unwrap().contains("pixels, as no image"));
}

/// What is said of a longer training is what the run's own curve says.
#[test]
fn a_finished_training_says_what_a_longer_one_would_bring() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    let steps = ["--set", "train.steps=40"];
    let paused = json(&mut train(&data, &run, &[&steps[..], &["--pause-after", "3", "--json"]].concat()));
    assert!(paused["prospect"].is_null() && paused["longer"].is_null());
    let done = json(&mut train(&data, &run, &[&steps[..], &["--resume", "--json"]].concat()));
    let metrics = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let excess: Vec<f64> = metrics
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|epoch| epoch["validation"]["excess"].as_f64().unwrap())
        .collect();
    let earlier = excess[..3].iter().copied().fold(f64::INFINITY, f64::min);
    // So short a training is worth going on with.
    assert!(excess[3] < 0.99 * earlier, "{excess:?}");
    let expected = serde_json::json!({ "curve": "falling", "before": earlier, "after": excess[3] });
    assert_eq!(done["prospect"], expected);
    assert_eq!(done["longer"], "train.epochs=8");
    let again = train(&data, &run, &[&steps[..], &["--resume", "--set", "train.epochs=8"]].concat())
        .assert()
        .success();
    let told = String::from_utf8(again.get_output().stdout.clone()).unwrap();
    assert!(told.contains("longer training brings"), "{told}");
    assert!(fs::read_to_string(run.join("report.html")).unwrap().contains("longer training brings"));
}
