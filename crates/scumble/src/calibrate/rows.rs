//! The pixels of all images side by side, a row a question.

use super::CalibrationPixels;
use crate::labels::Kind;
use std::ops::Range;

/// Questions with one answer each, side by side: logits and labels [N, K], weights [N]. K = 1 is a sigmoid's
/// question, more are a softmax's.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) classes: usize,
    pub(super) logits: Vec<f32>,
    pub(super) labels: Vec<f32>,
    pub(super) weights: Vec<f32>,
}

impl Rows {
    /// The pixels of exclusive classes, as they are.
    pub(super) fn exclusive(images: &[&CalibrationPixels]) -> Self {
        let join = |of: fn(&CalibrationPixels) -> &Vec<f32>| {
            images.iter().flat_map(|image| of(image)).copied().collect()
        };
        let classes = images.first().map_or(0, |image| image.classes);
        Self {
            classes,
            logits: join(|image| &image.logits),
            labels: join(|image| &image.labels),
            weights: join(|image| &image.weights),
        }
    }

    /// The elements of some classes, each against its rest; those that do not count are left out.
    pub(super) fn independent(images: &[&CalibrationPixels], classes: Range<usize>) -> Self {
        let mut rows = Self { classes: 1, logits: Vec::new(), labels: Vec::new(), weights: Vec::new() };
        for image in images {
            let groups = image.kind.groups(image.classes);
            for pixel in 0..image.len() {
                for class in classes.clone() {
                    let group = if image.kind == Kind::Multilabel { class } else { 0 };
                    let weight = image.weights[pixel * groups + group];
                    if weight > 0.0 {
                        rows.logits.push(image.logits[pixel * image.classes + class]);
                        rows.labels.push(image.labels[pixel * image.classes + class]);
                        rows.weights.push(weight);
                    }
                }
            }
        }
        rows
    }

    /// The sum of weights.
    pub(super) fn weight(&self) -> f64 {
        self.weights.iter().map(|&w| f64::from(w)).sum()
    }
}
