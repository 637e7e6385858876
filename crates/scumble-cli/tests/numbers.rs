//! Numbers that are none: a training stops, says why, and the last state that is finite stays.

mod common;

use common::{TINY, json, lagoons, refuses, scumble, text, train};
use ndarray::{Array2, ArrayD};
use scumble_data::write_array;
use std::path::Path;

#[test]
fn a_rate_too_high_leaves_the_last_finite_state() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    lagoons(&data, 3);
    for norm in ["batch", "group", "none"] {
        let run = folder.path().join(norm);
        let norm = format!("network.norm={norm}");
        let wild = ["--set", &norm, "--set", "train.learning_rate=1e8", "--set", "train.epochs=20"];
        let says = ["finite", "lower train.learning_rate (it is 100000000)", "checkpoints/last.safetensors"];
        let told = refuses(&mut train(&data, &run, &wild), 1, &says);
        let told = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
        assert!(!told.contains("data/images"), "no image is to blame: {told}");
        if told.contains("--resume") {
            let tame = ["train.learning_rate=0.001", "train.epochs=20"];
            let sets = tame.iter().flat_map(|set| ["--set", set]);
            let mut resume = scumble(&["train", &text(&data), "-o", &text(&run), "--resume"]);
            resume.args(sets).assert().success();
            scumble(&["info", &text(&run.join("model.safetensors"))]).assert().success();
        }
    }
}

/// Four images of these values with labels, the left half one.
fn images(folder: &Path, value: impl Fn(usize, usize, usize) -> f64, size: (usize, usize)) {
    for image in 0..4 {
        let name = format!("i{image}.npy");
        for (part, values) in [
            ("images", Array2::from_shape_fn(size, |(y, x)| value(image, y, x))),
            (
                "labels",
                Array2::from_shape_fn(size, |(y, x)| 0.1 + 0.8 * f64::from((2 * x + y < size.1) as u8)),
            ),
        ] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
            let values: ArrayD<f64> = values.into_dyn();
            write_array(&folder.join(part).join(&name), values.view()).unwrap();
        }
    }
}

#[test]
fn images_of_any_size_of_number_are_trained_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let noise = |image: usize, y: usize, x: usize| ((image * 31 + y * 17 + x * 7) % 13) as f64 / 13.0;
    let path = |name: &str| folder.path().join(name);
    let run = |name: &str| folder.path().join(format!("run of {name}"));
    for (name, factor, offset) in [
        ("huge", 1e30, 0.0),
        ("small", 1e-30, 0.0),
        ("constant", 0.0, 7.0),
        ("far", 1.0, 1e6),
        ("zero", 0.0, 0.0),
    ] {
        images(&path(name), |i, y, x| offset + factor * noise(i, y, x), (16, 16));
        train(&path(name), &run(name), &["--set", "data.images=[\"*\"]"]).assert().success();
        let info = json(&mut scumble(&["info", "--json", &text(&run(name))]));
        assert!(info["best"]["validation"]["value"].as_f64().is_some_and(f64::is_finite), "{name}: {info}");
    }
    // Narrow ones, too.
    images(&path("narrow"), noise, (1, 40));
    train(&path("narrow"), &run("narrow"), &[]).assert().success();
    // The difference of two such values is no number, and 1 / 1e-43 neither.
    images(&path("largest"), |i, y, x| 3e38 * (2.0 * noise(i, y, x) - 1.0), (16, 16));
    images(&path("subnormal"), |i, y, x| 1e-42 * noise(i, y, x), (16, 16));
    for name in ["largest", "subnormal"] {
        let mut command = scumble(&["train", &text(&path(name)), "-o", &text(&run(name))]);
        let assert = command.args(TINY).assert();
        let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        let code = assert.get_output().status.code();
        let named = told.contains(&format!("{name}/images/i")) && told.contains("scale");
        assert!(code == Some(0) || (code == Some(1) && named), "{name}: {told}");
        assert!(!told.contains("lower train.learning_rate"), "{name}: {told}");
    }
}
