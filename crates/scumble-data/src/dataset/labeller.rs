//! Labels that need more than one look: raters fused by a model of how good each is.

use super::read::{ItemData, Wanted};
use super::{Dataset, Item, Target};
use crate::{Band, DataError};
use scumble::fusion::{Fit, Patterns};
use scumble::labels::SoftLabels;
use std::borrow::Cow;

/// Makes the labels of images, knowing what a target takes from all of them.
///
/// For [`Target::DawidSkene`] that is how each rater marks, learnt once from the images given: a rater's confusion
/// matrix is the same on every image, also on those to come. A rater of whom nothing was learnt has no say in them. Every
/// other target needs the image alone: this is then [`ItemData::labels`]. What a fused label weighs is 1 a pixel, as it
/// is about one truth and not about opinions; [`Target::Mean`] keeps their number.
///
/// Ignored pixels (ignore/ID, and the band that is held out of the fit) teach nothing about raters.
///
/// ```no_run
/// use scumble_data::{Dataset, Target, Wanted};
///
/// let data = Dataset::open("cfos_wue1".as_ref())?;
/// let labeller = data.labeller(Target::DawidSkene, data.items(), None)?;
/// let read = data.read(&data.items()[0], &Wanted { image: true, ..labeller.wanted() })?;
/// let labels = labeller.labels(&read)?;
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Labeller {
    target: Target,
    sets: bool,
    fit: Option<Fit>,
}

impl Dataset {
    /// Learns what `target` needs to know from `items`, but for the `held_out` band of each.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`ItemData::labels`], for Dawid-Skene of every item.
    pub fn labeller<'i>(
        &self,
        target: Target,
        items: impl IntoIterator<Item = &'i Item>,
        held_out: Option<&Band>,
    ) -> Result<Labeller, DataError> {
        Labeller { target, sets: false, fit: None }.learn(self, items, held_out)
    }

    /// The same for distributions over label sets, as [`ItemData::label_sets`] makes them.
    ///
    /// # Errors
    /// As [`labeller`](Self::labeller) and [`ItemData::label_sets`].
    pub fn set_labeller<'i>(
        &self,
        target: Target,
        items: impl IntoIterator<Item = &'i Item>,
        held_out: Option<&Band>,
    ) -> Result<Labeller, DataError> {
        Labeller { target, sets: true, fit: None }.learn(self, items, held_out)
    }
}

impl Labeller {
    fn learn<'i>(
        mut self,
        dataset: &Dataset,
        items: impl IntoIterator<Item = &'i Item>,
        held_out: Option<&Band>,
    ) -> Result<Self, DataError> {
        if self.target == Target::DawidSkene {
            let root = dataset.root().display().to_string();
            let space = if self.sets { dataset.set_space(&root)? } else { dataset.space().clone() };
            let mut patterns = Patterns::new(&space);
            for item in items {
                let read = dataset.read(item, &self.wanted())?;
                let mut masks = if self.sets { read.rater_sets()? } else { read.into_opinions() };
                if let Some(band) = held_out {
                    masks.iter_mut().for_each(|(_, mask)| band.leave_out(mask));
                }
                patterns.add(&masks).map_err(DataError::fusion(item.id()))?;
            }
            self.fit = Some(self.target.fit(&patterns).map_err(DataError::fusion(&root))?);
        }
        Ok(self)
    }

    /// Whether the label of a pixel is made of what is known of that pixel: an image may then be read by
    /// [rows](Dataset::rows). STAPLE's is fitted to the whole image.
    pub fn is_by_pixel(&self) -> bool {
        self.fit.is_some() || !matches!(self.target, Target::Staple | Target::DawidSkene)
    }

    /// What [`labels`](Self::labels) needs of an item.
    pub fn wanted(&self) -> Wanted {
        if self.sets { Wanted::label_sets(self.target) } else { Wanted::labels(self.target) }
    }

    /// The label of an image, which need not be among those learnt from, with its ignore/ and weights/ applied.
    ///
    /// # Errors
    /// As [`ItemData::labels`] and [`ItemData::label_sets`]; an image that no known rater has marked.
    pub fn labels(&self, item: &ItemData<'_>) -> Result<SoftLabels, DataError> {
        let Some(fit) = &self.fit else {
            return if self.sets { item.label_sets(self.target) } else { item.labels(self.target) };
        };
        let masks = if self.sets { Cow::Owned(item.rater_sets()?) } else { item.opinions() };
        if masks.is_empty() {
            return Err(item.lacks("rater's mask"));
        }
        let known: Vec<_> = masks.iter().filter(|(rater, _)| fit.raters().contains(rater)).collect();
        let id = item.item().id();
        if known.is_empty() {
            return Err(DataError::NoKnownRater { id: id.to_owned(), known: fit.raters().to_vec() });
        }
        let mut labels = fit.map(known).map_err(DataError::fusion(id))?;
        item.apply_ignore_and_weights(&mut labels)?;
        Ok(labels)
    }
}
