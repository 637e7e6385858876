//! One image to its sums, in one pass over the pixels.

use super::exclusive::Exclusive;
use super::histogram::Histogram;
use super::image::{Chunk, Image, in_stripes};
use super::levels::Levels;
use super::options::JudgeOptions;
use super::proper::raised;
use super::tally::{ClassTally, Tally};
use crate::labels::Kind;
use scumble_kernels::Real;
use std::ops::Range;

/// Pixels at a time: what is kept of them stays in the fastest cache.
const CHUNK: usize = 512;

impl Tally {
    /// Adds one image.
    pub(super) fn add_image<R: Real>(&mut self, image: Image<'_, R>) {
        let classes = self.classes.len();
        let empty = Self::new(self.space(), *self.options());
        let stripes = in_stripes(image.size, |range| {
            let mut stripe = Stripe {
                tally: empty.clone(),
                levels: vec![Levels::new(); classes],
                chunk: Chunk::default(),
                exclusive: Exclusive::default(),
            };
            for start in range.clone().step_by(CHUNK) {
                stripe.add(&image, &(start..(start + CHUNK).min(range.end)));
            }
            (stripe.tally, stripe.levels)
        });
        let mut levels = vec![Levels::new(); classes];
        for (tally, more) in &stripes {
            self.add_times(tally, 1);
            levels.iter_mut().zip(more).for_each(|(levels, more)| levels.merge(more));
        }
        for (class, levels) in self.classes.iter_mut().zip(&levels) {
            if let Some(score) = levels.score() {
                class.levels.0 += score;
                class.levels.1 += 1;
            }
        }
    }
}

impl Histogram {
    /// Adds a class of one image.
    pub(super) fn add_image<R: Real>(&mut self, image: Image<'_, R>, class: usize) {
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
    levels: Vec<Levels>,
    chunk: Chunk,
    exclusive: Exclusive,
}

impl Stripe {
    /// Adds the pixels of a chunk, class by class.
    fn add<R: Real>(&mut self, image: &Image<'_, R>, range: &Range<usize>) {
        let options = *self.tally.options();
        let edge = options.resolution.edge();
        let exclusive = self.tally.space().kind() == Kind::Multiclass;
        for (k, class) in self.tally.classes.iter_mut().enumerate() {
            self.chunk.read(image, range, k, edge);
            class.add(&self.chunk, edge);
            class.add_truth(&self.chunk);
            if options.all() {
                class.add_rest(&self.chunk, &options);
                self.chunk.iter().for_each(|(p, q, w)| self.levels[k].add(p, q, w));
            }
            if exclusive {
                if k == 0 {
                    self.exclusive.begin(self.chunk.len());
                }
                self.exclusive.add(&self.chunk, edge);
            } else if options.all() {
                for (p, q, w) in self.chunk.iter() {
                    // The likelier side, without a branch that nobody can foresee; exact for f32, for f64 but for its
                    // last bit.
                    let other = f64::from(u8::from(q < 0.5));
                    self.tally.top.add(p + other * (1.0 - 2.0 * p), q + other * (1.0 - 2.0 * q), w);
                }
            }
        }
        if exclusive {
            self.exclusive.finish(&self.chunk.weights, &mut self.tally);
        }
    }
}

impl ClassTally {
    /// The scores that training looks at: [`Proper::add_binary`](super::Proper::add_binary), vectorised, and
    /// its company.
    fn add(&mut self, chunk: &Chunk, edge: f64) {
        let (sums, logs) = (&mut self.proper, &chunk.logs);
        sums.count += chunk.len() as u64;
        for (i, (p, q, w)) in chunk.iter().enumerate() {
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
            self.label += w * p;
            self.overlap.add(p, q, w);
            self.calibration.add(p, q, w);
        }
    }

    /// Beside the votes, where they are known.
    fn add_truth(&mut self, chunk: &Chunk) {
        self.truth.add(&chunk.votes, &chunk.prediction, &chunk.weights);
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
