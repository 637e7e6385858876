//! Batch statistics of the images to predict: the laws of the adaptation.

mod common;

use common::{layer, untrained};
use ndarray::Array3;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{Normalisation, Raster, Samples, read_image};
use scumble_nn::network::{Network, Norm, Op, UNet, initial_weights};
use scumble_nn::{Device, Model, Precision, PredictError, Predictor, Reading, Task};
use std::path::Path;

/// No grey twice; `gain` times as bright as it is.
fn image((height, width): (usize, usize), gain: f32) -> Raster {
    let samples = Samples::F32((0..height * width).map(|i| gain * (i * i % 251) as f32 / 251.0).collect());
    Raster { height, width, channels: 1, samples, indexed: None, nodata: None }
}

/// A network that has learnt nothing, which sees images as they are.
fn model(norm: Norm) -> Model {
    let task = Task::new(LabelSpace::new(Kind::Binary, ["water"]).unwrap());
    let Model { mut card, .. } = untrained(task, &[4], Normalisation::new(vec![0.0], vec![1.0]).unwrap());
    let unet = UNet { channels: 1, outputs: 1, widths: vec![4, 4, 4], norm };
    card.network = unet.network().unwrap();
    let weights = initial_weights(&card.network, 3);
    Model { card, weights }
}

fn predictor() -> Predictor {
    Predictor::open(model(Norm::Batch), &Device::Cpu, Precision::F32).unwrap()
}

/// Adapted to these images.
fn adapted(images: &[Raster]) -> Predictor {
    let mut predictor = predictor();
    assert_eq!(predictor.adapt(images, |image| Ok(image.clone())).unwrap(), images.len());
    assert_eq!(predictor.averaged().adapted, Some(images.len()));
    predictor
}

fn far(a: &Array3<f32>, b: &Array3<f32>) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A network whose logit is the image normalised: what becomes of mean 0.3 and variance 2 shows in it.
#[test]
fn mean_and_variance_go_half_of_the_way_to_those_of_the_image() {
    let conv = Op::Conv { inputs: 1, outputs: 1, kernel: 1, bias: false };
    let layers = vec![
        layer("input", Op::Input { channels: 1 }, &[]),
        layer("conv", conv, &[0]),
        layer("norm", Op::BatchNorm { channels: 1 }, &[1]),
        layer("head", conv, &[2]),
    ];
    let Model { mut card, .. } = model(Norm::Batch);
    card.network = Network::new(layers).unwrap();
    let mut weights = initial_weights(&card.network, 0);
    for (name, value) in
        [("conv.weight", 1.0), ("head.weight", 1.0), ("norm.running_mean", 0.3), ("norm.running_var", 2.0)]
    {
        weights.get_mut(name).unwrap().fill(value);
    }
    let mut predictor = Predictor::open(Model { card, weights }, &Device::Cpu, Precision::F32).unwrap();
    // As large as a patch: every patch is the image.
    let image = image((128, 128), 5.0);
    let values: Vec<f64> = image.to_unit().iter().map(|x| f64::from(*x)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64;
    let (mut of_mean, mut of_variance) = (0.3, 2.0);
    for _ in 0..3 {
        let logits = predictor.read(&image, &[Reading::Parameters]).unwrap().remove(0);
        for (logit, x) in logits.iter().zip(&values) {
            let expected = (x - of_mean) / (of_variance + 1e-5f64).sqrt();
            assert!((f64::from(*logit) - expected).abs() < 1e-3, "{logit} {expected}");
        }
        predictor.adapt(&[()], |()| Ok(image.clone())).unwrap();
        (of_mean, of_variance) = ((of_mean + mean) / 2.0, (of_variance + variance) / 2.0);
    }
}

#[test]
fn the_statistics_are_of_all_images_alike_and_the_same_every_time() {
    let images = [image((40, 60), 1.0), image((40, 60), 4.0)];
    let both = adapted(&images).predict(&images[0]).unwrap();
    assert_eq!(adapted(&images).predict(&images[0]).unwrap(), both);
    for image in &images {
        assert!(far(&adapted(std::slice::from_ref(image)).predict(&images[0]).unwrap(), &both) > 1e-3);
    }
}

#[test]
fn images_that_cannot_be_read_are_left_out() {
    let readable = image((40, 60), 2.0);
    let colour = Raster { channels: 3, width: 20, ..readable.clone() };
    let mut some = predictor();
    let read = |image: &Option<Raster>| match image {
        Some(image) => Ok(image.clone()),
        None => read_image(Path::new("gone.png")),
    };
    assert_eq!(some.adapt(&[None, Some(colour)], read).unwrap(), 0);
    assert_eq!(some.averaged().adapted, None);
    assert_eq!(some.predict(&readable).unwrap(), predictor().predict(&readable).unwrap());
    assert_eq!(some.adapt(&[None, Some(readable)], read).unwrap(), 1);
}

#[test]
fn without_batch_normalisation_there_is_nothing_to_adapt() {
    let mut predictor = Predictor::open(model(Norm::Group), &Device::Cpu, Precision::F32).unwrap();
    let error = predictor.adapt(&[image((40, 60), 1.0)], |image| Ok(image.clone())).unwrap_err();
    assert!(matches!(error, PredictError::NothingToAdapt), "{error}");
    assert!(error.to_string().contains("network.norm"), "{error}");
}
