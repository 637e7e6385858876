//! An exported model gives what the predictor gives, run by a program that knows nothing of scumble.

#[path = "../common/mod.rs"]
mod common;

mod calibration;
mod file;
mod heads;
mod networks;
mod normalisation;

use common::noise;
use ndarray::{Array4, ArrayD, Axis, stack};
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{Normalisation, Raster, write_array};
use scumble_nn::model::History;
use scumble_nn::network::{Network, Norm, Tensors, UNet, initial_weights};
use scumble_nn::{Averaging, Device, Model, ModelCard, Precision, Predictor, Task, onnx};
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Sizes of which none, one or both are multiples of the stride, down to those below it.
pub(crate) const SIZES: [(usize, usize); 7] = [(16, 24), (19, 13), (8, 21), (5, 3), (2, 7), (1, 9), (1, 1)];

/// The probabilities [N, K, H, W] of images [N, C, H, W] by another runtime.
pub(crate) fn run(file: &[u8], images: &Array4<f32>) -> Array4<f32> {
    let model = rten::Model::load(file.to_vec()).unwrap();
    let (n, c, h, w) = images.dim();
    let input = rten::Value::from_shape(&[n, c, h, w], images.iter().copied().collect::<Vec<_>>()).unwrap();
    let output = model.run_one(input.into(), None).unwrap();
    let (shape, values) = output.into_shape_vec::<f32, 4>().unwrap();
    let found = Array4::from_shape_vec(shape, values).unwrap();
    assert_eq!((found.dim().0, found.dim().2, found.dim().3), (n, h, w));
    found
}

/// The same by the predictor, each image by itself, from one view and without tiles.
pub(crate) fn predicted(model: &Model, images: &[Raster]) -> Array4<f32> {
    let mut predictor = Predictor::open(model.clone(), &Device::Cpu, Precision::F32)
        .unwrap()
        .with_averaging(Averaging::none())
        .with_tile(NonZeroUsize::new(1 << 20).unwrap());
    let maps: Vec<_> = images.iter().map(|image| predictor.predict(image).unwrap()).collect();
    stack(Axis(0), &maps.iter().map(|map| map.view()).collect::<Vec<_>>()).unwrap()
}

/// The exported model gives what the predictor gives of these images, which have one size.
#[track_caller]
pub(crate) fn agrees(what: &str, model: &Model, images: &[Raster]) {
    let file = onnx::export(model).unwrap();
    let units: Vec<_> = images.iter().map(Raster::to_unit).collect();
    let input = stack(Axis(0), &units.iter().map(|image| image.view()).collect::<Vec<_>>()).unwrap();
    let expected = predicted(model, images);
    keep(what, &file, &input, &expected);
    let found = run(&file, &input);
    assert_eq!(found.dim(), expected.dim(), "{what}");
    let apart =
        (&found - &expected).fold(0.0f32, |most, d| if d.is_nan() { f32::NAN } else { most.max(d.abs()) });
    assert!(apart < 1e-5, "{what}: {apart} apart");
}

/// Writes a case into the folder that the environment names, for `scripts/check_onnx.py`.
fn keep(what: &str, file: &[u8], image: &Array4<f32>, probabilities: &Array4<f32>) {
    let Some(folder) = std::env::var_os("SCUMBLE_ONNX_CASES").map(PathBuf::from) else { return };
    let name: String = what.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("model.onnx"), file).unwrap();
    write_array(&folder.join("image.npy"), image.view()).unwrap();
    write_array(&folder.join("probabilities.npy"), probabilities.view()).unwrap();
}

/// A model of a network, sure of many pixels, whatever they are.
pub(crate) fn model(task: Task, network: Network, normalisation: Normalisation) -> Model {
    let weights = varied(&network);
    let card = ModelCard {
        version: 1,
        scumble: "0.1.0".into(),
        task,
        normalisation,
        context: 0,
        slice_axis: None,
        views: None,
        calibrated_views: None,
        calibrated_scales: None,
        best_f1: Vec::new(),
        history: History { data: "a fingerprint".into(), seed: 0, epochs: 0, steps: 0, validation: None },
        network,
    };
    Model { card, weights }
}

/// Weights of which none is what a training begins with: statistics, scales and shifts too.
fn varied(network: &Network) -> Tensors {
    let mut weights = initial_weights(network, 3);
    for (seed, (name, tensor)) in (0..).zip(&mut weights) {
        let change = noise((1, 1, 1, tensor.len()), seed);
        let change = ArrayD::from_shape_vec(tensor.raw_dim(), change.into_iter().collect()).unwrap();
        match name {
            _ if name.starts_with("head.weight") => *tensor *= 60.0,
            _ if name.ends_with("running_var") => tensor.zip_mut_with(&change, |v, c| *v += 0.9 * c),
            _ if tensor.ndim() == 1 => tensor.zip_mut_with(&change, |v, c| *v += 0.5 * c),
            _ => {}
        }
    }
    weights
}

/// A U-Net of a task, for images of so many channels.
pub(crate) fn unet(task: &Task, channels: usize, widths: &[usize], norm: Norm) -> Network {
    UNet { channels, outputs: task.logits(), widths: widths.to_vec(), norm }.network().unwrap()
}

/// A model of a task for images of one channel, with a stride of 4.
pub(crate) fn of_task(task: Task) -> Model {
    let network = unet(&task, 1, &[4, 6, 4], Norm::Batch);
    model(task, network, Normalisation::new(vec![0.4], vec![0.3]).unwrap())
}

pub(crate) fn task(kind: Kind, classes: usize) -> Task {
    Task::new(LabelSpace::unnamed(kind, classes).unwrap())
}

/// The task with the shift of a training with class weights.
pub(crate) fn shifted(task: &Task) -> Task {
    let mut written: Value = serde_json::to_value(task).unwrap();
    written["shift"] = json!((0..task.outputs()).map(|k| 0.7 - 0.5 * k as f32).collect::<Vec<_>>());
    serde_json::from_value(written).unwrap()
}

/// Images of floats without structure in 0..1, [C, H, W] each.
pub(crate) fn images(count: usize, channels: usize, (height, width): (usize, usize)) -> Vec<Raster> {
    let all = noise((count, channels, height, width), 7).mapv(|v| 0.5 * v + 0.5);
    all.outer_iter().map(Raster::from_planes).collect()
}
