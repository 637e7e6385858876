//! What exclusive classes have together.

use super::consensus::Votes;
use super::correlation::Correlation;
use super::image::Chunk;
use super::proper::raised;
use super::risk_coverage::RiskCoverage;
use super::tally::Tally;

/// What exclusive classes have together at each pixel of a chunk, class by class.
#[derive(Default)]
pub(super) struct Exclusive {
    pixels: Vec<Pixel>,
    /// The most raters who say the same so far, of how many, where that is known.
    votes: Vec<(u16, u16)>,
    /// The entropies of the predictions, where they are asked for.
    entropies: Vec<f64>,
}

#[derive(Clone, Copy)]
struct Pixel {
    cost: f64,
    floor: f64,
    brier: f64,
    /// <p, q>, |p|^2 and |q|^2.
    dot: f64,
    label: f64,
    prediction: f64,
    /// What its classes were raised by together.
    raised: f64,
    /// Prediction and label of the likeliest class so far, of equal ones the first.
    top: (f64, f64),
}

const NOTHING: Pixel = Pixel {
    cost: 0.0,
    floor: 0.0,
    brier: 0.0,
    dot: 0.0,
    label: 0.0,
    prediction: 0.0,
    raised: 0.0,
    top: (-1.0, 0.0),
};

impl Exclusive {
    /// Forgets the chunk before.
    pub(super) fn begin(&mut self, chunk: &Chunk) {
        self.pixels.clear();
        self.pixels.resize(chunk.len(), NOTHING);
        self.votes.clear();
        self.votes.resize(chunk.votes.len(), (0, 0));
        self.entropies.clear();
        self.entropies.resize(chunk.len(), 0.0);
    }

    /// Adds the chunk's next class.
    pub(super) fn add(&mut self, chunk: &Chunk, edge: f64) {
        let logs = chunk.logs.label.iter().zip(&chunk.logs.prediction);
        for ((pixel, (p, q, _)), (label_log, log)) in self.pixels.iter_mut().zip(chunk.iter()).zip(logs) {
            pixel.cost -= p * log;
            pixel.floor -= p * label_log;
            pixel.brier += (q - p) * (q - p);
            pixel.dot += p * q;
            pixel.label += p * p;
            pixel.prediction += q * q;
            pixel.raised += raised(p, q, edge);
            if q > pixel.top.0 {
                pixel.top = (q, p);
            }
        }
        for (most, &(k, n)) in self.votes.iter_mut().zip(&chunk.votes) {
            *most = (most.0.max(k), n);
        }
    }

    /// Adds to the entropies what the chunk's next class has in them.
    pub(super) fn add_entropy(&mut self, chunk: &Chunk) {
        let terms = chunk.prediction.iter().zip(&chunk.logs.prediction);
        self.entropies.iter_mut().zip(terms).for_each(|(entropy, (q, log))| *entropy -= q * log);
    }

    /// Adds the pixels, now that all classes are known.
    pub(super) fn finish(&self, weights: &[f64], tally: &mut Tally) {
        let sums = &mut tally.exclusive;
        sums.count += weights.len() as u64;
        for (pixel, &w) in self.pixels.iter().zip(weights) {
            sums.clipped += u64::from(pixel.raised > 0.0);
            sums.weight += w;
            sums.cross_entropy += w * (pixel.cost + pixel.raised.ln_1p());
            sums.floor += w * pixel.floor;
            sums.brier += w * pixel.brier;
            sums.add_spherical(pixel.dot, pixel.label, pixel.prediction, w);
            tally.top.add(pixel.top.1, pixel.top.0, w);
        }
        for ((&votes, pixel), &w) in self.votes.iter().zip(&self.pixels).zip(weights) {
            if let Some(sums) = tally.exclusive_consensus.part(Votes::of(votes)) {
                sums.count += 1;
                sums.weight += w;
                sums.cross_entropy += w * (pixel.cost + pixel.raised.ln_1p());
                sums.floor += w * pixel.floor;
                sums.brier += w * pixel.brier;
            }
        }
    }

    /// Adds how sure the pixels are, and with what right.
    pub(super) fn finish_uncertainty(
        &self,
        weights: &[f64],
        correlation: &mut Correlation,
        risk: &mut RiskCoverage,
    ) {
        for ((pixel, &entropy), &w) in self.pixels.iter().zip(&self.entropies).zip(weights) {
            correlation.add([entropy, pixel.floor], w);
            risk.add(pixel.top.1, pixel.top.0, w);
        }
    }
}
