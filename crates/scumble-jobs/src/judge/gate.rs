//! Conditions under which predictions are not good enough.

use super::beside;
use scumble::score::score_names;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A condition under which a judgement has failed, such as `calibration > 0.05` or `dice[water] < 0.8`.
///
/// ```
/// use scumble_jobs::judge::Gate;
///
/// assert_eq!("brier<=1e-2".parse::<Gate>().unwrap().to_string(), "brier <= 0.01");
/// assert!("calibraton > 0.05".parse::<Gate>().unwrap_err().contains("did you mean calibration?"));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    name: &'static str,
    class: Option<String>,
    comparison: Comparison,
    limit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtMost,
    AtLeast,
    Below,
    Above,
}

impl Comparison {
    /// Longer signs first, as `<` begins `<=`.
    const ALL: [Self; 4] = [Self::AtMost, Self::AtLeast, Self::Below, Self::Above];

    fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::Above => ">",
        }
    }

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => value <= limit,
            Self::AtLeast => value >= limit,
            Self::Below => value < limit,
            Self::Above => value > limit,
        }
    }
}

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (comparison, (left, right)) = Comparison::ALL
            .into_iter()
            .find_map(|comparison| Some((comparison, text.split_once(comparison.sign())?)))
            .ok_or("a condition is a score, one of < <= > >=, and a number, such as 'calibration > 0.05'")?;
        let limit = right.trim().parse().ok().filter(|limit: &f64| limit.is_finite());
        let limit = limit.ok_or_else(|| format!("{:?} is no number", right.trim()))?;
        let (name, class) = match left.trim().split_once('[') {
            None => (left.trim(), None),
            Some((name, rest)) => {
                let class = rest.strip_suffix(']').ok_or("a class is named in brackets: dice[water]")?;
                (name.trim(), Some(class.to_string()))
            }
        };
        let name = names().find(|known| *known == name).ok_or_else(|| unknown(name))?;
        Ok(Self { name, class, comparison, limit })
    }
}

/// Every score that a gate can ask for.
fn names() -> impl Iterator<Item = &'static str> {
    score_names().iter().map(|score| score.name).chain(beside::NAMES.iter().map(|(name, _)| *name))
}

fn unknown(name: &str) -> String {
    let likeness = |known: &&str| strsim::jaro_winkler(known, name);
    let nearest = names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|known| likeness(known) > 0.7) {
        Some(known) => format!("there is no score {name:?}; did you mean {known}?"),
        None => {
            format!("there is no score {name:?}; there are {}", names().collect::<Vec<_>>().join(", "))
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = self.class.as_ref().map_or(String::new(), |class| format!("[{class}]"));
        write!(f, "{}{class} {} {}", self.name, self.comparison.sign(), self.limit)
    }
}

impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Gate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
    }
}

impl Gate {
    /// The score that it asks for.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The class of which it asks for it; none: over all.
    pub(super) fn class(&self) -> Option<&str> {
        self.class.as_deref()
    }

    /// What becomes of it where the score is this, or where there is none.
    pub(super) fn outcome(&self, value: Option<f64>) -> GateOutcome {
        let failed = value.is_none_or(|value| value.is_nan() || self.comparison.holds(value, self.limit));
        GateOutcome { fail_if: self.clone(), value, failed }
    }
}

/// What became of a gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateOutcome {
    /// The condition.
    pub fail_if: Gate,
    /// The score; none if it does not exist.
    pub value: Option<f64>,
    /// Whether the condition holds, or cannot be told.
    pub failed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_written_alike() {
        for text in ["calibration > 0.05", "excess >= 0", "dice[open water] < 0.8", "bias <= -0.25"] {
            assert_eq!(text.parse::<Gate>().unwrap().to_string(), text);
        }
        assert_eq!("brier<=1e-2".parse::<Gate>().unwrap().to_string(), "brier <= 0.01");
    }

    #[test]
    fn what_is_no_condition_is_refused_with_a_hint() {
        for (text, says) in [
            ("calibraton > 0.05", "did you mean calibration"),
            ("zzz > 1", "there are log_loss"),
            ("calibration", "such as"),
            ("dice > much", "no number"),
            ("dice > nan", "no number"),
            ("dice[water < 1", "brackets"),
        ] {
            let message = text.parse::<Gate>().unwrap_err();
            assert!(message.contains(says), "{text}: {message}");
        }
    }
}
