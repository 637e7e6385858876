//! Counted combinations of the raters' marks.

use super::error::FusionError;
use super::planes::{Planes, check};
use crate::labels::{LabelSpace, NamedMask, UNSEEN, named};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Pixels of one parallel piece. Fixed, so that nothing depends on the number of threads.
const PIECE: usize = 1 << 17;

/// What the raters who have seen a pixel say of it: (rater, mark), by rater.
pub(super) type Pattern = Vec<(u32, u16)>;

/// How often each combination of the raters' marks occurs.
///
/// What a model of raters says of a pixel depends on that pixel's marks alone. So it is fitted to the
/// combinations that occur, with their counts, and not to pixels: seven raters' masks of 2048 x 2048 pixels
/// are at most 2^7 of them. Images can be added one after the other and forgotten; counts are u64.
///
/// A rater without a mask of an image, and one whose mark is [`UNSEEN`], says nothing; a pixel of which
/// nobody says anything is left out. Multilabel classes are counted each on its own.
///
/// ```
/// use ndarray::array;
/// use scumble::fusion::Patterns;
/// use scumble::labels::{Kind, LabelSpace, RaterMask};
///
/// let mask = |row: [bool; 4]| RaterMask::from_mask(array![row].view());
/// let masks = [("ann", mask([true, true, false, false])), ("bob", mask([true, false, false, false]))];
/// let mut patterns = Patterns::new(&LabelSpace::new(Kind::Binary, ["water"])?);
/// patterns.add(&masks)?;
/// assert_eq!(patterns.raters(), ["ann", "bob"]);
/// assert_eq!((patterns.pixels(0), patterns.disputed(0), patterns.count(0)), (4, 1, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    pub(super) space: LabelSpace,
    pub(super) raters: Vec<String>,
    /// One table a group.
    pub(super) tables: Vec<BTreeMap<Pattern, u64>>,
}

impl Patterns {
    /// Nothing counted yet.
    pub fn new(space: &LabelSpace) -> Self {
        let tables = vec![BTreeMap::new(); space.groups()];
        Self { space: space.clone(), raters: Vec::new(), tables }
    }

    /// Counts the pixels of one image.
    ///
    /// # Errors
    /// No mask, two of one rater, masks of different sizes or that do not fit the labels; nothing is
    /// counted then.
    pub fn add<'a>(
        &mut self,
        masks: impl IntoIterator<Item = impl Into<NamedMask<'a>>>,
    ) -> Result<(), FusionError> {
        let masks = named(masks);
        check(&self.space, &masks)?;
        let raters: Vec<u32> = masks.iter().map(|one| self.rater(&one.rater)).collect();
        let states = self.space.states();
        for (group, table) in self.tables.iter_mut().enumerate() {
            for (marks, count) in count(&Planes::new(&masks, group, states)) {
                let pattern = pattern(&raters, &marks);
                if !pattern.is_empty() {
                    *table.entry(pattern).or_insert(0) += count;
                }
            }
        }
        Ok(())
    }

    /// Adds what another has counted.
    ///
    /// # Errors
    /// Labels of another kind or other classes.
    pub fn merge(&mut self, other: &Self) -> Result<(), FusionError> {
        if self.space != other.space {
            let (ours, theirs) = (self.space.clone(), other.space.clone());
            return Err(FusionError::Mismatch { ours, theirs });
        }
        let raters: Vec<u32> = other.raters.iter().map(|rater| self.rater(rater)).collect();
        for (table, more) in self.tables.iter_mut().zip(&other.tables) {
            for (pattern, count) in more {
                let mut pattern: Pattern =
                    pattern.iter().map(|(rater, mark)| (raters[*rater as usize], *mark)).collect();
                pattern.sort_unstable();
                *table.entry(pattern).or_insert(0) += count;
            }
        }
        Ok(())
    }

    /// What the labels are.
    pub fn space(&self) -> &LabelSpace {
        &self.space
    }

    /// The raters, in the order in which they first appeared.
    pub fn raters(&self) -> &[String] {
        &self.raters
    }

    /// Pixels of a group (multilabel: class; else 0) that somebody has seen.
    pub fn pixels(&self, group: usize) -> u64 {
        self.tables.get(group).map_or(0, |table| table.values().sum())
    }

    /// Pixels of a group on which those who have seen them differ.
    pub fn disputed(&self, group: usize) -> u64 {
        let Some(table) = self.tables.get(group) else { return 0 };
        table.iter().filter(|(pattern, _)| unanimous(pattern).is_none()).map(|(_, count)| count).sum()
    }

    /// How many combinations of marks occur in a group.
    pub fn count(&self, group: usize) -> usize {
        self.tables.get(group).map_or(0, BTreeMap::len)
    }

    /// The combinations of a group: (rater, mark) by the raters' places in [`raters`](Self::raters), and
    /// their pixels.
    pub(crate) fn of_group(&self, group: usize) -> impl Iterator<Item = (&[(u32, u16)], u64)> {
        self.tables[group].iter().map(|(pattern, pixels)| (pattern.as_slice(), *pixels))
    }

    fn rater(&mut self, name: &str) -> u32 {
        let known = self.raters.iter().position(|rater| rater == name);
        known.unwrap_or_else(|| {
            self.raters.push(name.to_owned());
            self.raters.len() - 1
        }) as u32
    }
}

/// The pattern of one pixel's marks, those of `raters`.
pub(super) fn pattern(raters: &[u32], marks: &[u16]) -> Pattern {
    let said = raters.iter().copied().zip(marks.iter().copied());
    let mut pattern: Pattern = said.filter(|(_, mark)| *mark != UNSEEN).collect();
    pattern.sort_unstable();
    pattern
}

/// The mark on which all who have seen the pixel agree.
pub(super) fn unanimous(pattern: &[(u32, u16)]) -> Option<u16> {
    let (_, first) = pattern.first()?;
    pattern.iter().all(|(_, mark)| mark == first).then_some(*first)
}

/// How often each combination of marks occurs on an image.
fn count(planes: &Planes<'_>) -> BTreeMap<Vec<u16>, u64> {
    let pixels = planes.pixels();
    let pieces: Vec<_> = (0..pixels).step_by(PIECE).map(|start| start..pixels.min(start + PIECE)).collect();
    let mut counts = BTreeMap::new();
    if let Some(codes) = planes.codes() {
        let count_piece = |piece: &std::ops::Range<usize>| {
            let mut table = vec![0u32; codes];
            planes.each_code(piece.clone(), |_, run| run.iter().for_each(|code| table[*code as usize] += 1));
            table
        };
        let tables: Vec<Vec<u32>> = pieces.par_iter().map(count_piece).collect();
        for code in 0..codes {
            let count: u64 = tables.iter().map(|table| u64::from(table[code])).sum();
            if count > 0 {
                counts.insert(planes.marks_of(code), count);
            }
        }
    } else {
        let count_piece = |piece: &std::ops::Range<usize>| {
            let mut counts: HashMap<Vec<u16>, u64> = HashMap::new();
            planes.each_marks(piece.clone(), |_, marks| match counts.get_mut(marks) {
                Some(count) => *count += 1,
                None => drop(counts.insert(marks.to_vec(), 1)),
            });
            counts
        };
        let maps: Vec<HashMap<Vec<u16>, u64>> = pieces.par_iter().map(count_piece).collect();
        for (marks, count) in maps.into_iter().flatten() {
            *counts.entry(marks).or_insert(0) += count;
        }
    }
    counts
}
