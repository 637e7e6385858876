//! What chance alone makes of a calibration error, in simulation.

mod common;

use common::labels::space;
use ndarray::Array3;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use scumble::labels::{Kind, NO_RATERS, SoftLabels};
use scumble::score::{Binning, Groups, Judge, JudgeOptions, calibration_by_chance};

const PIXELS: usize = 300;

/// Calibration error and what of it is chance, of images that are found `bias` more often than predicted, some more and
/// some less often.
fn errors(seed: u64, images: usize, bias: f64, options: JudgeOptions) -> (f64, Option<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut all = Judge::new(&space(Kind::Binary, 1), options);
    let mut tallies = Vec::new();
    for _ in 0..images {
        let moved = 2.0 * uniform() - 1.0;
        let q = Array3::from_shape_simple_fn((1, 1, PIXELS), || uniform() as f32);
        let p = q.mapv(|q| {
            let q = f64::from(q);
            let c = q + 0.4 * moved * q * (1.0 - q) + bias * q * (1.0 - q);
            f32::from(u8::from(uniform() < c))
        });
        let mut judge = Judge::new(&space(Kind::Binary, 1), options);
        judge.add(&SoftLabels::new(Kind::Binary, p).unwrap(), q.view(), NO_RATERS).unwrap();
        all.merge(&judge);
        tallies.push(judge.tally().clone());
    }
    (all.scores().calibration_error.unwrap(), calibration_by_chance(&tallies, &Groups::each(images)))
}

/// Of predictions that are calibrated, all of the error is chance, whatever goes together within an image.
#[test]
fn the_error_of_what_is_calibrated_is_chance() {
    for images in [3, 10, 40] {
        let runs = 60;
        let found = (0..runs).map(|seed| errors(seed, images, 0.0, JudgeOptions::default()));
        let (error, chance) =
            found.fold((0.0, 0.0), |sum, (error, chance)| (sum.0 + error, sum.1 + chance.unwrap()));
        // A standard deviation of few images is estimated too low on average.
        let ratio = chance / error;
        assert!((if images == 3 { 0.8 } else { 0.93 }..1.05).contains(&ratio), "{images}: {ratio}");
    }
}

#[test]
fn a_true_error_is_more_than_chance() {
    let (error, chance) = errors(1, 40, 0.5, JudgeOptions::default());
    assert!(error > 4.0 * chance.unwrap(), "{error} {chance:?}");
}

#[test]
fn one_group_and_bins_of_each_image_tell_no_chance() {
    assert_eq!(errors(1, 1, 0.0, JudgeOptions::default()).1, None);
    let options = JudgeOptions { binning: Binning::EqualMass, ..JudgeOptions::default() };
    assert_eq!(errors(1, 5, 0.0, options).1, None);
}

/// Predictions that one image alone has: the whole gap may be chance.
#[test]
fn a_bin_of_one_image_is_all_chance() {
    let image = |q: f32| {
        let mut judge = Judge::new(&space(Kind::Binary, 1), JudgeOptions::default());
        let labels = SoftLabels::new(Kind::Binary, ndarray::array![[[1.0_f32]]]).unwrap();
        judge.add(&labels, ndarray::array![[[q]]].view(), NO_RATERS).unwrap();
        judge.tally().clone()
    };
    let chance = calibration_by_chance(&[image(0.2), image(0.9)], &Groups::each(2)).unwrap();
    assert!((chance - 0.45).abs() < 1e-6, "{chance}");
}
