//! The program from outside: files in, files and lines of JSON out, as a page has them.

use ndarray::{Array2, Array3, Axis};
use scumble::calibrate::Calibrator;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{NormalisationBuilder, Raster, Samples, read_image, read_raster, write_array};
use scumble_nn::model::History;
use scumble_nn::network::{UNet, initial_weights};
use scumble_nn::{Device, Model, ModelCard, Precision, Predictor, Task, Views};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

/// A model of two overlapping classes that has learnt nothing, of images of one channel.
fn model() -> Model {
    let network = UNet { channels: 1, widths: vec![4, 4], outputs: 2, ..UNet::default() }.network().unwrap();
    let mut normalisation = NormalisationBuilder::new();
    let samples = Samples::U8((0..=255).collect());
    let seen = Raster { height: 16, width: 16, channels: 1, samples, indexed: None, nodata: None };
    normalisation.add(&seen).unwrap();
    let card = ModelCard {
        version: 1,
        scumble: "0.1.0".into(),
        task: Task::new(LabelSpace::new(Kind::Multilabel, ["cup", "disc/rim"]).unwrap()),
        normalisation: normalisation.finish().unwrap(),
        context: 0,
        slice_axis: None,
        views: Some(Views::ALL),
        calibrated_views: None,
        calibrated_scales: None,
        best_f1: Vec::new(),
        history: History { data: String::new(), seed: 0, epochs: 0, steps: 0, validation: None },
        network: network.clone(),
    };
    Model { card, weights: initial_weights(&network, 3) }
}

/// Runs the program in a folder.
fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scumble-web")).current_dir(folder).args(words).output().unwrap()
}

/// Its lines; it succeeds.
fn lines(folder: &Path, words: &[&str]) -> Vec<Value> {
    let output = run(folder, words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn image() -> Array2<f32> {
    Array2::from_shape_fn((20, 17), |(row, column)| (row * column % 7) as f32 / 7.0)
}

#[test]
fn maps_are_those_of_the_predictor() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    model().write(&path("model.safetensors")).unwrap();
    write_array(&path("a.npy"), image().view()).unwrap();
    let said = lines(folder.path(), &["model.safetensors", "a.npy", "0", "maps"]);
    let tiles = (1..=8).map(|done| json!({ "tiles": [done, 8] }));
    assert!(said[..said.len() - 1].iter().cloned().eq(tiles), "{said:?}");
    let predicted = &said.last().unwrap()["predicted"];
    assert_eq!(
        *predicted,
        json!({
            "height": 20, "width": 17, "classes": ["cup", "disc/rim"], "slices": 1, "views": 8, "maps": "maps/maps.npy",
            "pictures": ["maps/class-0.png", "maps/class-1.png"], "shown": "maps/image.png", "without_data": 0,
            "unlike_training": false, "calibrated_otherwise": false,
        })
    );
    let mut predictor = Predictor::open(model(), &Device::Cpu, Precision::F32).unwrap();
    let expected = predictor.predict(&read_image(&path("a.npy")).unwrap()).unwrap();
    assert_eq!(read_raster(&path("maps/maps.npy")).unwrap().to_unit(), expected);
    for class in 0..2 {
        let picture = read_raster(&path(&format!("maps/class-{class}.png"))).unwrap();
        let wide = |p: &f32| (f64::from(*p) * 65535.0).round() as u16;
        let expected = expected.index_axis(Axis(0), class).iter().map(wide).collect();
        assert_eq!(picture.samples, Samples::U16(expected));
    }
    let shown = read_raster(&path("maps/image.png")).unwrap();
    assert_eq!((shown.height, shown.width, shown.channels), (20, 17, 3));
    let fast = lines(folder.path(), &["model.safetensors", "a.npy", "0", "fast", "fast"]);
    assert_eq!((fast.len(), &fast[1]["predicted"]["views"]), (2, &json!(1)));
    assert_ne!(read_raster(&path("fast/maps.npy")).unwrap().to_unit(), expected);
}

#[test]
fn where_there_is_no_data_maps_are_nan_and_there_are_no_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    model().write(&path("model.safetensors")).unwrap();
    let mut gaps = image();
    gaps[[3, 4]] = f32::NAN;
    write_array(&path("gaps.npy"), gaps.view()).unwrap();
    let said = lines(folder.path(), &["model.safetensors", "gaps.npy", "0", "maps"]);
    let predicted = &said.last().unwrap()["predicted"];
    assert_eq!((&predicted["without_data"], &predicted["pictures"]), (&json!(1), &json!([])));
    let maps = read_raster(&path("maps/maps.npy")).unwrap().to_unit();
    let nowhere: Vec<_> = maps.indexed_iter().filter(|(_, p)| p.is_nan()).map(|(at, _)| at).collect();
    assert_eq!(nowhere, [(0, 3, 4), (1, 3, 4)]);
    gaps.fill(f32::NAN);
    write_array(&path("nothing.npy"), gaps.view()).unwrap();
    let output = run(folder.path(), &["model.safetensors", "nothing.npy", "0", "maps"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no pixel has data"));
}

#[test]
fn what_is_doubtful_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut model = model();
    let temperature = Calibrator::Temperature { temperature: vec![1.5] };
    model.card.task.calibrate(temperature).unwrap();
    model.card.calibrated_views = Some(Views::ALL);
    model.write(&path("model.safetensors")).unwrap();
    write_array(&path("a.npy"), image().view()).unwrap();
    write_array(&path("units.npy"), image().mapv(|sample| 1000.0 * sample).view()).unwrap();
    let doubts = |words: &[&str]| {
        let predicted = lines(folder.path(), words).pop().unwrap()["predicted"].take();
        [predicted["unlike_training"] == true, predicted["calibrated_otherwise"] == true]
    };
    assert_eq!(doubts(&["model.safetensors", "a.npy", "0", "maps"]), [false, false]);
    assert_eq!(doubts(&["model.safetensors", "a.npy", "0", "fast", "fast"]), [false, true]);
    assert_eq!(doubts(&["model.safetensors", "units.npy", "0", "units"]), [true, false]);
}

#[test]
fn what_is_wrong_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    model().write(&path("model.safetensors")).unwrap();
    write_array(&path("three.npy"), Array3::<f32>::zeros((8, 9, 3)).view()).unwrap();
    for (words, says) in [
        (&["model.safetensors", "three.npy", "0", "maps"][..], "channels"),
        (
            &["model.safetensors", "three.npy", "2", "maps"],
            "there is no slice 2: the file has 1, counted from 0",
        ),
        (&["model.safetensors", "none.npy", "0", "maps"], "none.npy: "),
        (&["three.npy", "three.npy", "0", "maps"], "three.npy: no scumble model"),
        (&["model.safetensors", "three.npy", "x", "maps"], "usage: "),
        (&["model.safetensors"], "usage: "),
        (&["model.safetensors", "three.npy", "0", "maps", "slow"], "usage: "),
    ] {
        let output = run(folder.path(), words);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && message.contains(says), "{words:?}: {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
}
