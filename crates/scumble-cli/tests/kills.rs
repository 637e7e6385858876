//! Killed at any moment: a training goes on to the same bytes or starts cleanly, and every other file is whole or absent.
//! `scripts/kills.py` does the same a thousand times.

mod common;

use common::{TINY, lagoons, model, text};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A data set, a run on it, and how long things take here.
struct Ground {
    folder: tempfile::TempDir,
    seed: u64,
}

impl Ground {
    fn new() -> Self {
        let ground = Self { folder: tempfile::tempdir().unwrap(), seed: 5 };
        lagoons(&ground.path("data"), 4);
        ground
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn train(&self, run: &str, more: &[&str]) -> Vec<String> {
        let start = ["train", &text(&self.path("data")), "-o", &text(&self.path(run))].map(str::to_owned);
        start.into_iter().chain(TINY.iter().chain(more).map(|word| (*word).to_owned())).collect()
    }

    /// The same numbers in every test of this machine: a share of 0 to 1.
    fn chance(&mut self) -> f64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A moment in the first tenth of a second, or anywhere.
    fn moment(&mut self, early: bool, all: Duration) -> Duration {
        let within = if early { all.min(Duration::from_millis(100)) } else { all };
        within.mul_f64(self.chance())
    }
}

fn run(words: &[String]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("scumble"));
    command.args(words).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

fn succeeds(words: &[String]) -> Duration {
    let began = Instant::now();
    let output = run(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    began.elapsed()
}

fn kill(words: &[String], moment: Duration) {
    let mut child = run(words).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(moment);
    // It may be done by now.
    let _ = child.kill();
    child.wait().unwrap();
}

/// Every file that is not hidden.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !entry.file_name().to_string_lossy().starts_with('.') {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// Hidden files but the lock.
fn left_over(folder: &Path) -> Vec<String> {
    let entries = [folder.to_owned(), folder.join("checkpoints")].map(std::fs::read_dir);
    let names = entries.into_iter().flatten().flatten().flatten().map(|entry| entry.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.') && name != ".lock")
        .collect()
}

#[test]
fn a_training_goes_on_to_the_same_bytes_or_starts_cleanly() {
    let mut ground = Ground::new();
    let all = succeeds(&ground.train("whole", &[]));
    let whole = model(&ground.path("whole"));
    succeeds(&ground.train("other", &["--set", "train.seed=9"]));
    for kills in 0..6 {
        let name = format!("killed{kills}");
        let path = ground.path(&name);
        // Every third begins over a run that is there.
        let over = kills % 3 == 2;
        if over {
            std::fs::rename(ground.path("other"), &path).unwrap();
        }
        let start = ground.train(&name, if over { &["--overwrite"] } else { &[] });
        let moment = ground.moment(kills % 2 == 0, all);
        kill(&start, moment);
        let untouched = over && path.join("model.safetensors").exists() && !path.join(".begin.toml").exists();
        let there = path.join("run.json").exists() || path.join(".begin.toml").exists();
        match there && !untouched {
            true => succeeds(&[
                "train".into(),
                text(&ground.path("data")),
                "-o".into(),
                text(&path),
                "--resume".into(),
            ]),
            false => succeeds(&start),
        };
        assert!(model(&path) == whole, "after {moment:?}");
        assert!(path.join("report.html").exists(), "after {moment:?}");
        assert_eq!(left_over(&path), Vec::<String>::new(), "after {moment:?}");
        if over {
            std::fs::remove_dir_all(&path).unwrap();
            succeeds(&ground.train("other", &["--set", "train.seed=9"]));
        }
    }
}

#[test]
fn what_others_write_is_whole_or_absent() {
    let mut ground = Ground::new();
    succeeds(&ground.train("run", &[]));
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(|word| (*word).to_owned()).collect() };
    let [data, run, out] = ["data", "run", "out"].map(|name| text(&ground.path(name)));
    let page = text(&ground.path("out/page.html"));
    for command in [
        words(&["predict", &run, &format!("{data}/images"), "-o", &out, "--overwrite"]),
        words(&["fuse", &data, "-o", &out, "--overwrite"]),
        words(&["report", &run, "-o", &page, "--overwrite"]),
        words(&["eval", &run, &data, "--images", "*", "--report", &page, "--overwrite"]),
    ] {
        let out = ground.path("out");
        std::fs::create_dir_all(&out).unwrap();
        let all = succeeds(&command);
        let whole = files(&out);
        assert!(!whole.is_empty());
        std::fs::remove_dir_all(&out).unwrap();
        std::fs::create_dir_all(&out).unwrap();
        kill(&command, ground.moment(false, all));
        for (path, content) in files(&out) {
            assert!(whole[&path] == content, "{command:?}: {}", path.display());
        }
        succeeds(&command);
        assert!(files(&out) == whole, "{command:?}");
        std::fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn a_calibration_is_stored_or_is_not() {
    let mut ground = Ground::new();
    succeeds(&ground.train("run", &[]));
    let run = ground.path("run");
    let before = model(&run);
    let calibrate = ["calibrate", &text(&run), &text(&ground.path("data")), "--images", "*", "--force"]
        .map(str::to_owned);
    let all = succeeds(&calibrate);
    let after = model(&run);
    assert!(before != after);
    std::fs::write(run.join("model.safetensors"), &before).unwrap();
    kill(&calibrate, ground.moment(false, all));
    assert!([&before, &after].contains(&&model(&run)));
    succeeds(&calibrate);
    assert!(model(&run) == after);
}
