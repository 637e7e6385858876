//! Batch statistics of the images to predict: the laws of the adaptation.

mod common;

use common::untrained;
use ndarray::Array3;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{DataError, Normalisation, Raster, Samples};
use scumble_nn::network::{Norm, UNet, initial_weights};
use scumble_nn::{Device, Model, Precision, PredictError, Predictor, Task};
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

/// A convolution without bias of three times the image is three times the convolution, and so are its mean and deviation.
#[test]
fn a_camera_of_another_gain_makes_no_difference_once_adapted() {
    // Smaller and larger than a patch.
    for size in [(40, 60), (150, 170)] {
        let [dark, bright] = [1.0, 3.0].map(|gain| image(size, gain));
        let before = far(&predictor().predict(&dark).unwrap(), &predictor().predict(&bright).unwrap());
        let [of_dark, of_bright] = [&dark, &bright]
            .map(|image| adapted(std::slice::from_ref(image)).predict(image).unwrap());
        assert!(before > 0.05, "{before}");
        assert!(far(&of_dark, &of_bright) < 1e-3, "{}", far(&of_dark, &of_bright));
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
        None => Err(DataError::io(Path::new("gone.png"))(std::io::ErrorKind::NotFound.into())),
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
