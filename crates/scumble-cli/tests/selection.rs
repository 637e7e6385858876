//! Which images are learnt from, held out and judged, and that it is said: from outside.

mod common;

use common::{json, lagoons, refuses, scumble, text, train};
use predicates::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const ONE_EPOCH: [&str; 2] = ["--set", "train.epochs=1"];

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A folder with `images` lagoons in data/.
    fn new(images: usize) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), images);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn train(&self, run: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        train(&self.path("data"), &self.path(run), &[&ONE_EPOCH[..], more].concat()).assert()
    }

    fn record(&self, run: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(run).join("run.json")).unwrap()).unwrap()
    }

    /// `scumble COMMAND` in this folder.
    fn scumble(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = scumble(arguments);
        command.current_dir(self.folder.path());
        command
    }

    fn json(&self, arguments: &[&str]) -> Value {
        json(self.scumble(arguments).arg("--json"))
    }

    /// What a command says on stdout, and on stderr; it succeeds.
    fn says(&self, arguments: &[&str]) -> (String, String) {
        let output = self.scumble(arguments).assert().success().get_output().clone();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    }

    /// Takes the labels of an image away.
    fn unlabel(&self, id: &str) {
        let named = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == id);
        let masks = walk(&self.path("data/raters"));
        masks.into_iter().filter(named).for_each(|path| fs::remove_file(path).unwrap());
    }

    /// Calls an image otherwise.
    fn rename(&self, from: &str, to: &str) {
        for path in walk(&self.path("data")).into_iter().filter(|path| path.file_stem().unwrap() == from) {
            let extension = path.extension().unwrap().to_str().unwrap();
            fs::rename(&path, path.with_file_name(format!("{to}.{extension}"))).unwrap();
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Names of the images of a judgement.
fn judged(judgement: &Value) -> Vec<String> {
    let images = judgement["images"].as_array().unwrap().iter();
    images.map(|image| image["image"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn images_without_a_label_are_left_out_by_name() {
    let place = Place::new(5);
    place.unlabel("lagoon-02");
    place.unlabel("lagoon-05");
    let told = "left out: 2 of 5 images have no label: lagoon-02, lagoon-05";
    let unlabelled = json!(["lagoon-02", "lagoon-05"]);
    place.train("run", &[]).success().stderr(predicate::str::contains(told));
    let data = place.record("run")["data"].clone();
    assert_eq!(data["unlabelled"], unlabelled);
    assert_eq!(names(&data["train"]).len() + names(&data["validation"]).len(), 3, "{data}");
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(page.contains("lagoon-02, lagoon-05"), "the report has them");
    let (info, _) = place.says(&["info", "run"]);
    assert!(info.contains("left out, as they have no label: lagoon-02, lagoon-05"), "{info}");
    let fit = ["calibrate", "run", "data", "--images", "*", "--method", "isotonic", "--dry-run"];
    for command in [
        &["eval", "run", "data", "--images", "*"][..],
        &["eval", "run", "data", "--boundary"],
        &["eval", "run", "data", "--surface"],
        &["compare", "run", "run", "--images", "*"],
        &fit,
    ] {
        let (said, _) = place.says(command);
        assert!(said.contains(told), "{command:?}: {said}");
        let found = place.json(command);
        let found = if command[0] == "compare" { &found["scores"] } else { &found };
        assert_eq!(found["unlabelled"], unlabelled, "{command:?}");
    }
    assert_eq!(judged(&place.json(&["eval", "run", "data", "--images", "*"])).len(), 3);
    // Maps that there are no labels for are no missing predictions, and the other way round.
    place.scumble(&["predict", "run", "data", "-o", "maps"]).assert().success();
    fs::remove_file(place.path("maps/lagoon-02.npy")).unwrap();
    assert_eq!(judged(&place.json(&["eval", "maps", "data"])).len(), 3);
    // Asked for by name there is still nothing to hold it against; and without any label there is nothing at all.
    refuses(
        &mut place.scumble(&["eval", "run", "data", "--images", "lagoon-02"]),
        1,
        &["no image has a label"],
    );
    (1..=5).for_each(|i| place.unlabel(&format!("lagoon-0{i}")));
    refuses(&mut train(&place.path("data"), &place.path("none"), &[]), 1, &["neither labels/ nor raters/"]);
}

/// Label files beside raters: what takes the one leaves out the images that have the other alone.
#[test]
fn a_set_of_label_files_and_raters_says_which_is_taken() {
    let place = Place::new(4);
    place.scumble(&["fuse", "data", "-o", "labels", "--format", "npy"]).assert().success();
    fs::create_dir(place.path("data/labels")).unwrap();
    for image in ["lagoon-03", "lagoon-04"] {
        place.unlabel(image);
        fs::copy(place.path(&format!("labels/{image}.npy")), place.path(&format!("data/labels/{image}.npy")))
            .unwrap();
    }
    let auto = "the label is the file of 2 images, and the raters' mean of 2 images, which have none: lagoon-01, lagoon-02";
    place.train("auto", &[]).success().stderr(predicate::str::contains(auto));
    place.scumble(&["eval", "labels", "data"]).assert().success().stderr(predicate::str::contains(auto));
    for (target, told) in [
        (
            "staple",
            "2 of 4 images have a label file, but no rater's mask, which target staple takes: lagoon-03, lagoon-04",
        ),
        (
            "labels",
            "2 of 4 images have raters' masks, but no label file, which target labels takes: lagoon-01, lagoon-02",
        ),
    ] {
        let run = place.train(&format!("by-{target}"), &["--set", &format!("data.target={target}")]);
        run.success().stderr(predicate::str::contains(told));
        let (said, _) = place.says(&["eval", "labels", "data", "--target", target]);
        assert!(said.contains(told), "{said}");
    }
    // Nothing that was held out can be judged by raters.
    let held = r#"data.validation=["lagoon-03", "lagoon-04"]"#;
    let more = ["--set", held, "--set", "data.validation_target=mean"];
    place.train("mean", &more).code(1).stderr(predicate::str::contains("no image is left to validate by"));
}

#[test]
fn of_its_own_data_a_model_is_judged_by_what_it_has_not_learnt_from() {
    let place = Place::new(6);
    place.train("run", &[]).success().stderr(predicate::str::contains("validating on 2 images: lagoon-0"));
    let data = place.record("run")["data"].clone();
    let (train, held) = (names(&data["train"]), names(&data["validation"]));
    let calm = place.json(&["eval", "run", "data"]);
    assert_eq!(
        (judged(&calm), &calm["rule"], &calm["learnt_from"]),
        (held.clone(), &json!("held out"), &json!([]))
    );
    let (said, warned) = place.says(&["eval", "run", "data"]);
    assert!(said.contains("judged 2 of 6 images: those that the training has held out"), "{said}");
    assert!(!warned.contains("trained on"), "{warned}");
    // A model file, also a checkpoint, is known by the run around it.
    for model in ["run/model.safetensors", "run/checkpoints/best.safetensors"] {
        assert_eq!(judged(&place.json(&["eval", model, "data"])), held, "{model}");
        let (info, _) = place.says(&["info", model]);
        assert!(info.contains(&format!("validated by: {}", held.join(", "))), "{info}");
        assert_eq!(place.json(&["info", model])["validated_by"]["images"], json!(held));
    }
    let (info, _) = place.says(&["info", "run"]);
    assert!(info.contains(&format!("validated by: {}", held.join(", "))), "{info}");
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(page.contains(&held.join(", ")) && page.contains("2 (not learnt from)"));
    // The others follow.
    for more in ["--surface", "--diversity", "--boundary"] {
        let found = place.json(&["eval", "run", "data", more]);
        assert_eq!((&found["rule"], &found["learnt_from"]), (&json!("held out"), &json!([])), "{more}");
    }
    let compared = place.json(&["compare", "run", "run"])["scores"].clone();
    assert_eq!((names(&compared["images"]), &compared["rule"]), (held.clone(), &json!("held out")));
    // All of them, on demand, and nobody is deceived.
    let all = place.json(&["eval", "run", "data", "--images", "*"]);
    assert_eq!(
        (judged(&all).len(), &all["rule"], names(&all["learnt_from"])),
        (6, &json!("named"), train.clone())
    );
    let (said, warned) = place.says(&["eval", "run", "data", "--images", "*", "--report", "page.html"]);
    let favours =
        format!("4 of these 6 images were learnt from, which favours the prediction: {}", train.join(", "));
    assert!(said.contains(&favours), "{said}");
    assert!(warned.contains("the model was trained on 4 of these 6 images"), "{warned}");
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    assert!(page.contains("has learnt from 4 of these images"));
    assert!(page.contains(&format!("6 (as asked for); the model has learnt from {}", train.join(", "))));
    // Gates see the same images.
    let brier = calm["all"]["brier"].as_f64().unwrap();
    let gate = |bound: f64| format!("brier > {bound}");
    place.scumble(&["eval", "run", "data", "--fail-if", &gate(brier + 1e-9)]).assert().success();
    place.scumble(&["eval", "run", "data", "--fail-if", &gate(brier - 1e-9)]).assert().code(1);
    // Other data, also under the same names, is judged whole.
    let made = scumble_data::SyntheticOptions { images: 6, size: 48, raters: 3, seed: 9 };
    scumble_data::write_synthetic(&place.path("other"), &scumble_data::synthetic(&made)).unwrap();
    let other = place.json(&["eval", "run", "other"]);
    assert_eq!((judged(&other).len(), &other["rule"], &other["learnt_from"]), (6, &json!("all"), &json!([])));
    // The same data elsewhere is the run's own.
    fs::rename(place.path("data"), place.path("moved")).unwrap();
    assert_eq!(judged(&place.json(&["eval", "run", "moved"])), held);
}

#[test]
fn what_is_known_by_name_is_said_of_data_that_has_changed() {
    let place = Place::new(5);
    place.train("run", &[]).success();
    let data = place.record("run")["data"].clone();
    let held = names(&data["validation"]);
    place.rename(&names(&data["train"])[0], "new");
    let (said, noted) = place.says(&["eval", "run", "data"]);
    assert!(said.contains(&held[0]) && !said.contains("new"), "{said}");
    assert!(noted.contains("not judged, as the training knows nothing of them: new"), "{noted}");
    let all = place.json(&["eval", "run", "data", "--images", "*"]);
    assert_eq!(names(&all["learnt_from"]), names(&data["train"])[1..]);
    // Without what was held out nothing is judged unasked.
    for id in &held {
        place.unlabel(id);
    }
    let says = ["no image with a label that none of the runs has learnt from", "--images takes any"];
    for command in
        [&["eval", "run", "data"][..], &["eval", "run", "data", "--boundary"], &["calibrate", "run", "data"]]
    {
        refuses(&mut place.scumble(command), 1, &says);
    }
}

#[test]
fn folders_for_tests_are_what_is_judged() {
    let place = Place::new(6);
    let into = |part: &str, images: &[usize]| {
        for path in walk(&place.path("data")).into_iter().filter(|path| path.starts_with(place.path("data")))
        {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            if images.iter().any(|i| stem == format!("lagoon-0{i}")) {
                let to = place.path("parts").join(part).join(path.strip_prefix(place.path("data")).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(path, to).unwrap();
            }
        }
    };
    into("train", &[1, 2, 3]);
    into("val", &[4]);
    into("test", &[5, 6]);
    fs::rename(place.path("data"), place.path("flat")).unwrap();
    fs::rename(place.path("parts"), place.path("data")).unwrap();
    let noted = "2 images in test/ and so neither learnt from nor validated by";
    place.train("run", &[]).success().stderr(predicate::str::contains(noted));
    let found = place.json(&["eval", "run", "data"]);
    assert_eq!(
        (judged(&found), &found["rule"]),
        (vec!["lagoon-05".into(), "lagoon-06".into()], &json!("test"))
    );
    let (said, _) = place.says(&["eval", "run", "data"]);
    assert!(said.contains("judged 2 of 6 images: those in test/"), "{said}");
    let page = fs::read_to_string(place.path("run/report.html")).unwrap();
    assert!(page.contains("2 (those in test/, not learnt from)"));
    let compared = place.json(&["compare", "run", "run"])["scores"].clone();
    assert_eq!((&compared["rule"], names(&compared["images"]).len()), (&json!("test"), 2));
    // A calibration is fitted, so it leaves them alone.
    let fitted = place.json(&["calibrate", "run", "data", "--force", "--fast"]);
    assert_eq!((names(&fitted["images"]), &fitted["rule"]), (vec!["lagoon-04".into()], &json!("held out")));
    // Whoever names a folder gets it.
    for (folder, images, learnt) in [("train", 3, 3), ("val", 1, 0), ("test", 2, 0)] {
        let found = place.json(&["eval", "run", &format!("data/{folder}")]);
        assert_eq!((judged(&found).len(), names(&found["learnt_from"]).len()), (images, learnt), "{folder}");
        assert_eq!(found["rule"], "named");
    }
    // Without test/ it is val/.
    fs::remove_dir_all(place.path("data/test")).unwrap();
    let found = place.json(&["eval", "run", "data"]);
    assert_eq!((judged(&found), &found["rule"]), (vec!["lagoon-04".into()], &json!("held out")));
}

#[test]
fn of_a_band_the_band_is_judged() {
    let place = Place::new(2);
    place.train("run", &["--set", "data.validation=rows 0.5..1"]).success();
    let held = place.json(&["eval", "run", "data"]);
    assert_eq!((&held["settings"]["region"], &held["rule"]), (&json!("rows 0.5..1"), &json!("held out")));
    assert_eq!((held["all"]["pixels"].as_u64(), &held["learnt_from"]), (Some(2 * 24 * 48), &json!([])));
    let (said, _) = place.says(&["eval", "run", "data"]);
    assert!(said.contains("judged what the training has held out (rows 0.5..1 of each)"), "{said}");
    let region = |band: &str| place.json(&["eval", "run", "data", "--region", band]);
    let within = region("rows 0.75..1");
    assert_eq!((&within["rule"], &within["learnt_from"]), (&json!("held out"), &json!([])));
    let beyond = region("rows 0.25..1");
    assert_eq!((&beyond["rule"], names(&beyond["learnt_from"]).len()), (&json!("named"), 2));
    let all = place.json(&["eval", "run", "data", "--images", "*"]);
    assert_eq!((&all["settings"]["region"], names(&all["learnt_from"]).len()), (&Value::Null, 2));
    assert_eq!(place.json(&["eval", "run", "data", "--boundary"])["region"], "rows 0.5..1");
}

/// 01L and 01R are of one child, and so on.
fn eyes(images: usize) -> Place {
    let place = Place::new(images);
    for i in 0..images {
        let side = if i % 2 == 0 { 'L' } else { 'R' };
        place.rename(&format!("lagoon-{:02}", i + 1), &format!("{:02}{side}", i / 2 + 1));
    }
    place
}

#[test]
fn groups_are_split_drawn_and_fitted_as_one() {
    let place = eyes(8);
    let group = r"data.group=^(\d+)";
    let note = "training on 6 images of 3 groups, validating on 2 images of 1 group";
    let apart = ["--set", "data.validation=0.25"];
    place
        .train("run", &[&["--set", group], &apart[..]].concat())
        .success()
        .stderr(predicate::str::contains(note));
    let data = place.record("run")["data"].clone();
    let child = |name: &String| name[..2].to_owned();
    let train: Vec<String> = names(&data["train"]).iter().map(child).collect();
    let held: Vec<String> = names(&data["validation"]).iter().map(child).collect();
    assert!(held.len() == 2 && held[0] == held[1] && !train.contains(&held[0]), "{data}");
    // Its judgement has its groups; with one there is no interval.
    let found = place.json(&["eval", "run", "data"]);
    assert_eq!((&found["groups"], &found["intervals"]), (&json!(1), &Value::Null));
    assert_eq!(found["images"][0]["group"], json!(held[0]));
    let (said, _) = place.says(&["eval", "run", "data"]);
    assert!(said.contains("no intervals: the 2 images are of one group"), "{said}");
    let all = ["--images", "*"];
    let (said, _) = place.says(&[&["eval", "run", "data", "--report", "page.html"], &all[..]].concat());
    assert!(said.contains("intervals over 4 groups of 8 images"), "{said}");
    assert!(fs::read_to_string(place.path("page.html")).unwrap().contains("4 groups of 8 images"));
    assert_eq!(place.json(&[&["compare", "run", "run"], &all[..]].concat())["scores"]["groups"], 4);
    let fitted = place.json(&[&["calibrate", "run", "data", "--dry-run"], &all[..]].concat());
    assert_eq!((&fitted["groups"], &fitted["held_out"]["folds"]), (&json!(4), &json!(4)));
    // Maps know of no run: the data set says it, or the command line.
    place.scumble(&["predict", "run", "data", "-o", "maps"]).assert().success();
    let of_maps = |more: &[&str]| place.json(&[&["eval", "maps", "data"], more].concat());
    assert_eq!(of_maps(&[])["groups"], 8);
    let by_flag = of_maps(&["--group", r"^(\d+)"]);
    assert_eq!(by_flag["groups"], 4);
    assert_ne!(by_flag["intervals"], of_maps(&[])["intervals"]);
    fs::write(place.path("data/dataset.toml"), "group = '(\\d+)'\n").unwrap();
    assert_eq!(of_maps(&[])["intervals"], by_flag["intervals"]);
    assert!(place.says(&["info", "data"]).0.contains("8 images of 4 groups"));
    assert_eq!(of_maps(&["--group", "([LR])$"])["groups"], 2);
    place.train("by_data", &apart).success().stderr(predicate::str::contains(note));
    // The settings of a run go before the data set's.
    let sides = place.train("sides", &[&["--set", "data.group=([LR])"], &apart[..]].concat());
    sides
        .success()
        .stderr(predicate::str::contains("4 images of 1 group, validating on 4 images of 1 group"));
}

#[test]
fn groups_that_cannot_be_are_refused_and_parted_ones_are_told() {
    let place = eyes(4);
    for (pattern, says) in [
        (r"^\d+", "has 0 captures"),
        ("^(x)", r#"finds no group in "01L" and in 3 more; it must match every name"#),
        ("^(", "is no regular expression"),
    ] {
        let group = format!("data.group={pattern}");
        let mut training = train(&place.path("data"), &place.path("run"), &["--set", &group]);
        training.assert().failure().stderr(predicate::str::contains(says));
        assert!(!place.path("run").exists());
        let eval = ["eval", "data", "data", "--target", "mean", "--group", pattern];
        place.scumble(&eval).assert().failure().stderr(predicate::str::contains(says));
    }
    fs::write(place.path("data/dataset.toml"), "group = '^(\\d+)[L]'\n").unwrap();
    refuses(
        &mut train(&place.path("data"), &place.path("run"), &[]),
        1,
        &["finds no group in \"01R\" and in 1 more"],
    );
    fs::write(place.path("data/dataset.toml"), "group = '^(\\d+)'\n").unwrap();
    let parted = "images of one group are learnt from and validated by, which flatters: 01";
    let named = place.train("named", &["--set", r#"data.validation=["01L"]"#]);
    named.success().stderr(predicate::str::contains(parted));
}

/// The slices of a volume, by their names alone.
#[test]
fn no_volume_is_on_both_sides() {
    let place = Place::new(6);
    for i in 0..6 {
        let volume = ["brain", "heart", "liver"][i / 2];
        place.rename(&format!("lagoon-{:02}", i + 1), &format!("{volume}@{:04}", i % 2));
    }
    place.train("run", &[]).success();
    let held = names(&place.record("run")["data"]["validation"]);
    let volume = |name: &String| name.split('@').next().unwrap().to_owned();
    assert!(held.len() == 2 && volume(&held[0]) == volume(&held[1]), "{held:?}");
    assert_eq!(place.json(&["eval", "run", "data", "--images", "*"])["groups"], 3);
    // One volume alone is held out as one image is.
    let alone =
        place.train("alone", &["--set", r#"data.images=["brain*"]"#, "--set", "data.validation=0.25"]);
    alone.success().stderr(predicate::str::contains(
        "training on 2 images of 1 group, validating on rows 0.75..1 of each",
    ));
}

#[test]
fn the_split_has_its_own_seed_and_stays() {
    let place = Place::new(8);
    let held = |run: &str| names(&place.record(run)["data"]["validation"]);
    place.train("a", &["--set", "train.seed=1"]).success();
    place.train("b", &["--set", "train.seed=2"]).success();
    assert_eq!(held("a"), held("b"));
    assert_ne!(common::model(&place.path("a")), common::model(&place.path("b")));
    let other = (1..9).any(|seed| {
        place.train("c", &["--overwrite", "--set", &format!("data.seed={seed}")]).success();
        held("c") != held("a")
    });
    assert!(other, "some seed draws others");
    // A run that goes on keeps its images, and says so where others are asked for.
    place.train("d", &["--pause-after", "1", "--set", "train.epochs=2", "--set", "data.seed=3"]).success();
    let before = held("d");
    let resume = |more: &[&str]| {
        let (data, run) = (text(&place.path("data")), text(&place.path("d")));
        let mut command = scumble(&["train", &data, "-o", &run, "--resume"]);
        command.args(more);
        command
    };
    for key in ["data.seed=4", "data.validation=0.5", "data.group=(.*)"] {
        let says = [&key[..key.find('=').unwrap()], "stays as it was when the run began"];
        refuses(&mut resume(&["--set", key]), 2, &says);
    }
    resume(&[]).assert().success();
    assert_eq!(held("d"), before);
}

/// Settings of a run from before the split had a seed: theirs was that of the training, and the record has its images.
#[test]
fn an_old_run_goes_on_with_its_split() {
    let place = Place::new(8);
    place.train("run", &["--pause-after", "1", "--set", "train.epochs=2", "--set", "train.seed=7"]).success();
    let file = place.path("run/config.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let old: String = {
        let (head, train) = settings.split_once("[task]").unwrap();
        let head = head.lines().filter(|line| !line.starts_with("seed") && !line.starts_with("group"));
        format!("{}\n\n[task]{train}", head.collect::<Vec<_>>().join("\n"))
    };
    assert_ne!(settings, old);
    fs::write(&file, old).unwrap();
    // Images that neither seed would have held out.
    let mut record = place.record("run");
    let mut all = [names(&record["data"]["train"]), names(&record["data"]["validation"])].concat();
    all.sort();
    let held = vec![all.remove(0), all.remove(0), all.remove(3)];
    record["data"]["train"] = json!(all);
    record["data"]["validation"] = json!(held);
    record["data"].as_object_mut().unwrap().remove("unlabelled");
    fs::write(place.path("run/run.json"), record.to_string()).unwrap();
    scumble(&["train", &text(&place.path("data")), "-o", &text(&place.path("run")), "--resume"])
        .assert()
        .success()
        .stderr(predicate::str::contains(held.join(", ")));
    assert_eq!(names(&place.record("run")["data"]["validation"]), held);
    let settings = fs::read_to_string(&file).unwrap();
    assert!(settings.split("[task]").next().unwrap().contains("seed = 7"), "{settings}");
    assert_eq!(judged(&place.json(&["eval", "run", "data"])), held);
}

/// The made-up inputs beside the project, where they are.
#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must say so")]
fn two_images_of_five_without_a_label() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/bug_inputs/two_images_unlabelled");
    if !Path::new(data).is_dir() {
        return eprintln!("skipped: no two_images_unlabelled beside the project");
    }
    let folder = tempfile::tempdir().unwrap();
    let run = text(&folder.path().join("run"));
    let told = "left out: 2 of 5 images have no label: i3, i4";
    let mut training = train(Path::new(data), Path::new(&run), &ONE_EPOCH);
    training.assert().success().stderr(predicate::str::contains(told));
    scumble(&["eval", &run, data]).assert().success().stdout(predicate::str::contains(told));
}

#[test]
fn with_nothing_held_out_all_is_learnt_from() {
    let place = Place::new(3);
    let told = place.train("run", &["--set", "data.validation=none"]).success().get_output().stderr.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("training on 3 images, validating on none: nothing will tell how well"), "{told}");
    assert!(told.contains("no report, for nothing was held out"), "{told}");
    let record = place.record("run");
    assert_eq!(
        (record["data"]["train"].as_array().map(Vec::len), &record["data"]["validation"]),
        (Some(3), &json!([]))
    );
    assert!(place.path("run/model.safetensors").exists());
    // It has learnt from all there is; other images judge it.
    refuses(&mut place.scumble(&["eval", "run", "data"]), 1, &["none of the runs has learnt from"]);
    lagoons(&place.path("other"), 1);
    place.json(&["eval", "run", "other", "--images", "*"]);
}
