//! Predictions averaged over turns and flips: the laws of the average, and what a model averages unasked.

use ndarray::{Array3, ArrayView3};
use scumble::Calibrator;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{Normalisation, Raster, Samples};
use scumble_nn::model::History;
use scumble_nn::network::{Norm, UNet, initial_weights};
use scumble_nn::{
    Averaging, Device, FlipsChoice, Model, ModelCard, Precision, Predictor, Reading, Task, View, Views,
};
use std::num::NonZeroUsize;

/// No grey twice, so that every turn shows.
fn image(height: usize, width: usize) -> Raster {
    let samples = Samples::F32((0..height * width).map(|i| (i * i % 251) as f32 / 251.0).collect());
    Raster { height, width, channels: 1, samples, indexed: None, nodata: None }
}

/// The image as a view sees it.
fn seen(view: View, image: &Raster) -> Raster {
    let Samples::F32(samples) = &image.samples else { panic!("floats") };
    let plane = ArrayView3::from_shape((1, image.height, image.width), &samples[..]).unwrap();
    let turned = view.see(plane);
    let (_, height, width) = turned.dim();
    Raster { height, width, samples: Samples::F32(turned.iter().copied().collect()), ..image.clone() }
}

/// A network of two poolings that has learnt nothing.
fn model() -> Model {
    let task = Task::new(LabelSpace::new(Kind::Multiclass, ["land", "water"]).unwrap());
    let unet = UNet { channels: 1, outputs: 2, widths: vec![4, 4, 4], norm: Norm::None };
    let network = unet.network().unwrap();
    let history = History { data: String::new(), seed: 0, epochs: 0, steps: 0, validation: None };
    let weights = initial_weights(&network, 3);
    let card = ModelCard {
        version: 1,
        scumble: String::new(),
        task,
        normalisation: Normalisation::new(vec![0.5], vec![0.3]).unwrap(),
        views: None,
        calibrated_views: None,
        history,
        network,
    };
    Model { card, weights }
}

fn predictor(flips: FlipsChoice, tile: usize) -> Predictor {
    let predictor = Predictor::open(model(), &Device::Cpu, Precision::F32).unwrap();
    predictor.with_tile(NonZeroUsize::new(tile).unwrap()).with_averaging(Averaging { flips })
}

fn logits(flips: FlipsChoice, tile: usize, image: &Raster) -> Array3<f32> {
    predictor(flips, tile).read(image, &[Reading::Parameters]).unwrap().remove(0)
}

fn far(a: &Array3<f32>, b: ArrayView3<'_, f32>) -> f32 {
    assert_eq!(a.dim(), b.dim());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// One tile, several tiles; multiples of the network's stride, and none.
const SIZES: [(usize, usize); 3] = [(24, 36), (160, 93), (97, 167)];
const SETS: [(FlipsChoice, Views); 4] = [
    (FlipsChoice::All, Views::ALL),
    (FlipsChoice::Flips, Views::FLIPS),
    (FlipsChoice::Turns, Views::TURNS),
    (FlipsChoice::Off, Views::ONE),
];

#[test]
fn a_prediction_is_the_mean_logit_of_the_views_predicted_as_images_of_their_own() {
    for (height, width) in SIZES {
        let image = image(height, width);
        for (flips, views) in SETS {
            let mut mean = Array3::<f32>::zeros((2, height, width));
            for view in views.list() {
                let alone = logits(FlipsChoice::Off, 1, &seen(view, &image));
                mean += &(&view.back(alone.view()) / views.count() as f32);
            }
            let found = logits(flips, 1, &image);
            assert!(far(&found, mean.view()) < 1e-5, "{flips} {height} x {width}");
        }
    }
}

#[test]
fn the_prediction_of_a_turned_image_is_the_turned_prediction() {
    for (height, width) in SIZES {
        let image = image(height, width);
        for (flips, views) in SETS {
            let found = predictor(flips, 1).predict(&image).unwrap();
            for view in views.list() {
                let turned = predictor(flips, 1).predict(&seen(view, &image)).unwrap();
                assert!(far(&turned, view.see(found.view())) < 1e-5, "{flips} {view:?} {height} x {width}");
            }
        }
        // Which one view is not, or this would say nothing.
        let found = logits(FlipsChoice::Off, 1, &image);
        for view in Views::ALL.list().into_iter().skip(1) {
            let turned = logits(FlipsChoice::Off, 1, &seen(view, &image));
            assert!(far(&turned, view.see(found.view())) > 1e-2, "{view:?}");
        }
    }
}

#[test]
fn tiles_give_the_prediction_of_the_whole_image() {
    for (height, width) in SIZES {
        let image = image(height, width);
        for (flips, _) in SETS {
            let (tiled, whole) = (logits(flips, 1, &image), logits(flips, 1024, &image));
            assert!(far(&tiled, whole.view()) < 1e-5, "{flips} {height} x {width}");
        }
    }
}

#[test]
fn a_model_averages_what_its_training_had_and_its_calibration_was_fitted_to() {
    let views = |model: &Model, flips| {
        let predictor = Predictor::open(model.clone(), &Device::Cpu, Precision::F32).unwrap();
        let predictor = predictor.with_averaging(Averaging { flips });
        (predictor.views(), predictor.uncalibrated().views())
    };
    let mut model = model();
    assert_eq!(views(&model, FlipsChoice::On), (Views::ONE, Views::ONE));
    model.card.views = Some(Views::FLIPS);
    assert_eq!(views(&model, FlipsChoice::On), (Views::FLIPS, Views::FLIPS));
    model.card.task.calibrate(Calibrator::Temperature { temperature: vec![2.0] }).unwrap();
    assert_eq!(views(&model, FlipsChoice::On), (Views::ONE, Views::FLIPS));
    model.card.calibrated_views = Some(Views::ALL);
    assert_eq!(views(&model, FlipsChoice::On), (Views::ALL, Views::FLIPS));
    for (flips, fixed) in SETS {
        assert_eq!(views(&model, flips), (fixed, fixed));
    }
}

#[test]
fn a_model_file_keeps_its_views_and_one_of_before_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut model = model();
    model.card.views = Some(Views::FLIPS);
    model.write(&path).unwrap();
    assert_eq!(Model::read(&path).unwrap(), model);
    let mut old = serde_json::to_value(&model.card).unwrap();
    old.as_object_mut().unwrap().remove("views");
    let old: ModelCard = serde_json::from_value(old).unwrap();
    assert_eq!((old.views, old.views()), (None, Views::ONE));
}
