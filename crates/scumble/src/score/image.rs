//! One image to its sums, in one pass over the pixels.

use super::exclusive::Exclusive;
use super::levels::Levels;
use super::pixels::{Block, Pixels};
use super::proper::raised;
use super::stripes::in_stripes;
use super::tally::ClassTally;
use super::{Histogram, JudgeOptions, Tally};
use crate::labels::Kind;
use std::ops::Range;

/// Pixels at a time: what is kept of them stays in the fastest cache.
const BLOCK: usize = 512;

impl Tally {
    /// Adds one image.
    pub(super) fn add_image(&mut self, pixels: Pixels<'_>) {
        let classes = self.classes.len();
        let empty = Self::new(self.kind(), classes, *self.options());
        let stripes = in_stripes(pixels.size, |range| {
            let mut stripe = Stripe {
                tally: empty.clone(),
                levels: vec![Levels::new(); classes],
                block: Block::default(),
                exclusive: Exclusive::default(),
            };
            for start in range.clone().step_by(BLOCK) {
                stripe.add(&pixels, &(start..(start + BLOCK).min(range.end)));
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
    pub(super) fn add_image(&mut self, pixels: Pixels<'_>, class: usize) {
        let stripes = in_stripes(pixels.size, |range| {
            let mut histogram = Histogram::default();
            let (map, group) = pixels.places(&range, class);
            let pairs = pixels.labels[map.clone()].iter().zip(&pixels.prediction[map]);
            let weights = pixels.weights[group.clone()].iter().zip(&pixels.valid[group]);
            for ((&p, &q), (&w, _)) in pairs.zip(weights).filter(|(_, (_, valid))| **valid) {
                histogram.add(f64::from(p), f64::from(q), f64::from(w));
            }
            histogram
        });
        stripes.iter().for_each(|stripe| self.merge(stripe));
    }
}

/// The sums of a stripe, and what is needed to add a block of its pixels.
struct Stripe {
    tally: Tally,
    levels: Vec<Levels>,
    block: Block,
    exclusive: Exclusive,
}

impl Stripe {
    /// Adds the pixels of a block, class by class.
    fn add(&mut self, pixels: &Pixels<'_>, range: &Range<usize>) {
        let options = *self.tally.options();
        let edge = options.resolution.edge();
        let exclusive = self.tally.kind() == Kind::Multiclass;
        for (k, class) in self.tally.classes.iter_mut().enumerate() {
            self.block.read(pixels, range, k, edge);
            class.add(&self.block, edge);
            if options.full {
                class.add_rest(&self.block, &options);
                self.block.iter().for_each(|(p, q, w)| self.levels[k].add(p, q, w));
            }
            if exclusive {
                if k == 0 {
                    self.exclusive.begin(self.block.len());
                }
                self.exclusive.add(&self.block, edge);
            } else if options.full {
                for (p, q, w) in self.block.iter() {
                    // The likelier side, without a branch that nobody can foresee; exact for f32.
                    let other = f64::from(u8::from(q < 0.5));
                    self.tally.top.add(p + other * (1.0 - 2.0 * p), q + other * (1.0 - 2.0 * q), w);
                }
            }
        }
        if exclusive {
            self.exclusive.finish(&self.block.weights, &mut self.tally);
        }
    }
}

impl ClassTally {
    /// The scores that training looks at: [`Proper::add_binary`](super::Proper::add_binary), vectorised, and
    /// its company.
    fn add(&mut self, block: &Block, edge: f64) {
        let (sums, logs) = (&mut self.proper, &block.logs);
        sums.count += block.len() as u64;
        for (i, (p, q, w)) in block.iter().enumerate() {
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

    /// The others.
    fn add_rest(&mut self, block: &Block, options: &JudgeOptions) {
        for (p, q, w) in block.iter() {
            let (p_rest, q_rest) = (1.0 - p, 1.0 - q);
            let (label, prediction) = (p * p + p_rest * p_rest, q * q + q_rest * q_rest);
            self.proper.add_spherical(p * q + p_rest * q_rest, label, prediction, w);
            self.squares.add(p, q, w);
            self.decision.add(p, q, w, options.threshold);
        }
    }
}
