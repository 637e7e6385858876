//! One image to its sums, in one pass over the pixels.

use super::levels::Levels;
use super::stripes::in_stripes;
use super::{Histogram, Tally};
use crate::labels::Kind;
use scumble_kernels::ln_of_positives;
use std::ops::Range;

/// Soft labels and predictions [K, pixels] of an image, with weights and validity [G, pixels].
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    pub(super) labels: &'a [f32],
    pub(super) prediction: &'a [f32],
    pub(super) weights: &'a [f32],
    pub(super) valid: &'a [bool],
}

/// Pixels at a time: what is kept of them stays in the fastest cache.
const BLOCK: usize = 512;

impl Tally {
    /// Adds one image. `into` is an empty tally of the same classes and options.
    pub(super) fn add_image(&mut self, pixels: Pixels<'_>) {
        let classes = self.classes.len();
        let empty = Self::new(self.kind(), classes, *self.options());
        let stripes = in_stripes(pixels.labels.len() / classes, |range| {
            let mut stripe = Stripe::new(empty.clone(), pixels);
            for start in range.clone().step_by(BLOCK) {
                stripe.add(start..(start + BLOCK).min(range.end));
            }
            (stripe.tally, stripe.levels)
        });
        let mut levels = vec![Levels::new(); classes];
        for (tally, more) in &stripes {
            self.add_times(tally, 1);
            levels.iter_mut().zip(more).for_each(|(levels, more)| levels.merge(more));
        }
        if self.options().full {
            for (class, levels) in self.classes.iter_mut().zip(&levels) {
                if let Some(score) = levels.score() {
                    class.levels.0 += score;
                    class.levels.1 += 1;
                }
            }
        }
    }
}

impl Histogram {
    /// Adds a class of one image, whose validity and weights are those of `group`.
    pub(super) fn add_image(&mut self, pixels: Pixels<'_>, class: usize, group: usize, size: usize) {
        let stripes = in_stripes(size, |range| {
            let mut histogram = Histogram::default();
            let plane = |at: usize| at * size + range.start..at * size + range.end;
            let pairs = pixels.labels[plane(class)].iter().zip(&pixels.prediction[plane(class)]);
            let weights = pixels.weights[plane(group)].iter().zip(&pixels.valid[plane(group)]);
            for ((&p, &q), (&w, _)) in pairs.zip(weights).filter(|(_, (_, valid))| **valid) {
                histogram.add(f64::from(p), f64::from(q), f64::from(w));
            }
            histogram
        });
        stripes.iter().for_each(|stripe| self.merge(stripe));
    }
}

/// The sums of a stripe, and what is needed to add a block of its pixels.
struct Stripe<'a> {
    pixels: Pixels<'a>,
    size: usize,
    tally: Tally,
    levels: Vec<Levels>,
    /// The valid pixels of a block, one class.
    kept: Vec<usize>,
    p: Vec<f64>,
    q: Vec<f64>,
    w: Vec<f64>,
    logs: Logs,
    exclusive: Exclusive,
}

impl<'a> Stripe<'a> {
    fn new(tally: Tally, pixels: Pixels<'a>) -> Self {
        let classes = tally.classes.len();
        let buffer = || Vec::with_capacity(BLOCK);
        Self {
            size: pixels.labels.len() / classes,
            pixels,
            levels: vec![Levels::new(); classes],
            tally,
            kept: Vec::with_capacity(BLOCK),
            p: buffer(),
            q: buffer(),
            w: buffer(),
            logs: Logs::default(),
            exclusive: Exclusive::default(),
        }
    }

    /// Adds the pixels of a block, class by class.
    fn add(&mut self, block: Range<usize>) {
        let exclusive = self.tally.kind() == Kind::Multiclass;
        for class in 0..self.tally.classes.len() {
            if class == 0 || !exclusive {
                self.keep(&block, if exclusive { 0 } else { class });
                if exclusive {
                    self.exclusive.begin(self.kept.len());
                }
            }
            self.gather(&block, class);
            self.logs.take(&self.p, &self.q, self.tally.options().resolution.edge());
            self.add_class(class);
        }
        if exclusive {
            self.exclusive.finish(&mut self.tally, &self.w);
        }
    }

    /// Which pixels of a block count, and their weights.
    fn keep(&mut self, block: &Range<usize>, group: usize) {
        let at = group * self.size + block.start..group * self.size + block.end;
        let valid = &self.pixels.valid[at.clone()];
        self.kept.clear();
        self.kept.extend((0..valid.len()).filter(|&i| valid[i]));
        let weights = &self.pixels.weights[at];
        self.w.clear();
        self.w.extend(self.kept.iter().map(|&i| f64::from(weights[i])));
    }

    fn gather(&mut self, block: &Range<usize>, class: usize) {
        let at = class * self.size + block.start..class * self.size + block.end;
        let gather = |from: &[f32], to: &mut Vec<f64>| {
            to.clear();
            to.extend(self.kept.iter().map(|&i| f64::from(from[i])));
        };
        gather(&self.pixels.labels[at.clone()], &mut self.p);
        gather(&self.pixels.prediction[at], &mut self.q);
    }

    fn add_class(&mut self, class: usize) {
        let options = *self.tally.options();
        let edge = options.resolution.edge();
        let exclusive = self.tally.kind() == Kind::Multiclass;
        let sums = &mut self.tally.classes[class];
        let logs = &self.logs;
        sums.proper.count += self.w.len() as u64;
        for (i, ((&p, &q), &w)) in self.p.iter().zip(&self.q).zip(&self.w).enumerate() {
            let (rest_p, rest_q) = (1.0 - p, 1.0 - q);
            sums.proper.clipped += u64::from((p > 0.0 && q < edge) | (rest_p > 0.0 && rest_q < edge));
            sums.proper.weight += w;
            sums.proper.cross_entropy -= w * (p * logs.q[i] + rest_p * logs.rest_q[i]);
            sums.proper.floor -= w * (p * logs.p[i] + rest_p * logs.rest_p[i]);
            sums.proper.brier += w * (q - p) * (q - p);
            sums.label += w * p;
            sums.overlap.add(p, q, w);
            sums.calibration.add(p, q, w);
        }
        if !options.full {
            if exclusive {
                self.exclusive.add(&self.p, &self.q, &self.logs, edge);
            }
            return;
        }
        let levels = &mut self.levels[class];
        for ((&p, &q), &w) in self.p.iter().zip(&self.q).zip(&self.w) {
            let (rest_p, rest_q) = (1.0 - p, 1.0 - q);
            let norms = (p * p + rest_p * rest_p, q * q + rest_q * rest_q);
            sums.proper.add_spherical(p * q + rest_p * rest_q, norms.0, norms.1, w);
            sums.squares.add(p, q, w);
            sums.decision.add(p, q, w, options.threshold);
        }
        for ((&p, &q), &w) in self.p.iter().zip(&self.q).zip(&self.w) {
            levels.add(p, q, w);
        }
        if exclusive {
            self.exclusive.add(&self.p, &self.q, &self.logs, edge);
        } else {
            for ((&p, &q), &w) in self.p.iter().zip(&self.q).zip(&self.w) {
                let (p, q) = if q >= 0.5 { (p, q) } else { (1.0 - p, 1.0 - q) };
                self.tally.top.add(p, q, w);
            }
        }
    }
}

/// Logarithms of a block: of prediction and label and of what is left to 1.
///
/// Where a factor is 0 its logarithm is finite, so that 0 ln 0 is 0.
#[derive(Default)]
struct Logs {
    p: Vec<f64>,
    rest_p: Vec<f64>,
    q: Vec<f64>,
    rest_q: Vec<f64>,
}

impl Logs {
    fn take(&mut self, p: &[f64], q: &[f64], edge: f64) {
        let log = |to: &mut Vec<f64>, from: &[f64], of: fn(f64) -> f64, least: f64| {
            to.clear();
            to.extend(from.iter().map(|&x| of(x).max(least)));
            ln_of_positives(to);
        };
        log(&mut self.p, p, |p| p, f64::MIN_POSITIVE);
        log(&mut self.rest_p, p, |p| 1.0 - p, f64::MIN_POSITIVE);
        log(&mut self.q, q, |q| q, edge);
        log(&mut self.rest_q, q, |q| 1.0 - q, edge);
    }
}

/// What exclusive classes have together, for each pixel of a block.
#[derive(Default)]
struct Exclusive {
    cost: Vec<f64>,
    floor: Vec<f64>,
    brier: Vec<f64>,
    dot: Vec<f64>,
    label: Vec<f64>,
    prediction: Vec<f64>,
    clipped: Vec<bool>,
    /// Prediction and label of the likeliest class so far.
    top: Vec<(f64, f64)>,
}

impl Exclusive {
    fn begin(&mut self, pixels: usize) {
        for sums in [
            &mut self.cost,
            &mut self.floor,
            &mut self.brier,
            &mut self.dot,
            &mut self.label,
            &mut self.prediction,
        ] {
            sums.clear();
            sums.resize(pixels, 0.0);
        }
        self.clipped.clear();
        self.clipped.resize(pixels, false);
        self.top.clear();
        self.top.resize(pixels, (-1.0, 0.0));
    }

    fn add(&mut self, p: &[f64], q: &[f64], logs: &Logs, edge: f64) {
        for (i, (&p, &q)) in p.iter().zip(q).enumerate() {
            self.cost[i] -= p * logs.q[i];
            self.floor[i] -= p * logs.p[i];
            self.brier[i] += (q - p) * (q - p);
            self.dot[i] += p * q;
            self.label[i] += p * p;
            self.prediction[i] += q * q;
            self.clipped[i] |= p > 0.0 && q < edge;
            if q > self.top[i].0 {
                self.top[i] = (q, p);
            }
        }
    }

    fn finish(&self, tally: &mut Tally, w: &[f64]) {
        let sums = &mut tally.exclusive;
        sums.count += w.len() as u64;
        for (i, &w) in w.iter().enumerate() {
            sums.clipped += u64::from(self.clipped[i]);
            sums.weight += w;
            sums.cross_entropy += w * self.cost[i];
            sums.floor += w * self.floor[i];
            sums.brier += w * self.brier[i];
            sums.add_spherical(self.dot[i], self.label[i], self.prediction[i], w);
            tally.top.add(self.top[i].1, self.top[i].0, w);
        }
    }
}
