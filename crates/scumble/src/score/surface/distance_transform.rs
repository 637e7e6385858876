//! The exact Euclidean distance transform.

use ndarray::{Array2, ArrayView2, Axis};

/// The Euclidean distance of every pixel [H, W] to the nearest pixel that is on, in the unit of `spacing`.
///
/// `spacing` is the height and the width of a pixel. Exact, in f64: Felzenszwalb and Huttenlocher (2012),
/// *Distance transforms of sampled functions*, Theory of Computing 8, along columns and then along rows, each
/// in linear time. Infinite everywhere if no pixel is on.
///
/// ```
/// use ndarray::array;
/// let distance = scumble::score::surface::distance_transform(array![[true, false], [false, false]].view(), [1.0, 0.5]);
/// assert_eq!(distance, array![[0.0, 0.5], [1.0, 1.25_f64.sqrt()]]);
/// ```
pub fn distance_transform(mask: ArrayView2<'_, bool>, spacing: [f64; 2]) -> Array2<f64> {
    let mut squares = mask.mapv(|on| if on { 0.0 } else { f64::INFINITY });
    let mut envelope = Envelope::default();
    for (axis, step) in [Axis(0), Axis(1)].into_iter().zip(spacing) {
        for mut line in squares.lanes_mut(axis) {
            envelope.of(line.iter().copied(), step);
            for (i, value) in line.iter_mut().enumerate() {
                *value = envelope.ascend_to(i as f64 * step);
            }
        }
    }
    squares.mapv_into(f64::sqrt)
}

/// The lowest of the parabolas f(p) + (x - p)^2 at every x.
#[derive(Debug, Default)]
struct Envelope {
    /// (p, f(p), where the parabola becomes the lowest), from left to right.
    parabolas: Vec<(f64, f64, f64)>,
    at: usize,
}

impl Envelope {
    /// The envelope of f at the places 0, step, 2 step and so on.
    fn of(&mut self, f: impl Iterator<Item = f64>, step: f64) {
        self.parabolas.clear();
        self.at = 0;
        for (i, f) in f.enumerate().filter(|(_, f)| f.is_finite()) {
            let p = i as f64 * step;
            let mut from = f64::NEG_INFINITY;
            while let Some(&(q, g, began)) = self.parabolas.last() {
                from = ((f + p * p) - (g + q * q)) / (2.0 * (p - q));
                if from > began {
                    break;
                }
                self.parabolas.pop();
                from = f64::NEG_INFINITY;
            }
            self.parabolas.push((p, f, from));
        }
    }

    /// Its value at x; to be asked for ascending x.
    fn ascend_to(&mut self, x: f64) -> f64 {
        while self.parabolas.get(self.at + 1).is_some_and(|next| next.2 < x) {
            self.at += 1;
        }
        self.parabolas.get(self.at).map_or(f64::INFINITY, |(p, f, _)| f + (x - p) * (x - p))
    }
}
