//! How sure the scores of a data set are.

use super::calibration::CalibrationBin;
use super::groups::Groups;
use super::jackknife::{Interval, Jackknife, LEVEL};
use super::named::score_names;
use super::scale::Scale;
use super::tally::Tally;
use serde::Serialize;
use std::collections::BTreeMap;

/// Intervals of a data set's scores by name; a score without one is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Intervals {
    /// Over all classes.
    pub all: BTreeMap<&'static str, Interval>,
    /// Of each class, in class order.
    pub classes: Vec<BTreeMap<&'static str, Interval>>,
}

/// 95 % intervals by the [`Jackknife`] over groups of images, of every score that follows from the images' sums: of all [named
/// scores](score_names) but those that count predictions finely (curves, bins of equal mass).
///
/// `None` with fewer than two groups.
///
/// ```
/// use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
/// use scumble::score::{Groups, Judge, JudgeOptions, intervals};
///
/// let water = LabelSpace::new(Kind::Binary, ["water"])?;
/// let labels = SoftLabels::new(Kind::Binary, ndarray::array![[[0.25, 0.75]]])?;
/// let mut images = Vec::new();
/// for prediction in [0.3_f32, 0.4, 0.6] {
///     let mut judge = Judge::new(&water, JudgeOptions::default());
///     judge.add(&labels, ndarray::array![[[prediction, 0.75]]].view(), NO_RATERS)?;
///     images.push(judge.tally().clone());
/// }
/// let found = intervals(&images, &Groups::each(3)).unwrap();
/// assert!(found.all["bias"].low < 0.08 && found.all["bias"].high > 0.12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// Tallies of different labels, groups of another number of images.
pub fn intervals(images: &[Tally], groups: &Groups) -> Option<Intervals> {
    assert_eq!(images.len(), groups.images(), "the groups are those of the images");
    if groups.count() < 2 {
        return None;
    }
    let found = Jackknife::each(groups, |times| {
        let scores = Tally::drawn(images, times).expect("there is an image").scores();
        let of_classes = scores
            .classes
            .iter()
            .flat_map(|class| score_names().iter().map(|score| (score.base_of_class)(class)));
        score_names().iter().map(|score| (score.base)(&scores)).chain(of_classes).collect()
    });
    let mut rows = found.chunks(score_names().len()).map(|row| {
        let named = score_names().iter().zip(row);
        named
            .filter_map(|(score, jackknife)| {
                Some((score.name, jackknife.as_ref()?.interval(score.scale, LEVEL)?))
            })
            .collect()
    });
    Some(Intervals { all: rows.next().unwrap_or_default(), classes: rows.collect() })
}

/// 95 % intervals of the mean label in each bin of a data set's reliability diagram, from the same bins of its images.
///
/// `None` where images of fewer than two groups have a pixel in the bin, and where an image's bins have other ranges: bins of
/// equal mass are each image's own, so their sums are not those of the data set's bins, which are made over all
/// images.
pub fn reliability_intervals(
    bins: &[CalibrationBin],
    images: &[&[CalibrationBin]],
    groups: &Groups,
) -> Vec<Option<Interval>> {
    let interval = |(at, bin): (usize, &CalibrationBin)| {
        let parts: Option<Vec<&CalibrationBin>> = images.iter().map(|image| image.get(at)).collect();
        let parts = parts?;
        let same = |part: &&CalibrationBin| (part.from, part.to) == (bin.from, bin.to);
        if !parts.iter().all(same) {
            return None;
        }
        let found = Jackknife::of(groups, |times| {
            let sum = |of: fn(&CalibrationBin) -> f64| -> f64 {
                parts.iter().zip(times).map(|(part, times)| of(part) * f64::from(*times)).sum()
            };
            let weight = sum(|part| part.weight);
            (weight > 0.0).then(|| sum(|part| part.observed) / weight)
        });
        found?.interval(Scale::Share, LEVEL)
    };
    bins.iter().enumerate().map(interval).collect()
}
