//! `scumble eval` from outside: options, intervals, gates, and what its JSON is documented to hold.

mod common;

use assert_cmd::Command;
use common::scumble;
use ndarray::Array3;
use predicates::prelude::*;
use scumble::labels::Kind;
use scumble_data::{MapFormat, MapWriter, Raster, Samples, Sidecar, write_png, write_sidecar};
use serde_json::Value;

/// Labels and predictions of two overlapping classes, three images of 6 x 8 pixels.
struct CupAndDisc {
    folder: tempfile::TempDir,
}

impl CupAndDisc {
    fn new() -> Self {
        let set = Self { folder: tempfile::tempdir().unwrap() };
        let number = |i: usize| ((i * 7919 + 13) % 97) as f32 / 96.0;
        for image in 0..3 {
            let label =
                Array3::from_shape_fn((2, 6, 8), |(k, y, x)| number(100 * image + 48 * k + 8 * y + x));
            let near = label.mapv(|p| 0.1 + 0.02 * image as f32 + 0.75 * p);
            set.write("labels", &format!("image-{image}"), &label);
            set.write("maps", &format!("image-{image}"), &near);
        }
        set
    }

    fn write(&self, folder: &str, id: &str, map: &Array3<f32>) {
        let folder = self.folder.path().join(folder);
        let classes = ["cup".to_string(), "disc".to_string()];
        let mut writer =
            MapWriter::create(&folder, id, MapFormat::Npy, Kind::Multilabel, &classes, 6, 8).unwrap();
        writer.write_rows(map.view()).unwrap();
        writer.finish().unwrap();
        write_sidecar(&folder, &Sidecar::new(Kind::Multilabel, classes, MapFormat::Npy, None)).unwrap();
    }

    fn eval(&self, more: &[&str]) -> Command {
        let mut command = scumble(&["eval", "maps", "labels"]);
        command.args(more).current_dir(self.folder.path());
        command
    }

    fn json(&self, more: &[&str]) -> Value {
        common::json(self.eval(more).arg("--json"))
    }
}

#[test]
fn a_gate_fails_after_the_results() {
    let set = CupAndDisc::new();
    set.eval(&["--fail-if", "calibration > 0.5", "--fail-if", "dice[disc] < 0.2"]).assert().success();
    set.eval(&["--fail-if", "excess >= 0", "--fail-if", "calibration > 0.5", "--fail-if", "iou <= 1"])
        .assert()
        .code(1)
        .stdout(predicate::str::contains("log_loss"))
        .stderr(
            predicate::str::contains("failed: excess >= 0 (it is 0.0")
                .and(predicate::str::contains("failed: iou <= 1"))
                .and(predicate::str::contains("calibration").not()),
        );
    let output = set.eval(&["--json", "--fail-if", "brier[cup] > 0"]).assert().code(1).get_output().clone();
    let gates = serde_json::from_slice::<Value>(&output.stdout).unwrap()["gates"].clone();
    assert_eq!((&gates[0]["fail_if"], &gates[0]["failed"]), (&"brier[cup] > 0".into(), &true.into()));
    assert!(gates[0]["value"].as_f64().unwrap() > 0.0);
}

/// A score that does not exist proves nothing: there is no top label of one class.
#[test]
fn a_missing_score_fails_its_gate() {
    CupAndDisc::new()
        .eval(&["--fail-if", "overconfidence[cup] > 0.9"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("there is no such score"));
}

#[test]
fn a_gate_that_cannot_be_is_wrong_usage() {
    let set = CupAndDisc::new();
    for (gate, says) in [
        ("calibraton > 0.05", "did you mean calibration?"),
        ("calibration", "'calibration > 0.05'"),
        ("dice > high", "no number"),
        ("dice[cap] > 0.1", "no class is named \"cap\"; there are cup, disc"),
    ] {
        let gates = ["--fail-if", gate];
        set.eval(&gates).assert().code(2).stdout("").stderr(predicate::str::contains(says));
    }
    for option in [["--bins", "0"], ["--binning", "sklern"], ["--threshold", "1.5"]] {
        set.eval(&option).assert().code(2).stdout("").stderr(predicate::str::contains(option[0]));
    }
}

#[test]
fn intervals_hold_the_scores_and_draw_nothing() {
    let set = CupAndDisc::new();
    let once = set.json(&[]);
    assert_eq!(once["intervals"], set.json(&[])["intervals"]);
    // What once said how to draw is refused, with what to do.
    for flag in [["--bootstrap", "20"], ["--seed", "1"]] {
        let says = predicate::str::contains(flag[0]).and(predicate::str::contains("run it without this"));
        set.eval(&flag).assert().code(2).stdout("").stderr(says);
    }
    let low_and_high =
        |interval: &Value| (interval["low"].as_f64().unwrap(), interval["high"].as_f64().unwrap());
    let (low, high) = low_and_high(&once["intervals"]["all"]["brier"]);
    let brier = once["all"]["brier"].as_f64().unwrap();
    assert!(low < brier && brier < high, "{low} {brier} {high}");
    let shown = format!("[{low:.4}, {high:.4}]");
    set.eval(&[]).assert().success().stdout(predicate::str::contains(shown));
    let (low, high) = low_and_high(&once["intervals"]["classes"][1]["dice"]);
    let dice = once["all"]["classes"][1]["dice"].as_f64().unwrap();
    assert!(low <= dice && dice <= high, "{low} {dice} {high}");
}

#[test]
fn options_reach_the_scores() {
    let set = CupAndDisc::new();
    let all = set.json(&[]);
    let reliability = |scores: &Value| scores["all"]["classes"][0]["reliability"].as_array().unwrap().clone();
    assert_eq!(reliability(&all).len(), 15);
    let torch = set.json(&["--binning", "torchmetrics", "--bins", "4"]);
    assert_eq!(reliability(&torch).len(), 5, "and one for exactly 1");
    assert_eq!(torch["settings"]["binning"], "torchmetrics");
    let mass = set.json(&["--binning", "equal-mass", "--bins", "4"]);
    let weights: Vec<f64> = reliability(&mass).iter().map(|bin| bin["weight"].as_f64().unwrap()).collect();
    assert!(weights.iter().all(|weight| (weight - 36.0).abs() <= 3.0), "{weights:?}");
    assert_eq!(mass["all"]["calibration"]["adaptive"], mass["all"]["calibration_error"]);
    let low = set.json(&["--threshold", "0.01"]);
    assert_eq!(low["all"]["decisions"]["soft"]["recall"], 1.0);
    assert_ne!(low["all"]["decisions"], all["all"]["decisions"]);
    let curve = all["curves"][1]["points"].as_array().unwrap();
    assert_eq!((&all["curves"][1]["class"], &curve.last().unwrap()["recall"]), (&"disc".into(), &1.0.into()));
}

/// A score over the images that have a prediction says nothing of the others.
#[test]
fn images_without_a_prediction_are_an_error_unless_they_may_be() {
    let set = CupAndDisc::new();
    std::fs::remove_file(set.folder.path().join("maps/image-1.npy")).unwrap();
    let told = "no prediction of 1 of 3 images: image-1";
    for more in [&[][..], &["--fail-if", "brier > 1"], &["--json"], &["--surface"]] {
        let refused = set.eval(more).assert().code(1).stdout("");
        refused.stderr(predicate::str::contains(told).and(predicate::str::contains("--allow-missing")));
    }
    let judged = set.json(&["--allow-missing"]);
    assert_eq!(judged["without_prediction"], serde_json::json!(["image-1"]));
    let text = set.eval(&["--allow-missing", "--report", "page.html"]).assert().success();
    text.stdout(predicate::str::contains("judged 2 of 3 images: no prediction of image-1"));
    let page = std::fs::read_to_string(set.folder.path().join("page.html")).unwrap();
    assert!(page.contains("1 without a prediction: image-1"));
    let compare = |more: &[&str]| {
        let mut command = scumble(&["compare", "labels", "maps", "--data", "labels"]);
        command.args(more).current_dir(set.folder.path());
        command
    };
    compare(&[]).assert().code(1).stderr(predicate::str::contains(told));
    let compared = common::json(compare(&["--allow-missing"]).arg("--json"));
    assert!(compared.to_string().contains(r#""without_prediction":["image-1"]"#), "{compared}");
    let left_out = predicate::str::contains("left out, as some contestant has no prediction: image-1");
    compare(&["--allow-missing"]).assert().success().stdout(left_out);
}

/// Bins of equal mass are made over all images: no interval is made of each image's own.
#[test]
fn a_report_has_the_bins_that_were_asked_for() {
    let set = CupAndDisc::new();
    let page = |more: &[&str]| {
        let file = set.folder.path().join("page.html");
        let _ = std::fs::remove_file(&file);
        set.eval(&[&["--report", file.to_str().unwrap()], more].concat()).assert().success();
        std::fs::read_to_string(file).unwrap()
    };
    let bars = |page: &str| page.matches("<path class=\"interval\"").count();
    let plain = page(&[]);
    assert!(plain.contains("put into 15 bins by") && bars(&plain) > 1);
    let mass = page(&["--binning", "equal-mass", "--bins", "4"]);
    assert!(mass.contains("put into 4 bins of equal mass by"));
    let doubt = "Where the prediction is in doubt";
    assert!(plain.contains(doubt) && !mass.contains(doubt), "the outermost quarters are not the easy pixels");
    assert!(bars(&mass) < bars(&plain), "bins of one image are not those of another");
}

/// scikit-learn's calibration_curve on 0.3 and 0.25, labelled 1 and 0, with 10 bins: linspace(0, 1, 11)[3] is above 0.3, so
/// both fall into one bin, where 0.275 are predicted and 0.5 found.
#[test]
fn maps_of_f64_are_judged_in_f64() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str, descr: &str, values: Vec<u8>| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1, 2), }}");
        while (header.len() + 11) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(values);
        std::fs::write(path, bytes).unwrap();
    };
    let wide = |values: [f64; 2]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    save("data/labels/a.npy", "<f8", wide([1.0, 0.0]));
    save("maps/a.npy", "<f8", wide([0.3, 0.25]));
    let narrow = [0.3f32, 0.25].iter().flat_map(|v| v.to_le_bytes()).collect();
    save("narrow/a.npy", "<f4", narrow);
    let calibration = |maps: &str| {
        let mut command = scumble(&["eval", maps, "data", "--json", "--binning", "sklearn", "--bins", "10"]);
        let out = command.current_dir(folder.path()).assert().success().get_output().stdout.clone();
        serde_json::from_slice::<Value>(&out).unwrap()["all"]["calibration_error"].as_f64().unwrap()
    };
    assert!((calibration("maps") - 0.225).abs() < 1e-12, "{}", calibration("maps"));
    // f32 has no 0.3: its nearest is above scikit-learn's edge.
    assert!((calibration("narrow") - 0.475).abs() < 1e-7, "{}", calibration("narrow"));
}

/// 8-bit maps of another program take kind and classes from the data; what stays open is asked, and a dataset.toml beside
/// the maps answers.
#[test]
fn maps_of_other_programs_are_read_as_what_judges_them() {
    let folder = tempfile::tempdir().unwrap();
    let save = |name: &str, values: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let samples = Samples::U8(values.to_vec());
        let raster =
            Raster { height: 1, width: values.len(), channels: 1, samples, indexed: None, nodata: None };
        write_png(&path, &raster).unwrap();
    };
    let all = |maps: &str, data: &str| {
        let mut command = scumble(&["eval", maps, data, "--json"]);
        common::json(command.current_dir(folder.path()))["all"].clone()
    };
    // A cautious model: 0 to 49 of 255, on where the label is.
    let cautious: Vec<u8> = (0..50).collect();
    let label: Vec<u8> = (0..50).map(|at| if at < 40 { 0 } else { 255 }).collect();
    save("binary/labels/a.png", &label);
    save("cautious/a.png", &cautious);
    let square = |(q, s): (&u8, &u8)| (f64::from(*q) / 255.0 - f64::from(*s) / 255.0).powi(2);
    let brier = cautious.iter().zip(&label).map(square).sum::<f64>() / 50.0;
    let found = all("cautious", "binary")["brier"].as_f64().unwrap();
    assert!((found - brier).abs() < 1e-7, "{found} {brier}");

    // Three classes of which the map has two: Dice 1, 2 * 2 / (2 + 4) and 0.
    save("three/labels/a.png", &[0, 0, 1, 1, 2, 2]);
    save("two/a.png", &[0, 0, 1, 1, 1, 1]);
    let judged = all("two", "three");
    let dice: Vec<f64> =
        judged["classes"].as_array().unwrap().iter().map(|class| class["dice"].as_f64().unwrap()).collect();
    assert_eq!(dice.len(), 3);
    for (found, expected) in dice.into_iter().zip([1.0, 2.0 / 3.0, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    // Index maps against binary labels.
    save("binary_3/labels/a.png", &[0, 255, 255]);
    save("indices/a.png", &[0, 1, 2]);
    let eval = || {
        let mut command = scumble(&["eval", "indices", "binary_3"]);
        command.current_dir(folder.path()).assert()
    };
    let settings = std::path::Path::new("indices").join("dataset.toml");
    eval().code(1).stderr(
        predicate::str::contains("class indices or probabilities")
            .and(predicate::str::contains("labels = \"soft\""))
            .and(predicate::str::contains(settings.display().to_string())),
    );
    std::fs::write(folder.path().join(settings), "labels = \"soft\"").unwrap();
    eval().success();
}

/// Every key that is written is explained in `docs/json.md`, and every name of a gate in `docs/scores.md`.
#[test]
fn the_documents_know_every_key_and_name() {
    fn keys(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                found.push(key.clone());
                keys(value, found);
            }),
            Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
    let json_page = std::fs::read_to_string(format!("{docs}/json.md")).unwrap();
    let scores_page = std::fs::read_to_string(format!("{docs}/scores.md")).unwrap();
    let written =
        CupAndDisc::new().json(&["--fail-if", "brier > 1", "--surface", "--diversity", "--uncertainty"]);
    assert_eq!(written["version"], 3);
    let mut found = Vec::new();
    keys(&written, &mut found);
    let names = || scumble::score::score_names().iter().map(|score| score.name);
    let unknown: Vec<&String> = found
        .iter()
        .filter(|key| !json_page.contains(&format!("`{key}`")) && !names().any(|name| name == key.as_str()))
        .collect();
    assert!(unknown.is_empty(), "not in docs/json.md: {unknown:?}");
    let unknown: Vec<&str> = names().filter(|name| !scores_page.contains(&format!("`{name}`"))).collect();
    assert!(unknown.is_empty(), "not in docs/scores.md: {unknown:?}");
}

#[test]
fn a_score_has_one_name_in_table_gate_json_and_report() {
    let set = CupAndDisc::new();
    let report = set.folder.path().join("report.html");
    let eval = |more: &[&str]| {
        let mut command = Command::cargo_bin("scumble").unwrap();
        command.args(["eval", "maps", "labels"]).args(more).current_dir(set.folder.path());
        command.output().unwrap()
    };
    let output = eval(&["--report", report.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (table, page) =
        (String::from_utf8(output.stdout).unwrap(), std::fs::read_to_string(&report).unwrap());
    let json: Value = serde_json::from_slice(&eval(&["--json"]).stdout).unwrap();
    // Those that have an interval are named in the JSON; each of these is a score that has a name.
    let names = || scumble::score::score_names().iter().map(|score| score.name);
    for key in json["intervals"]["all"].as_object().into_iter().flatten().map(|(key, _)| key) {
        assert!(names().any(|name| name == key), "{key} is no gate");
    }
    for score in scumble::score::score_names() {
        let name = score.name;
        let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line =
            lines.find(|line| line.first() == Some(&name)).unwrap_or_else(|| panic!("{name}: {table}"));
        // What these labels cannot tell is not listed there.
        assert!(line[1] == "-" || page.contains(&format!(">{name}<")), "{name} is not in the report");
        let gate = eval(&["--fail-if", &format!("{name} > 1e9")]);
        assert_ne!(gate.status.code(), Some(2), "{name} is no gate");
    }
}

#[test]
fn what_was_found_is_told_though_the_report_cannot_be_written() {
    let set = CupAndDisc::new();
    let mut command = Command::cargo_bin("scumble").unwrap();
    let output = command
        .args(["eval", "maps", "labels", "--report", "no/such/folder/report.html"])
        .current_dir(set.folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("log_loss"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("report.html: "));
}

/// A prediction of 0.9, 0.6, 0.6 and a label on the first of four pixels: cut at 0.8, their outlines are the same.
#[test]
fn outlines_are_those_at_the_threshold() {
    let set = CupAndDisc::new();
    let far = |more: &[&str]| {
        let mut command = Command::cargo_bin("scumble").unwrap();
        command.args(["eval", "row-maps", "row-labels", "--json", "--surface"]).args(more);
        let output = command.current_dir(set.folder.path()).assert().success().get_output().stdout.clone();
        serde_json::from_slice::<Value>(&output).unwrap()["surface"][0]["hausdorff"].clone()
    };
    for (folder, row) in [("row-maps", [0.9, 0.6, 0.6, 0.1]), ("row-labels", [1.0, 0.0, 0.0, 0.0])] {
        let folder = set.folder.path().join(folder);
        let map = Array3::from_shape_fn((1, 1, 4), |(_, _, column)| row[column]);
        let mut writer =
            MapWriter::create(&folder, "row", MapFormat::Npy, Kind::Binary, &["a".to_string()], 1, 4)
                .unwrap();
        writer.write_rows(map.view()).unwrap();
        writer.finish().unwrap();
        let sidecar = Sidecar::new(Kind::Binary, ["a".to_string()], MapFormat::Npy, None);
        write_sidecar(&folder, &sidecar).unwrap();
    }
    assert_eq!((far(&[]), far(&["--threshold", "0.8"])), (Value::from(2.0), Value::from(0.0)));
}
