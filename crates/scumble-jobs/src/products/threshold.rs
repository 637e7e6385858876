//! From which probability on a class is predicted.

use super::error::Error;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

/// From which probability on a class is predicted.
///
/// As text it is `0.5`, `best-f1`, `cup=0.4,disc=0.6`, or with a number for all others `0.5,cup=0.4`. JSON has the number, the
/// text, or an object of numbers by class.
///
/// ```
/// use scumble_jobs::products::Threshold;
///
/// let each: Threshold = "cup=0.4,disc=0.6".parse()?;
/// assert_eq!(serde_json::from_str::<Threshold>(r#"{"cup": 0.4, "disc": 0.6}"#).unwrap(), each);
/// assert!("cup=4".parse::<Threshold>().is_err());
/// # Ok::<(), scumble_jobs::products::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Threshold {
    /// Where F1 of the validation images was best, class by class, as the model file says it.
    BestF1,
    /// These.
    Of(Thresholds),
}

/// Numbers from 0 to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds {
    /// Of classes by name.
    classes: BTreeMap<String, f64>,
    /// Of all others.
    others: Option<f64>,
}

/// The name of the one that a model file says.
const BEST_F1: &str = "best-f1";

impl Threshold {
    /// One for all classes.
    ///
    /// # Errors
    /// A number that is no probability.
    pub fn new(of_all: f64) -> Result<Self, Error> {
        Ok(Self::Of(Thresholds { classes: BTreeMap::new(), others: Some(probability(of_all)?) }))
    }

    /// The threshold of each class; `best` is what a model says of them, of maps without a model nothing.
    ///
    /// # Errors
    /// A class without a threshold, or a threshold without a class.
    pub(super) fn of(&self, classes: &[String], best: Option<&[Option<f64>]>) -> Result<Vec<f64>, Error> {
        let Thresholds { classes: named, others } = match self {
            Self::Of(thresholds) => thresholds,
            Self::BestF1 => {
                let best = best.ok_or(Error::BestOfMaps)?;
                let of = |(at, class): (usize, &String)| {
                    let known = best.get(at).copied().flatten();
                    known.ok_or_else(|| Error::NoBest { class: class.clone() })
                };
                return classes.iter().enumerate().map(of).collect();
            }
        };
        if let Some(class) = named.keys().find(|name| !classes.contains(name)) {
            return Err(Error::NoClass { class: class.clone(), known: classes.to_vec() });
        }
        let of = |class: &String| {
            named.get(class).copied().or(*others).ok_or_else(|| Error::NoThreshold { class: class.clone() })
        };
        classes.iter().map(of).collect()
    }
}

fn probability(number: f64) -> Result<f64, Error> {
    let sound = (0.0..=1.0).contains(&number);
    sound.then_some(number).ok_or_else(|| Error::Threshold { text: number.to_string() })
}

impl FromStr for Threshold {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == BEST_F1 {
            return Ok(Self::BestF1);
        }
        let wrong = || Error::Threshold { text: text.to_owned() };
        let mut thresholds = Thresholds::default();
        for part in text.split(',') {
            // A name may have a sign of equality, and a number has none.
            let (class, number) = part.rsplit_once('=').map_or((None, part), |(class, n)| (Some(class), n));
            let number = probability(number.parse().map_err(|_| wrong())?)?;
            let twice = match class {
                None => thresholds.others.replace(number),
                Some(class) => thresholds.classes.insert(class.to_owned(), number),
            };
            if twice.is_some() {
                return Err(wrong());
            }
        }
        Ok(Self::Of(thresholds))
    }
}

/// What JSON has.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
    Classes(BTreeMap<String, f64>),
}

impl TryFrom<Written> for Threshold {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self, Error> {
        match written {
            Written::Number(number) => Self::new(number),
            Written::Text(text) => text.parse(),
            Written::Classes(classes) => {
                classes.values().try_for_each(|number| probability(*number).map(drop))?;
                Ok(Self::Of(Thresholds { classes, others: None }))
            }
        }
    }
}

impl From<Threshold> for Written {
    fn from(threshold: Threshold) -> Self {
        let Threshold::Of(Thresholds { classes, others }) = threshold else {
            return Self::Text(BEST_F1.to_owned());
        };
        match others {
            None => Self::Classes(classes),
            Some(number) if classes.is_empty() => Self::Number(number),
            Some(number) => {
                let named = classes.iter().map(|(class, number)| format!(",{class}={number}"));
                Self::Text(format!("{number}{}", named.collect::<String>()))
            }
        }
    }
}
