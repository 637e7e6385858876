//! How much of a calibration error chance alone would make.

use super::binning::Binning;
use super::calibration::{Calibration, CalibrationBin};
use super::groups::Groups;
use super::jackknife::Jackknife;
use super::means::mean;
use super::tally::Tally;
use std::f64::consts::FRAC_2_PI;

/// The expected calibration error that predictions without any would show on so few images, mean over the classes.
///
/// The gap of a bin is the mean of what is found there, and without bias; but its absolute value is not: of a bin of few
/// images it is some sizes of chance above 0 whatever is predicted (Broecker 2012; Kumar et al. 2019). With a standard error
/// e of the gap, from the [`Jackknife`] over groups, that is e sqrt(2/pi) on average. Where one group alone has pixels in
/// a bin, nothing tells its gap from chance, and all of it is counted.
///
/// `None` with fewer than two groups, without a pixel, and for bins of equal mass, which are not the same in all images.
///
/// # Panics
/// Tallies of different labels or bins, groups of another number of images.
pub fn calibration_by_chance(images: &[Tally], groups: &Groups) -> Option<f64> {
    assert_eq!(images.len(), groups.images(), "the groups are those of the images");
    let first = images.first().filter(|_| groups.count() > 1)?;
    if first.options().binning == Binning::EqualMass {
        return None;
    }
    mean((0..first.classes.len()).map(|class| {
        let each: Vec<&Calibration> = images.iter().map(|image| &image.classes[class].calibration).collect();
        by_chance(&each, groups)
    }))
}

/// Of one class.
fn by_chance(images: &[&Calibration], groups: &Groups) -> Option<f64> {
    let bins = |times: &[u32]| {
        let (first, _) = images.split_first().expect("there is an image");
        let mut sum = first.emptied();
        images.iter().zip(times).for_each(|(image, times)| sum.add_times(image, f64::from(*times)));
        sum.bins()
    };
    let gap = |bin: &CalibrationBin| (bin.weight > 0.0).then(|| (bin.predicted - bin.observed) / bin.weight);
    let errors = Jackknife::each(groups, |times| bins(times).iter().map(gap).collect());
    let whole = bins(&vec![1; images.len()]);
    let total: f64 = whole.iter().map(|bin| bin.weight).sum();
    let parts = whole.iter().zip(errors).filter_map(|(bin, error)| {
        let error = error.and_then(|error| error.standard_error());
        Some(bin.weight * error.map_or(gap(bin)?.abs(), |error| FRAC_2_PI.sqrt() * error))
    });
    let sum: f64 = parts.sum();
    (total > 0.0).then(|| sum / total)
}
