//! Nothing can be written: a full disk, a folder that is gone, standard output or error that nobody takes.
#![cfg(target_os = "linux")]

mod common;

use common::{lagoons, train};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), 3);
        train(&place.path("data"), &place.path("run"), &["--set", "train.epochs=1"]).assert().success();
        for name in ["a.npy", "b.npy"] {
            let values = ndarray::Array1::from_elem(1000, 0.5_f64).into_dyn();
            scumble_data::write_array(&place.path(name), values.view()).unwrap();
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scumble"));
        command.args(line.split(' ')).current_dir(self.folder.path());
        command
    }

    /// The program where no file can be larger than this many blocks of 512 bytes.
    fn limited(&self, blocks: u32, line: &str) -> Output {
        let mut command = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_scumble")]);
        command.args(line.split(' ')).current_dir(self.folder.path()).output().unwrap()
    }

    fn files(&self, folder: &str) -> Vec<PathBuf> {
        files(&self.path(folder))
    }
}

/// Every file in a folder and those below it, hidden ones, too.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_half() {
    let place = Place::new();
    fs::create_dir_all(place.path("other")).unwrap();
    for (from, to) in [("data/images", "other/images"), ("data/raters/anna", "other/masks")] {
        fs::create_dir(place.path(to)).unwrap();
        for file in files(&place.path(from))
            .iter()
            .filter(|file| !file.components().any(|part| part.as_os_str() == "ignore"))
        {
            fs::copy(file, place.path(to).join(name_of(file))).unwrap();
        }
    }
    for (line, named) in [
        ("import other -o out --copy", "out/images/lagoon-01.png"),
        ("predict run data/images -o out", "out/lagoon-01.npy"),
        ("predict run data/images -o out --format png16", "out/lagoon-01.png"),
        ("predict run data/images -o out --format tiff", "out/lagoon-01.tif"),
        ("predict run data/images -o out --format nifti", "out/lagoon-01.nii"),
        ("fuse data -o out", "lagoon-01.npy"),
        ("eval run data --images * --csv out.csv", "out.csv"),
        ("eval run data --images * --report out.html", "out.html"),
        ("eval run data --images * --pictures out", "out/lagoon-01.png"),
        ("check data --pictures out", "out/most-disputed.png"),
        ("report run -o out.html", "out.html"),
        ("init out.toml", "out.toml"),
        ("man -o out", "out/scumble"),
        ("demo -o out", "out/data/train"),
        ("loss sigmoid a.npy b.npy --gradient out.npy", "out.npy"),
    ] {
        let output = place.limited(1, line);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", said(&output));
        let message = said(&output);
        let told = message.contains(named) && message.contains("File too large");
        assert!(told, "{line}: {message}");
        assert!(place.files("out").is_empty(), "{line}: {:?}", place.files("out"));
        let begun = |path: &PathBuf| name_of(path).contains("out.") || name_of(path).contains(".tmp");
        assert!(!files(place.folder.path()).iter().any(begun), "{line}");
        let _ = fs::remove_dir_all(place.path("out"));
    }
}

#[test]
fn an_older_result_outlives_a_full_disk() {
    let place = Place::new();
    for line in [
        "predict run data/images -o maps",
        "fuse data -o labels",
        "eval run data --csv old.csv",
        "man -o man",
    ] {
        assert!(place.command(line).output().unwrap().status.success(), "{line}");
    }
    let before: Vec<(PathBuf, Vec<u8>)> =
        files(place.folder.path()).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
    for line in [
        "predict run data/images -o maps --overwrite",
        "eval run data --csv old.csv --overwrite",
        "man -o man --overwrite",
        "calibrate run data --force --images *",
        "report run",
    ] {
        let output = place.limited(1, line);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", said(&output));
        for (path, bytes) in &before {
            assert!(fs::read(path).unwrap() == *bytes, "{line}: {}", path.display());
        }
    }
    // One cause is told once, with all images.
    let output = place.limited(1, "predict run data/images -o other");
    assert!(said(&output).contains("the same of 2 other images"), "{}", said(&output));
}

#[test]
fn a_file_in_the_place_of_a_folder_is_told() {
    let place = Place::new();
    fs::write(place.path("taken"), "mine").unwrap();
    for line in [
        "predict run data/images -o taken",
        "predict run data/images -o taken/maps",
        "fuse data -o taken/labels",
        "eval run data --pictures taken",
        "eval run data --csv taken/scores.csv",
        "check data --pictures taken",
        "man -o taken",
        "init taken/settings.toml",
        "demo -o taken/demo --epochs 1",
        "import run -o taken",
    ] {
        let output = place.command(line).output().unwrap();
        let message = said(&output);
        assert!(matches!(output.status.code(), Some(1 | 2)) && !message.is_empty(), "{line}: {message}");
        assert_eq!(fs::read(place.path("taken")).unwrap(), b"mine");
    }
}

/// The folder of the maps is taken away while images are predicted: what was written is lost, and that is told.
#[test]
fn a_folder_that_vanishes_is_told() {
    let place = Place::new();
    let images = place.path("many");
    fs::create_dir(&images).unwrap();
    for number in 0..400 {
        fs::copy(place.path("data/images/lagoon-01.png"), images.join(format!("{number}.png"))).unwrap();
    }
    let mut command = place.command("predict run many -o maps");
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (maps, moved) = (place.path("maps"), place.path("moved"));
    while files(&maps).iter().filter(|path| path.extension().is_some_and(|is| is == "npy")).count() < 3 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    fs::rename(&maps, &moved).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("maps: this folder was written into, and is gone"), "{}", said(&output));
}

const PRINTS: [&str; 14] = [
    "check data",
    "check data --json",
    "eval run data",
    "eval run data --json",
    "info run",
    "info data --json",
    "compare run run --data data",
    "loss sigmoid a.npy b.npy",
    "report run --json",
    "--help",
    "train --help",
    "--version",
    "man train",
    "completions bash",
];

#[test]
fn a_result_that_is_lost_is_an_error() {
    let place = Place::new();
    for line in PRINTS {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = place.command(line).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}: {}", said(&output));
        let message = "error: cannot write the result to standard output: No space left on device";
        assert!(said(&output).contains(message), "{line}: {}", said(&output));
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let place = Place::new();
    for line in PRINTS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = place.command(line).stdout(writer).output().unwrap();
        assert!(output.status.success() && !said(&output).contains("error"), "{line}: {}", said(&output));
    }
}

/// Messages that nobody can read change nothing of the work.
#[test]
fn messages_that_are_lost_stop_nothing() {
    let place = Place::new();
    let bad = place.path("bad");
    fs::create_dir(&bad).unwrap();
    for number in 0..3000 {
        fs::write(bad.join(format!("b{number}.png")), "x").unwrap();
    }
    fs::copy(place.path("data/images/lagoon-01.png"), bad.join("z.png")).unwrap();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    for (name, stderr) in [("full", full()), ("closed", closed())] {
        let mut command = place.command(&format!("predict run bad -o {name}"));
        let status = command.stdout(Stdio::null()).stderr(stderr).status().unwrap();
        assert_eq!(status.code(), Some(1), "{name}");
        assert!(place.path(name).join("z.npy").is_file(), "{name}");
    }
    for (line, code) in
        [("train", 2), ("check data --strict", 0), ("info nowhere", 1), ("train data -o run", 2)]
    {
        for stderr in [full(), closed()] {
            let status = place.command(line).stdout(Stdio::null()).stderr(stderr).status().unwrap();
            assert_eq!(status.code(), Some(code), "{line}");
        }
    }
    // Neither of both can be written.
    let status = place.command("eval run data").stdout(full()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
