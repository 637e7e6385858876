#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod agreement;
mod calibrate;
mod fusion;
mod labels;
mod loss;
mod score;

pub use agreement::Agreement;
pub use calibrate::{
    CalibrateError, CalibrationMethod, CalibrationPixels, Calibrator, CrossValidation, HeldOut, Isotonic,
};
pub use fusion::{majority, mean};
pub use labels::{Kind, LabelError, RaterMask, SoftLabels, UNSEEN, Votes, binary_entropy, entropy};
pub use loss::{
    Balance, ClassMass, Classes, Denominator, Extent, Loss, LossError, LossKind, LossOptions, LossTerm,
    balance, binary_cross_entropy, cross_entropy, loss, loss_gradient, loss_map, loss_sum_gradient, one_hot,
    sigmoid_cross_entropy, sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into,
    sigmoid_cross_entropy_reference, softmax_cross_entropy, softmax_cross_entropy_gradient,
    softmax_cross_entropy_gradient_into, softmax_cross_entropy_reference,
};
pub use loss::{
    JointError, JointFamily, JointKind, JointTargets, LabelSetTargets, joint_cross_entropy,
    joint_cross_entropy_gradient, joint_cross_entropy_map, joint_distribution, joint_entropy,
    joint_label_sets, joint_marginals, label_set_targets, label_sets, state_marginals,
};
pub use score::{
    Bootstrap, Calibration, CalibrationBin, ClassScores, Confusion, CrossEntropyScore, F1, Interval, Judge,
    Overlap, Proper, RaterScores, Resolution, ScoreError, Scores,
};
pub use score::{
    EmptyMasks, EnergyDistance, HardMask, Measure, Pairs, Standing, energy_distance, level_samples,
    matched_iou,
};
pub use scumble_kernels::{Real, Target};
