use ndarray::{ArrayView, Dimension};
use scumble_kernels::Real;

/// What is known of the label sets of the pixels.
///
/// Shapes are those of the parameters [N, P, pixels..] with another class axis, or none for label sets.
#[derive(Debug, Clone)]
pub enum JointTargets<'a, R: Real, D: Dimension> {
    /// A distribution over the 2^K label sets of each pixel, [N, 2^K, pixels..], in state order; K <= 12.
    Distribution(ArrayView<'a, R, D>),
    /// The probability of each label, [N, K, pixels..]: enough for the independent family, and for any where K = 1.
    ///
    /// The floor is then the sum of the labels' binary entropies, that of labels which are independent.
    Marginals(ArrayView<'a, R, D>),
    /// The label sets that raters gave, [N, pixels..] for each, `None` where one did not judge the pixel; any K.
    ///
    /// The target is their empirical distribution: the loss of a pixel is the mean negative log likelihood of its
    /// raters. A pixel that nobody judged is not valid. To count each rater once rather than each pixel, give the
    /// raters' counts as weights ([`label_set_targets`](crate::label_set_targets) has them).
    Sets(Vec<ArrayView<'a, Option<u64>, D::Smaller>>),
}
