use super::{Judgement, named};
use crate::failure::{Shown, Usage};
use crate::show;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A condition under which `eval` fails, such as `calibration > 0.05` or `dice[water] < 0.8`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gate {
    name: &'static str,
    class: Option<String>,
    comparison: Comparison,
    limit: f64,
}

/// A comparison: its sign and what it asks.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    sign: &'static str,
    holds: fn(&f64, &f64) -> bool,
}

/// Longer signs first, as `<` begins `<=`.
const COMPARISONS: [Comparison; 4] = [
    Comparison { sign: "<=", holds: f64::le },
    Comparison { sign: ">=", holds: f64::ge },
    Comparison { sign: "<", holds: f64::lt },
    Comparison { sign: ">", holds: f64::gt },
];

impl PartialEq for Comparison {
    fn eq(&self, other: &Self) -> bool {
        self.sign == other.sign
    }
}

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (comparison, (left, right)) = COMPARISONS
            .into_iter()
            .find_map(|comparison| Some((comparison, text.split_once(comparison.sign)?)))
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
        let known = named::names().find(|known| *known == name).ok_or_else(|| unknown(name))?;
        Ok(Self { name: known, class, comparison, limit })
    }
}

fn unknown(name: &str) -> String {
    let likeness = |known: &&str| strsim::jaro_winkler(known, name);
    let nearest = named::names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|known| likeness(known) > 0.7) {
        Some(known) => format!("there is no score {name:?}; did you mean {known}?"),
        None => {
            format!("there is no score {name:?}; there are {}", named::names().collect::<Vec<_>>().join(", "))
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = self.class.as_ref().map_or(String::new(), |class| format!("[{class}]"));
        write!(f, "{}{class} {} {}", self.name, self.comparison.sign, self.limit)
    }
}

impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What became of a gate.
#[derive(Debug, Serialize)]
pub(super) struct Outcome<'a> {
    fail_if: &'a Gate,
    /// The score; none if it does not exist.
    value: Option<f64>,
    failed: bool,
}

/// Refuses a class that there is not.
pub(super) fn check_classes(gates: &[Gate], classes: &[String]) -> Result<(), Usage> {
    for gate in gates {
        if let Some(class) = &gate.class
            && !classes.contains(class)
        {
            let known = classes.join(", ");
            return Err(Usage(format!("--fail-if '{gate}': no class is named {class:?}; there are {known}")));
        }
    }
    Ok(())
}

/// Asks every gate. A score that does not exist proves nothing, so its gate has failed.
pub(super) fn outcomes<'a>(gates: &'a [Gate], judgement: &Judgement) -> Vec<Outcome<'a>> {
    let outcome = |gate: &'a Gate| {
        let value = named::value(judgement, gate.name, gate.class.as_deref());
        let failed = value.is_none_or(|value| value.is_nan() || (gate.comparison.holds)(&value, &gate.limit));
        Outcome { fail_if: gate, value, failed }
    };
    gates.iter().map(outcome).collect()
}

/// Says which gates failed; an error if any did.
pub(super) fn verdict(outcomes: &[Outcome<'_>]) -> anyhow::Result<()> {
    let mut failed = outcomes.iter().filter(|outcome| outcome.failed).peekable();
    if failed.peek().is_none() {
        return Ok(());
    }
    for Outcome { fail_if, value, .. } in failed {
        match value {
            Some(value) => show::error(&format!("failed: {fail_if} (it is {value:.6})")),
            None => show::error(&format!("failed: {fail_if} (there is no such score of these predictions)")),
        }
    }
    Err(Shown.into())
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
