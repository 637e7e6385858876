//! Losses with soft targets: value, floor, excess, gradient and map.
//!
//! # What is compared
//! A pixel's label is a probability, and so is its prediction; the cross entropy compares the two. Of a label p and a
//! prediction q, both distributions over the answers y to one question,
//!
//! ```text
//! H(p, q) = - sum_y p(y) ln q(y) = H(p) + KL(p || q)
//! ```
//!
//! in nats. The *floor* H(p) is what no prediction gets below, the *excess* KL what this one has above it: a [`Loss`] has
//! both beside its value. A hard label is the case p in {0, 1}, where the floor is 0 and the value the log loss, to the
//! last bit.
//!
//! # Which loss
//! | labels | logits and targets | loss |
//! |---|---|---|
//! | binary, or K classes that may overlap | [N, K, H, W] each | [`sigmoid_cross_entropy`] |
//! | K classes of which one holds | [N, K, H, W] each, targets sum to 1 | [`softmax_cross_entropy`] |
//! | sets of K labels that go together | parameters and a distribution over 2^K sets | [`joint_cross_entropy`](crate::joint::joint_cross_entropy) |
//! | k of n raters whose opinions go together | [N, 2 K, H, W], counts [N, K, H, W] | [`beta_binomial_loss`] |
//!
//! [`loss`](loss()), [`loss_gradient`] and [`loss_map`] take any [`LossKind`] by name: besides the cross entropies the
//! focal loss, the Brier score and the overlaps Dice, Jaccard and Tversky; [`loss_sum_gradient`] takes weighted sums of
//! them. A [`SoftLabels`](crate::labels::SoftLabels) has [`loss`](crate::labels::SoftLabels::loss) and
//! [`loss_gradient`](crate::labels::SoftLabels::loss_gradient) of its own, which know what of it is valid and how many raters it
//! comes from. [`one_hot`] turns class indices to targets.
//!
//! # Pixels to one number
//! Every term, an element of independent classes or a pixel of exclusive ones, is multiplied by its pixel weight and class
//! weight; the sum is divided by the [`Denominator`]: the valid terms unless told otherwise. [`LossOptions`] has all of it.
//!
//! - A pixel that is **masked**, ignored or of weight 0 adds exactly 0 to value, floor and gradient, even where logit or
//!   target are NaN. The mask takes it out of the count of valid terms; a weight of 0 does not.
//! - A target of **0** costs nothing for that answer, even under an infinite logit: 0 ln 0 = 0.
//! - **No valid pixel** gives 0, and [`Loss::is_empty`] says that nothing was judged.
//! - With the **number of raters** as weights and [`Denominator::Weights`], the value is the mean negative log likelihood
//!   of one opinion: k of n opinions are a binomial observation, of which k/n is the label and n the weight.
//! - Sums are f64 in a fixed order: the same bits at any number of threads.
//!
//! # A worked number
//! Two pixels, both labelled 0.7. One is predicted as such, the other as 0.5. The floor is
//! H(0.7) = -0.7 ln 0.7 - 0.3 ln 0.3 = 0.610864; the second pixel's value is ln 2 = 0.693147, which is 0.082283 above it,
//! and the mean excess half of that.
//!
//! ```
//! use ndarray::array;
//! use scumble::loss::{LossOptions, sigmoid_cross_entropy_gradient};
//!
//! let (logits, targets) = (array![[[(0.7_f64 / 0.3).ln(), 0.0]]], array![[[0.7, 0.7]]]);
//! let mut options = LossOptions::default();
//! let (loss, gradient) = sigmoid_cross_entropy_gradient(logits.view(), targets.view(), &options)?;
//! assert!((loss.floor - 0.610_864).abs() < 1e-6 && (loss.excess - 0.041_141).abs() < 1e-6);
//! // The first pixel pulls nowhere, the second towards 0.7: (s - t) / 2 pixels.
//! assert!(gradient[[0, 0, 0]].abs() < 1e-15 && (gradient[[0, 0, 1]] + 0.1).abs() < 1e-15);
//!
//! let mask = array![[false, true]];
//! options = options.mask(mask.view());
//! let (alone, _) = sigmoid_cross_entropy_gradient(logits.view(), targets.view(), &options)?;
//! assert!((alone.excess - 0.082_283).abs() < 1e-6 && alone.valid == 1);
//! # Ok::<(), scumble::loss::LossError>(())
//! ```
//!
//! # References
//! - Good, I. J. (1952). Rational decisions. Journal of the Royal Statistical Society B 14: the logarithmic score.
//! - Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly Weather Review 78.
//! - Lin, T.-Y. et al. (2017). Focal loss for dense object detection. ICCV; on its floor: Charoenphakdee, N. et al.
//!   (2021). On focal loss for class-posterior probability estimation. CVPR.
//! - Wang, Z. et al. (2023). Jaccard metric losses: optimizing the Jaccard index with soft labels. NeurIPS.
//! - Xie, S. and Tu, Z. (2015). Holistically-nested edge detection. ICCV: [`balance`](balance()).
//! - Skellam, J. G. (1948) and Griffiths, D. A. (1973) for the beta-binomial: [`beta_binomial_reference`].

mod balance;
mod beta_binomial;
mod brier;
mod by_kernel;
mod check;
mod class_inputs;
mod class_mass;
mod compute;
mod error;
mod focal;
mod frame;
mod fused;
mod kind;
mod of_labels;
mod one_hot;
mod options;
mod overlap;
mod pixel_loss;
mod planes;
mod pointwise;
mod probability;
mod reference;
mod relabel;
mod sigmoid;
mod softmax;
mod term;

pub use balance::Balance;
pub use beta_binomial::{beta_binomial_loss, beta_binomial_loss_gradient, beta_binomial_reference};
pub use class_mass::{ClassMass, balance};
pub use compute::{loss, loss_gradient, loss_gradient_into, loss_map, loss_sum_gradient};
pub use error::LossError;
pub use frame::Loss;
pub(crate) use frame::{Chunk, Fault, Fold, Frame, Spread, Weighing, kept};
pub use kind::{Extent, LossKind};
pub use one_hot::one_hot;
pub use options::{Classes, Denominator, LossOptions};
pub use pointwise::{
    binary_cross_entropy, cross_entropy, sigmoid_cross_entropy_reference, softmax_cross_entropy_reference,
};
pub(crate) use probability::{Prediction, sigmoid, softmax, softplus};
pub use reference::loss_reference;
pub use scumble_kernels::{Real, TargetElement};
pub use sigmoid::{
    sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into,
};
pub use softmax::{
    softmax_cross_entropy, softmax_cross_entropy_gradient, softmax_cross_entropy_gradient_into,
};
pub use term::LossTerm;
