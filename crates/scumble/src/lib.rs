#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod fusion;
mod labels;
mod loss;
mod score;

pub use fusion::{majority, mean};
pub use labels::{Kind, LabelError, RaterMask, SoftLabels, UNSEEN, Votes, binary_entropy, entropy};
pub use loss::{
    Denominator, Loss, LossError, LossOptions, binary_cross_entropy, cross_entropy, sigmoid_cross_entropy,
    sigmoid_cross_entropy_gradient, sigmoid_cross_entropy_gradient_into, sigmoid_cross_entropy_reference,
    softmax_cross_entropy, softmax_cross_entropy_gradient, softmax_cross_entropy_gradient_into,
    softmax_cross_entropy_reference,
};
pub use score::{
    Agreement, Calibration, CalibrationBin, ClassScores, Confusion, CrossEntropyScore, F1, Judge, Overlap,
    Proper, RaterScores, Resolution, ScoreError, Scores,
};
pub use scumble_kernels::{Real, Target};
