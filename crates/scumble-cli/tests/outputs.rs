//! What is written: never a file that the call reads, and what is there only with --overwrite.
#![cfg(unix)]

mod common;

use common::{lagoons, refuses, scumble, text, train};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A data set, a run of it and its maps.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), 3);
        train(&place.path("data"), &place.path("run"), &["--set", "train.epochs=1"]).assert().success();
        let arrays = ["a.npy", "b.npy"].map(|name| place.path(name));
        for path in &arrays {
            let values = ndarray::arr1(&[0.25_f64, 0.5]).into_dyn();
            scumble_data::write_array(path, values.view()).unwrap();
        }
        place.says("predict run data/images -o maps", 0, &[]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every file with its bytes, and every link with where it leads.
    fn state(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut state = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                match fs::read_link(&path) {
                    Ok(to) => drop(state.insert(path, text(&to).into_bytes())),
                    Err(_) if path.is_dir() => folders.push(path),
                    Err(_) => drop(state.insert(path.clone(), fs::read(&path).unwrap())),
                }
            }
        }
        state
    }

    fn says(&self, line: &str, code: i32, says: &[&str]) {
        let words: Vec<&str> = line.split(' ').collect();
        let mut command = scumble(&words);
        command.current_dir(self.folder.path());
        refuses(&mut command, code, says);
    }

    /// The line is refused, and everything is as it was.
    fn keeps(&self, line: &str, says: &[&str]) {
        let before = self.state();
        self.says(line, 2, says);
        assert!(before == self.state(), "{line}: something has changed");
    }
}

#[test]
fn what_is_there_is_replaced_when_asked_for() {
    let place = Place::new();
    let lines = [
        "eval run data --images * --csv scores.csv",
        "eval run data --images * --report page.html",
        "eval run data --images * --pictures pictures",
        "eval maps data --csv scores.csv --report other.html",
        "check data --pictures looks",
        "report run -o page.html",
        "predict run data/images -o maps",
        "predict run data/images/lagoon-01.png -o maps --format png16",
        "fuse data -o labels",
        "loss sigmoid a.npy b.npy --gradient g.npy",
        "loss sigmoid a.npy b.npy --map g.npy",
        "export run -o model.onnx",
        "init settings.toml",
        "man -o pages",
    ];
    for file in ["scores.csv", "page.html", "g.npy", "model.onnx", "settings.toml"] {
        fs::write(place.path(file), "mine").unwrap();
    }
    place.says("eval run data --images * --pictures pictures", 0, &[]);
    place.says("check data --pictures looks", 0, &[]);
    place.says("fuse data -o labels", 0, &[]);
    place.says("man -o pages", 0, &[]);
    for line in lines {
        place.keeps(line, &["--overwrite"]);
        place.says(&format!("{line} --overwrite"), 0, &[]);
    }
}

/// A folder of maps without its maps.json is left by a predicting that was stopped.
#[test]
fn maps_without_their_sidecar_are_kept_as_well() {
    let place = Place::new();
    fs::remove_file(place.path("maps/maps.json")).unwrap();
    fs::remove_file(place.path("maps/lagoon-01.npy")).unwrap();
    fs::remove_file(place.path("maps/lagoon-02.npy")).unwrap();
    place.keeps("predict run data/images -o maps", &["lagoon-03.npy is there already", "--overwrite"]);
    place.says("predict run data/images/lagoon-01.png -o maps", 0, &[]);
}

#[test]
fn what_is_read_is_never_written_over() {
    let place = Place::new();
    fs::create_dir(place.path("other")).unwrap();
    symlink("../data/images", place.path("other/linked")).unwrap();
    symlink("../data/images/lagoon-01.png", place.path("other/lagoon-01.png")).unwrap();
    fs::hard_link(place.path("data/images/lagoon-02.png"), place.path("hard.png")).unwrap();
    fs::write(place.path("settings.toml"), "").unwrap();
    fs::copy(place.path("data/dataset.toml"), place.path("dataset.toml")).unwrap();
    let among = [
        "predict run data/images -o data/images --format png16",
        "predict run data/images/lagoon-01.png -o data/images --format png16",
        "predict run data/images -o data --format png16",
        "predict run data -o other/linked --format png16",
        "predict run other/lagoon-01.png -o data/images --format png16",
        "predict run other/lagoon-01.png -o other --format png16",
        "eval run data --pictures data/images",
        "eval run data --images lagoon-01 --pictures data/images",
        "eval run data --pictures other/linked",
        "eval maps data --pictures maps",
        "check data --pictures data/images",
        "check data --images lagoon-01 --pictures data/raters",
        "train data -o run --config run/config.toml",
        "fuse data -o data/raters",
        "fuse data -o data/raters/anna",
    ];
    let files = [
        "eval run data --csv data/images/lagoon-01.png",
        "eval run data --images lagoon-01 --csv data/images/lagoon-02.png",
        "eval run data --csv other/lagoon-01.png",
        "eval run data --csv hard.png",
        "eval run data --csv data/dataset.toml",
        "eval run data --report run/model.safetensors",
        "eval run data --report run/metrics.jsonl",
        "eval run/model.safetensors data --csv run/model.safetensors",
        "eval maps data --csv maps/maps.json",
        "eval maps data --report maps/lagoon-01.npy",
        "report run -o run/config.toml",
        "export run -o run/config.toml",
        "export run/model.safetensors -o run/model.safetensors",
        "report run -o data/images/../images/lagoon-01.png",
        "loss sigmoid a.npy b.npy --gradient a.npy",
        "loss sigmoid a.npy b.npy --map ./b.npy",
        "loss sigmoid a.npy b.npy --mask b.npy --map b.npy",
    ];
    for line in among {
        place.keeps(line, &["what is read lies in it"]);
        if !line.starts_with("fuse") {
            place.keeps(&format!("{line} --overwrite"), &["what is read lies in it"]);
        }
    }
    for line in files {
        place.keeps(line, &["this file is read", "never written over"]);
        place.keeps(&format!("{line} --overwrite"), &["this file is read", "never written over"]);
    }
}

/// Paths without a folder are of this folder.
#[test]
fn the_folder_that_one_is_in_is_known() {
    let place = Place::new();
    let inside = |words: &[&str], says: &str| {
        let before = place.state();
        let mut command = scumble(words);
        command.current_dir(place.path("data/images"));
        refuses(&mut command, 2, &[says]);
        assert!(before == place.state(), "{words:?}: something has changed");
    };
    for more in [&[][..], &["--overwrite"]] {
        let predict = ["predict", "../../run", "lagoon-01.png", "-o", ".", "--format", "png16"];
        inside(&[&predict, more].concat(), "what is read lies in it");
        inside(&[&["eval", "../../run", "..", "--pictures", "."], more].concat(), "what is read lies in it");
        let csv = ["eval", "../../run", "..", "--csv", "lagoon-01.png"];
        inside(&[&csv, more].concat(), "this file is read");
    }
}

/// Folders, devices and pipes are no files, and nothing takes their place.
#[test]
fn nothing_but_a_file_is_replaced() {
    let place = Place::new();
    fs::create_dir(place.path("folder")).unwrap();
    symlink("/dev/null", place.path("device")).unwrap();
    symlink("nowhere", place.path("dangling")).unwrap();
    for name in ["folder", "device"] {
        for line in [
            format!("eval run data --csv {name}"),
            format!("report run -o {name}"),
            format!("export run -o {name}"),
            format!("init {name}"),
            format!("loss sigmoid a.npy b.npy --map {name}"),
        ] {
            place.keeps(&line, &["no regular file"]);
            place.keeps(&format!("{line} --overwrite"), &["no regular file"]);
        }
    }
    place.keeps("init dangling", &["--overwrite"]);
    for line in
        ["eval run data --csv both --report ./both", "loss sigmoid a.npy b.npy --map g --gradient ./g"]
    {
        place.keeps(line, &["two results", "its own file"]);
    }
    place.keeps("demo -o data", &["not empty"]);
    place.keeps("import data -o maps", &["data set already"]);
}

/// A class of a name that the folder of maps has for something else.
#[test]
fn a_class_does_not_take_the_place_of_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    lagoons(&data, 2);
    classes_of(&data, &["label_sets", "maps.json"]);
    let run = folder.path().join("run");
    train(&data, &run, &["--set", "train.epochs=1", "--set", "task.joint=chain"]).assert().success();
    let predict = |more: &[&str]| {
        let maps = text(&folder.path().join("maps"));
        let mut command = scumble(&["predict", &text(&run), &text(&data.join("images")), "-o", &maps]);
        command.args(more);
        command
    };
    refuses(&mut predict(&["--label-sets", "--format", "png16"]), 2, &["'label_sets'", "rename the class"]);
    refuses(&mut predict(&["--format", "png16"]), 1, &["maps.json", "rename it"]);
    predict(&["--label-sets"]).assert().success();
}

/// Every rater's mask becomes one of two overlapping classes.
fn classes_of(data: &Path, classes: &[&str; 2]) {
    for rater in fs::read_dir(data.join("raters")).unwrap().map(|entry| entry.unwrap().path()) {
        let _ = fs::remove_dir_all(rater.join("ignore"));
        let masks: Vec<PathBuf> = fs::read_dir(&rater).unwrap().map(|entry| entry.unwrap().path()).collect();
        for class in classes {
            fs::create_dir(rater.join(class)).unwrap();
            for mask in &masks {
                fs::copy(mask, rater.join(class).join(mask.file_name().unwrap())).unwrap();
            }
        }
        masks.iter().for_each(|mask| fs::remove_file(mask).unwrap());
    }
    fs::remove_file(data.join("dataset.toml")).unwrap();
}
