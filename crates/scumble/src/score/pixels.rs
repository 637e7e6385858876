use scumble_kernels::ln_of_positives;
use std::ops::Range;

/// Soft labels and predictions [K, size] of an image, with weights and validity [G, size].
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    pub(super) labels: &'a [f32],
    pub(super) prediction: &'a [f32],
    pub(super) weights: &'a [f32],
    pub(super) valid: &'a [bool],
    pub(super) size: usize,
}

impl Pixels<'_> {
    /// Whether each class has validity and weights of its own.
    pub(super) fn by_class(&self) -> bool {
        self.valid.len() > self.size
    }

    /// The places of a range of pixels in the map of a class, and in those of its validity and weights.
    pub(super) fn places(&self, range: &Range<usize>, class: usize) -> (Range<usize>, Range<usize>) {
        let place = |map: usize| map * self.size + range.start..map * self.size + range.end;
        (place(class), place(if self.by_class() { class } else { 0 }))
    }
}

/// The valid pixels of a short range, one class at a time, with their logarithms.
#[derive(Default)]
pub(super) struct Block {
    kept: Vec<usize>,
    pub(super) labels: Vec<f64>,
    pub(super) prediction: Vec<f64>,
    pub(super) weights: Vec<f64>,
    pub(super) logs: Logs,
}

/// Logarithms of label and prediction, and of what is left of each to 1.
///
/// Where the number is 0 its logarithm is that of the least number that is believed, so that 0 ln 0 is 0.
#[derive(Default)]
pub(super) struct Logs {
    pub(super) label: Vec<f64>,
    pub(super) label_rest: Vec<f64>,
    pub(super) prediction: Vec<f64>,
    pub(super) prediction_rest: Vec<f64>,
}

impl Block {
    /// How many pixels count.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// (label, prediction, weight) of each.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let pairs = self.labels.iter().zip(&self.prediction);
        pairs.zip(&self.weights).map(|((&p, &q), &w)| (p, q, w))
    }

    /// Reads a class of a range. Which pixels count is found out for the first class, and for each if they
    /// differ.
    pub(super) fn read(&mut self, pixels: &Pixels<'_>, range: &Range<usize>, class: usize, edge: f64) {
        let (map, group) = pixels.places(range, class);
        if class == 0 || pixels.by_class() {
            let valid = &pixels.valid[group.clone()];
            self.kept.clear();
            self.kept.extend((0..valid.len()).filter(|&i| valid[i]));
            gather(&self.kept, &pixels.weights[group], &mut self.weights);
        }
        gather(&self.kept, &pixels.labels[map.clone()], &mut self.labels);
        gather(&self.kept, &pixels.prediction[map], &mut self.prediction);
        log(&self.labels, |p| p, f64::MIN_POSITIVE, &mut self.logs.label);
        log(&self.labels, |p| 1.0 - p, f64::MIN_POSITIVE, &mut self.logs.label_rest);
        log(&self.prediction, |q| q, edge, &mut self.logs.prediction);
        log(&self.prediction, |q| 1.0 - q, edge, &mut self.logs.prediction_rest);
    }
}

fn gather(kept: &[usize], from: &[f32], to: &mut Vec<f64>) {
    to.clear();
    to.extend(kept.iter().map(|&i| f64::from(from[i])));
}

fn log(from: &[f64], of: impl Fn(f64) -> f64, least: f64, to: &mut Vec<f64>) {
    to.clear();
    to.extend(from.iter().map(|&x| of(x).max(least)));
    ln_of_positives(to);
}
