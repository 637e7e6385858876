//! The reliability diagram of a class, with intervals over the images.

use super::words::percent;
use crate::judge::Judgement;
use scumble::score::{Bootstrap, CalibrationBin, Interval};

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
    /// Of the mean label, had other images been judgement.
    pub(super) interval: Option<Interval>,
}

impl Bin {
    pub(super) fn in_words(&self) -> String {
        let interval = self.interval.map_or(String::new(), |interval| {
            format!(" (95 % interval {} to {})", percent(interval.low), percent(interval.high))
        });
        format!(
            "predicted {} on average, found {}{interval}; {} of the pixels",
            percent(self.predicted),
            percent(self.observed),
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
    // Some conventions have one more bin, for 1 alone.
    let edge = |i: usize| (i as f64 / judgement.scoring.bins as f64).min(1.0);
    let held = bins.iter().enumerate().filter(|(_, bin)| bin.weight > 0.0);
    held.map(|(i, bin)| {
        let parts: Vec<CalibrationBin> =
            judgement.images.iter().map(|(_, scores)| scores.classes[class].reliability[i]).collect();
        Bin {
            from: edge(i),
            to: edge(i + 1),
            share: bin.weight / total,
            predicted: bin.predicted / bin.weight,
            observed: bin.observed / bin.weight,
            interval: if bins.len() > MANY { None } else { interval(&parts) },
        }
    })
    .collect()
}

/// The interval of a bin's mean label, from its parts of each image; none where fewer than two images have a part.
fn interval(parts: &[CalibrationBin]) -> Option<Interval> {
    if parts.iter().filter(|part| part.weight > 0.0).count() < 2 {
        return None;
    }
    Bootstrap::default().interval(parts.len(), |times| {
        let sum = |of: fn(&CalibrationBin) -> f64| -> f64 {
            parts.iter().zip(times).map(|(part, times)| of(part) * f64::from(*times)).sum()
        };
        let weight = sum(|part| part.weight);
        (weight > 0.0).then(|| sum(|part| part.observed) / weight)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use scumble::labels::{Kind, SoftLabels};
    use scumble::score::{Judge, Resolution};

    #[test]
    fn bins_say_what_was_predicted_and_found() {
        let names = ["a".to_string()];
        let new = || Judge::new(Kind::Binary, &names, Resolution::FLOAT, true);
        let mut all = new();
        let mut images = Vec::new();
        for (id, p) in [("x", 0.25f32), ("y", 0.75)] {
            let labels = SoftLabels::new(Kind::Binary, array![[[p, 0.0]]]).unwrap();
            let mut judge = new();
            judge.add(&labels, array![[[0.7, 0.0]]].view(), &[]).unwrap();
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
        assert_eq!(upper.interval, Some(Interval { low: 0.25, high: 0.75 }));
    }

    #[test]
    fn one_image_has_no_interval() {
        let part = CalibrationBin { weight: 3.0, predicted: 1.0, observed: 2.0 };
        assert_eq!(interval(&[part, CalibrationBin::default(), CalibrationBin::default()]), None);
    }
}
