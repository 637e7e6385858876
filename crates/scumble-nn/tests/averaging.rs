//! Predictions averaged over turns, flips, sizes and models: the laws of the average, and what a model averages unasked.

mod common;

use common::untrained;
use ndarray::{Array3, ArrayView3};
use scumble::Calibrator;
use scumble::joint::JointFamily;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{Normalisation, Raster, Samples};
use scumble_nn::network::{Norm, UNet, initial_weights};
use scumble_nn::{
    Averaging, Device, FlipsChoice, Head, Mean, Model, ModelCard, Precision, PredictError, Predictor,
    Reading, Task, View, Views,
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
    untrained(task, &[4, 4, 4], Normalisation::new(vec![0.5], vec![0.3]).unwrap())
}

fn predictor(flips: FlipsChoice, tile: usize) -> Predictor {
    let predictor = Predictor::open(model(), &Device::Cpu, Precision::F32).unwrap();
    predictor
        .with_tile(NonZeroUsize::new(tile).unwrap())
        .with_averaging(Averaging { flips, ..Averaging::default() })
}

fn logits(flips: FlipsChoice, tile: usize, image: &Raster) -> Array3<f32> {
    predictor(flips, tile).read(image, &[Reading::Parameters]).unwrap().remove(0)
}

fn far(a: &Array3<f32>, b: ArrayView3<'_, f32>) -> f32 {
    assert_eq!(a.dim(), b.dim());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// One tile, several tiles; multiples of the network's stride, and none.
const SIZES: [(usize, usize); 2] = [(24, 36), (97, 141)];
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

fn at_scales(scales: &str, flips: FlipsChoice, tile: usize) -> Predictor {
    let predictor = Predictor::open(model(), &Device::Cpu, Precision::F32).unwrap();
    let averaging = Averaging { flips, scales: Some(scales.parse().unwrap()), ..Averaging::default() };
    predictor.with_tile(NonZeroUsize::new(tile).unwrap()).with_averaging(averaging)
}

#[test]
fn sizes_are_averaged_turn_with_the_image_and_do_not_see_tiles() {
    for (height, width) in SIZES {
        let image = image(height, width);
        let read = |scales: &str, flips, tile, image: &Raster| {
            at_scales(scales, flips, tile).read(image, &[Reading::Parameters]).unwrap().remove(0)
        };
        let [half, own, more] = ["0.5", "1", "1.5"].map(|scale| read(scale, FlipsChoice::Off, 1, &image));
        assert_eq!(own, logits(FlipsChoice::Off, 1, &image));
        assert!(far(&half, own.view()) > 1e-2 && far(&more, own.view()) > 1e-2);
        let mean = (&half + &own + &more) / 3.0;
        assert!(far(&read(".5,1,1.5", FlipsChoice::Off, 1, &image), mean.view()) < 1e-5);
        let all = read(".5,1.5", FlipsChoice::All, 1, &image);
        assert!(far(&read(".5,1.5", FlipsChoice::All, 1024, &image), all.view()) < 1e-5);
        for view in Views::ALL.list() {
            let turned = read(".5,1.5", FlipsChoice::All, 1, &seen(view, &image));
            assert!(far(&turned, view.see(all.view())) < 1e-5, "{view:?} {height} x {width}");
        }
    }
}

#[test]
fn at_half_the_size_a_network_sees_the_means_of_pixels() {
    // An image made of cells of four equal pixels is, at half its size, one of single pixels but for the blur of the means; of
    // one grey it is that image.
    let grey = Raster { samples: Samples::F32(vec![0.7; 40 * 24]), ..image(40, 24) };
    let half = Raster { samples: Samples::F32(vec![0.7; 20 * 12]), ..image(20, 12) };
    let found =
        at_scales("0.5", FlipsChoice::Off, 1024).read(&grey, &[Reading::Parameters]).unwrap().remove(0);
    let expected = logits(FlipsChoice::Off, 1024, &half);
    for ((k, y, x), value) in
        found.indexed_iter().filter(|((_, y, x), _)| (2..38).contains(y) && (2..22).contains(x))
    {
        // Linear between the centres of the small pixels.
        let at = |v: usize| ((v as f32 + 0.5) / 2.0 - 0.5, ((v as f32 + 0.5) / 2.0 - 0.5).floor() as usize);
        let ((fy, y0), (fx, x0)) = (at(y), at(x));
        let (wy, wx) = (fy - y0 as f32, fx - x0 as f32);
        let e = |dy: usize, dx: usize| expected[[k, y0 + dy, x0 + dx]];
        let linear =
            (1.0 - wy) * ((1.0 - wx) * e(0, 0) + wx * e(0, 1)) + wy * ((1.0 - wx) * e(1, 0) + wx * e(1, 1));
        assert!((value - linear).abs() < 1e-5, "{k} {y} {x}: {value} {linear}");
    }
}

fn another(seed: u64) -> Model {
    let first = model();
    Model { weights: initial_weights(&first.card.network, seed), ..first }
}

fn together(models: Vec<Model>, mean: Mean) -> Result<Predictor, PredictError> {
    let averaging = Averaging { mean, ..Averaging::default() };
    Predictor::open_all(models, &Device::Cpu, Precision::F32, averaging)
}

#[test]
fn several_models_are_the_mean_of_what_each_says() {
    let image = image(97, 141);
    let tile = NonZeroUsize::MIN;
    // Each has its own views, and a network of its own depth and so its own tiles.
    let mut models = vec![model(), another(5)];
    models[0].card.views = Some(Views::ALL);
    let mut other = model();
    other.card.network =
        UNet { channels: 1, outputs: 2, widths: vec![4, 4], norm: Norm::None }.network().unwrap();
    other.weights = initial_weights(&other.card.network, 7);
    models.push(other);
    let each: Vec<_> = models
        .iter()
        .map(|model| {
            let mut alone = together(vec![model.clone()], Mean::Logits).unwrap().with_tile(tile);
            alone.read(&image, &[Reading::Parameters, Reading::Classes]).unwrap()
        })
        .collect();
    let mean = |reading: usize| {
        each.iter().fold(Array3::zeros((2, 97, 141)), |sum, maps| sum + &maps[reading]) / 3.0
    };
    let read = |how| {
        let mut all = together(models.clone(), how).unwrap().with_tile(tile);
        all.read(&image, &[Reading::Parameters, Reading::Classes, Reading::Disagreement]).unwrap()
    };
    let (logits, probability) = (read(Mean::Logits), read(Mean::Probability));
    assert!(far(&logits[0], mean(0).view()) < 1e-5);
    assert!(far(&probability[1], mean(1).view()) < 1e-6);
    let softmax = mean(0).map_axis(ndarray::Axis(0), |z| 1.0 / (1.0 + (z[1] - z[0]).exp()));
    assert!(far(&logits[1], ndarray::stack![ndarray::Axis(0), softmax, 1.0 - &softmax].view()) < 1e-5);
    // Disagreement is the mean over the models of KL(model || mean probability), whatever is averaged.
    assert_eq!(logits[2], probability[2]);
    let all = mean(1);
    for ((_, y, x), nats) in logits[2].indexed_iter() {
        let kl = |maps: &Vec<Array3<f32>>| -> f64 {
            let q = |k: usize| f64::from(maps[1][[k, y, x]]);
            (0..2).map(|k| q(k) * (q(k) / f64::from(all[[k, y, x]])).ln()).sum()
        };
        let expected = each.iter().map(kl).sum::<f64>() / 3.0;
        assert!((f64::from(*nats) - expected).abs() < 1e-5, "{nats} {expected}");
    }
    assert!(logits[2].iter().any(|nats| *nats > 1e-4));
}

#[test]
fn the_same_model_twice_is_that_model() {
    let image = image(24, 36);
    let mut twice = together(vec![model(), model()], Mean::Logits).unwrap();
    let maps = twice.read(&image, &[Reading::Classes, Reading::Disagreement]).unwrap();
    assert!(far(&maps[0], predictor(FlipsChoice::On, 1024).predict(&image).unwrap().view()) < 1e-6);
    assert!(maps[1].iter().all(|nats| nats.abs() < 1e-6));
    let averaged = twice.averaged();
    assert_eq!((averaged.models, averaged.mean.as_deref()), (2, Some("logits")));
}

#[test]
fn models_that_do_not_go_together_are_refused() {
    let refused = |models, mean, says: &str| {
        let error = together(models, mean).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    let labelled = |kind, classes: [&str; 2], head, outputs| {
        let mut other = model();
        other.card.task = Task::new(LabelSpace::new(kind, classes).unwrap()).with_head(head).unwrap();
        other.card.network =
            UNet { channels: 1, outputs, widths: vec![4], norm: Norm::None }.network().unwrap();
        other.weights = initial_weights(&other.card.network, 1);
        other
    };
    refused(Vec::new(), Mean::Logits, "no model");
    let names = labelled(Kind::Multiclass, ["land", "sea"], Head::Classes, 2);
    let says = "this one is multiclass (land, sea), the first multiclass (land, water)";
    refused(vec![model(), names], Mean::Probability, says);
    let overlapping = |head, outputs| labelled(Kind::Multilabel, ["land", "water"], head, outputs);
    refused(vec![model(), overlapping(Head::Classes, 2)], Mean::Probability, "this one is multilabel");
    let mut colour = model();
    colour.card.network =
        UNet { channels: 3, outputs: 2, widths: vec![4], norm: Norm::None }.network().unwrap();
    refused(vec![model(), colour], Mean::Logits, "this one has 3 channels, the first 1");
    // Logits of label sets mean the same in one family alone, and never in two mixtures.
    let pairwise = || overlapping(Head::Joint(JointFamily::pairwise(2).unwrap()), 3);
    let mixture = || overlapping(Head::Joint(JointFamily::mixture(2, 2).unwrap()), 5);
    for models in [vec![overlapping(Head::Classes, 2), pairwise()], vec![mixture(), mixture()]] {
        refused(models.clone(), Mean::Logits, "average probabilities");
        together(models, Mean::Probability).unwrap();
    }
    together(vec![pairwise(), pairwise()], Mean::Logits).unwrap();
    let alone = predictor(FlipsChoice::On, 1).read(&image(8, 8), &[Reading::Disagreement]).unwrap_err();
    assert!(alone.to_string().contains("does not disagree with itself"), "{alone}");
}

#[test]
fn a_model_averages_what_its_training_had_and_its_calibration_was_fitted_to() {
    let views = |model: &Model, flips| {
        let predictor = Predictor::open(model.clone(), &Device::Cpu, Precision::F32).unwrap();
        let predictor = predictor.with_averaging(Averaging { flips, ..Averaging::default() });
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
    model.card.calibrated_scales = Some("1,2".parse().unwrap());
    assert_eq!(model.card.scales().list(), [1.0, 2.0]);
    model.card.task = model.card.task.uncalibrated();
    assert_eq!(model.card.scales().list(), [1.0]);
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
