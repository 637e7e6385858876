//! One image to its sums, in one pass over the pixels.

use super::consensus::Votes;
use super::correlation::Correlation;
use super::exclusive::Exclusive;
use super::histogram::Histogram;
use super::image::{Chunk, Image, Logs, in_stripes};
use super::levels::Levels;
use super::options::JudgeOptions;
use super::proper::{Proper, raised};
use super::risk_coverage::RiskCoverage;
use super::tally::{ClassTally, Tally};
use crate::labels::Kind;
use scumble_kernels::Real;
use std::ops::Range;

/// Pixels at a time: what is kept of them stays in the fastest cache.
const CHUNK: usize = 512;

impl Tally {
    /// Adds some rows of an image; what has a meaning for the whole image alone goes to `whole`.
    pub(super) fn add_rows<R: Real>(&mut self, image: Image<'_, R>, whole: &mut OfImage) {
        let empty = Self::new(self.space(), *self.options());
        let stripes = in_stripes(image.size, |range| {
            let mut stripe = Stripe {
                tally: empty.clone(),
                whole: OfImage::new(empty.classes.len(), self.options()),
                chunk: Chunk::default(),
                exclusive: Exclusive::default(),
            };
            for start in range.clone().step_by(CHUNK) {
                stripe.add(&image, &(start..(start + CHUNK).min(range.end)));
            }
            (stripe.tally, stripe.whole)
        });
        let mut tally = empty.clone();
        for (part, of_image) in &stripes {
            tally.add_times(part, 1);
            whole.merge(of_image);
        }
        if image.votes.is_none() {
            tally.exclusive_consensus.nobody_counted(&tally.exclusive);
            tally.classes.iter_mut().for_each(|class| class.consensus.nobody_counted(&class.proper));
        }
        self.add_times(&tally, 1);
    }
}

/// What has a meaning for a whole image alone.
#[derive(Debug, Clone)]
pub(super) struct OfImage {
    levels: Vec<Levels>,
    /// Of the entropies, of each class and of exclusive ones together.
    correlations: Vec<Correlation>,
    exclusive: Correlation,
    /// If uncertainty is asked for.
    risk: Option<RiskCoverage>,
}

impl OfImage {
    pub(super) fn new(classes: usize, options: &JudgeOptions) -> Self {
        Self {
            levels: vec![Levels::new(); classes],
            correlations: vec![Correlation::new(); classes],
            exclusive: Correlation::new(),
            risk: options.uncertainty().then(RiskCoverage::default),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.levels.iter_mut().zip(&other.levels).for_each(|(a, b)| a.merge(b));
        self.correlations.iter_mut().zip(&other.correlations).for_each(|(a, b)| a.merge(b));
        self.exclusive.merge(&other.exclusive);
        if let (Some(risk), Some(more)) = (&mut self.risk, &other.risk) {
            risk.merge(more);
        }
    }

    /// Adds the image's scores; how sure its decisions are and their risk go to `risk`, if uncertainty is asked for.
    pub(super) fn finish(&self, tally: &mut Tally, risk: Option<&mut RiskCoverage>) {
        let sums = self.levels.iter().zip(&self.correlations);
        for (class, (levels, correlation)) in tally.classes.iter_mut().zip(sums) {
            levels.score().into_iter().for_each(|score| class.levels.add(score));
            levels.curvas().into_iter().for_each(|score| class.curvas.add(score));
            correlation.value().into_iter().for_each(|value| class.correlation.add(value));
        }
        self.exclusive.value().into_iter().for_each(|value| tally.exclusive_correlation.add(value));
        if let (Some(risk), Some(more)) = (risk, &self.risk) {
            risk.merge(more);
        }
    }
}

impl Histogram {
    /// Adds a class of some rows of an image.
    pub(super) fn add_rows<R: Real>(&mut self, image: Image<'_, R>, class: usize) {
        let stripes = in_stripes(image.size, |range| {
            let mut histogram = Histogram::default();
            let (map, group) = image.places(&range, class);
            let pairs = image.labels[map.clone()].iter().zip(&image.prediction[map]);
            let weights = image.weights[group.clone()].iter().zip(&image.valid[group]);
            for ((&p, &q), (&w, _)) in pairs.zip(weights).filter(|(_, (_, valid))| **valid) {
                histogram.add(f64::from(p), q.to_f64(), f64::from(w));
            }
            histogram
        });
        stripes.iter().for_each(|stripe| self.merge(stripe));
    }
}

/// The sums of a stripe, and what is needed to add a chunk of its pixels.
struct Stripe {
    tally: Tally,
    whole: OfImage,
    chunk: Chunk,
    exclusive: Exclusive,
}

impl Stripe {
    /// Adds the pixels of a chunk, class by class.
    fn add<R: Real>(&mut self, image: &Image<'_, R>, range: &Range<usize>) {
        let options = *self.tally.options();
        let edge = options.resolution.edge();
        let exclusive = self.tally.space().kind() == Kind::Multiclass;
        let OfImage { levels, correlations, exclusive: correlation, risk } = &mut self.whole;
        for (k, class) in self.tally.classes.iter_mut().enumerate() {
            self.chunk.read(image, range, k, edge);
            class.add(&self.chunk, edge);
            class.add_truth(&self.chunk);
            if options.all() {
                class.add_rest(&self.chunk, &options);
                class.add_consensus(&self.chunk, edge);
                self.chunk.iter().for_each(|(p, q, w)| levels[k].add(p, q, w));
            }
            if risk.is_some() {
                add_entropies(&self.chunk, &mut correlations[k]);
            }
            if exclusive {
                if k == 0 {
                    self.exclusive.begin(&self.chunk);
                }
                self.exclusive.add(&self.chunk, edge);
                if risk.is_some() {
                    self.exclusive.add_entropy(&self.chunk);
                }
            } else if options.all() {
                for (p, q, w) in self.chunk.iter() {
                    // The likelier side, without a branch that nobody can foresee; exact for f32, for f64 but for its
                    // last bit.
                    let other = f64::from(u8::from(q < 0.5));
                    self.tally.top.add(p + other * (1.0 - 2.0 * p), q + other * (1.0 - 2.0 * q), w);
                }
                if let Some(risk) = risk {
                    for (p, q, w) in self.chunk.iter() {
                        let (p, q) = if q < 0.5 { (1.0 - p, 1.0 - q) } else { (p, q) };
                        risk.add(p, q, w);
                    }
                }
            }
        }
        if exclusive {
            self.exclusive.finish(&self.chunk.weights, &mut self.tally);
            if let Some(risk) = risk {
                self.exclusive.finish_uncertainty(&self.chunk.weights, correlation, risk);
            }
        }
    }
}

/// The entropies of prediction and label at each pixel, of a class against the rest.
fn add_entropies(chunk: &Chunk, correlation: &mut Correlation) {
    let Logs { label, label_rest, prediction, prediction_rest } = &chunk.logs;
    for (i, (p, q, w)) in chunk.iter().enumerate() {
        let entropy = |x: f64, log: f64, log_rest: f64| -(x * log + (1.0 - x) * log_rest);
        let prediction = entropy(q, prediction[i], prediction_rest[i]);
        correlation.add([prediction, entropy(p, label[i], label_rest[i])], w);
    }
}

impl ClassTally {
    /// The scores that training looks at: [`Proper::add_binary`], vectorised, and its company.
    fn add(&mut self, chunk: &Chunk, edge: f64) {
        self.proper.count += chunk.len() as u64;
        for (i, (p, q, w)) in chunk.iter().enumerate() {
            add_binary(&mut self.proper, &chunk.logs, i, (p, q, w), edge);
            self.label += w * p;
            self.amount += q;
            self.overlap.add(p, q, w);
            self.calibration.add(p, q, w);
        }
    }

    /// Beside the votes, where they are known.
    fn add_truth(&mut self, chunk: &Chunk) {
        self.truth.add(&chunk.votes, &chunk.prediction, &chunk.weights);
    }

    /// Where raters differ, and where their number is not enough to.
    fn add_consensus(&mut self, chunk: &Chunk, edge: f64) {
        for (i, (&votes, pixel)) in chunk.votes.iter().zip(chunk.iter()).enumerate() {
            if let Some(sums) = self.consensus.part(Votes::of(votes)) {
                sums.count += 1;
                add_binary(sums, &chunk.logs, i, pixel, edge);
            }
        }
    }

    /// The others.
    fn add_rest(&mut self, chunk: &Chunk, options: &JudgeOptions) {
        for (p, q, w) in chunk.iter() {
            let (p_rest, q_rest) = (1.0 - p, 1.0 - q);
            let (label, prediction) = (p * p + p_rest * p_rest, q * q + q_rest * q_rest);
            self.proper.add_spherical(p * q + p_rest * q_rest, label, prediction, w);
            self.squares.add(p, q, w);
            self.decision.add(p, q, w, options.threshold);
        }
    }
}

/// A pixel's label, prediction and weight, with their logarithms at `i`; it is not counted.
// A call for every pixel would cost as much as what it does.
#[inline(always)]
fn add_binary(sums: &mut Proper, logs: &Logs, i: usize, (p, q, w): (f64, f64, f64), edge: f64) {
    let (p_rest, q_rest) = (1.0 - p, 1.0 - q);
    let raised = raised(p, q, edge) + raised(p_rest, q_rest, edge);
    if raised > 0.0 {
        sums.clipped += 1;
        sums.cross_entropy += w * raised.ln_1p();
    }
    sums.weight += w;
    sums.cross_entropy -= w * (p * logs.prediction[i] + p_rest * logs.prediction_rest[i]);
    sums.floor -= w * (p * logs.label[i] + p_rest * logs.label_rest[i]);
    sums.brier += w * (q - p) * (q - p);
}
