//! The reliability diagram of a class, with intervals over the images.

use super::quantity::Unit;
use super::words::percent;
use crate::judge::Judgement;
use scumble::score::{CalibrationBin, Interval, reliability_intervals};

/// Predictions within a range of probabilities, and what the labels say of those pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) to: f64,
    /// Share of all pixels, by weight.
    pub(super) share: f64,
    /// Mean prediction.
    pub(super) predicted: f64,
    /// Mean label.
    pub(super) observed: f64,
    /// Of the mean label, had other images been judged.
    pub(super) interval: Option<Interval>,
}

impl Bin {
    pub(super) fn in_words(&self) -> String {
        let probability = |value| Unit::Probability.words(value);
        let interval = self
            .interval
            .map_or(String::new(), |interval| format!(" ({})", Unit::Probability.interval(&interval)));
        format!(
            "predicted {} on average, found {}{interval}; {} of the pixels",
            probability(self.predicted),
            probability(self.observed),
            percent(self.share)
        )
    }
}

/// More bins than this have no intervals: nobody could see them.
const MANY: usize = 100;

/// The bins of one class that hold any pixel.
pub(super) fn bins(class: usize, judgement: &Judgement) -> Vec<Bin> {
    let bins = &judgement.all.classes[class].reliability;
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    let images: Vec<&[CalibrationBin]> =
        judgement.images.iter().map(|(_, scores)| &scores.classes[class].reliability[..]).collect();
    let intervals = match bins.len() {
        ..=MANY => reliability_intervals(bins, &images, &judgement.in_groups()),
        _ => vec![None; bins.len()],
    };
    let held = bins.iter().zip(intervals).filter(|(bin, _)| bin.weight > 0.0);
    held.map(|(bin, interval)| Bin {
        from: bin.from,
        to: bin.to,
        share: bin.weight / total,
        predicted: bin.predicted / bin.weight,
        observed: bin.observed / bin.weight,
        interval,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use scumble::labels::{Kind, LabelSpace, NO_RATERS, SoftLabels};
    use scumble::score::{Binning, Judge, JudgeOptions};

    #[test]
    fn bins_say_what_was_predicted_and_found() {
        let space = LabelSpace::new(Kind::Binary, ["a"]).unwrap();
        let new = || Judge::new(&space, JudgeOptions::default());
        let mut all = new();
        let mut images = Vec::new();
        for (id, p) in [("x", 0.25f32), ("y", 0.75)] {
            let labels = SoftLabels::new(Kind::Binary, array![[[p, 0.0]]]).unwrap();
            let mut judge = new();
            judge.add(&labels, array![[[0.7, 0.0]]].view(), NO_RATERS).unwrap();
            all.merge(&judge);
            images.push((id.to_string(), judge.scores()));
        }
        let images: Vec<_> = images.iter().map(|(id, scores)| (id.as_str(), scores.clone())).collect();
        let bins = bins(0, &Judgement::of(Kind::Binary, all.scores(), &images));
        assert_eq!(bins.len(), 2);
        let upper = bins[1];
        assert!(upper.from < 0.7 && 0.7 < upper.to);
        assert_eq!((upper.share, upper.observed), (0.5, 0.5));
        assert!((upper.predicted - 0.7).abs() < 1e-7);
        // Of two images hardly anything is known.
        let interval = upper.interval.unwrap();
        assert!(interval.low < 0.05 && interval.high > 0.95, "{interval:?}");
    }

    #[test]
    fn bins_of_equal_mass_have_their_own_ranges() {
        let space = LabelSpace::new(Kind::Binary, ["a"]).unwrap();
        let options = JudgeOptions { bins: 2, binning: Binning::EqualMass, ..JudgeOptions::default() };
        let mut all = Judge::new(&space, options);
        let mut images = Vec::new();
        for (id, q) in [("x", array![[[0.01f32, 0.02, 0.03, 0.9]]]), ("y", array![[[0.01, 0.02, 0.8, 0.9]]])]
        {
            let mut judge = Judge::new(&space, options);
            judge.add(&SoftLabels::new(Kind::Binary, q.clone()).unwrap(), q.view(), NO_RATERS).unwrap();
            all.merge(&judge);
            images.push((id, judge.scores()));
        }
        let bins = bins(0, &Judgement::of(Kind::Binary, all.scores(), &images));
        assert_eq!(bins.iter().map(|bin| bin.share).collect::<Vec<_>>(), [0.5, 0.5]);
        assert_eq!((bins[0].from, bins[0].to, bins[1].to), (0.0, bins[1].from, 1.0));
        assert!((0.02..0.03).contains(&bins[0].to), "{}", bins[0].to);
        // The first image's upper half begins at 0.03, too, but the second's at 0.8.
        assert_eq!(bins[1].interval, None);
    }
}
