//! A loss of one pixel in plain f64, whatever its kind: what the kernels are held against.

use super::brier::Brier;
use super::focal::Focal;
use super::kind::LossKind;
use super::options::Classes;
use super::pixel_loss::PixelLoss;
use super::pointwise::CrossEntropy;

/// The loss of one pixel with logits x, targets t and class weights c (empty: all 1), and its derivatives by the logits,
/// in plain f64. `None` for the overlaps, which are no sums over pixels.
///
/// ```
/// use scumble::loss::{Classes, LossKind, loss_reference};
///
/// let (value, slopes) = loss_reference(LossKind::Brier, Classes::Independent, &[0.0], &[0.75], &[]).unwrap();
/// assert_eq!((value, slopes), (0.0625, vec![-0.125])); // (s - t)^2 and 2 (s - t) s (1 - s)
/// ```
pub fn loss_reference(
    kind: LossKind,
    classes: Classes,
    x: &[f64],
    t: &[f64],
    c: &[f64],
) -> Option<(f64, Vec<f64>)> {
    match kind {
        LossKind::Sigmoid | LossKind::Softmax => Some(of(&CrossEntropy, kind.classes(classes), x, t, c)),
        LossKind::Focal { gamma } => Some(of(&Focal { gamma }, classes, x, t, c)),
        LossKind::Brier => Some(of(&Brier, classes, x, t, c)),
        LossKind::Dice { .. } | LossKind::Jaccard { .. } | LossKind::Tversky { .. } => None,
    }
}

fn of(loss: &impl PixelLoss, classes: Classes, x: &[f64], t: &[f64], c: &[f64]) -> (f64, Vec<f64>) {
    let weight = |k: usize| c.get(k).copied().unwrap_or(1.0);
    match classes {
        Classes::Independent => {
            let each = x.iter().zip(t).map(|(x, t)| loss.element(*x, *t)).enumerate();
            let (values, slopes): (Vec<f64>, Vec<f64>) =
                each.map(|(k, (value, slope))| (weight(k) * value, weight(k) * slope)).unzip();
            (values.iter().sum(), slopes)
        }
        Classes::Exclusive => {
            let masses: Vec<f64> = t.iter().enumerate().map(|(k, t)| weight(k) * t).collect();
            let mut slopes = vec![0.0; x.len()];
            (loss.pixel(x, &masses, &mut slopes), slopes)
        }
    }
}
