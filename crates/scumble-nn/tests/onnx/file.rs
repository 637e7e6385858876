//! What is in the file beside the graph.

use super::{of_task, task, unet};
use scumble::calibrate::Calibrator;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::NormalisationMethod;
use scumble_nn::Task;
use scumble_nn::network::Norm;
use scumble_nn::onnx::{self, INPUT, OUTPUT, OnnxError};

#[test]
fn it_says_what_a_program_needs_to_know() {
    let mut water = Task::new(LabelSpace::new(Kind::Multilabel, ["water", "\"wet\" land"]).unwrap());
    water.calibrate(Calibrator::Temperature { temperature: vec![1.25] }).unwrap();
    let mut model = of_task(water);
    model.card.normalisation = model.card.normalisation.with_nodata(Some(-9999.0));
    let file = onnx::export(&model).unwrap();
    let read = rten::Model::load(file).unwrap();
    let names = [read.input_ids(), read.output_ids()].map(|ids| {
        assert_eq!(ids.len(), 1);
        read.node_info(ids[0]).unwrap().name().unwrap().to_owned()
    });
    assert_eq!(names, [INPUT, OUTPUT]);
    for (key, value) in [
        ("kind", "multilabel"),
        ("classes", r#"["water","\"wet\" land"]"#),
        ("normalisation", "dataset"),
        ("nodata", "-9999"),
        ("calibration", "temperature 1.250"),
        ("halo", &model.card.network.halo().to_string()),
        ("stride", "4"),
        ("tiles", "true"),
        ("scumble", "0.1.0"),
        ("data", "a fingerprint"),
    ] {
        assert_eq!(read.metadata().get(key), Some(value), "{key}");
    }
    assert_eq!(read.metadata().get("colour"), None);
}

#[test]
fn tiles_are_no_whole_image_where_statistics_are_of_what_is_seen() {
    let mut model = of_task(task(Kind::Binary, 1));
    for (method, tiles) in
        [("none", true), ("dataset", true), ("image", false), ("percentile", false), ("both", false)]
    {
        let method = serde_json::from_value(method.into()).unwrap();
        model.card.normalisation = model.card.normalisation.clone().with_method(method);
        assert_eq!(onnx::by_tiles(&model.card), tiles, "{method}");
    }
    model.card.normalisation = model.card.normalisation.with_method(NormalisationMethod::None);
    model.card.network = unet(&model.card.task, 1, &[4, 6], Norm::Group);
    assert!(!onnx::by_tiles(&model.card));
}

#[test]
fn the_same_model_has_the_same_bytes() {
    let export = || onnx::export(&of_task(task(Kind::Multiclass, 3))).unwrap();
    assert_eq!(export(), export());
    assert_ne!(export(), onnx::export(&of_task(task(Kind::Multiclass, 4))).unwrap());
}

#[test]
fn a_model_that_contradicts_itself_is_refused() {
    let whole = of_task(task(Kind::Binary, 1));
    let mut other = whole.clone();
    other.card.task = task(Kind::Multiclass, 3);
    let mut without = whole.clone();
    without.weights.remove("enc1.conv1.weight");
    let mut turned = whole.clone();
    let bias = turned.weights["head.bias"].clone();
    turned.weights.insert("head.weight".into(), bias);
    for (model, says) in
        [(other, "1 logits where the task has 3"), (without, "enc1.conv1.weight"), (turned, "head.weight")]
    {
        let error = onnx::export(&model).unwrap_err();
        assert!(matches!(error, OnnxError::Broken { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}
