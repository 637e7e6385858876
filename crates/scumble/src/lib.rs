#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod agreement;
mod calibrate;
mod fusion;
mod joint;
mod labels;
mod loss;
mod score;

pub use agreement::{Agreement, Comparison, Contingency, RaterFlag, Suspicion, Units, rater_flags};
pub use calibrate::{
    CalibrateError, CalibrationMethod, CalibrationPixels, Calibrator, CrossValidation, HeldOut, Isotonic,
};
pub use fusion::{
    DawidSkeneOptions, Estimate, Fit, FusionError, Patterns, RaterQuality, StapleOptions, Ties, dawid_skene,
    majority, majority_labels, mean, staple, weighted_mean,
};
pub use labels::{Kind, LabelError, RaterMask, SoftLabels, UNSEEN, Votes, binary_entropy, entropy};
pub use loss::{
    Balance, ClassMass, Classes, Denominator, Extent, Loss, LossError, LossKind, LossOptions, LossTerm,
    balance, beta_binomial_loss, beta_binomial_loss_gradient, beta_binomial_reference, binary_cross_entropy,
    cross_entropy, loss, loss_gradient, loss_map, loss_sum_gradient, one_hot, sigmoid_cross_entropy,
    sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into, sigmoid_cross_entropy_reference,
    softmax_cross_entropy, softmax_cross_entropy_gradient, softmax_cross_entropy_gradient_into,
    softmax_cross_entropy_reference,
};
pub use joint::{
    JointError, JointFamily, JointKind, JointTargets, LabelSetTargets, joint_cross_entropy,
    joint_cross_entropy_gradient, joint_cross_entropy_map, joint_distribution, joint_entropy,
    joint_label_sets, joint_marginals, label_set_targets, label_sets, state_marginals,
};
pub use score::{
    Areas, Binning, Bootstrap, BrierParts, Calibration, CalibrationBin, CalibrationScore, ClassScores,
    Confusion, CrossEntropyScore, Curve, CurvePoint, DecisionScore, Decisions, F1, Histogram, Interval,
    Intervals, Judge, JudgeOptions, Overlap, Proper, ProperScore, RaterScores, Resolution, ScoreError,
    ScoreName, Scores, Tally, UnknownBinning, intervals, score_names,
};
pub use score::{
    BoundaryBenchmark, BoundaryCounts, BoundaryError, BoundaryFit, BoundaryMatch, BoundaryOptions,
    BoundaryPoint, BoundaryScores, ImageBoundary, match_boundaries, suppress_non_maxima, thin,
};
pub use score::{
    Connectivity, SurfaceDistances, SurfaceError, SurfaceOptions, distance_transform, outline,
    surface_distances,
};
pub use score::{
    EmptyMasks, EnergyDistance, HardMask, Measure, Pairs, Standing, energy_distance, level_samples,
    matched_iou,
};
pub use scumble_kernels::{Real, Target};
