//! Layers, sizes, and batch normalisations that are folded away.

use super::common::{NORMS, awkward_networks};
use super::{SIZES, agrees, images, model, predicted, run, task, unet};
use ndarray::Axis;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{Normalisation, Raster};
use scumble_nn::network::{Network, Norm};
use scumble_nn::{Task, onnx};

fn dataset(channels: usize) -> Normalisation {
    Normalisation::new(vec![0.4; channels], vec![0.3; channels]).unwrap()
}

#[test]
fn every_norm_at_any_size() {
    for norm in NORMS {
        let task = task(Kind::Binary, 1);
        let model = model(task.clone(), unet(&task, 3, &[4, 6, 8, 6], norm), dataset(3));
        for size in SIZES {
            agrees(&format!("{norm:?} {size:?}"), &model, &images(2, 3, size));
        }
    }
}

#[test]
fn layers_that_no_unet_has() {
    for (at, layers) in awkward_networks().into_iter().enumerate() {
        let network = Network::new(layers).unwrap();
        let task = Task::new(LabelSpace::unnamed(Kind::Multilabel, network.outputs()).unwrap());
        let model = model(task, network, dataset(2));
        for size in [(16, 12), (9, 7)] {
            agrees(&format!("awkward {at} {size:?}"), &model, &images(1, 2, size));
        }
    }
}

#[test]
fn a_network_without_pooling_takes_images_as_they_are() {
    let task = task(Kind::Multiclass, 3);
    let model = model(task.clone(), unet(&task, 1, &[5], Norm::Batch), dataset(1));
    agrees("no pooling", &model, &images(1, 1, (7, 5)));
}

/// A batch is as many images by themselves, and what a pixel far away is does not count.
#[test]
fn images_and_far_pixels_know_nothing_of_each_other() {
    let task = task(Kind::Multilabel, 2);
    let model = model(task.clone(), unet(&task, 1, &[4, 4], Norm::Batch), dataset(1));
    let (halo, file) = (model.card.network.halo(), onnx::export(&model).unwrap());
    let side = 2 * halo + 8;
    let pair = images(2, 1, (side, side));
    let input = ndarray::stack![Axis(0), pair[0].to_unit(), pair[1].to_unit()];
    let together = run(&file, &input);
    let first = run(&file, &input.slice(ndarray::s![..1, .., .., ..]).to_owned());
    assert_eq!(together.index_axis(Axis(0), 0), first.index_axis(Axis(0), 0));
    let mut moved = input.slice(ndarray::s![..1, .., .., ..]).to_owned();
    moved[[0, 0, side - 1, 0]] += 5.0;
    let changed = &run(&file, &moved) - &first;
    let rows = changed.map_axis(Axis(3), |row| row.iter().any(|d| *d != 0.0));
    let reached: Vec<usize> =
        rows.indexed_iter().filter(|(_, is)| **is).map(|((_, _, row), _)| row).collect();
    assert!(!reached.is_empty() && reached.iter().all(|row| side - 1 - row <= halo), "{reached:?}");
}

#[test]
fn eight_and_sixteen_bits_are_units() {
    use scumble_data::Samples;
    let task = task(Kind::Binary, 1);
    let model = model(task.clone(), unet(&task, 1, &[4, 4], Norm::Batch), dataset(1));
    for samples in [
        Samples::U8((0..35u32).map(|i| (i * 97 % 256) as u8).collect()),
        Samples::U16((0..35u32).map(|i| (i * 9973 % 65536) as u16).collect()),
    ] {
        let image = Raster { height: 5, width: 7, channels: 1, samples, indexed: None, nodata: None };
        agrees(&format!("{} bits", image.full_scale()), &model, &[image]);
    }
}

/// What would be compared if all predictions were alike.
#[test]
fn the_models_that_are_compared_are_sure_and_unsure() {
    let task = task(Kind::Binary, 1);
    let model = model(task.clone(), unet(&task, 3, &[4, 6, 8, 6], Norm::Batch), dataset(3));
    let found = predicted(&model, &images(1, 3, (19, 13)));
    let sure = found.iter().filter(|q| !(0.2..0.8).contains(*q)).count();
    assert!(sure > 20 && sure < found.len() - 20, "{sure} of {}", found.len());
}
