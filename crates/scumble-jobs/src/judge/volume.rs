//! A volume is judged as one image, of which its slices are the rows.

use super::pooled::PooledImages;
use scumble::labels::{RaterMask, SoftLabels};
use scumble::score::{Judge, Resolution, ScoreError};
use scumble_data::{Grouping, Item, Prediction, file_and_slice};

/// The volume whose slices are coming.
pub(super) struct JudgedVolume<'i> {
    name: String,
    /// The first slice, and its place among the items.
    first: (usize, &'i Item),
    slices: usize,
    judge: Judge,
}

impl<'i> JudgedVolume<'i> {
    /// A volume of which `item` is the first slice; `None` of an image that is none.
    pub(super) fn begin((place, item): (usize, &'i Item), empty: &Judge) -> Option<Self> {
        // Whatever an image of its own is called, it is no slice.
        let file = item.image().or_else(|| item.files().next())?;
        file_and_slice(file).1?;
        let name = volume_of(item.id())?.to_owned();
        Some(Self { name, first: (place, item), slices: 0, judge: empty.clone() })
    }

    /// Whether an image is one of its slices.
    pub(super) fn has(&self, item: &Item) -> bool {
        volume_of(item.id()) == Some(&*self.name)
    }

    /// Judges a slice.
    pub(super) fn add(
        &mut self,
        (labels, prediction, raters): (&SoftLabels, &Prediction, &[(String, RaterMask)]),
        resolution: Option<Resolution>,
    ) -> Result<(), ScoreError> {
        if let Some(resolution) = resolution {
            self.judge = self.judge.clone().known_to(resolution);
        }
        self.slices += 1;
        match prediction {
            Prediction::F32(maps) => self.judge.add_rows(labels, maps.view(), raters),
            Prediction::F64(maps) => self.judge.add_rows(labels, maps.view(), raters),
        }
    }

    /// Adds it to the others; the place of its first slice.
    pub(super) fn finish(mut self, pooled: &mut PooledImages) -> usize {
        self.judge.end_image();
        let (place, first) = self.first;
        pooled.add_item(&self.name, first, Some(self.slices), &self.judge);
        place
    }
}

/// What the volume is called that an image is a slice of.
pub(super) fn volume_of(id: &str) -> Option<&str> {
    Grouping::default().group(id).ok().filter(|volume| *volume != id)
}
