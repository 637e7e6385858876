//! Labels that need more than one look: raters fused by a model of how good each is.

use super::{Dataset, Item, Target};
use crate::{Band, DataError};
use scumble::fusion::{DawidSkeneOptions, Fit, FusionError, Patterns, StapleOptions, dawid_skene, staple};
use scumble::labels::{Kind, RaterMask, SoftLabels};

/// Makes the labels of images, knowing what a target takes from all of them.
///
/// For [`Target::DawidSkene`] that is how each rater marks, learnt once from the images given: a rater's confusion
/// matrix is the same on every image, also on those to come. A rater of whom nothing was learnt has no say in them. Every
/// other target needs the image alone: this is then [`Dataset::labels`]. What a fused label weighs is 1 a pixel, as it is
/// about one truth and not about opinions; [`Target::Mean`] keeps their number.
///
/// Ignored pixels (ignore/ID, and the band that is held out of the fit) teach nothing about raters.
///
/// ```no_run
/// use scumble_data::{Dataset, Target};
///
/// let data = Dataset::open("cfos_wue1".as_ref())?;
/// let labeller = data.labeller(Target::DawidSkene, data.items(), None)?;
/// let labels = labeller.labels(&data.items()[0])?;
/// # Ok::<(), scumble_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Labeller<'d> {
    dataset: &'d Dataset,
    target: Target,
    sets: bool,
    fit: Option<Fit>,
}

impl Dataset {
    /// Learns what `target` needs to know from `items`, but for the `held_out` band of each.
    ///
    /// # Errors
    /// As [`labels`](Self::labels), for Dawid-Skene of every item.
    pub fn labeller<'d, 'i>(
        &'d self,
        target: Target,
        items: impl IntoIterator<Item = &'i Item>,
        held_out: Option<&Band>,
    ) -> Result<Labeller<'d>, DataError> {
        Labeller { dataset: self, target, sets: false, fit: None }.learn(items, held_out)
    }

    /// The same for distributions over label sets, as [`label_sets`](Self::label_sets) makes them.
    ///
    /// # Errors
    /// As [`labeller`](Self::labeller) and [`label_sets`](Self::label_sets).
    pub fn set_labeller<'d, 'i>(
        &'d self,
        target: Target,
        items: impl IntoIterator<Item = &'i Item>,
        held_out: Option<&Band>,
    ) -> Result<Labeller<'d>, DataError> {
        Labeller { dataset: self, target, sets: true, fit: None }.learn(items, held_out)
    }

    /// Raters fused by this image alone, without ignore/ and weights/ applied.
    pub(super) fn fused(&self, item: &Item, target: Target) -> Result<SoftLabels, DataError> {
        Labeller { dataset: self, target, sets: false, fit: None }.fused(item)
    }

    /// The same over label sets.
    pub(super) fn fused_sets(&self, item: &Item, target: Target) -> Result<SoftLabels, DataError> {
        Labeller { dataset: self, target, sets: true, fit: None }.fused(item)
    }
}

impl<'d> Labeller<'d> {
    fn learn<'i>(
        mut self,
        items: impl IntoIterator<Item = &'i Item>,
        held_out: Option<&Band>,
    ) -> Result<Self, DataError> {
        if self.target == Target::DawidSkene {
            let mut patterns = self.patterns();
            for item in items {
                patterns.add(&self.masks(item, held_out)?).map_err(error(item))?;
            }
            self.fit = Some(dawid_skene(&patterns, &DawidSkeneOptions::default()).map_err(|source| {
                DataError::Fusion { id: self.dataset.root().display().to_string(), source: source.into() }
            })?);
        }
        Ok(self)
    }

    /// The label of an image, which need not be among those learnt from, with its ignore/ and weights/ applied.
    ///
    /// # Errors
    /// As [`Dataset::labels`]; an image that no known rater has marked.
    pub fn labels(&self, item: &Item) -> Result<SoftLabels, DataError> {
        match self.target {
            Target::Staple | Target::DawidSkene => {
                let mut labels = self.fused(item)?;
                self.dataset.apply_ignore_and_weights(item, &mut labels)?;
                Ok(labels)
            }
            target if self.sets => self.dataset.label_sets(item, target),
            target => self.dataset.labels(item, target),
        }
    }

    fn fused(&self, item: &Item) -> Result<SoftLabels, DataError> {
        let mut masks = self.masks(item, None)?;
        let own = |masks: &[(String, RaterMask)]| {
            let mut patterns = self.patterns();
            patterns.add(masks)?;
            match self.target {
                Target::DawidSkene => dawid_skene(&patterns, &DawidSkeneOptions::default()),
                _ => staple(&patterns, &StapleOptions::default()),
            }
        };
        let Some(fit) = &self.fit else {
            return own(&masks).and_then(|fit| fit.map(&masks)).map_err(error(item));
        };
        masks.retain(|(rater, _)| fit.raters().contains(rater));
        if masks.is_empty() {
            return Err(DataError::NoKnownRater { id: item.id().to_owned(), known: fit.raters().to_vec() });
        }
        fit.map(&masks).map_err(error(item))
    }

    fn patterns(&self) -> Patterns {
        match self.sets {
            true => Patterns::new(Kind::Multiclass, 1 << self.dataset.classes().len()),
            false => Patterns::new(self.dataset.kind(), self.dataset.classes().len()),
        }
    }

    /// The masks, without what is ignored or held out.
    fn masks(&self, item: &Item, held_out: Option<&Band>) -> Result<Vec<(String, RaterMask)>, DataError> {
        let dataset = self.dataset;
        let mut masks = if self.sets { dataset.rater_sets(item)? } else { dataset.opinions(item)? };
        let Some((_, first)) = masks.first() else {
            return Err(dataset.lacks(item, "rater's mask"));
        };
        let (_, height, width) = first.marks().dim();
        if let Some(band) = held_out {
            let hidden = band.mask(height, width);
            masks
                .iter_mut()
                .for_each(|(_, mask)| mask.hide(hidden.view()).expect("a map of the mask's size"));
        }
        Ok(masks)
    }
}

fn error(item: &Item) -> impl Fn(FusionError) -> DataError {
    let id = item.id().to_owned();
    move |source| DataError::Fusion { id: id.clone(), source: Box::new(source) }
}
