//! Which loss, of all that have a name.

use super::Error;
use scumble::LossKind;
use scumble::joint::{JointFamily, JointKind};
use scumble::loss::{Classes, Extent};
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, from_value};

/// A loss by its name and settings.
///
/// In JSON the names of both sorts stand beside each other, each with the settings that it has:
/// `{"kind": "focal", "gamma": 1, "classes": "exclusive"}`, `{"kind": "pairwise", "labels": 4}`.
///
/// ```
/// use scumble_jobs::loss::LossChoice;
///
/// let read = serde_json::from_str::<LossChoice>;
/// assert!(matches!(read(r#"{"kind": "brier", "balance": "batch"}"#)?, LossChoice::Classes { .. }));
/// assert!(matches!(read(r#"{"kind": "chain", "labels": 3}"#)?, LossChoice::Joint { .. }));
/// assert!(read(r#"{"kind": "chain", "labels": 3, "components": 2}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Map<String, Value>")]
pub enum LossChoice {
    /// Of probabilities of classes.
    Classes {
        /// Which, with its settings.
        #[serde(flatten)]
        kind: LossKind,
        /// What the classes are to each other, for the kinds that are defined for both. None: class indices are
        /// exclusive, probabilities independent.
        classes: Option<Classes>,
        /// Give both sides of each independent class the same mass in each image or over all, or exclusive classes
        /// theirs over all.
        balance: Option<Extent>,
    },
    /// Of sets of overlapping labels.
    Joint {
        /// Which family.
        kind: JointKind,
        /// How many labels a pixel may carry.
        labels: usize,
        /// Of a mixture: how many components; None: as many as there are parameters for.
        components: Option<usize>,
    },
}

impl LossChoice {
    /// Refuses what is wrong whatever the arrays.
    pub(super) fn check(&self) -> Result<(), Error> {
        match *self {
            Self::Classes { kind, classes: Some(classes), .. } if kind.classes(classes) != classes => {
                Err(Error::NoChoice(kind))
            }
            Self::Classes { kind, classes, balance: Some(Extent::Image) }
                if kind.classes(classes.unwrap_or(Classes::Independent)) == Classes::Exclusive =>
            {
                Err(Error::BalanceOfImage)
            }
            Self::Classes { kind, .. } => kind.check().map_err(Error::Option),
            Self::Joint { kind, components: Some(_), .. } if kind != JointKind::Mixture => {
                Err(Error::Components(kind))
            }
            Self::Joint { kind, labels, components } => {
                JointFamily::new(kind, labels, components.unwrap_or(1)).map_err(Error::JointOption)?;
                Ok(())
            }
        }
    }
}

/// What a joint family has beside its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Joint {
    kind: JointKind,
    labels: usize,
    components: Option<usize>,
}

impl TryFrom<Map<String, Value>> for LossChoice {
    type Error = serde_json::Error;

    fn try_from(mut written: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let joint = |kind: &JointKind| written.get("kind").is_some_and(|name| *name == kind.name());
        let choice = if JointKind::ALL.iter().any(joint) {
            let Joint { kind, labels, components } = from_value(Value::Object(written))?;
            Self::Joint { kind, labels, components }
        } else {
            let mut take = |setting| written.remove(setting).unwrap_or_default();
            let (classes, balance) = (from_value(take("classes"))?, from_value(take("balance"))?);
            Self::Classes { kind: from_value(Value::Object(written))?, classes, balance }
        };
        choice.check().map_err(serde_json::Error::custom)?;
        Ok(choice)
    }
}
