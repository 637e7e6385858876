//! The report from outside: what writes it, what it says, and that names in the data cannot change it.

mod common;

use common::{lagoons, scumble, text, train};
use predicates::prelude::*;
use std::fs;
use std::path::Path;

#[test]
fn a_training_ends_with_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, &[]).assert().success().stdout(predicate::str::contains("report.html"));
    let first = fs::read_to_string(run.join("report.html")).unwrap();
    // The score on the page is that of the command.
    let scores =
        scumble(&["eval", &text(&run), &text(&data), "--images", &held_out(&run), "--json"]).output();
    let scores: serde_json::Value = serde_json::from_slice(&scores.unwrap().stdout).unwrap();
    let value = scores["all"]["cross_entropy"]["value"].as_f64().unwrap();
    assert!(first.contains(&format!("A pixel costs {value:.4} nats")), "{value}");
    for part in [
        "In short",
        "Training",
        "Is the probability true?",
        "Images",
        "Scores",
        "Raters",
        "Data and settings",
    ] {
        assert!(first.contains(part), "{part}");
    }
    // The same input, the same bytes.
    let again = folder.path().join("again.html");
    scumble(&["report", &text(&run), "-o", &text(&again)]).assert().success();
    assert_eq!(first, fs::read_to_string(&again).unwrap());
}

/// The names of the images that a run was validated by, as patterns.
fn held_out(run: &Path) -> String {
    let info: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
    let names = info["data"]["validation"].as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join(",")
}

#[test]
fn nothing_in_it_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    ));
    for (attribute, start) in [("src=\"", "data:image/png;base64,"), ("href=\"", "#")] {
        let targets: Vec<&str> = page.split(attribute).skip(1).collect();
        assert!(!targets.is_empty() && targets.iter().all(|target| target.starts_with(start)), "{attribute}");
    }
    for loader in ["http://", "https://", "@import", "url(", "fetch(", "<iframe", "<link", "<object"] {
        assert!(!page.contains(loader), "{loader}");
    }
}

#[test]
fn names_are_text_whatever_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, page) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("page.html"));
    lagoons(&data, 3);
    let nasty = r#"<img src=x onerror=alert(1)>&"'"#;
    fs::write(data.join("dataset.toml"), "kind = \"binary\"\nclasses = ['''</script><b>&\"'''']\n").unwrap();
    for entry in walk(&data) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if let Some(extension) = name.strip_prefix("lagoon-02.") {
            fs::rename(&entry, entry.with_file_name(format!("{nasty}.{extension}"))).unwrap();
        }
    }
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let all = ["--images", "*", "--report", &text(&page)];
    scumble(&["eval", &text(&run), &text(&data)]).args(all).assert().success();
    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;'"));
    assert!(page.contains("&lt;/script&gt;&lt;b&gt;&amp;&quot;'"));
    assert!(!page.contains("<img src=x") && !page.contains("<b>"));
    assert_eq!(page.matches("</script>").count(), 1);
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_run_whose_data_moved_or_changed_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (data, moved, run) =
        (folder.path().join("data"), folder.path().join("moved"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let page = run.join("report.html");
    let before = fs::read_to_string(&page).unwrap();
    fs::rename(&data, &moved).unwrap();
    scumble(&["report", &text(&run)])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("scumble report RUN DATA"));
    assert_eq!(fs::read_to_string(&page).unwrap(), before, "what was there stays");
    scumble(&["report", &text(&run), &text(&moved)]).assert().success();
    assert!(fs::read_to_string(&page).unwrap().contains("1 (not learnt from)"));
    // Other data under the old name: names alone say what was held out, and nothing is judged unasked.
    lagoons(&data, 4);
    scumble(&["report", &text(&run)]).assert().code(1).stderr(predicate::str::contains("has changed"));
    let by_name = predicate::str::contains("what was held out is known by its names alone");
    scumble(&["report", &text(&run), &text(&data)]).assert().success().stderr(by_name);
    assert!(fs::read_to_string(&page).unwrap().contains("1 (not learnt from)"));
    // Nor do the names of the images that were learnt from have to be there.
    let named = folder.path().join("named");
    train(&moved, &named, &["--set", "train.epochs=1", "--set", "data.images=[\"lagoon-0[12]\"]"])
        .assert()
        .success();
    fs::rename(data.join("images/lagoon-03.png"), data.join("images/other.png")).unwrap();
    for entry in walk(&data).into_iter().filter(|path| path.file_stem().unwrap() != "other") {
        if entry.to_string_lossy().contains("lagoon-03") {
            fs::rename(&entry, entry.with_file_name("other.png")).unwrap();
        } else if entry.to_string_lossy().contains("lagoon-") {
            fs::remove_file(&entry).unwrap();
        }
    }
    scumble(&["report", &text(&named), &text(&data)]).assert().success();
    assert!(fs::read_to_string(named.join("report.html")).unwrap().contains("1 (all of another data set"));
}

#[test]
fn the_runs_own_report_alone_is_made_anew_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (folder.path().join("data"), folder.path().join("run"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let model = run.join("model.safetensors");
    let before = fs::read(&model).unwrap();
    for command in [
        vec!["report", &text(&run), "-o", &text(&model)],
        vec!["eval", &text(&run), &text(&data), "--report", &text(&model)],
    ] {
        for more in [&[][..], &["--overwrite"]] {
            scumble(&command).args(more).assert().code(2).stderr(predicate::str::contains("is read"));
            assert_eq!(fs::read(&model).unwrap(), before);
        }
    }
    scumble(&["report", &text(&run)]).assert().success();
    let own = run.join("report.html");
    let named = ["report", &text(&run), "-o", &text(&own)];
    scumble(&named).assert().code(2).stderr(predicate::str::contains("--overwrite"));
    scumble(&named).arg("--overwrite").assert().success();
    fs::write(&own, "mine").unwrap();
    scumble(&["report", &text(&run)]).assert().code(2).stderr(predicate::str::contains("is no report"));
    assert_eq!(fs::read(&own).unwrap(), b"mine");
}

#[test]
fn a_judgement_of_images_learnt_from_admits_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run, page) =
        (folder.path().join("data"), folder.path().join("run"), folder.path().join("page.html"));
    lagoons(&data, 3);
    train(&data, &run, &["--set", "train.epochs=1"]).assert().success();
    let all = ["--images", "*", "--report", &text(&page)];
    scumble(&["eval", &text(&run), &text(&data)]).args(all).assert().success();
    assert!(fs::read_to_string(&page).unwrap().contains("The model has learnt from 2 of these images"));
}

#[test]
fn the_demo_shows_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo");
    scumble(&["demo", "-o", &text(&demo), "--epochs", "1"])
        .assert()
        .success()
        .stdout(predicate::str::contains("report.html"));
    let page = fs::read_to_string(demo.join("report.html")).unwrap();
    assert!(page.contains("truth of lagoon-22"));
    // Six rows of five panels of 256 pixels, each with a line of 14 above it.
    let size = scumble_data::read_size(&demo.join("result.png")).unwrap();
    assert_eq!(size, (6 * (256 + 14) + 5 * 6, 5 * 256 + 4 * 6, 3));
    assert!(page.contains("The truth behind these made-up opinions is known: the predictions are "));
}
