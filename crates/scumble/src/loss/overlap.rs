//! Overlaps: one number for all pixels of a class, of an image or of the batch.

use super::class_inputs::ClassInputs;
use super::frame::Loss;
use super::kind::{Extent, LossKind};
use super::options::Classes;
use super::planes::{Planes, Task};
use scumble_kernels::{
    Isa, OverlapSlopes, OverlapSums, Real, sigmoid_overlap, sigmoid_overlap_gradient, softmax_overlap,
    softmax_overlap_gradient,
};

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

    /// The loss; its gradient, if wanted, is written over, in the logits' order.
    pub(super) fn evaluate<R: Real>(&self, inputs: &ClassInputs<'_, R>, gradient: Option<&mut [R]>) -> Loss {
        let images = if self.over == Extent::Image { inputs.frame.fold.images() } else { 1 };
        let planes = Planes::new(inputs, images);
        let groups = groups(inputs, &planes, images);
        let weighted = || {
            let classes = (0..inputs.logits.dim().1).cycle();
            groups
                .iter()
                .zip(classes)
                .filter(|(group, _)| group.counted)
                .map(|(group, k)| (group, inputs.class_weight(k)))
        };
        let (valid, weights) = (weighted().count() as u64, weighted().map(|(_, weight)| weight).sum());
        let terms = inputs.frame.with_terms(groups.len() as u64, valid, weights);
        if gradient.is_some() {
            self.gradient(inputs, &planes, &groups, R::from_f64(terms.scale()).to_f64(), gradient);
        }
        terms.report(weighted().map(|(group, weight)| weight * self.loss(group)).sum(), 0.0)
    }

    fn loss(&self, group: &OverlapSums) -> f64 {
        let wrong = self.alpha * group.beyond + self.beta * group.missed;
        let all = group.common + wrong + self.smooth;
        // Not 1 - quotient: a nearly perfect prediction keeps its digits. Nothing said of nothing is right.
        if all == 0.0 { 0.0 } else { wrong / all }
    }

    /// d loss / d p of one pixel of weight 1, times `scale`.
    fn slopes<R: Real>(&self, group: &OverlapSums, scale: f64) -> OverlapSlopes<R> {
        let wrong = self.alpha * group.beyond + self.beta * group.missed;
        let all = group.common + self.smooth + wrong;
        if !group.counted || all == 0.0 {
            return OverlapSlopes { below: R::ZERO, equal: R::ZERO, above: R::ZERO };
        }
        // By common, beyond and missed.
        let each = (group.common + self.smooth) / (all * all);
        let [common, beyond, missed] = [-wrong / (all * all), self.alpha * each, self.beta * each];
        let of = |slope: f64| R::from_f64(scale * slope);
        OverlapSlopes {
            below: of(common - missed),
            equal: of(0.5 * (common - missed + beyond)),
            above: of(beyond),
        }
    }

    fn gradient<R: Real>(
        &self,
        inputs: &ClassInputs<'_, R>,
        planes: &Planes<'_, R, R>,
        groups: &[OverlapSums],
        scale: f64,
        gradient: Option<&mut [R]>,
    ) {
        let (classes, isa) = (inputs.logits.dim().1, Isa::best());
        let each = groups.iter().zip((0..classes).cycle());
        let slopes: Vec<OverlapSlopes<R>> =
            each.map(|(group, k)| self.slopes(group, scale * inputs.class_weight(k))).collect();
        let images = groups.len() / classes.max(1);
        planes.each(gradient, |task| {
            let slopes = &slopes[planes.group(task.outer, images) * classes..][..classes];
            let Task { logits, targets, weights, mut gradient, .. } = task;
            match inputs.classes {
                Classes::Independent => {
                    for (k, plane) in gradient.into_iter().enumerate() {
                        let (x, t, w) = (logits[k], targets[k], weights.of(k));
                        sigmoid_overlap_gradient(isa, x, t, w, slopes[k], plane);
                    }
                }
                Classes::Exclusive => {
                    softmax_overlap_gradient(isa, &logits, &targets, weights.of(0), slopes, &mut gradient);
                }
            }
        });
    }
}

/// The sums of each class of each image, or of each class: [image][class].
fn groups<R: Real>(
    inputs: &ClassInputs<'_, R>,
    planes: &Planes<'_, R, R>,
    images: usize,
) -> Vec<OverlapSums> {
    let (classes, isa) = (inputs.logits.dim().1, Isa::best());
    let parts = planes.each(None, |task| {
        let Task { outer, logits, targets, weights, .. } = task;
        let mut sums = vec![OverlapSums::default(); classes];
        match inputs.classes {
            Classes::Independent => {
                for (k, sums) in sums.iter_mut().enumerate() {
                    *sums = sigmoid_overlap(isa, logits[k], targets[k], weights.of(k));
                }
            }
            Classes::Exclusive => softmax_overlap(isa, &logits, &targets, weights.of(0), &mut sums),
        }
        (planes.group(outer, images), sums)
    });
    let mut groups = vec![OverlapSums::default(); images * classes];
    for (image, sums) in parts {
        for (group, sums) in groups[image * classes..].iter_mut().zip(sums) {
            *group = group.and(sums);
        }
    }
    groups
}
