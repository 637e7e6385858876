//! Every way in which an image enters, with what says nothing in it.

use super::{agrees, images, model, task, unet};
use scumble::labels::Kind;
use scumble_data::{Exposure, Normalisation, NormalisationMethod, Raster, SeenExposures};
use scumble_nn::Model;
use scumble_nn::network::Norm;

const METHODS: [NormalisationMethod; 5] = [
    NormalisationMethod::Dataset,
    NormalisationMethod::Image,
    NormalisationMethod::Percentile,
    NormalisationMethod::Both,
    NormalisationMethod::None,
];

/// A model of two channels that enters images so, and has seen exposures, or does not know which.
fn entering(method: NormalisationMethod, seen: bool, nodata: Option<f64>) -> Model {
    let exposure =
        |mean: [f64; 2], deviation: [f64; 2]| Exposure { mean: mean.to_vec(), deviation: deviation.to_vec() };
    let exposures = [exposure([0.3, 0.5], [0.1, 0.2]), exposure([0.6, 0.7], [0.3, 0.25])];
    let normalisation = Normalisation::new(vec![0.45, 0.6], vec![0.25, 0.24]).unwrap().with_method(method);
    let normalisation = normalisation.with_nodata(nodata);
    let normalisation =
        if seen { normalisation.with_seen(SeenExposures::of(&exposures)) } else { normalisation };
    let task = task(Kind::Multiclass, 3);
    model(task.clone(), unet(&task, 2, &[4, 6], Norm::Batch), normalisation)
}

/// The image with every sample changed.
fn changed(image: &Raster, mut change: impl FnMut(usize, f32) -> f32) -> Raster {
    let mut planes = image.to_unit();
    planes.iter_mut().enumerate().for_each(|(at, v)| *v = change(at, *v));
    Raster::from_planes(planes.view())
}

#[test]
fn every_method_at_every_exposure() {
    for method in METHODS {
        for seen in [true, false] {
            let model = entering(method, seen, None);
            let [plain, _] = &images(2, 2, (19, 14))[..] else { unreachable!() };
            let exposures = [(1.0, 0.0), (0.2, 0.1), (0.01, 0.9), (4.0, -1.0), (1.0, 2.0)];
            let exposed = exposures.map(|(gain, offset)| changed(plain, |_, v| gain * v + offset));
            agrees(&format!("{method} seen {seen}"), &model, &exposed);
        }
    }
}

#[test]
fn what_says_nothing_is_the_mean() {
    for method in METHODS {
        let model = entering(method, true, None);
        let [plain, _] = &images(2, 2, (19, 14))[..] else { unreachable!() };
        let holes = changed(plain, |at, v| match at % 17 {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => f32::NEG_INFINITY,
            _ => v,
        });
        // Of one channel nothing is known, or it has one grey; of another image nothing at all.
        let half = plain.to_unit().len() / 2;
        let empty_channel = changed(plain, |at, v| if at < half { f32::NAN } else { v });
        let one_grey = changed(plain, |at, v| if at < half { 0.1 } else { v });
        let nothing = changed(plain, |_, _| f32::NAN);
        agrees(&format!("{method} gaps"), &model, &[holes, empty_channel, one_grey, nothing]);
    }
}

#[test]
fn nodata_is_a_number_to_six_digits() {
    for nodata in [0.0, -9999.0, 1.0, f64::from(f32::MIN), f64::MIN] {
        for method in METHODS {
            let model = entering(method, true, Some(nodata));
            let [plain, _] = &images(2, 2, (9, 14))[..] else { unreachable!() };
            let holes = changed(plain, |at, v| match at % 5 {
                0 => nodata as f32,
                1 if nodata.abs() < 1e30 => (nodata * (1.0 + 1e-6)) as f32,
                _ => v,
            });
            agrees(&format!("{method} nodata {nodata:e}"), &model, &[holes]);
        }
    }
}

/// Units in which samples are tiny or huge.
#[test]
fn numbers_may_be_of_any_size() {
    for method in [NormalisationMethod::Image, NormalisationMethod::Percentile] {
        let model = entering(method, true, None);
        let [plain, _] = &images(2, 2, (19, 14))[..] else { unreachable!() };
        let units = [1e-30, 1e-22, 1e19, 1e30].map(|unit| changed(plain, |_, v| unit * v));
        agrees(&format!("{method} in other units"), &model, &units);
    }
}

/// Percentiles of more samples than are sorted are those of every second.
#[test]
fn a_large_image_enters_by_percentiles_of_some_samples() {
    let side: usize = 1100;
    let step = (side * side).div_ceil(Exposure::MEDIAN_SAMPLES);
    assert_eq!((step, side * side % step), (2, 0));
    let model = entering(NormalisationMethod::Percentile, true, None);
    // Those between have other numbers.
    let image = changed(&images(1, 2, (side, side))[0], |at, v| if at % step == 0 { v } else { 0.7 * v });
    agrees("percentile large", &model, &[image]);
}

/// The mean of a million samples that differ little.
#[test]
fn sums_over_a_large_image_lose_nothing() {
    for method in [NormalisationMethod::Image, NormalisationMethod::Both] {
        let image = changed(&images(1, 2, (1025, 1030))[0], |_, v| 0.9 + 0.01 * v);
        agrees(&format!("{method} large"), &entering(method, true, None), &[image]);
    }
}
