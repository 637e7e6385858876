//! How the numbers of maps with one channel are to be read.

use super::headers::Headers;
use super::levels::Levels;
use super::settings::Declared;
use crate::{DataError, Numbers, Probabilities, Question, RasterInfo, UseProblem};
use scumble::labels::Kind;
use std::path::Path;

/// How the numbers of maps are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 0 is off; 1, the full scale or the one entry of a palette is on. Floats are probabilities.
    OnOff,
    /// Class indices.
    Index,
    /// Full scale is probability 1, floats are as they are.
    Soft,
    /// Colours that dataset.toml gives the classes.
    Colours,
}

/// Larger values are no indices unless the file or dataset.toml says so.
const LARGEST_INDEX: u16 = 63;
/// The largest k of which 0, 1, .. k are indices without being asked.
const LARGEST_PLAIN_INDEX: u16 = 9;
/// Soft maps of so many raters or fewer are recognised by their equal steps.
const MOST_RATERS: u32 = 32;
/// Grey maps that reach three quarters of the full scale have more levels than this.
const FEW_LEVELS: usize = 16;
/// No index map has more levels than this.
const MANY_LEVELS: usize = 1000;
/// What most index maps use for "nobody knows", by the habit of Pascal VOC, and the same in 16 bits.
const VOID: [u16; 2] = [255, 65535];

/// What maps of one channel hold: how to read them and, for indices, the number of classes that they need.
pub(super) struct Found {
    pub(super) encoding: Encoding,
    pub(super) classes: Option<usize>,
}

impl From<Encoding> for Found {
    fn from(encoding: Encoding) -> Self {
        Self { encoding, classes: None }
    }
}

/// What is known before the maps are looked at.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) declared: Option<Declared>,
    /// The number of classes, where dataset.toml or a sidecar names several.
    pub(super) classes: Option<usize>,
    pub(super) ignore: Option<i64>,
    /// Whether they may be indices.
    pub(super) indices: Indices,
    /// Of maps to be judged: what the data set's labels are, and the number of classes.
    pub(super) judged_by: Option<(Kind, usize)>,
    /// Where the user says what is not known.
    pub(super) settings: &'a Path,
}

/// Whether maps may hold class indices.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Indices {
    /// There are class folders, or classes that do not exclude each other.
    Never,
    Possible,
    /// The classes are declared to exclude each other.
    Certain,
}

impl Known<'_> {
    /// Understands label maps.
    ///
    /// # Errors
    /// They can be read in several ways.
    pub(super) fn labels(self, headers: &Headers) -> Result<Found, DataError> {
        if self.declared == Some(Declared::Soft) {
            return Ok(Encoding::Soft.into());
        }
        let indices = self.declared == Some(Declared::Index) && self.indices != Indices::Never;
        if indices && self.classes.is_some() {
            return Ok(self.classes());
        }
        if !indices && self.judged_classes().is_none() && headers.all(|info| info.indexed == Some(1)) {
            return Ok(Encoding::OnOff.into());
        }
        let palette = headers.find(is_palette).is_some();
        let sample = headers.sample(self.ignore);
        // Grey maps only become greyer. Of all others a rare value may be missing in the sample.
        if !indices && !palette && self.indices != Indices::Certain && is_soft(&sample) {
            return Ok(soft(&sample));
        }
        let levels = headers.everything(self.ignore);
        if indices { self.indices(&levels, palette) } else { self.labels_of(&levels, palette) }
    }

    fn labels_of(self, levels: &Levels, palette: bool) -> Result<Found, DataError> {
        let values = levels.values();
        let largest = values.last().copied().unwrap_or(0);
        let only = |known: &[u16]| values.iter().all(|value| known.contains(value));
        let floats = levels.has(Numbers::Float);
        let whole_floats = floats && !levels.fraction;
        let ignored = self.ignore.is_some() && self.indices != Indices::Never;
        if !levels.fraction
            && let Some(count) = self.judged_classes().filter(|&count| usize::from(largest) < count)
        {
            return Ok(Found { encoding: Encoding::Index, classes: Some(count) });
        }
        if only(&[0, 1]) {
            return match self.classes {
                _ if levels.fraction => Ok(soft(levels)),
                Some(3..) if self.indices == Indices::Certain => Ok(self.classes()),
                _ if palette && ignored => self.indices(levels, palette),
                _ => Ok(Encoding::OnOff.into()),
            };
        }
        // Some write "on" as 1 and some as 255; both in one file is something else.
        let two_ways = only(&[0, 255, 65535]) || only(&[0, 1, 255]) && !levels.mixed;
        if two_ways && !whole_floats && !(palette && ignored) {
            return Ok(Encoding::OnOff.into());
        }
        if palette && self.indices != Indices::Never {
            let one_entry = values.iter().filter(|value| **value != 0).count() == 1;
            let on_off = one_entry && !ignored && self.indices == Indices::Possible;
            return if on_off { Ok(Encoding::OnOff.into()) } else { self.indices(levels, palette) };
        }
        match self.indices {
            Indices::Certain => return self.indices(levels, palette),
            Indices::Never if only(&[0, 1, 255]) && !floats => return Err(self.ask(levels, false, false)),
            Indices::Never if levels.has(Numbers::Integer) => {
                let problem = UseProblem::NoFullScale { largest };
                return Err(DataError::Unfit { path: levels.example(largest), problem });
            }
            Indices::Never if palette => return Ok(Encoding::OnOff.into()),
            Indices::Never => return Ok(Encoding::Soft.into()),
            Indices::Possible => {}
        }
        if is_soft(levels) || levels.fraction {
            return Ok(soft(levels));
        }
        let binary = self.judged_by.is_some_and(|(kind, _)| kind == Kind::Binary);
        let plain = largest <= LARGEST_PLAIN_INDEX && values.len() == usize::from(largest) + 1;
        let no_full_scale = levels.by_type().all(|(numbers, _)| numbers == Numbers::Integer);
        let small = largest <= LARGEST_INDEX && (no_full_scale || ignored);
        match () {
            () if (plain || small) && !binary => self.indices(levels, palette),
            // An index map that is judged by binary labels is more likely a mistake than a probability.
            () if binary && !plain && !no_full_scale => Ok(Encoding::Soft.into()),
            // The reader says that floats are to be divided by 255.
            () if whole_floats && largest > 250 => Ok(Encoding::Soft.into()),
            () => Err(self.ask(levels, false, false)),
        }
    }

    /// Understands raters' masks. They are hard: values that are neither on/off nor indices are left for the
    /// reader to refuse, with their pixel.
    ///
    /// # Errors
    /// One of their values may be no class.
    pub(super) fn masks(self, headers: &Headers) -> Result<Found, DataError> {
        if headers.all(|info| info.indexed == Some(1)) {
            return Ok(Encoding::OnOff.into());
        }
        let only = |levels: &Levels, known: &[u16]| levels.values().iter().all(|v| known.contains(v));
        let palette = headers.find(is_palette).is_some();
        let sample = headers.sample(self.ignore);
        if !palette && !only(&sample, &[0, 1]) && only(&sample, &[0, 255, 65535]) {
            return Ok(Encoding::OnOff.into());
        }
        let levels = headers.everything(self.ignore);
        let values = levels.values();
        let indices = self.declared == Some(Declared::Index) || matches!(self.classes, Some(3..));
        let one_entry = values.iter().filter(|value| **value != 0).count() <= 1;
        let on_off = if only(&levels, &[0, 1]) {
            !(palette && self.ignore.is_some() || indices && self.indices == Indices::Certain)
        } else if palette {
            one_entry && self.ignore.is_none() && self.indices == Indices::Possible
        } else {
            only(&levels, &[0, 255, 65535]) || only(&levels, &[0, 1, 255]) && !levels.mixed
        };
        let small = values.last().is_none_or(|largest| *largest <= LARGEST_INDEX);
        let void = void_of(&values).is_some_and(|_| values[values.len() - 2] <= LARGEST_INDEX);
        let may = self.indices != Indices::Never && !levels.fraction && !on_off;
        match may && (palette || indices || small || void) {
            true => self.indices(&levels, true),
            false => Ok(Encoding::OnOff.into()),
        }
    }

    /// Class indices: without declared classes their number is the largest index of the whole set, plus one.
    /// Probabilities are out of the question if they are `hard`.
    fn indices(self, levels: &Levels, hard: bool) -> Result<Found, DataError> {
        let values = levels.values();
        match self.classes {
            Some(_) => Ok(self.classes()),
            None if void_of(&values).is_some() => Err(self.ask(levels, hard, true)),
            None => {
                let classes = values.last().map_or(1, |largest| usize::from(*largest) + 1);
                Ok(Found { encoding: Encoding::Index, classes: Some(classes) })
            }
        }
    }

    fn classes(self) -> Found {
        Found { encoding: Encoding::Index, classes: self.classes }
    }

    /// The question what the values are; not whether they are probabilities if they are `hard`, and about one value if
    /// the others are `indices`.
    fn ask(self, levels: &Levels, hard: bool, indices: bool) -> DataError {
        let values = levels.values();
        let largest = values.last().copied().unwrap_or(0);
        let void = void_of(&values);
        let all: u64 = levels.counts().map(|(_, _, count)| count).sum();
        let share = |value: u16| {
            let of_value = levels.counts().filter(|(_, other, _)| *other == value);
            of_value.map(|(_, _, count)| count).sum::<u64>() as f64 / all as f64
        };
        let probabilities = if hard {
            Probabilities::None
        } else if levels.has(Numbers::Float) {
            Probabilities::Beyond1
        } else if levels.has(Numbers::Integer) {
            Probabilities::NoFullScale
        } else {
            let full = |numbers| if numbers == Numbers::U8 { 255.0 } else { 65535.0 };
            let each =
                || levels.counts().map(|(numbers, value, count)| (f64::from(value) / full(numbers), count));
            Probabilities::Of {
                full_scale: if levels.has(Numbers::U16) { 65535 } else { 255 },
                mean: each().map(|(p, count)| p * count as f64).sum::<f64>() / all as f64,
                largest: each().map(|(p, _)| p).fold(0.0, f64::max),
            }
        };
        let below = values.iter().rev().nth(1).copied().unwrap_or(0);
        let question = Question {
            shares: values.iter().map(|&value| (value, share(value))).collect(),
            void,
            void_settles: indices || below <= LARGEST_INDEX,
            probabilities,
        };
        let (path, settings) = (levels.example(void.unwrap_or(largest)), self.settings.to_owned());
        DataError::Ambiguous { path, settings, question: Box::new(question) }
    }

    /// The number of exclusive classes of the data set that maps are judged by.
    fn judged_classes(self) -> Option<usize> {
        let (kind, classes) = self.judged_by.filter(|_| self.indices == Indices::Possible)?;
        (kind == Kind::Multiclass).then_some(classes)
    }
}

fn is_palette(info: &RasterInfo) -> bool {
    info.indexed.is_some_and(|largest| largest > 1)
}

/// Soft maps; integers beside floats may be on/off.
fn soft(levels: &Levels) -> Found {
    let hard = |(numbers, values): (Numbers, Vec<u16>)| {
        numbers != Numbers::Float && values.iter().all(|value| [0, 1, 255, 65535].contains(value))
    };
    if levels.by_type().any(hard) { Encoding::OnOff.into() } else { Encoding::Soft.into() }
}

/// Whether all maps are plainly probabilities, and not only 0 and 1.
fn is_soft(levels: &Levels) -> bool {
    let full_scale = |numbers| if numbers == Numbers::U8 { 255 } else { 65535 };
    let grey = |(numbers, values): &(Numbers, Vec<u16>)| match numbers {
        Numbers::U8 | Numbers::U16 => {
            let full = full_scale(*numbers);
            has_equal_steps(values, full) || is_full_range(values, full)
        }
        _ => false,
    };
    let hard = |(numbers, values): &(Numbers, Vec<u16>)| match numbers {
        Numbers::Float => levels.fraction,
        Numbers::Integer => false,
        _ => values.iter().all(|value| [0, full_scale(*numbers)].contains(value)),
    };
    let types: Vec<_> = levels.by_type().collect();
    types.iter().all(|of_type| grey(of_type) || hard(of_type)) && (levels.fraction || types.iter().any(grey))
}

/// Shares of n raters: all values are within 1 of i full / n, and of these n + 1 levels more than half are there,
/// one of them between 0 and 1.
fn has_equal_steps(values: &[u16], full: u16) -> bool {
    (2..=MOST_RATERS).any(|raters| {
        let step = f64::from(full) / f64::from(raters);
        let level = |value: &u16| (f64::from(*value) / step).round();
        let near = |value: &u16| (f64::from(*value) - level(value) * step).abs() <= 1.0;
        let mut levels: Vec<f64> = values.iter().map(level).collect();
        levels.dedup();
        let between = levels.iter().any(|&level| level > 0.0 && level < f64::from(raters));
        between && values.iter().all(near) && 2 * levels.len() > raters as usize + 1
    })
}

/// Many levels that reach far up, the void of index maps aside.
fn is_full_range(values: &[u16], full: u16) -> bool {
    let far = |value: &&u16| **value < full && u32::from(**value) >= 3 * u32::from(full) / 4;
    values.len() > MANY_LEVELS || values.len() > FEW_LEVELS && values.iter().any(|value| far(&value))
}

/// The last value if it is 255 or 65535 and far from the others: it is hardly the next class.
fn void_of(values: &[u16]) -> Option<u16> {
    let [.., below, last] = values else { return None };
    (VOID.contains(last) && u32::from(*below) < 3 * u32::from(*last) / 4).then_some(*last)
}
