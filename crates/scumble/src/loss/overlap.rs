//! Overlaps: one number for all pixels of a class, of an image or of the batch.

use super::class_inputs::ClassInputs;
use super::frame::Loss;
use super::kind::{Extent, LossKind};
use super::options::Classes;
use super::probability::{Prediction, sigmoid, softmax};
use ndarray::Array3;
use rayon::prelude::*;
use scumble_kernels::Real;

/// 1 - (I + smooth) / (I + alpha FP + beta FN + smooth): Dice, Jaccard and Tversky are choices of these.
pub(super) struct Overlap {
    alpha: f64,
    beta: f64,
    smooth: f64,
    over: Extent,
}

impl Overlap {
    /// `None` for a kind that is no overlap.
    pub(super) fn of(kind: LossKind) -> Option<Self> {
        match kind {
            // (2 I + s) / (P + T + s) with P + T = 2 I + FP + FN, both halved.
            LossKind::Dice { smooth, over } => {
                Some(Self { alpha: 0.5, beta: 0.5, smooth: 0.5 * smooth, over })
            }
            LossKind::Jaccard { smooth, over } => Some(Self { alpha: 1.0, beta: 1.0, smooth, over }),
            LossKind::Tversky { alpha, beta, smooth, over } => Some(Self { alpha, beta, smooth, over }),
            _ => None,
        }
    }

    /// The loss and, if wanted, its gradient [outer, K, inner].
    pub(super) fn evaluate<R: Real>(
        &self,
        inputs: &mut ClassInputs<'_, R>,
        gradient: bool,
    ) -> (Loss, Option<Array3<R>>) {
        let predictions = predict(inputs);
        let groups = self.groups(inputs, &predictions);
        let counted = groups.iter().filter(|group| group.counted);
        let weights: f64 = counted.clone().map(|group| group.weight).sum();
        inputs.frame.count_terms(groups.len() as u64, counted.clone().count() as u64, weights);
        let value = counted.map(|group| group.weight * self.loss(group)).sum();
        let loss = inputs.frame.report(value, 0.0);
        let slopes = gradient.then(|| {
            self.gradient(inputs, &predictions, &groups, R::from_f64(inputs.frame.scale()).to_f64())
        });
        (loss, slopes)
    }

    /// The sums of each class of each image, or of each class: [image][class].
    fn groups<R: Real>(&self, inputs: &ClassInputs<'_, R>, predictions: &Array3<f64>) -> Vec<Group> {
        let (outer, classes, inner) = predictions.dim();
        let sums: Vec<Group> = (0..outer * classes)
            .into_par_iter()
            .map(|row| {
                let (o, k) = (row / classes, row % classes);
                let mut group = Group { weight: inputs.class_weight(k), ..Group::default() };
                for i in 0..inner {
                    let w = inputs.frame.weight(o, k, i);
                    if w != 0.0 {
                        group.add(predictions[[o, k, i]], inputs.targets[[o, k, i]].to_f64(), w);
                    }
                }
                group
            })
            .collect();
        let images = if self.over == Extent::Image { inputs.frame.fold.images() } else { 1 };
        let mut groups = vec![Group::default(); images * classes];
        for (row, sum) in sums.iter().enumerate() {
            groups[self.group(inputs, row / classes, row % classes)].merge(sum);
        }
        groups
    }

    fn group<R: Real>(&self, inputs: &ClassInputs<'_, R>, outer: usize, class: usize) -> usize {
        let image = if self.over == Extent::Image { inputs.frame.fold.image(outer) } else { 0 };
        image * inputs.logits.dim().1 + class
    }

    fn loss(&self, group: &Group) -> f64 {
        let wrong = self.alpha * group.beyond + self.beta * group.missed;
        let all = group.common + wrong + self.smooth;
        // Not 1 - quotient: a nearly perfect prediction keeps its digits. Nothing said of nothing is right.
        if all == 0.0 { 0.0 } else { wrong / all }
    }

    /// d loss / d (common, beyond, missed).
    fn slopes(&self, group: &Group) -> [f64; 3] {
        let wrong = self.alpha * group.beyond + self.beta * group.missed;
        let common = group.common + self.smooth;
        let all = common + wrong;
        if all == 0.0 {
            return [0.0; 3];
        }
        let each = common / (all * all);
        [-wrong / (all * all), self.alpha * each, self.beta * each]
    }

    fn gradient<R: Real>(
        &self,
        inputs: &ClassInputs<'_, R>,
        predictions: &Array3<f64>,
        groups: &[Group],
        scale: f64,
    ) -> Array3<R> {
        let (outer, classes, inner) = predictions.dim();
        let slopes: Vec<[f64; 3]> = groups.iter().map(|group| self.slopes(group)).collect();
        // d loss / d p of one class of one pixel; where p = t, the mean of both sides.
        let slope = |o: usize, k: usize, i: usize| {
            let w = inputs.frame.weight(o, k, i);
            let at = self.group(inputs, o, k);
            if w == 0.0 || !groups[at].counted {
                return 0.0;
            }
            let difference = predictions[[o, k, i]] - inputs.targets[[o, k, i]].to_f64();
            let sign = if difference == 0.0 { 0.0 } else { difference.signum() };
            let [common, beyond, missed] = slopes[at];
            let by_p = common * (1.0 - sign) + beyond * (1.0 + sign) + missed * (sign - 1.0);
            0.5 * scale * groups[at].weight * w * by_p
        };
        let images: Vec<Vec<R>> = (0..outer)
            .into_par_iter()
            .map(|o| {
                let mut out = vec![R::ZERO; classes * inner];
                let mut pixel = vec![0.0; classes];
                for i in 0..inner {
                    for (k, by_p) in pixel.iter_mut().enumerate() {
                        *by_p = slope(o, k, i);
                    }
                    let q = |k: usize| predictions[[o, k, i]];
                    let mean: f64 = match inputs.classes {
                        Classes::Independent => 0.0,
                        Classes::Exclusive => (0..classes).map(|k| q(k) * pixel[k]).sum(),
                    };
                    for (k, by_p) in pixel.iter().enumerate() {
                        let by_x = match inputs.classes {
                            Classes::Independent => by_p * q(k) * (1.0 - q(k)),
                            Classes::Exclusive => q(k) * (by_p - mean),
                        };
                        out[k * inner + i] = R::from_f64(by_x);
                    }
                }
                out
            })
            .collect();
        Array3::from_shape_vec((outer, classes, inner), images.concat()).expect("every class of every image")
    }
}

/// Weighted sums over the pixels of one class.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// sum w min(p, t), written (|p| + |t| - |p - t|) / 2.
    common: f64,
    /// sum w (p - min)
    beyond: f64,
    /// sum w (t - min)
    missed: f64,
    /// The class's weight.
    weight: f64,
    /// Whether any pixel counts.
    counted: bool,
}

impl Group {
    fn add(&mut self, p: f64, t: f64, w: f64) {
        let common = 0.5 * (p.abs() + t.abs() - (p - t).abs());
        self.common += w * common;
        self.beyond += w * (p - common);
        self.missed += w * (t - common);
        self.counted = true;
    }

    fn merge(&mut self, other: &Self) {
        self.common += other.common;
        self.beyond += other.beyond;
        self.missed += other.missed;
        self.weight = other.weight;
        self.counted |= other.counted;
    }
}

/// Probabilities of all classes; 0 where nothing counts, whatever the logits are.
fn predict<R: Real>(inputs: &ClassInputs<'_, R>) -> Array3<f64> {
    let (outer, classes, inner) = inputs.logits.dim();
    let images: Vec<Vec<f64>> = (0..outer)
        .into_par_iter()
        .map(|o| {
            let mut out = vec![0.0; classes * inner];
            let mut x = vec![0.0; classes];
            let mut q = vec![Prediction::default(); classes];
            for i in 0..inner {
                for (k, x) in x.iter_mut().enumerate() {
                    *x = inputs.logits[[o, k, i]].to_f64();
                }
                if inputs.classes == Classes::Exclusive {
                    softmax(&x, &mut q);
                } else {
                    x.iter().zip(&mut q).for_each(|(&x, q)| q.q = sigmoid(x).0);
                }
                for (k, q) in q.iter().enumerate() {
                    out[k * inner + i] = if inputs.frame.weight(o, k, i) == 0.0 { 0.0 } else { q.q };
                }
            }
            out
        })
        .collect();
    Array3::from_shape_vec((outer, classes, inner), images.concat()).expect("every class of every image")
}
