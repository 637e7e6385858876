//! Prediction by parts: each image once, whoever predicts it, and whatever was killed.

mod common;

use common::{scumble, text, train};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

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
