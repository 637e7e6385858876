//! Joint families: distributions over the 2^K sets of K labels that a pixel may carry.
//!
//! # What and when
//! Labels that overlap may go together: where there is a vessel there is mostly a wall, and an edge of a thing is an
//! edge of its part. K sigmoids predict each label by itself and cannot say so. A joint family predicts which *set* of
//! labels a pixel carries: label i is bit i of a number y from 0 (no label) to 2^K - 1, and q(y) its probability.
//!
//! | family | q(y) can say | parameters a pixel | most labels |
//! |---|---|---|---|
//! | [independent](JointKind::Independent) | nothing of how labels go together | K | 64 |
//! | [pairwise](JointKind::Pairwise) | which pairs attract or repel | K (K+1) / 2 | 12 |
//! | [mixture](JointKind::Mixture) | M kinds of pixels | M (K+1) | 64 |
//! | [chain](JointKind::Chain) | each label, given those before it | K (K+1) / 2 | 64 |
//! | [powerset](JointKind::Powerset) | anything | 2^K | 12 |
//!
//! [`JointFamily`] has the formulas and the order of the parameters.
//!
//! # The loss
//! [`joint_cross_entropy`] of the target p and the prediction q, both over the sets of a pixel with weight w:
//!
//! ```text
//! loss = sum_pixels w (- sum_y p(y) ln q(y)) / denominator
//! ```
//!
//! The target is a distribution over the sets, the raters' sets themselves, or, where the labels know nothing of each
//! other, their marginals ([`JointTargets`]). The floor is the entropy of p. The independent family's excess is at least
//! the *total correlation* of p, what its labels tell about each other: the price of K sigmoids.
//!
//! A set of probability 0 costs nothing, even where q rules it out. A pixel that the mask leaves out, that no rater judged
//! or of weight 0 adds 0 to value and gradient, NaN or not. [`LossOptions`](crate::loss::LossOptions) has no weights of single
//! classes here: a loss of sets has no term of a single label.
//!
//! # What a prediction says
//! [`joint_marginals`] gives each label's probability, [`joint_label_sets`] the likeliest set (which the likeliest labels
//! need not be), [`joint_distribution`] all of q, [`joint_entropy`] how sure it is. Up to 12 labels all sets are written
//! out, and everything is exact; beyond, each function says what it does.
//!
//! A family turns a pixel's parameters into the costs -ln q(y) of all sets, and a slope on these costs back into one on
//! the parameters. Everything else is made of the costs alone.
//!
//! # A worked number
//! Two labels that half the raters saw together and half not at all. Each label is there with 1/2, so the best sigmoids
//! say 1/2 and 1/2, and give each of the four sets 1/4: 2 ln 2. The floor is ln 2; the rest, ln 2, is the total
//! correlation. A pairwise family says "both or none" with one coupling.
//!
//! ```
//! use ndarray::array;
//! use scumble::joint::{JointFamily, JointTargets, joint_cross_entropy};
//! use scumble::loss::LossOptions;
//!
//! let (both, none) = (array![[Some(0b11_u64)]], array![[Some(0b00)]]); // [N, pixels], a rater each
//! let raters = || JointTargets::Sets(vec![both.view(), none.view()]);
//! let options = LossOptions::default();
//! let sigmoids = array![[[0.0_f64], [0.0]]];
//! let apart = joint_cross_entropy(&JointFamily::independent(2)?, sigmoids.view(), raters(), &options)?;
//! assert!((apart.floor - 2f64.ln()).abs() < 1e-12 && (apart.excess - 2f64.ln()).abs() < 1e-12);
//! let fields_and_coupling = array![[[-20.0], [-20.0], [40.0]]];
//! let coupled = joint_cross_entropy(&JointFamily::pairwise(2)?, fields_and_coupling.view(), raters(), &options)?;
//! assert!(coupled.excess < 1e-8);
//! # Ok::<(), scumble::joint::JointError>(())
//! ```
//!
//! # References
//! - Besag, J. (1974). Spatial interaction and the statistical analysis of lattice systems. Journal of the Royal
//!   Statistical Society B 36: pairwise couplings.
//! - McLachlan, G. and Peel, D. (2000). Finite mixture models. Wiley.
//! - Dembczynski, K., Cheng, W. and Huellermeier, E. (2010). Bayes optimal multilabel classification via probabilistic
//!   classifier chains. ICML; its search: Kumar, A. et al. (2013) by beams, Mena, D. et al. (2015) by bounds.
//! - Tsoumakas, G. and Katakis, I. (2007). Multi-label classification: an overview. Int. J. Data Warehousing and Mining 3.
//! - Watanabe, S. (1960). Information theoretical analysis of multivariate correlation. IBM Journal 4: total correlation.

mod best_set;
mod chain_beam;
mod check;
mod cross_entropy;
mod error;
mod families;
mod family;
mod joint_inputs;
mod kind;
mod lanes;
mod links;
mod maps;
mod objective;
mod one_pixel;
mod state_costs;
mod targets;

pub use cross_entropy::{joint_cross_entropy, joint_cross_entropy_gradient, joint_cross_entropy_map};
pub use error::JointError;
pub use family::JointFamily;
pub use kind::JointKind;
pub use maps::{joint_distribution, joint_entropy, joint_label_sets, joint_marginals};
pub use targets::{JointTargets, LabelSetTargets, label_set_targets, label_sets, set_space, state_marginals};
