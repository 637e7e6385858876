//! Why predictions cannot be calibrated.

use super::CalibrationMethod;
use crate::labels::Kind;
use thiserror::Error;

/// Why predictions cannot be calibrated.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// A name that no method has.
    #[error("'{name}' is no method; known are {}", names(|_| true))]
    UnknownMethod {
        /// The name.
        name: String,
    },
    /// A method for another kind of label.
    #[error("{method} is not for {kind} labels; {} are", names(|method| method.fits(*kind)))]
    Method {
        /// The method.
        method: CalibrationMethod,
        /// The kind of the predictions.
        kind: Kind,
    },
    /// Logits and label of different shapes, [classes, height, width].
    #[error("the logits are {found:?} (classes, height, width), their label {expected:?}")]
    Shape {
        /// The logits' shape.
        found: Vec<usize>,
        /// The label's shape.
        expected: Vec<usize>,
    },
    /// A logit that is no finite number.
    #[error("class {class}, row {row}, column {column}: the logit is {value}")]
    Logit {
        /// Its class.
        class: usize,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f32,
    },
    /// Images of different kinds or classes.
    #[error("images of different kinds or numbers of classes")]
    Mixed,
    /// Nothing that counts.
    #[error("no valid pixel to calibrate on")]
    Empty,
    /// Fewer groups of images than cross-validation needs.
    #[error(
        "{}, {folds} folds: a gain on images held out needs at least 2 of each",
        in_groups(*images, *groups)
    )]
    Folds {
        /// Images.
        images: usize,
        /// Groups of images that belong together.
        groups: usize,
        /// Folds.
        folds: usize,
    },
    /// Labels that a shift could follow to infinity.
    #[error(
        "class {class}: its labels are all {value}, and no finite shift is the best for them; use temperature"
    )]
    OneSided {
        /// The class.
        class: usize,
        /// 0 or 1.
        value: u8,
    },
    /// The likelihood grows without end.
    #[error(
        "{}no finite scale is the best, as the likelihood still grows at {scale:.3e}: the logits \
         separate the labels without a doubt, so these images cannot say how sure to be; use more images, or soft labels",
        of(*class)
    )]
    NoMaximum {
        /// The class whose scale it is, if it is not that of all.
        class: Option<usize>,
        /// How far the search went.
        scale: f64,
    },
    /// Logits that say nothing about the labels, or the opposite.
    #[error(
        "{}the best scale is {scale:.3e}: the logits say nothing about these labels, or their opposite",
        of(*class)
    )]
    Uninformative {
        /// The class whose scale it is, if it is not that of all.
        class: Option<usize>,
        /// The best scale.
        scale: f64,
    },
    /// A stored calibration that cannot be.
    #[error("damaged calibration: {0}")]
    Damaged(String),
}

impl CalibrateError {
    /// The class at fault, if it is one.
    pub fn class(&self) -> Option<usize> {
        match self {
            Self::Logit { class, .. } | Self::OneSided { class, .. } => Some(*class),
            Self::NoMaximum { class, .. } | Self::Uninformative { class, .. } => *class,
            _ => None,
        }
    }
}

fn in_groups(images: usize, groups: usize) -> String {
    let images = if images == 1 { "1 image".to_owned() } else { format!("{images} images") };
    match groups {
        1 if images != "1 image" => format!("{images} of 1 group"),
        _ => images,
    }
}

fn of(class: Option<usize>) -> String {
    class.map_or(String::new(), |class| format!("class {class}: "))
}

fn names(of: impl Fn(&CalibrationMethod) -> bool) -> String {
    let methods = CalibrationMethod::ALL.into_iter().filter(of);
    methods.map(CalibrationMethod::name).collect::<Vec<_>>().join(", ")
}
