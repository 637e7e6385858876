//! The laws that patches keep. New kinds of augmentation belong into `placements`, new laws below.

use super::geometry::Placement;
use super::*;
use crate::mirror;
use crate::{Normalisation, Raster, Samples};
use ndarray::{Array3, Axis};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scumble::labels::{Kind, LabelSpace, RaterMask, SoftLabels, UNSEEN};
use scumble::loss::{Denominator, LossKind, LossOptions, loss_gradient};

const IDENTITY: Placement =
    Placement { flips: [false; 2], turns: 0, scale: 1.0, rotation: 0.0, corner: [0, 0] };

fn noise(shape: (usize, usize, usize), seed: u64) -> Array3<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Array3::from_shape_simple_fn(shape, || rng.random())
}

/// An image that is its own target, weight 1 everywhere.
fn mirrored_sample(planes: Array3<f32>) -> Sample {
    let (_, height, width) = planes.dim();
    Sample::new(Raster::from_planes(planes.view()), planes, Array3::ones((1, height, width))).unwrap()
}

fn sampler(size: usize, channels: usize, augmentation: Augmentation) -> PatchSampler {
    PatchSampler::new(size.try_into().unwrap(), augmentation, Normalisation::identity(channels))
}

fn cut(sample: &Sample, size: usize, placement: Placement) -> Patch {
    cut_rater(sample, 0, size, placement)
}

fn cut_rater(sample: &Sample, rater: usize, size: usize, placement: Placement) -> Patch {
    let channels = sample.image().channels;
    let tones = Normalisation::identity(channels).tones(sample.image().full_scale(), || sample.exposure());
    sampler(size, channels, Augmentation::none()).cut(sample, rater, &placement, &tones)
}

fn placements() -> impl Strategy<Value = Placement> {
    let corner = (-20_isize..40, -20_isize..40).prop_map(|(row, column)| [row, column]);
    (any::<[bool; 2]>(), 0_u8..4, 0.3..3.0_f64, -3.2..3.2_f64, corner).prop_map(
        |(flips, turns, scale, rotation, corner)| Placement { flips, turns, scale, rotation, corner },
    )
}

#[test]
fn without_augmentation_a_patch_is_a_copy() {
    let planes = noise((3, 9, 9), 1);
    let sample = mirrored_sample(planes.clone());
    let patch = sampler(9, 3, Augmentation::none()).draw(&sample, &mut ChaCha8Rng::seed_from_u64(2));
    assert_eq!(patch.image, planes);
    assert_eq!(patch.targets, planes);
    assert_eq!(patch.weights, Array3::<f32>::ones((1, 9, 9)));
}

#[test]
fn the_image_is_normalised_as_a_whole_image_is() {
    let samples = Samples::U8((0..75).map(|i| (i * 37 % 256) as u8).collect());
    let raster = Raster { height: 5, width: 5, channels: 3, samples, indexed: None, nodata: None };
    let normalisation = Normalisation::new(vec![0.3, 0.5, 0.1], vec![0.2, 0.25, 0.7]).unwrap();
    let whole = normalisation.normalise(&raster).unwrap();
    let sample = Sample::new(raster, Array3::zeros((1, 5, 5)), Array3::ones((1, 5, 5))).unwrap();
    let sampler = PatchSampler::new(5.try_into().unwrap(), Augmentation::none(), normalisation);
    assert_eq!(sampler.draw(&sample, &mut ChaCha8Rng::seed_from_u64(2)).image, whole);
}

#[test]
fn a_quarter_turn_four_times_and_a_flip_twice_are_nothing() {
    for size in [8, 9] {
        let planes = noise((2, size, size), 3);
        for (placement, times) in [
            (Placement { turns: 1, ..IDENTITY }, 4),
            (Placement { turns: 2, ..IDENTITY }, 2),
            (Placement { flips: [true, false], ..IDENTITY }, 2),
            (Placement { flips: [false, true], ..IDENTITY }, 2),
            (Placement { flips: [true, true], turns: 2, ..IDENTITY }, 1),
        ] {
            let mut turned = planes.clone();
            for _ in 0..times {
                let patch = cut(&mirrored_sample(turned), size, placement);
                assert_eq!(patch.image, patch.targets);
                turned = patch.image;
            }
            assert_eq!(turned, planes, "{placement:?}");
        }
    }
}

#[test]
fn a_flip_mirrors_its_axis() {
    let planes = noise((1, 6, 6), 4);
    let patch = cut(&mirrored_sample(planes.clone()), 6, Placement { flips: [true, false], ..IDENTITY });
    let mut mirrored = planes;
    mirrored.invert_axis(Axis(1));
    assert_eq!(patch.image, mirrored);
}

#[test]
fn beyond_the_edge_the_image_is_mirrored_and_the_label_ignored() {
    let planes = noise((1, 3, 4), 5);
    let patch = cut(&mirrored_sample(planes.clone()), 8, Placement { corner: [-2, -1], ..IDENTITY });
    for ((_, y, x), &value) in patch.image.indexed_iter() {
        let (row, column) = (y as isize - 2, x as isize - 1);
        assert_eq!(value, planes[[0, mirror(row, 3), mirror(column, 4)]]);
        let inside = (0..3).contains(&row) && (0..4).contains(&column);
        assert_eq!(patch.weights[[0, y, x]], if inside { 1.0 } else { 0.0 });
        assert_eq!(patch.targets[[0, y, x]], if inside { value } else { 0.0 });
    }
}

#[test]
fn an_image_smaller_than_the_patch_keeps_every_label() {
    let planes = noise((1, 5, 7), 6);
    let sample = mirrored_sample(planes);
    for seed in 0..50 {
        let patch = sampler(16, 1, Augmentation::none()).draw(&sample, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(patch.weights.sum(), 35.0);
    }
}

#[test]
fn patches_are_drawn_where_labels_count() {
    let weights = Array3::from_shape_fn((1, 200, 200), |(_, y, x)| {
        if (90..122).contains(&y) && (10..42).contains(&x) { 2.0 } else { 0.0 }
    });
    let sample = Sample::new(Raster::from_planes(weights.view()), weights.clone(), weights).unwrap();
    for seed in 0..50 {
        let patch = sampler(32, 1, Augmentation::none()).draw(&sample, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(patch.weights.sum(), 2048.0);
    }
}

#[test]
fn a_linear_ramp_stays_linear() {
    let ramp = Array3::from_shape_fn((1, 60, 60), |(_, y, x)| 2.0 + 0.03 * y as f32 - 0.01 * x as f32);
    let sample = mirrored_sample(ramp);
    for (scale, rotation) in [(1.25, 0.2), (0.8, -0.26), (2.0, 1.0), (0.5, 0.1)] {
        let placement = Placement { scale, rotation, corner: [22, 22], flips: [true, false], turns: 1 };
        let patch = cut(&sample, 16, placement);
        let map = placement.map(16);
        for ((_, y, x), &value) in patch.image.indexed_iter() {
            let [row, column] = map.at(y as f64, x as f64);
            let expected = 2.0 + 0.03 * row - 0.01 * column;
            assert!((f64::from(value) - expected).abs() < 2e-6, "{value} {expected} {placement:?}");
        }
    }
}

#[test]
fn zooming_out_does_not_alias() {
    let stripes = Array3::from_shape_fn((1, 64, 64), |(_, _, x)| (x % 2) as f32);
    let patch = cut(&mirrored_sample(stripes), 24, Placement { scale: 0.5, corner: [20, 20], ..IDENTITY });
    assert!(patch.image.iter().all(|v| (v - 0.5).abs() < 1e-6), "the stripes become their mean");
}

#[test]
fn the_same_generator_draws_the_same_patches() {
    let sample = mirrored_sample(noise((3, 50, 40), 7));
    let sampler = sampler(16, 3, Augmentation::default());
    let draw = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        batch(&[sampler.draw(&sample, &mut rng), sampler.draw(&sample, &mut rng)])
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let Batch { images, .. } = draw(1);
    assert_ne!(images.index_axis(Axis(0), 0), images.index_axis(Axis(0), 1));
}

#[test]
fn switching_one_kind_off_leaves_the_others_as_they_were() {
    let sample = mirrored_sample(noise((1, 64, 64), 8));
    let draw = |options: AugmentationOptions| {
        sampler(16, 1, options.check().unwrap()).draw(&sample, &mut ChaCha8Rng::seed_from_u64(3))
    };
    let still = AugmentationOptions { rotate: 0.0, scale: [1.0, 1.0], ..Default::default() };
    let plain = draw(AugmentationOptions { colour: 0.0, ..still });
    assert_eq!(draw(still).targets, plain.targets);
    assert_ne!(draw(still).image, plain.image);
}

proptest! {
    #[test]
    fn exclusive_classes_keep_their_sum(placement in placements(), seed: u64) {
        let mut targets = noise((4, 24, 30), seed);
        for mut pixel in targets.lanes_mut(Axis(0)) {
            let sum = pixel.sum();
            pixel.mapv_inplace(|p| p / sum);
        }
        let weights = noise((1, 24, 30), seed ^ 1).mapv(|w| if w < 0.3 { 0.0 } else { 5.0 * w });
        let sample = Sample::new(Raster::from_planes(noise((1, 24, 30), 0).view()), targets, weights).unwrap();
        let patch = cut(&sample, 16, placement);
        for (pixel, &weight) in patch.targets.lanes(Axis(0)).into_iter().zip(patch.weights.iter()) {
            prop_assert!((0.0..=5.0).contains(&weight));
            let expected = if weight > 0.0 { 1.0 } else { 0.0 };
            prop_assert!((pixel.iter().map(|&p| f64::from(p)).sum::<f64>() - expected).abs() < 1e-6);
            prop_assert!(pixel.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }

    #[test]
    fn a_constant_label_stays_constant(placement in placements(), p in 0.0..=1.0_f32, w in 0.01..9.0_f32) {
        let constant = |value| Array3::from_elem((1, 24, 30), value);
        let sample = Sample::new(Raster::from_planes(constant(p).view()), constant(p), constant(w)).unwrap();
        let patch = cut(&sample, 16, placement);
        prop_assert!(patch.targets.iter().zip(&patch.weights).all(|(t, weight)| *weight == 0.0 || *t == p));
        prop_assert!(patch.weights.iter().all(|weight| *weight <= w));
        let map = placement.map(16);
        let far_inside = |[row, column]: [f64; 2]| (4.0..19.0).contains(&row) && (4.0..25.0).contains(&column);
        for ((_, y, x), &weight) in patch.weights.indexed_iter() {
            prop_assert!(weight == w || !far_inside(map.at(y as f64, x as f64)));
        }
    }

    #[test]
    fn ignored_targets_never_leak(placement in placements(), seed: u64) {
        let weights = noise((2, 24, 30), seed).mapv(|w| if w < 0.6 { 0.0 } else { w });
        let mut targets = noise((2, 24, 30), seed ^ 1);
        let image = Raster::from_planes(noise((1, 24, 30), 0).view());
        let clean = Sample::new(image.clone(), targets.clone(), weights.clone()).unwrap();
        targets.iter_mut().zip(&weights).for_each(|(t, w)| if *w == 0.0 { *t = f32::NAN });
        let dirty = Sample::new(image, targets, weights).unwrap();
        prop_assert_eq!(cut(&clean, 16, placement), cut(&dirty, 16, placement));
    }

    #[test]
    fn image_and_label_stay_aligned(placement in placements(), seed: u64) {
        let patch = cut(&mirrored_sample(noise((3, 24, 30), seed)), 16, placement);
        for ((class, y, x), target) in patch.targets.indexed_iter() {
            let close = (target - patch.image[[class, y, x]]).abs() < 1e-6;
            prop_assert!(close || patch.weights[[0, y, x]] < 1.0);
        }
    }

    #[test]
    fn any_options_on_any_image_work(
        height in 1_usize..40, width in 1_usize..40, size in 1_usize..24, channels in 1_usize..6, seed: u64,
    ) {
        let sample = mirrored_sample(noise((channels, height, width), seed));
        let patch = sampler(size, channels, Augmentation::default()).draw(&sample, &mut ChaCha8Rng::seed_from_u64(seed));
        prop_assert!(patch.image.iter().all(|v| v.is_finite()));
        // An image smaller than the patch may lie in a corner of it, and be turned out.
        prop_assert!(patch.weights.sum() > 0.0 || height.min(width) < size);
    }
}

/// Labels of three raters of 20 x 26 pixels, who differ and each of whom has not seen some of it, with the label that
/// they make together: some of it ignored, some of it weighted.
fn three_raters(kind: Kind, classes: usize, seed: u64) -> (SoftLabels, Vec<SoftLabels>) {
    let states = if kind == Kind::Multiclass { classes } else { 2 };
    let space = LabelSpace::unnamed(kind, classes).unwrap();
    let masks: Vec<RaterMask> = (0..3)
        .map(|rater| {
            let chance = noise((kind.groups(classes), 20, 26), seed + rater);
            let marks = chance.mapv(|u| if u < 0.2 { UNSEEN } else { (u * 97.0) as u16 % states as u16 });
            RaterMask::new(&space, marks).unwrap()
        })
        .collect();
    let mut mean = scumble::fusion::mean(&space, &masks).unwrap();
    mean.ignore(noise((1, 20, 26), seed + 7).index_axis(Axis(0), 0).mapv(|u| u < 0.1).view()).unwrap();
    mean.weigh(noise((1, 20, 26), seed + 8).index_axis(Axis(0), 0)).unwrap();
    (mean, masks.iter().map(|mask| scumble::fusion::mean(&space, [mask]).unwrap()).collect())
}

/// Of the sum over a patch, not divided by anything.
fn gradient(kind: Kind, patch: &Patch) -> Array3<f32> {
    let logits = noise(patch.targets.dim(), 11).mapv(|u| 6.0 * u - 3.0);
    let batched = |maps: &Array3<f32>| maps.clone().insert_axis(Axis(0));
    let (logits, targets, weights) = (batched(&logits), batched(&patch.targets), batched(&patch.weights));
    let mask = weights.mapv(|w| w > 0.0);
    let options = LossOptions::default()
        .mask(mask.view())
        .weights(weights.view())
        .denominator(Denominator::None)
        .unchecked();
    let loss = if kind == Kind::Multiclass { LossKind::Softmax } else { LossKind::Sigmoid };
    loss_gradient(loss, logits.view(), targets.view(), &options).unwrap().1.remove_axis(Axis(0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The mean over all draws of a rater is the gradient of the mean of the raters.
    #[test]
    fn a_rater_drawn_has_the_gradient_of_their_mean(placement in placements(), seed in 0u64..1000, by_raters: bool) {
        for (kind, classes) in [(Kind::Binary, 1), (Kind::Multilabel, 3), (Kind::Multiclass, 4)] {
            let (mean, raters) = three_raters(kind, classes, seed);
            let image = Raster::from_planes(noise((1, 20, 26), seed).view());
            let drawn = Sample::of_raters(image.clone(), &mean, &raters, by_raters).unwrap();
            let weights = mean.effective_weights(by_raters);
            let soft = Sample::new(image, mean.probabilities().to_owned(), weights).unwrap();
            prop_assert_eq!(drawn.raters(), 3);
            let whole = cut(&soft, 16, placement);
            let parts: Vec<Patch> = (0..3).map(|rater| cut_rater(&drawn, rater, 16, placement)).collect();
            let average = parts.iter().map(|part| gradient(kind, part) / 3.0).reduce(|a, b| a + b).unwrap();
            let away = (&average - &gradient(kind, &whole)).iter().fold(0.0, |most: f32, d| most.max(d.abs()));
            prop_assert!(away < 2e-6, "{kind}: {away}");
            // So is what the weights sum to, in the mean.
            let weight: f32 = parts.iter().map(|part| part.weights.sum() / 3.0).sum();
            prop_assert!((weight - whole.weights.sum()).abs() <= 1e-5 * weight.max(1.0));
            prop_assert!(parts.iter().all(|part| part.image == whole.image));
        }
    }
}

#[test]
fn each_rater_is_drawn_and_only_hard_ones() {
    let (mean, raters) = three_raters(Kind::Binary, 1, 3);
    let image = Raster::from_planes(noise((1, 20, 26), 0).view());
    let sample = Sample::of_raters(image.clone(), &mean, &raters, true).unwrap();
    // A byte a mark, and a weight because the data have one.
    assert_eq!(sample.bytes() - image.bytes(), 20 * 26 * (3 + 4));
    let sampler = sampler(26, 1, Augmentation::none());
    let sums = |seed| sampler.draw(&sample, &mut ChaCha8Rng::seed_from_u64(seed)).targets.sum();
    let mut drawn: Vec<f32> = (0..30).map(sums).collect();
    drawn.sort_by(f32::total_cmp);
    drawn.dedup();
    assert_eq!(drawn.len(), 3, "{drawn:?}");
    let refused = |raters: &[SoftLabels]| Sample::of_raters(image.clone(), &mean, raters, true).unwrap_err();
    assert_eq!(refused(&[]), SampleError::NoRater);
    assert!(matches!(refused(std::slice::from_ref(&mean)), SampleError::SoftRater { rater: 0, .. }));
    assert!(matches!(refused(&three_raters(Kind::Multilabel, 2, 3).1), SampleError::Shape { .. }));
}
