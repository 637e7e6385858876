//! A part of a weighted sum of losses, as files spell it.

use super::error::LossError;
use super::kind::{Extent, LossKind};
use serde::{Deserialize, Serialize};

/// One part of a weighted sum of losses. In TOML: `loss = [{ kind = "softmax", weight = 0.25 }, ...]`.
///
/// A setting that the kind does not have is an error, and so is an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Spelling")]
pub struct LossTerm {
    /// Which loss.
    #[serde(flatten)]
    pub kind: LossKind,
    /// What it is multiplied by (1).
    pub weight: f64,
}

impl LossTerm {
    /// Refuses settings and weights out of range.
    ///
    /// # Errors
    /// A weight or setting that is negative or not finite.
    pub fn check(&self) -> Result<(), LossError> {
        if !(self.weight.is_finite() && self.weight >= 0.0) {
            let allowed = "finite, 0 or more";
            return Err(LossError::Setting { name: "weight", value: self.weight, allowed });
        }
        self.kind.check()
    }
}

impl From<LossKind> for LossTerm {
    fn from(kind: LossKind) -> Self {
        Self { kind, weight: 1.0 }
    }
}

/// Everything that can be written between the braces.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spelling {
    kind: String,
    #[serde(default = "one")]
    weight: f64,
    gamma: Option<f64>,
    alpha: Option<f64>,
    beta: Option<f64>,
    smooth: Option<f64>,
    over: Option<Extent>,
}

fn one() -> f64 {
    1.0
}

impl TryFrom<Spelling> for LossTerm {
    type Error = LossError;

    fn try_from(mut spelled: Spelling) -> Result<Self, LossError> {
        let mut kind: LossKind = spelled.kind.parse()?;
        let take = |setting: &mut f64, value: &mut Option<f64>| *setting = value.take().unwrap_or(*setting);
        match &mut kind {
            LossKind::Sigmoid | LossKind::Softmax | LossKind::Brier => {}
            LossKind::Focal { gamma } => take(gamma, &mut spelled.gamma),
            LossKind::Dice { smooth, over } | LossKind::Jaccard { smooth, over } => {
                take(smooth, &mut spelled.smooth);
                *over = spelled.over.take().unwrap_or(*over);
            }
            LossKind::Tversky { alpha, beta, smooth, over } => {
                take(alpha, &mut spelled.alpha);
                take(beta, &mut spelled.beta);
                take(smooth, &mut spelled.smooth);
                *over = spelled.over.take().unwrap_or(*over);
            }
        }
        // What was not taken is not the kind's.
        for (name, there) in [
            ("gamma", spelled.gamma.is_some()),
            ("alpha", spelled.alpha.is_some()),
            ("beta", spelled.beta.is_some()),
            ("smooth", spelled.smooth.is_some()),
            ("over", spelled.over.is_some()),
        ] {
            if there {
                return Err(LossError::NotFor { option: name, kind: kind.name(), advice: "leave it out" });
            }
        }
        let term = Self { kind, weight: spelled.weight };
        term.check()?;
        Ok(term)
    }
}

impl<'de> Deserialize<'de> for LossKind {
    /// As a [`LossTerm`] of weight 1.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let LossTerm { kind, weight } = LossTerm::deserialize(deserializer)?;
        let alone =
            || serde::de::Error::custom(format!("weight = {weight}: {kind} stands alone; leave it out"));
        if weight == 1.0 { Ok(kind) } else { Err(alone()) }
    }
}
