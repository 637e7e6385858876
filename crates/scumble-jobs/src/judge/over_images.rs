//! Means over images, and how sure scores of images are.

use scumble::score::{Groups, Interval, Jackknife, Scale};

/// The mean of some values; `None` of none.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

/// The 95 % interval of a score of images, each with the name of its group, by the jackknife over the groups.
pub(super) fn interval<T: Sync>(
    images: &[(&str, T)],
    scale: Scale,
    score: impl Fn(&mut dyn Iterator<Item = &T>) -> Option<f64> + Sync,
) -> Option<Interval> {
    let groups = Groups::of(images.iter().map(|(group, _)| *group));
    let jackknife = Jackknife::of(&groups, |times| {
        score(&mut images.iter().zip(times).filter(|(_, times)| **times > 0).map(|((_, image), _)| image))
    });
    jackknife?.interval(scale, 0.95)
}

/// The same of a mean over the images that have a value.
pub(super) fn mean_interval(images: &[(&str, Option<f64>)], scale: Scale) -> Option<Interval> {
    interval(images, scale, |kept| mean(kept.copied().flatten()))
}
