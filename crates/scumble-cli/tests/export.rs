//! `scumble export` from outside: what other programs run gives what `predict` writes.

mod common;

use common::{json, lagoons, refuses, scumble, text, train};
use ndarray::Array3;
use predicates::prelude::*;
use scumble_data::{NumberArray, Raster, read_array, read_image, read_raster};
use sha2::Digest;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A run of a few steps, and images of its kind.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        lagoons(&place.path("data"), 3);
        train(&place.path("data"), &place.path("run"), &[]).assert().success();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        text(&self.path(name))
    }
}

/// The probabilities [K, H, W] that an exported model gives of an image, by another runtime.
fn run(file: &Path, image: &Raster) -> Array3<f32> {
    let model = rten::Model::load(std::fs::read(file).unwrap()).unwrap();
    let shape = [1, image.channels, image.height, image.width];
    let samples: Vec<f32> = image.to_unit().iter().copied().collect();
    let input = rten::Value::from_shape(&shape, samples).unwrap();
    let output = model.run_one(input.into(), None).unwrap();
    let ([_, maps, rows, columns], values) = output.into_shape_vec::<f32, 4>().unwrap();
    Array3::from_shape_vec((maps, rows, columns), values).unwrap()
}

#[test]
fn another_program_gives_the_maps_that_predict_writes() {
    let place = Place::new();
    let (model, file) = (place.text("run"), place.text("model.onnx"));
    let maps = place.text("maps");
    let images = place.text("data/images");
    for calibrated in [false, true] {
        if calibrated {
            let data = place.text("data");
            let line = ["calibrate", &model, &data, "--images", "*", "--force", "--fast"];
            scumble(&line).assert().success();
        }
        let exported = json(&mut scumble(&["export", &model, "-o", &file, "--overwrite", "--json"]));
        assert_eq!(exported["version"], 1);
        assert_eq!(exported["bytes"], std::fs::metadata(&file).unwrap().len());
        assert_eq!(exported["model"], place.text("run/model.safetensors"));
        assert_eq!(exported["classes"], serde_json::json!(["water"]));
        assert_eq!((&exported["stride"], &exported["normalisation"]), (&2.into(), &"both".into()));
        let line = ["predict", &model, &images, "-o", &maps, "--fast", "--precision", "f32", "--overwrite"];
        scumble(&line).assert().success();
        let map = read_raster(&place.path("maps/lagoon-01.npy")).unwrap().to_unit();
        let found = run(file.as_ref(), &read_image(&place.path("data/images/lagoon-01.png")).unwrap());
        assert_eq!(found.dim(), map.dim());
        assert!(found.iter().zip(&map).all(|(a, b)| (a - b).abs() < 1e-5), "calibrated: {calibrated}");
    }
}

#[test]
fn it_says_what_was_written_and_of_how_many_views_a_calibration_is() {
    let place = Place::new();
    let (model, file, data) = (place.text("run"), place.text("model.onnx"), place.text("data"));
    let views = predicate::str::contains("mean of 8 views");
    let written = predicate::str::contains("model.onnx: ONNX of").and(predicate::str::contains("water"));
    scumble(&["export", &model, "-o", &file]).assert().success().stdout(written).stderr(views.clone().not());
    scumble(&["calibrate", &model, &data, "--images", "*", "--force"]).assert().success();
    scumble(&["export", &model, "-o", &file, "--overwrite"]).assert().success().stderr(views);
}

#[test]
fn a_package_says_how_its_graph_is_run_and_what_comes_of_it() {
    let place = Place::new();
    let (model, package) = (place.text("run"), place.text("package"));
    let line = ["export", &model, "--bioimageio", &package];
    let told = predicate::str::contains("authors and a license");
    scumble(&line).assert().success().stderr(told.clone());
    refuses(&mut scumble(&line), 2, &["rdf.yaml is there already", "--overwrite"]);
    let who = ["--author", "A. Author", "--author", "B", "--license", "CC-BY-4.0", "--name", "lagoons: 2/3"];
    let written = json(&mut scumble(&[&line[..], &who, &["--overwrite", "--json"]].concat()));
    assert_eq!((&written["name"], &written["version"]), (&"lagoons_ 2_3".into(), &1.into()));
    // JSON is YAML.
    let read = |name: &str| std::fs::read(place.path("package").join(name)).unwrap();
    let rdf: serde_json::Value = serde_json::from_slice(&read("rdf.yaml")).unwrap();
    assert_eq!(rdf["authors"], serde_json::json!([{ "name": "A. Author" }, { "name": "B" }]));
    assert_eq!(rdf["license"], "CC-BY-4.0");
    for (file, hash) in [
        ("weights.onnx", &rdf["weights"]["onnx"]["sha256"]),
        ("test_input.npy", &rdf["inputs"][0]["test_tensor"]["sha256"]),
        ("test_output.npy", &rdf["outputs"][0]["test_tensor"]["sha256"]),
    ] {
        let found: String =
            sha2::Sha256::digest(read(file)).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(*hash, found, "{file}");
    }
    // As another program would: the input, the steps before the graph, the graph.
    let array = |name: &str| match read_array(&place.path("package").join(name)).unwrap() {
        NumberArray::F32(array) => array,
        other => panic!("{:?}", other.shape()),
    };
    let (input, output) = (array("test_input.npy"), array("test_output.npy"));
    let step = &rdf["inputs"][0]["preprocessing"][0];
    assert_eq!(step["id"], "scale_linear");
    let gain = step["kwargs"]["gain"].as_f64().unwrap();
    let graph = rten::Model::load(read("weights.onnx")).unwrap();
    let samples: Vec<f32> = input.iter().map(|sample| (f64::from(*sample) * gain) as f32).collect();
    let image = rten::Value::from_shape(input.shape(), samples).unwrap();
    let (_, found) = graph.run_one(image.into(), None).unwrap().into_shape_vec::<f32, 4>().unwrap();
    assert_eq!(found.len(), output.len());
    assert!(found.iter().zip(&output).all(|(a, b)| (a - b).abs() < 1e-5));
    // Its size is one that the description allows.
    let size = &rdf["inputs"][0]["axes"][2]["size"];
    let [least, step] = ["min", "step"].map(|key| size[key].as_u64().unwrap() as usize);
    assert!(least > 2 * rdf["outputs"][0]["axes"][2]["halo"].as_u64().unwrap() as usize);
    assert!(input.shape()[2..].iter().all(|length| *length >= least && (length - least) % step == 0));
}

#[test]
fn a_package_needs_an_image_and_is_never_put_among_what_it_reads() {
    let place = Place::new();
    let (run, package) = (place.text("run"), place.text("package"));
    let model = place.text("alone.safetensors");
    std::fs::copy(place.path("run/model.safetensors"), &model).unwrap();
    let line = ["export", &model, "--bioimageio", &package];
    refuses(&mut scumble(&line), 1, &["one to be tested by", "--image"]);
    assert!(!place.path("package").exists());
    let image = place.text("data/images/lagoon-02.png");
    scumble(&[&line[..], &["--image", &image]].concat()).assert().success();
    refuses(&mut scumble(&["export", &run, "--bioimageio", &run]), 2, &["what is read lies in it"]);
    std::fs::write(place.path("file"), "mine").unwrap();
    let file = place.text("file");
    refuses(
        &mut scumble(&["export", &run, "--bioimageio", &file, "--overwrite"]),
        1,
        &[&file, "not a directory"],
    );
    assert_eq!(std::fs::read(place.path("file")).unwrap(), b"mine");
    let file = place.text("model.onnx");
    for (flag, value) in [("--bioimageio", &package), ("--author", &run), ("--image", &image)] {
        refuses(&mut scumble(&["export", &run, "-o", &file, flag, value]), 2, &[flag, "--output"]);
    }
    assert!(!place.path("model.onnx").exists());
    for (flag, value) in [("--author", " "), ("--author", "A/B"), ("--license", "CC BY"), ("--name", "")] {
        refuses(
            &mut scumble(&[&line[..], &["--image", &image, "--overwrite", flag, value]].concat()),
            2,
            &[flag],
        );
    }
}

#[test]
fn nothing_is_written_of_what_is_no_model() {
    let folder = tempfile::tempdir().unwrap();
    let file = text(&folder.path().join("model.onnx"));
    refuses(&mut scumble(&["export", &text(folder.path()), "-o", &file]), 1, &["no model file and no run"]);
    refuses(&mut scumble(&["export", &file, "-o", &file]), 1, &["model.onnx"]);
    refuses(&mut scumble(&["export", &file]), 2, &["--output"]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
