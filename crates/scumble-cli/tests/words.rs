//! Small words from outside: each message once, each cause once, what is asked for told in the right place.

mod common;

use common::scumble;
use predicates::prelude::*;
use scumble_data::{Raster, Samples, write_png};
use std::fs;
use std::path::Path;

fn picture(path: &Path, channels: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let samples = Samples::U8((0..24 * 24 * channels).map(|at| (at % 251) as u8).collect());
    write_png(path, &Raster { height: 24, width: 24, channels, samples, indexed: None, nodata: None })
        .unwrap();
}

/// What a command says on stderr, with its exit code.
fn said(arguments: &[&str]) -> (i32, String) {
    let output = scumble(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_file_that_is_not_there_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (gone, out) = (place("nothere.png"), place("out"));
    for arguments in [
        &["info", &gone][..],
        &["check", &gone],
        &["fuse", &gone, "-o", &out],
        &["train", &gone, "-o", &out],
        &["predict", &gone, &gone, "-o", &out],
        &["eval", &gone, &gone],
        &["report", &gone],
        &["calibrate", &gone, &gone],
        &["export", &gone, "-o", &out],
        &["compare", &gone, &gone, "--data", &gone],
        &["loss", "sigmoid", &gone, &gone],
        &["init", &place("no/folder/a.toml")],
    ] {
        let (code, text) = said(arguments);
        assert_ne!(code, 0, "{arguments:?}");
        let most =
            text.lines().map(|line| line.matches("nothere.png: ").count() + line.matches("a.toml: ").count());
        assert!(most.max() <= Some(1), "{arguments:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[test]
fn a_setting_without_its_table_is_told_where_it_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    picture(&data.join("images/a.png"), 3);
    let (data, run) = (data.display().to_string(), folder.path().join("run").display().to_string());
    for (flag, tip) in [
        (&["--epochs", "3"][..], "--set train.epochs=3"),
        (&["--epochs=3"], "--set train.epochs=3"),
        (&["--lr", "0.1"], "--set train.learning_rate=0.1"),
        (&["--minutes", "2"], "--set train.minutes=2"),
        (&["--seed", "7"], "--set train.seed=7"),
        (&["--target"], "--set data.target=VALUE"),
        (&["--set", "epochs=3"], "did you mean `train.epochs`?"),
        (&["--set", "widths=[8]"], "did you mean `network.widths`?"),
    ] {
        let (code, text) = said(&[&["train", &data, "-o", &run][..], flag].concat());
        assert_eq!(code, 2, "{flag:?}");
        assert!(text.contains(tip), "{flag:?}: {text}");
    }
    // Elsewhere the flag is only unknown.
    let (code, text) = said(&["check", &data, "--epochs", "3"]);
    assert!(code == 2 && !text.contains("--set"), "{text}");
}

#[test]
fn there_is_a_page_of_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man");
    scumble(&["man", "-o", pages.to_str().unwrap()]).assert().success();
    for name in ["scumble.1", "scumble-check.1", "scumble-train.1", "scumble-man.1"] {
        let page = fs::read_to_string(pages.join(name)).unwrap();
        assert!(page.contains(".TH") && page.contains("Examples"), "{name}: {page}");
    }
    let printed = scumble(&["man", "train"]).assert().success();
    let file = fs::read(pages.join("scumble-train.1")).unwrap();
    assert_eq!(printed.get_output().stdout, file);
    scumble(&["man"])
        .assert()
        .success()
        .stdout(predicate::str::contains("scumble").and(predicate::str::contains("check")));
    scumble(&["man", "trian"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("there is no command \"trian\""));
}
