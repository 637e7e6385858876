//! Losses by name, with their settings.

use super::error::LossError;
use super::options::Classes;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A loss by name, with its settings. In TOML: `{ kind = "focal", gamma = 2 }`.
///
/// [`LossKind::Sigmoid`] is for independent classes and [`LossKind::Softmax`] for exclusive ones; the others are
/// defined for both and follow [`LossOptions::classes`](super::LossOptions::classes).
///
/// ```
/// use scumble::loss::LossKind;
///
/// assert_eq!("focal".parse(), Ok(LossKind::Focal { gamma: 2.0 }));
/// assert!("sigmod".parse::<LossKind>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LossKind {
    /// Sigmoid cross entropy, [`sigmoid_cross_entropy`](super::sigmoid_cross_entropy).
    Sigmoid,
    /// Softmax cross entropy, [`softmax_cross_entropy`](super::softmax_cross_entropy).
    Softmax,
    /// Focal loss, `-sum_k t_k (1 - q_k)^gamma ln q_k`: the cross entropy at gamma = 0.
    ///
    /// Over independent classes a class and its absence are the two k. Linear in the label, so it is the mean of
    /// the raters' losses; with hard labels it is that of Lin et al. 2017, "Focal loss for dense object detection".
    /// It is no proper score: its minimum is not at q = t (Charoenphakdee et al. 2021), and the floor is the loss
    /// at the minimum.
    Focal {
        /// How little well predicted pixels count, 0 or more (2).
        gamma: f64,
    },
    /// Squared error, `(s - t)^2` or over exclusive classes `sum_k (q_k - t_k)^2`; proper, floor 0 (Brier 1950).
    Brier,
    /// 1 - soft Dice, see [`LossKind::Tversky`]: alpha = beta = 1/2.
    Dice {
        /// Added to the numerator `2 I` and to the denominator `sum p + sum t` (0).
        smooth: f64,
        /// What is summed before dividing.
        over: Extent,
    },
    /// 1 - soft Jaccard (IoU), see [`LossKind::Tversky`]: alpha = beta = 1.
    Jaccard {
        /// Added to intersection and union (0).
        smooth: f64,
        /// What is summed before dividing.
        over: Extent,
    },
    /// 1 - soft Tversky index, `1 - (I + smooth) / (I + alpha FP + beta FN + smooth)`, for each class.
    ///
    /// I = sum w (|p| + |t| - |p - t|) / 2 is the intersection, FP = sum w p - I what is predicted beyond the label,
    /// FN = sum w t - I what is missed. So the loss is 0, its least, at p = t for soft labels too, where the product
    /// form p t is not (Wang et al. 2023, "Jaccard metric losses"). Where label, prediction and `smooth` are all 0
    /// the loss is 0. A class that an image does not have costs 1 without `smooth`, whatever is predicted, and its
    /// gradient is 0; with `smooth` above 0 predicting less of it costs less.
    Tversky {
        /// Weight of what is predicted beyond the label (1/2).
        alpha: f64,
        /// Weight of what is missed (1/2).
        beta: f64,
        /// Added to numerator and denominator (0).
        smooth: f64,
        /// What is summed before dividing.
        over: Extent,
    },
}

/// What an overlap is summed over before the division; each class always by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// Each image by itself; the loss is the mean over images and classes.
    #[default]
    Image,
    /// All images of the array; the loss is the mean over classes.
    Batch,
}

impl LossKind {
    /// Every kind's name.
    pub const NAMES: [&str; 7] = ["sigmoid", "softmax", "focal", "brier", "dice", "jaccard", "tversky"];

    /// The name, as in files and on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            LossKind::Sigmoid => "sigmoid",
            LossKind::Softmax => "softmax",
            LossKind::Focal { .. } => "focal",
            LossKind::Brier => "brier",
            LossKind::Dice { .. } => "dice",
            LossKind::Jaccard { .. } => "jaccard",
            LossKind::Tversky { .. } => "tversky",
        }
    }

    /// How this kind reads classes that are otherwise taken as `others`: sigmoid and softmax have no choice.
    pub fn classes(&self, others: Classes) -> Classes {
        match self {
            LossKind::Sigmoid => Classes::Independent,
            LossKind::Softmax => Classes::Exclusive,
            _ => others,
        }
    }

    /// True for Dice, Jaccard and Tversky: one number for all pixels of a class, with no map and no weights of a
    /// label's two sides.
    pub fn is_overlap(&self) -> bool {
        matches!(self, LossKind::Dice { .. } | LossKind::Jaccard { .. } | LossKind::Tversky { .. })
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// A negative or not finite gamma, alpha, beta or smooth.
    pub fn check(&self) -> Result<(), LossError> {
        let settings = match *self {
            LossKind::Sigmoid | LossKind::Softmax | LossKind::Brier => vec![],
            LossKind::Focal { gamma } => vec![("gamma", gamma)],
            LossKind::Dice { smooth, .. } | LossKind::Jaccard { smooth, .. } => vec![("smooth", smooth)],
            LossKind::Tversky { alpha, beta, smooth, .. } => {
                vec![("alpha", alpha), ("beta", beta), ("smooth", smooth)]
            }
        };
        match settings.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            Some((name, value)) => Err(LossError::Setting { name, value, allowed: "finite, 0 or more" }),
            None => Ok(()),
        }
    }
}

impl FromStr for LossKind {
    type Err = LossError;

    /// The kind of this name, with its default settings.
    fn from_str(name: &str) -> Result<Self, LossError> {
        let (smooth, over) = (0.0, Extent::Image);
        match name {
            "sigmoid" => Ok(LossKind::Sigmoid),
            "softmax" => Ok(LossKind::Softmax),
            "focal" => Ok(LossKind::Focal { gamma: 2.0 }),
            "brier" => Ok(LossKind::Brier),
            "dice" => Ok(LossKind::Dice { smooth, over }),
            "jaccard" => Ok(LossKind::Jaccard { smooth, over }),
            "tversky" => Ok(LossKind::Tversky { alpha: 0.5, beta: 0.5, smooth, over }),
            _ => Err(LossError::UnknownKind { name: name.to_owned(), known: &Self::NAMES }),
        }
    }
}

impl fmt::Display for LossKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
