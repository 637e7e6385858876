//! Prediction and judgement by parts: each image once, whoever takes it, and whatever was killed; put together they are the whole.

mod common;

use assert_cmd::Command;
use common::{refuses, scumble, text, train};
use ndarray::Array3;
use scumble::labels::Kind;
use scumble_data::{MapFormat, MapWriter, Sidecar, write_sidecar};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::time::Duration;
use tempfile::{TempDir, tempdir};

/// The files of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn parts_are_together_all_images_and_go_on_where_they_were_stopped() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (data, run, list) = (at("data"), at("run"), at("images.txt"));
    common::lagoons(&data, 9);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let images = data.join("images");
    let mut paths: Vec<String> =
        fs::read_dir(&images).unwrap().map(|entry| text(&entry.unwrap().path())).collect();
    paths.sort();
    fs::write(&list, paths.join("\n") + "\n\n").unwrap();

    scumble(&["predict", &text(&run), &text(&images), "-o", &text(&at("whole"))]).assert().success();
    let whole = files(&at("whole"));
    assert_eq!(whole.len(), 10);

    let part = |part: &str| {
        let mut command =
            scumble(&["predict", &text(&run), "--list", &text(&list), "-o", &text(&at("parts"))]);
        command.args(["--part", part, "--skip-existing"]);
        command
    };
    let mut images = 0;
    for index in 1..=3 {
        let said = part(&format!("{index}/3")).assert().success().get_output().stdout.clone();
        images += String::from_utf8(said).unwrap().lines().count();
    }
    assert_eq!(images, 9, "each image once");
    assert_eq!(files(&at("parts")), whole);

    // What is lost is predicted again, and nothing else.
    fs::remove_file(at("parts").join(whole.keys().next().unwrap())).unwrap();
    let mut images = 0;
    for index in 1..=3 {
        let mut command = part("auto");
        command.env("SLURM_ARRAY_TASK_ID", (index - 1).to_string());
        let command = command.env("SLURM_ARRAY_TASK_COUNT", "3").env("SLURM_ARRAY_TASK_MIN", "0");
        let said = command.assert().success().get_output().stdout.clone();
        images += String::from_utf8(said).unwrap().lines().count();
    }
    assert_eq!(images, 1);
    assert_eq!(files(&at("parts")), whole);

    // Maps of another format are no part of these.
    part("1/3")
        .args(["--format", "png16"])
        .assert()
        .code(2)
        .stderr(predicates::str::contains("maps.json: what is there was predicted otherwise"));
    assert_eq!(files(&at("parts")), whole);

    // A list on standard input is one like any other.
    let output = at("stdin");
    scumble(&["predict", &text(&run), "--list", "-", "-o", &text(&output)])
        .write_stdin(fs::read(&list).unwrap())
        .assert()
        .success();
    assert_eq!(files(&output), whole);
}

#[test]
fn what_no_part_can_have_is_refused() {
    let folder = tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    common::lagoons(&at("data"), 3);
    train(&at("data"), &at("run"), &["--set", "train.epochs=1"]).assert().success();
    let refused = |more: &[&str], message: &str| {
        let (run, images) = (text(&at("run")), text(&at("data/images")));
        scumble(&["predict", &run, &images, "-o", &text(&at("maps"))])
            .args(more)
            .env_remove("SLURM_ARRAY_TASK_ID")
            .assert()
            .code(2)
            .stderr(predicates::str::contains(message));
        assert!(!at("maps").exists());
    };
    refused(&["--part", "4/3"], "'4/3' is no part");
    refused(&["--part", "auto"], "SLURM_ARRAY_TASK_ID is not set");
    refused(&["--part", "1/3", "--adapt"], "a part knows its own alone");
    refused(&["--skip-existing", "--objects"], "objects.csv");
}

/// Judgements of parts that are put together beside one of all.
struct Judged {
    folder: TempDir,
    predictions: PathBuf,
    data: PathBuf,
}

impl Judged {
    /// Soft labels of a kind in small images, and maps near them.
    fn maps(kind: Kind, classes: &[&str], images: usize) -> Self {
        let folder = tempdir().unwrap();
        let (predictions, data) = (folder.path().join("maps"), folder.path().join("labels"));
        let classes: Vec<String> = classes.iter().map(|class| class.to_string()).collect();
        let number = |i: usize| ((i * 7919 + 13) % 97) as f32 / 96.0;
        for image in 0..images {
            let label = Array3::from_shape_fn((classes.len(), 6, 8), |(k, y, x)| {
                number(100 * image + 48 * k + 8 * y + x)
            });
            let mut near = label.mapv(|p| 0.1 + 0.01 * image as f32 + 0.75 * p);
            let mut label = label;
            if kind == Kind::Multiclass {
                for maps in [&mut label, &mut near] {
                    let sum = maps.sum_axis(ndarray::Axis(0));
                    maps.outer_iter_mut().for_each(|mut map| map /= &sum);
                }
            }
            for (to, map) in [(&data, &label), (&predictions, &near)] {
                let id = format!("image-{image}");
                let mut writer = MapWriter::create(to, &id, MapFormat::Npy, kind, &classes, 6, 8).unwrap();
                writer.write_rows(map.view()).unwrap();
                writer.finish().unwrap();
                write_sidecar(to, &Sidecar::new(kind, classes.clone(), MapFormat::Npy, None)).unwrap();
            }
        }
        Self { folder, predictions, data }
    }

    /// Lagoons with three raters, and a model.
    fn model(images: usize) -> Self {
        let folder = tempdir().unwrap();
        let (predictions, data) = (folder.path().join("run"), folder.path().join("data"));
        common::lagoons(&data, images);
        train(&data, &predictions, &["--set", "train.epochs=1"]).assert().success();
        Self { folder, predictions, data }
    }

    fn sums(&self) -> PathBuf {
        self.folder.path().join("sums")
    }

    fn eval(&self, more: &[&str]) -> Command {
        let mut command = scumble(&["eval", &text(&self.predictions), &text(&self.data)]);
        command.args(more);
        command
    }

    fn part(&self, part: &str, more: &[&str]) -> Command {
        let mut command = self.eval(more);
        command.args(["--part", part, "-o", &text(&self.sums())]);
        command
    }

    fn merge(&self, more: &[&str]) -> Command {
        let mut command = scumble(&["eval", "--merge", &text(&self.sums())]);
        command.args(more);
        command
    }

    /// One, three and seven parts are, put together, the very bytes of one run: JSON, text and table.
    fn is_the_same_by_parts(&self, asked: &[&str]) {
        let whole =
            |more: &[&str]| self.eval(&[asked, more].concat()).assert().success().get_output().stdout.clone();
        let (json, told) = (whole(&["--json"]), whole(&[]));
        let at = |name: &str| text(&self.folder.path().join(name));
        whole(&["--csv", &at("whole.csv"), "--overwrite"]);
        for parts in [1, 3, 7] {
            fs::remove_dir_all(self.sums()).ok();
            // In whatever order they come.
            for index in (1..=parts).rev() {
                self.part(&format!("{index}/{parts}"), asked).assert().success();
            }
            let merged = |more: &[&str]| self.merge(more).assert().success().get_output().stdout.clone();
            assert!(merged(&["--json"]) == json, "{parts} parts of {asked:?}");
            assert!(merged(&["--csv", &at("parts.csv"), "--overwrite"]) == told);
            assert!(fs::read(at("parts.csv")).unwrap() == fs::read(at("whole.csv")).unwrap());
        }
    }
}

#[test]
fn maps_judged_by_parts_are_judged_as_in_one_run() {
    let everything = ["--uncertainty", "--surface", "--objects", "--bins", "7"];
    for (kind, classes) in [
        (Kind::Binary, &["water"][..]),
        (Kind::Multiclass, &["land", "reef", "water"]),
        (Kind::Multilabel, &["cup", "disc"]),
    ] {
        Judged::maps(kind, classes, 8).is_the_same_by_parts(&everything);
    }
    let equal_mass =
        ["--binning", "equal-mass", "--threshold", "0.4", "--group", "image-(.)", "--unweighted"];
    Judged::maps(Kind::Binary, &["water"], 8).is_the_same_by_parts(&equal_mass);
}

#[test]
fn a_model_and_several_raters_judged_by_parts_are_judged_as_in_one_run() {
    let judged = Judged::model(8);
    judged.is_the_same_by_parts(&["--images", "*", "--uncertainty", "--diversity", "--surface", "--objects"]);
    judged.is_the_same_by_parts(&["--target", "staple", "--fast"]);
    let other = judged.folder.path().join("other");
    train(&judged.data, &other, &["--set", "train.epochs=1", "--set", "train.seed=7"]).assert().success();
    let words =
        [&text(&judged.predictions), &text(&other), &text(&judged.data), "--images", "*", "--disagreement"];
    let [whole, parts] = common::judged_by_parts(&words, &judged.folder.path().join("disagreement"));
    assert!(whole == parts);
}

#[test]
fn conditions_are_of_all_parts_together() {
    let judged = Judged::maps(Kind::Binary, &["water"], 5);
    (1..=2).for_each(|index| drop(judged.part(&format!("{index}/2"), &[]).assert().success()));
    let gate = ["--fail-if", "brier > 0", "--json"];
    let of = |command: &mut Command| {
        let found: Value = serde_json::from_slice(&command.assert().code(1).get_output().stdout).unwrap();
        found["gates"].clone()
    };
    assert_eq!(of(&mut judged.merge(&gate)), of(&mut judged.eval(&gate)));
    refuses(&mut judged.merge(&["--fail-if", "hausdorff > 1"]), 2, &["distances between outlines"]);
}

#[test]
fn parts_that_do_not_go_together_are_refused() {
    let judged = Judged::maps(Kind::Binary, &["water"], 5);
    let part = |part: &str, more: &[&str]| drop(judged.part(part, more).assert().success());
    (1..=3).filter(|index| *index != 2).for_each(|index| part(&format!("{index}/3"), &[]));
    refuses(&mut judged.merge(&[]), 1, &["of 3 parts 1 is missing: 2/3"]);
    let sums = |name: &str| judged.sums().join(name);

    // Of another question, of other data, of other maps.
    part("2/3", &["--bins", "10"]);
    refuses(&mut judged.merge(&[]), 1, &["2-of-3.json", "request.settings.bins is 10, and not 15"]);
    refuses(&mut judged.part("2/3", &[]), 2, &["2-of-3.json is there already", "--overwrite"]);
    refuses(&mut judged.part("2/3", &["--skip-existing"]), 1, &["a part of another judgement", "bins"]);
    part("2/3", &["--overwrite"]);
    judged.merge(&[]).assert().success();
    part("2/3", &["--skip-existing"]);
    let more = Judged::maps(Kind::Binary, &["water"], 6);
    let other = |from: &Path, to: &Path| {
        for (name, bytes) in files(from) {
            fs::write(to.join(name), bytes).unwrap();
        }
    };
    other(&more.predictions, &judged.predictions);
    refuses(&mut judged.part("2/3", &["--skip-existing"]), 1, &["predictions is"]);
    other(&more.data, &judged.data);
    refuses(&mut judged.part("2/3", &["--skip-existing"]), 1, &["images is 5, and not 6"]);

    // There twice, or cut otherwise.
    let twice = text(&sums("1-of-3.json"));
    refuses(&mut judged.merge(&[&twice]), 1, &["part 1/3 is there twice"]);
    fs::create_dir(judged.folder.path().join("others")).unwrap();
    let two = judged.folder.path().join("others/1-of-2.json");
    let mut cut: Value = serde_json::from_slice(&fs::read(sums("1-of-3.json")).unwrap()).unwrap();
    cut["part"] = "1/2".into();
    fs::write(&two, cut.to_string()).unwrap();
    refuses(&mut judged.merge(&[&text(&two)]), 1, &["1/2", "overlap"]);

    // Of another version, half a file, no file, none at all.
    let whole = fs::read_to_string(sums("2-of-3.json")).unwrap();
    let of_version = whole.replacen("\"scumble_sums\":1", "\"scumble_sums\":2,\"more\":0", 1);
    fs::write(sums("2-of-3.json"), of_version).unwrap();
    refuses(&mut judged.merge(&[]), 1, &["2-of-3.json", "(format 2)", "judge the part again"]);
    for (broken, says) in [
        (&whole[..whole.len() / 2], "not the sums of a part"),
        ("", "not the sums of a part"),
        ("[[[[1]]]]", "not the sums of a part"),
        (&whole.replacen("\"reals\":[", "\"reals\":[0.5,", 1), "its numbers are not those"),
        (&whole.replacen("\"counts\":[", "\"counts\":[9999999999999999,", 1), "its numbers are not those"),
        (&whole.replacen("\"places\":[", "\"places\":[4294967295,", 1), "its numbers are not those"),
        (&whole.replacen("\"items\":", "\"items\":1", 1), "the parts have"),
    ] {
        fs::write(sums("2-of-3.json"), broken).unwrap();
        refuses(&mut judged.merge(&[]), 1, &[says]);
    }
    refuses(&mut scumble(&["eval", "--merge", &text(&judged.data)]), 1, &["no sums of parts"]);
    refuses(&mut scumble(&["eval", "--merge", "nowhere"]), 1, &["nowhere"]);
}

#[test]
fn what_is_of_all_images_is_no_matter_of_a_part() {
    let judged = Judged::maps(Kind::Binary, &["water"], 3);
    let at = |name: &str| text(&judged.folder.path().join(name));
    for (more, says) in [
        (&["--adapt"][..], "a part knows its own alone"),
        (&["--fail-if", "brier > 1"], "conditions are of all images"),
        (&["--csv", &at("a.csv")], "tables are of all images"),
        (&["--report", &at("a.html")], "are of all images"),
        (&["--pictures", &at("pictures")], "pictures are no part"),
        (&["--boundary"], "cannot be used with"),
    ] {
        refuses(&mut judged.part("1/2", more), 2, &[says]);
        assert!(!judged.sums().exists());
    }
    refuses(&mut judged.eval(&["--part", "1/2"]), 2, &["--output"]);
    refuses(&mut judged.eval(&["-o", "sums"]), 2, &["--part"]);
    refuses(&mut scumble(&["eval", "maps"]), 2, &["DATA"]);
    refuses(&mut scumble(&["eval", "--merge", "sums", "--bins", "10"]), 2, &["cannot be used with"]);
    (1..=2).for_each(|index| drop(judged.part(&format!("{index}/2"), &[]).assert().success()));
    refuses(&mut judged.merge(&["--report", &at("a.html")]), 2, &["a report shows images"]);
}

/// Starts parts again and again, kills them at some moment, and lets them end.
#[test]
fn what_is_killed_goes_on_and_every_image_is_there_once() {
    let judged = Judged::model(12);
    let at = |name: &str| judged.folder.path().join(name);
    let (run, images) = (text(&judged.predictions), text(&judged.data.join("images")));
    scumble(&["predict", &run, &images, "-o", &text(&at("whole"))]).assert().success();
    let json = judged.eval(&["--images", "*", "--json"]).assert().success().get_output().stdout.clone();
    let (maps, sums) = (text(&at("maps")), text(&judged.sums()));
    let predict = ["predict", &run, &images, "-o", &maps, "--skip-existing"];
    let eval = ["eval", &run, &text(&judged.data), "--images", "*", "-o", &sums, "--skip-existing"];
    let program = assert_cmd::cargo::cargo_bin("scumble");
    let start = |words: &[&str], part: usize| {
        let mut command = process::Command::new(&program);
        let command = command.args(words).args(["--part", &format!("{part}/3")]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    for words in [&predict[..], &eval] {
        for kill in 0..9_u64 {
            let mut child = start(words, kill as usize % 3 + 1);
            std::thread::sleep(Duration::from_millis(25 + 37 * kill));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        (1..=3).for_each(|part| assert!(start(words, part).wait().unwrap().success()));
    }
    let mut there = files(Path::new(&maps));
    there.retain(|name, _| !scumble_data::is_pending(name.as_ref()));
    assert!(there == files(&at("whole")));
    assert!(judged.merge(&["--json"]).assert().success().get_output().stdout == json);
}
