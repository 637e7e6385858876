//! Maps whose integers could be two things: what each reading would make of them, and what to write to choose it.

use std::fmt::{self, Display, Formatter};

/// Integers that can be read in several ways.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Every value of the maps, ascending, with its share of the samples.
    pub shares: Vec<(u16, f64)>,
    /// The value that may mean "nobody knows" (255 or 65535).
    pub void: Option<u16>,
    /// `ignore_index` alone settles that the others are indices.
    pub void_settles: bool,
    /// What they are as probabilities.
    pub probabilities: Probabilities,
}

/// What integers are as probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Probabilities {
    /// They have a full scale.
    Of {
        /// What 1 is; where files of 8 and of 16 bits lie side by side, of the latter.
        full_scale: u16,
        /// Their mean.
        mean: f64,
        /// The largest of them.
        largest: f64,
    },
    /// Integers of a type without full scale.
    NoFullScale,
    /// Floats beyond 1.
    Beyond1,
    /// Masks and palettes are none.
    None,
}

impl Display for Question {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let values = some(self.shares.iter().map(|(value, _)| value.to_string()));
        write!(f, "the values {values} of this map and those beside it ")?;
        f.write_str(match self.probabilities {
            Probabilities::None => "are class indices, but one of them may mean 'unlabelled'",
            _ => "could be class indices or probabilities",
        })?;
        f.write_str(". ")?;
        let known = self.shares.iter().filter(|(value, _)| Some(*value) != self.void);
        let all: f64 = known.clone().map(|(_, share)| share).sum();
        let shares =
            some(known.clone().map(|(value, share)| format!("{value}: {:.2} %", 100.0 * share / all)));
        let classes = |largest: Option<&(u16, f64)>| largest.map_or(0, |(value, _)| usize::from(*value) + 1);
        match self.void {
            Some(void) => {
                write!(
                    f,
                    "{void} means 'unlabelled', the others are classes ({shares}): ignore_index = {void}"
                )?;
                if !self.void_settles {
                    f.write_str(" and labels = \"index\"")?;
                }
                let count = classes(self.shares.last());
                write!(f, ". {void} is a class like the others: classes = [..] with {count} names")?;
            }
            None => {
                let count = classes(known.clone().next_back());
                write!(f, "Indices of {count} classes ({shares}): labels = \"index\"")?;
            }
        }
        match self.probabilities {
            Probabilities::Of { full_scale, mean, largest } => {
                let mean = 100.0 * mean;
                write!(
                    f,
                    ". Probabilities, {full_scale} = 1 ({mean:.2} % on in the mean, {largest:.3} at most): labels = \"soft\""
                )
            }
            Probabilities::NoFullScale => f.write_str(
                ". Probabilities: a signed, 32- or 64-bit integer type has no full scale that 1 could be; store them as \
                 float32 (0 to 1), uint8 or uint16",
            ),
            Probabilities::Beyond1 => {
                f.write_str(". Probabilities: floats are 0 to 1; divide them by what 1 stands for")
            }
            Probabilities::None => Ok(()),
        }
    }
}

/// The first of many words.
fn some(words: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 8;
    let words: Vec<String> = words.collect();
    match words.len() {
        ..=SHOWN => words.join(", "),
        count => format!("{}, .. {} ({count} in all)", words[..SHOWN - 1].join(", "), words[count - 1]),
    }
}
