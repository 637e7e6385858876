//! What exclusive classes have together.

use super::image::Chunk;
use super::proper::raised;
use super::tally::Tally;

/// What exclusive classes have together at each pixel of a chunk, class by class.
#[derive(Default)]
pub(super) struct Exclusive {
    pixels: Vec<Pixel>,
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
    pub(super) fn begin(&mut self, pixels: usize) {
        self.pixels.clear();
        self.pixels.resize(pixels, NOTHING);
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
    }
}
