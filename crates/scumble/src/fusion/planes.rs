//! The raters' marks of one image, as codes of their combinations.

use super::error::FusionError;
use crate::labels::{LabelError, LabelSpace, NamedMask, UNSEEN};
use ndarray::{Axis, CowArray, Ix2};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

/// Pixels whose codes are held at once: they stay in the first cache.
const RUN: usize = 1 << 11;
/// Below this many codes there is a table for them, and they are u16.
const TABLE: usize = 1 << 16;

/// The marks of one question (a group of the label) on one image: a map for each rater.
///
/// A pixel's marks make a number, its code: digits to the base `states` + 1, the last digit being [`UNSEEN`].
pub(super) struct Planes<'a> {
    maps: Vec<CowArray<'a, u16, Ix2>>,
    states: usize,
}

/// Makes sure that there are masks, one of each rater, of one size, that fit the label. Returns (height, width).
pub(super) fn check(space: &LabelSpace, masks: &[NamedMask<'_>]) -> Result<(usize, usize), FusionError> {
    let first = masks.first().ok_or(FusionError::NoRater)?.mask;
    let (_, height, width) = first.marks().dim();
    let expected = [space.groups(), height, width];
    let states = space.states();
    let mut raters = BTreeSet::new();
    for NamedMask { rater, mask } in masks {
        if !raters.insert(rater) {
            return Err(FusionError::Twice { rater: rater.to_string() });
        }
        let (what, found) = ("the rater's mask", mask.marks().shape().to_vec());
        if found != expected {
            let expected = expected.to_vec();
            return Err(FusionError::mask(rater)(LabelError::Shape { what, found, expected }));
        }
    }
    let checked = |one: &NamedMask<'_>| one.mask.check(states).map_err(FusionError::mask(&one.rater));
    masks.par_iter().try_for_each(checked)?;
    Ok((height, width))
}

impl<'a> Planes<'a> {
    /// The marks of one group, raters in the order of the masks, which have been checked.
    pub(super) fn new(masks: &[NamedMask<'a>], group: usize, states: usize) -> Self {
        let map = |one: &NamedMask<'a>| {
            let map = one.mask.marks().index_axis_move(Axis(0), group);
            if map.is_standard_layout() { map.into() } else { map.as_standard_layout().into_owned().into() }
        };
        Self { maps: masks.iter().map(map).collect(), states }
    }

    /// Pixels of the image.
    pub(super) fn pixels(&self) -> usize {
        self.maps.first().map_or(0, |map| map.len())
    }

    /// How many codes there are, if a table can hold them.
    pub(super) fn codes(&self) -> Option<usize> {
        let raters = u32::try_from(self.maps.len()).ok()?;
        (self.states + 1).checked_pow(raters).filter(|codes| *codes < TABLE)
    }

    /// The marks behind a code, a rater after the other.
    pub(super) fn marks_of(&self, mut code: usize) -> Vec<u16> {
        let mut marks = vec![UNSEEN; self.maps.len()];
        for mark in marks.iter_mut().rev() {
            let digit = code % (self.states + 1);
            code /= self.states + 1;
            if digit < self.states {
                *mark = digit as u16;
            }
        }
        marks
    }

    /// Calls `each(from, codes)` for the pixels of `pixels`, a run after the other, `from` being counted from
    /// their first; there must be a table for the codes.
    pub(super) fn each_code(&self, pixels: Range<usize>, mut each: impl FnMut(usize, &[u16])) {
        let (base, unseen) = (self.states as u16 + 1, self.states as u16);
        let mut codes = [0u16; RUN];
        for start in pixels.clone().step_by(RUN) {
            let run = start..pixels.end.min(start + RUN);
            let codes = &mut codes[..run.len()];
            codes.fill(0);
            for map in self.slices() {
                for (code, mark) in codes.iter_mut().zip(&map[run.clone()]) {
                    *code = *code * base + *mark.min(&unseen);
                }
            }
            each(start - pixels.start, codes);
        }
    }

    /// Calls `each(at, marks)` for every pixel of `pixels`, for any number of raters and classes.
    pub(super) fn each_marks(&self, pixels: Range<usize>, mut each: impl FnMut(usize, &[u16])) {
        let maps: Vec<&[u16]> = self.slices().collect();
        let mut marks = vec![UNSEEN; maps.len()];
        for (at, pixel) in pixels.enumerate() {
            marks.iter_mut().zip(&maps).for_each(|(mark, map)| *mark = map[pixel]);
            each(at, &marks);
        }
    }

    fn slices(&self) -> impl Iterator<Item = &[u16]> {
        self.maps.iter().map(|map| map.as_slice().expect("made in standard layout"))
    }
}
