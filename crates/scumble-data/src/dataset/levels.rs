//! The different values of some maps, and how often each occurs.

use super::grey;
use super::whole::whole;
use crate::{Numbers, Raster, RasterInfo, Samples, read_raster};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The different values of some maps, and how often each occurs. Values to ignore are left out.
#[derive(Default)]
pub(super) struct Levels {
    /// By the file's type and the value.
    counts: BTreeMap<Numbers, Vec<u64>>,
    /// By value: a file that has it.
    files: BTreeMap<u16, PathBuf>,
    /// There is a float that is no whole number.
    pub(super) fraction: bool,
    /// One file has both 1 and 255: they are not two ways to say "on".
    pub(super) mixed: bool,
}

impl Levels {
    /// Decodes maps; those that cannot be read are left out.
    pub(super) fn gather(maps: &[(&Path, RasterInfo)], ignore: Option<i64>) -> Self {
        maps.par_iter()
            .fold(Self::default, |mut levels, (path, info)| {
                if let Ok(mut raster) = read_raster(path) {
                    // The opacity beside a grey map is no level.
                    if grey::is_colour(raster.channels) && grey::first_difference(&raster).is_none() {
                        raster = grey::first_channel(raster);
                    }
                    levels.add(&raster, info.numbers, path, ignore);
                }
                levels
            })
            .reduce(Self::default, Self::merged)
    }

    fn merged(mut self, other: Self) -> Self {
        for (numbers, counts) in other.counts {
            let own = self.counts.entry(numbers).or_insert_with(|| vec![0; 1 << 16]);
            own.iter_mut().zip(counts).for_each(|(own, more)| *own += more);
        }
        for (value, path) in other.files {
            self.files.entry(value).or_insert(path);
        }
        self.fraction |= other.fraction;
        self.mixed |= other.mixed;
        self
    }

    fn add(&mut self, raster: &Raster, numbers: Numbers, path: &Path, ignore: Option<i64>) {
        let mut counts = vec![0_u64; 1 << 16];
        let mut fraction = false;
        let mut note = |value: f32| match whole(value) {
            Some(whole) if (0.0..65536.0).contains(&whole) => counts[whole as usize] += 1,
            // What is no label at all is for the reader to refuse.
            Some(_) => {}
            None => fraction |= !value.is_nan(),
        };
        match &raster.samples {
            Samples::U8(v) => v.iter().for_each(|&v| counts[usize::from(v)] += 1),
            Samples::U16(v) => v.iter().for_each(|&v| counts[usize::from(v)] += 1),
            Samples::F32(v) => v.iter().for_each(|&v| note(v)),
            Samples::F64(v) => v.iter().for_each(|&v| note(v as f32)),
        }
        if let Some(count) = ignore.and_then(|value| counts.get_mut(usize::try_from(value).ok()?)) {
            *count = 0;
        }
        self.fraction |= fraction;
        self.mixed |= counts[1] > 0 && counts[255] > 0;
        for (value, _) in (0..=u16::MAX).zip(&counts).filter(|(_, count)| **count > 0) {
            self.files.entry(value).or_insert_with(|| path.to_owned());
        }
        let all = self.counts.entry(numbers).or_insert_with(|| vec![0; 1 << 16]);
        all.iter_mut().zip(counts).for_each(|(all, more)| *all += more);
    }

    /// The values, ascending.
    pub(super) fn values(&self) -> Vec<u16> {
        self.files.keys().copied().collect()
    }

    /// The number types, and the values of each, ascending.
    pub(super) fn by_type(&self) -> impl Iterator<Item = (Numbers, Vec<u16>)> {
        self.counts.iter().map(|(numbers, counts)| {
            let present = (0..=u16::MAX).zip(counts).filter(|(_, count)| **count > 0);
            (*numbers, present.map(|(value, _)| value).collect())
        })
    }

    /// How often each value occurs in files of each type.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Numbers, u16, u64)> {
        self.counts.iter().flat_map(|(&numbers, counts)| {
            let all = (0..=u16::MAX).zip(counts).filter(|(_, count)| **count > 0);
            all.map(move |(value, &count)| (numbers, value, count))
        })
    }

    /// Whether there are files of this type.
    pub(super) fn has(&self, numbers: Numbers) -> bool {
        self.counts.contains_key(&numbers)
    }

    /// A file that has `value`.
    pub(super) fn example(&self, value: u16) -> PathBuf {
        self.files.get(&value).cloned().unwrap_or_default()
    }
}
