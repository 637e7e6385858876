#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod agreement;
pub mod calibrate;
pub mod fusion;
pub mod joint;
pub mod labels;
pub mod loss;
pub mod score;
pub mod shapes;
pub mod truth;

pub use agreement::Agreement;
pub use calibrate::Calibrator;
pub use fusion::{dawid_skene, mean, staple};
pub use joint::JointFamily;
pub use labels::{Kind, LabelSpace, RaterMask, SoftLabels, Votes};
pub use loss::{
    Loss, LossKind, LossOptions, loss, loss_gradient, sigmoid_cross_entropy, sigmoid_cross_entropy_gradient,
    softmax_cross_entropy, softmax_cross_entropy_gradient,
};
pub use score::{Judge, JudgeOptions, Scores};

pub use ndarray;
