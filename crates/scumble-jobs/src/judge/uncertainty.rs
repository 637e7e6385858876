//! Whether the predictions know where they err: by pixel and by image.

use scumble::score::{Groups, Interval, Jackknife, RiskCoverageScore, RiskPoint, Scale};
use serde::Serialize;
use std::collections::BTreeMap;

/// What the risk is where only the surest decisions count. The scores by pixel are among the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedUncertainty {
    /// The curve over all pixels, from the surest on.
    pub points: Vec<RiskPoint>,
    /// The same of whole images, each counted once: ordered by their mean confidence, each with its mean risk.
    pub by_image: Option<RiskCoverageScore>,
    /// The 95 % intervals of its `risk`, `aurc` and `excess_aurc` over groups of images.
    pub by_image_intervals: BTreeMap<&'static str, Interval>,
    /// The surest first.
    pub images: Vec<ImageRisk>,
}

/// An image on its place in the order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageRisk {
    /// Its name.
    pub image: String,
    /// The mean probability of what is decided at its pixels.
    pub confidence: f64,
    /// The mean share of raters who say something else.
    pub risk: f64,
}

impl JudgedUncertainty {
    /// From the curve, and each image that has a pixel with what its group is called.
    pub(super) fn new<'g>(
        points: Vec<RiskPoint>,
        images: impl Iterator<Item = (ImageRisk, &'g String)>,
    ) -> Self {
        let (mut images, groups): (Vec<ImageRisk>, Vec<&String>) = images.unzip();
        let pairs: Vec<(f64, f64)> = images.iter().map(|image| (image.confidence, image.risk)).collect();
        let by_image_intervals = intervals(&pairs, &Groups::of(groups));
        images.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        Self { points, by_image: RiskCoverageScore::of_images(&pairs), by_image_intervals, images }
    }
}

/// By the jackknife over groups of images.
fn intervals(images: &[(f64, f64)], groups: &Groups) -> BTreeMap<&'static str, Interval> {
    let found = Jackknife::each(groups, |times| {
        let kept = images.iter().zip(times).filter(|(_, times)| **times > 0);
        let kept: Vec<(f64, f64)> = kept.map(|(image, _)| *image).collect();
        let score = RiskCoverageScore::of_images(&kept);
        vec![score.map(|s| s.risk), score.map(|s| s.aurc), score.map(|s| s.excess_aurc)]
    });
    let named = [("risk", Scale::Positive), ("aurc", Scale::Positive), ("excess_aurc", Scale::Error)];
    let named = named.into_iter().zip(found);
    named.filter_map(|((name, scale), jackknife)| Some((name, jackknife?.interval(scale, 0.95)?))).collect()
}
