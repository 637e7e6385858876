//! One pass of the network serves every reading, each as if it were alone.

mod common;

use common::untrained;
use ndarray::Array3;
use scumble::joint::JointFamily;
use scumble::labels::{Kind, LabelSpace};
use scumble_data::{NormalisationBuilder, Raster, Samples};
use scumble_nn::{Device, Head, Precision, Predictor, Reading, Task, Views};
use std::num::NonZeroUsize;

fn image() -> Raster {
    let (height, width) = (90, 70);
    let samples = Samples::U8((0..height * width).map(|i| (i * i % 251) as u8).collect());
    Raster { height, width, channels: 1, samples, indexed: None, nodata: None }
}

/// A network that has learnt nothing, cutting images into several tiles.
fn predictor(head: Head) -> Predictor {
    let task =
        Task::new(LabelSpace::new(Kind::Multilabel, ["cup", "disc"]).unwrap()).with_head(head).unwrap();
    let mut normalisation = NormalisationBuilder::new();
    normalisation.add(&image()).unwrap();
    let mut model = untrained(task, &[4, 4], normalisation.finish().unwrap());
    model.card.views = Some(Views::ALL);
    Predictor::open(model, &Device::Cpu, Precision::F32).unwrap().with_tile(NonZeroUsize::MIN)
}

#[test]
fn every_reading_is_what_it_is_alone() {
    for (head, readings) in [
        (Head::Classes, vec![Reading::Classes, Reading::Sets, Reading::Logits]),
        (Head::Joint(JointFamily::pairwise(2).unwrap()), vec![Reading::Classes, Reading::Sets]),
        (Head::BetaBinomial, vec![Reading::Parameters, Reading::Classes, Reading::Correlations]),
    ] {
        let mut predictor = predictor(head);
        let together = predictor.read(&image(), &readings).unwrap();
        for (reading, maps) in readings.iter().zip(&together) {
            let alone = predictor.read(&image(), &[*reading]).unwrap();
            assert_eq!(&alone[0], maps, "{head:?} {reading:?}");
        }
        let mut rows = vec![0; readings.len()];
        let take = &mut |bands: &[ndarray::ArrayView3<'_, f32>]| {
            for ((rows, band), maps) in rows.iter_mut().zip(bands).zip(&together) {
                let height = band.dim().1;
                let part: Array3<f32> = maps.slice(ndarray::s![.., *rows..*rows + height, ..]).to_owned();
                assert_eq!(*band, part, "{head:?}");
                *rows += height;
            }
            Ok(())
        };
        let mut tiles = Vec::new();
        let watch = &mut |done: usize, all: usize| tiles.push((done, all));
        predictor.read_bands_watched(&image(), &readings, watch, take).unwrap();
        assert_eq!(rows, vec![90; readings.len()]);
        let all = tiles.len();
        assert!(all > 8 && tiles.into_iter().eq((1..=all).map(|done| (done, all))), "{all}");
    }
}

#[test]
fn what_a_model_does_not_have_is_said_before_any_work() {
    let mut predictor = predictor(Head::Joint(JointFamily::pairwise(2).unwrap()));
    let error = predictor.read(&image(), &[Reading::Classes, Reading::Logits]).unwrap_err();
    assert!(error.to_string().contains("label sets"), "{error}");
}
