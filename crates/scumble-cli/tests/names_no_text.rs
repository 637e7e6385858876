//! Names that are not written in UTF-8, as older systems have left them: each is named as a problem by every command
//! that would miss it, and where nobody asks for a text it is as good as another.
#![cfg(target_os = "linux")]

mod common;

use common::{TINY, json, lagoons, refuses, scumble};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// "André" in Latin-1.
const ANDRE: &[u8] = b"Andr\xe9";

/// A path below `folder`, whose last name begins with [`ANDRE`].
fn andre(folder: &Path, end: &str) -> PathBuf {
    folder.join(OsStr::from_bytes(&[ANDRE, end.as_bytes()].concat()))
}

struct Set(TempDir);

impl Set {
    fn new() -> Self {
        let set = Self(tempfile::tempdir().unwrap());
        lagoons(&set.path("data"), 3);
        set
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The first entry of a folder.
    fn first(&self, folder: &str) -> PathBuf {
        fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path()).min().unwrap()
    }

    fn command(&self, line: &str) -> assert_cmd::Command {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = scumble(&words);
        command.current_dir(self.0.path());
        command
    }
}

#[test]
fn every_command_names_what_it_would_miss() {
    let set = Set::new();
    let rater = set.first("data/raters");
    let mask = fs::read_dir(&rater).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let image = set.first("data/images");
    let train = format!("train data -o run {}", TINY.map(|word| word.replace(' ', "")).join(" "));
    for (from, to) in [
        (rater.clone(), andre(&set.path("data/raters"), "")),
        (image, andre(&set.path("data/images"), ".png")),
        (mask.clone(), andre(&rater, ".png")),
    ] {
        fs::rename(&from, &to).unwrap();
        for line in ["check data", "fuse data -o fused", &train, "eval data/labels data", "info data"] {
            refuses(&mut set.command(line), 1, &["Andr", "not written in UTF-8; rename it"])
                .stdout(predicates::function::function(|said: &str| !said.contains("no problem found")));
        }
        fs::rename(&to, &from).unwrap();
    }
    // A folder of a class, annotations, outlines, what is ignored.
    for (place, is_folder) in
        [("data/labels", true), ("data/raters", false), ("data/ignore", false), ("data/weights", false)]
    {
        let there = set.path(place).exists();
        fs::create_dir_all(set.path(place)).unwrap();
        let path = andre(&set.path(place), if place.ends_with("raters") { ".json" } else { ".png" });
        if is_folder {
            fs::create_dir(&path).unwrap()
        } else {
            fs::copy(&mask, &path).map(drop).unwrap()
        }
        for line in ["check data", "fuse data -o fused"] {
            refuses(&mut set.command(line), 1, &["Andr", "not written in UTF-8; rename it"]);
        }
        if is_folder {
            fs::remove_dir(&path).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        if !there {
            fs::remove_dir(set.path(place)).unwrap();
        }
    }
}

#[test]
fn good_images_are_predicted_and_the_others_named() {
    let set = Set::new();
    let train = format!("train data -o run {}", TINY.map(|word| word.replace(' ', "")).join(" "));
    set.command(&train).assert().success();
    let images = set.path("data/images");
    for end in [".png", "s.png"] {
        fs::copy(set.first("data/images"), andre(&images, end)).unwrap();
    }
    fs::copy(set.first("data/images"), images.join(OsStr::from_bytes(b"Andr\xe8.png"))).unwrap();
    let predict = "predict run data/images -o maps --format png16";
    let assert = refuses(&mut set.command(predict), 1, &["not written in UTF-8; rename it"]);
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said.contains("the same of 2 other images"), "{said}");
    let maps = fs::read_dir(set.path("maps")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(maps.filter(|path| path.extension().is_some_and(|end| end == "png")).count(), 3);
    // A folder of maps is one of labels.
    fs::copy(set.first("maps"), andre(&set.path("maps"), ".png")).unwrap();
    refuses(&mut set.command("eval maps data"), 1, &["Andr", "not written in UTF-8"]);
}

/// Of a run, a data set, a folder around them nobody needs the name as a text.
#[test]
fn what_is_only_a_path_may_be_called_anything() {
    let set = Set::new();
    let odd = andre(set.0.path(), "");
    fs::create_dir(&odd).unwrap();
    fs::rename(set.path("data"), odd.join("data")).unwrap();
    let inside = |line: &str| {
        let mut command = set.command(line);
        command.current_dir(&odd);
        command
    };
    let train = format!("train data -o run {}", TINY.map(|word| word.replace(' ', "")).join(" "));
    inside(&train).assert().success();
    let run = andre(set.0.path(), "_run");
    fs::rename(odd.join("run"), &run).unwrap();
    let mut info = scumble(&["info", "--json"]);
    assert!(json(info.arg(&run)).is_object());
    scumble(&["check"]).arg(odd.join("data")).assert().success();
    scumble(&["eval"]).arg(&run).arg(odd.join("data")).args(["--images", "*"]).assert().success();
    // JSON has no word for such a path.
    let mut check = scumble(&["check", "--json"]);
    refuses(check.arg(odd.join("data")), 1, &["cannot write the result", "invalid UTF-8"]).stdout("");
    // Slices, too, whose addresses are behind the file's name.
    let volume =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scumble-data/tests/fixtures/volume_i16_be.nii");
    fs::copy(volume, odd.join("v.nii")).unwrap();
    let mut slice = scumble(&["info", "--json"]);
    assert!(json(slice.arg(odd.join("v.nii@0001"))).is_object());
}

#[test]
fn import_says_what_it_leaves_out_by_name() {
    let set = Set::new();
    let source = set.path("other");
    fs::create_dir_all(source.join("masks")).unwrap();
    fs::rename(set.path("data/images"), source.join("images")).unwrap();
    let rater = set.first("data/raters");
    for mask in fs::read_dir(&rater).unwrap() {
        let mask = mask.unwrap().path();
        fs::copy(&mask, source.join("masks").join(mask.file_name().unwrap())).unwrap();
    }
    fs::create_dir(andre(&source.join("masks"), "")).unwrap();
    std::os::unix::fs::symlink("..", source.join("masks/round")).unwrap();
    let said = json(&mut set.command("import other -o made --json"))["left_out"].to_string();
    assert!(said.contains("Andr") && said.contains("not written in UTF-8"), "{said}");
    assert!(said.contains("masks/round") && said.contains("leads back"), "{said}");
    assert_eq!(json(&mut set.command("check made --json"))["images"], 3);
}
