//! Whether the predictions know where they err: by pixel and by image.

use scumble::score::{RiskCoverageScore, RiskPoint};
use serde::Serialize;

/// What the risk is where only the surest decisions count. The scores by pixel are among the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedUncertainty {
    /// The curve over all pixels, from the surest on.
    pub points: Vec<RiskPoint>,
    /// The same of whole images, each counted once: ordered by their mean confidence, each with its mean risk.
    pub by_image: Option<RiskCoverageScore>,
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
    /// From the curve, and (name, confidence and risk) of each image that has a pixel.
    pub(super) fn new(points: Vec<RiskPoint>, images: impl Iterator<Item = (String, (f64, f64))>) -> Self {
        let mut images: Vec<ImageRisk> =
            images.map(|(image, (confidence, risk))| ImageRisk { image, confidence, risk }).collect();
        let pairs: Vec<(f64, f64)> = images.iter().map(|image| (image.confidence, image.risk)).collect();
        images.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        Self { points, by_image: RiskCoverageScore::of_images(&pairs), images }
    }
}
