//! A large image judged by bands of rows: label, raters and prediction are never whole in memory as probabilities.

use super::error::Error;
use super::reader::Reader;
use super::strip::{Strip, StripRows};
use crate::JobError;
use crate::predictions::Predictions;
use crate::unusual::Unusual;
use ndarray::{Array2, ArrayView3, Axis, Slice};
use scumble::fusion::Patterns;
use scumble::labels::{RaterMask, SoftLabels};
use scumble::score::Judge;
use scumble_data::{DataError, Item, ItemRows, Prediction, Target, Wanted, check_finite};
use scumble_nn::Reading;
use std::ops::Range;

/// What a report shows of an image that was judged by rows.
pub(super) struct Small {
    pub(super) strip: Strip,
    /// What its raters marked, within the region that is judged.
    pub(super) patterns: Patterns,
}

/// Judges an image by rows, and makes it small if it is `shown`; `None` if it is not large, or cannot be judged so.
///
/// # Errors
/// As for the image as a whole, but with rows that are counted from a band, and some more: of what fails here the image as a
/// whole says what is wrong, or can be judged.
pub(super) fn judge_by_rows(
    predictions: &mut Predictions,
    reader: &Reader<'_>,
    item: &Item,
    empty: &Judge,
    unusual: &mut Unusual,
    shown: bool,
) -> Result<Option<(Judge, Option<Small>)>, JobError> {
    let Some(rows) = reader.rows(item)?.filter(|rows| rows.bands().len() > 1) else { return Ok(None) };
    let (strip, patterns) = (shown.then(StripRows::default), Patterns::new(empty.space()));
    let mut judged = Judged { reader, rows, judge: empty.clone(), strip, patterns };
    let mut shown_image = None;
    match predictions {
        Predictions::Samples(_) => return Ok(None),
        Predictions::Maps { maps, .. } => {
            let Some(map) = maps.items().iter().find(|map| map.id() == item.id()) else { return Ok(None) };
            let map = maps.rows(map, &Wanted::labels(Target::Labels))?;
            // A map of another size is for the judge of the whole to name.
            if map.size() != judged.rows.size() {
                return Ok(None);
            }
            for band in judged.rows.bands() {
                let (labels, raters) = judged.read(band.clone(), None)?;
                let maps = map.read(band.clone())?.into_prediction_where(Some(labels.valid()))?;
                judged.add(band, &labels, &maps, &raters)?;
            }
        }
        Predictions::Model(predictor) => {
            let image = reader.image(item)?;
            check_finite(&image, None).map_err(|error| JobError::Predict(error.into()))?;
            let empty = unusual.look(predictor.card(), item.id(), &image);
            let (mut top, mut failed) = (0, None);
            predictor.read_bands(&image, &[Reading::Classes], &mut |bands| {
                let rows = top..top + bands[0].dim().1;
                top = rows.end;
                if failed.is_none() {
                    failed = judged.predicted(bands[0], rows, empty.as_ref()).err();
                }
                Ok(())
            })?;
            failed.map_or(Ok(()), Err)?;
            shown_image = Some(image).filter(|_| shown);
        }
    }
    // The image comes when what was kept of the other files has gone.
    let Judged { mut judge, strip, patterns, .. } = judged;
    if shown && shown_image.is_none() && item.image().is_some() {
        shown_image = Some(reader.image(item)?);
    }
    judge.end_image();
    let own = shown_image.as_ref().map(|image| image.own_slice(reader.dataset.context()));
    let small = strip.map(|strip| Small { strip: strip.finish(item, own.as_deref()), patterns });
    Ok(Some((judge, small)))
}

/// An image while its rows are judged.
struct Judged<'r, 'd> {
    reader: &'r Reader<'d>,
    rows: ItemRows<'d>,
    judge: Judge,
    /// If it is shown.
    strip: Option<StripRows>,
    patterns: Patterns,
}

/// The label and the raters of some rows.
type Opinions = (SoftLabels, Vec<(String, RaterMask)>);

impl Judged<'_, '_> {
    /// Judges what a model predicts of these rows; nothing counts where the image is `empty`, [H, W].
    fn predicted(
        &mut self,
        prediction: ArrayView3<'_, f32>,
        rows: Range<usize>,
        empty: Option<&Array2<bool>>,
    ) -> Result<(), JobError> {
        let (labels, raters) = self.read(rows.clone(), empty)?;
        self.add(rows, &labels, &Prediction::F32(prediction.to_owned()), &raters)
    }

    fn read(&self, rows: Range<usize>, empty: Option<&Array2<bool>>) -> Result<Opinions, JobError> {
        let (mut labels, raters) = self.reader.of_rows(&self.rows, rows.clone())?;
        if let Some(empty) = empty {
            let empty = empty.slice_axis(Axis(0), Slice::from(rows));
            labels.ignore(empty).map_err(|source| DataError::Label { path: self.reader.root(), source })?;
        }
        Ok((labels, raters))
    }

    fn add(
        &mut self,
        rows: Range<usize>,
        labels: &SoftLabels,
        prediction: &Prediction,
        raters: &[(String, RaterMask)],
    ) -> Result<(), JobError> {
        match prediction {
            Prediction::F32(maps) => self.judge.add_rows(labels, maps.view(), raters),
            Prediction::F64(maps) => self.judge.add_rows(labels, maps.view(), raters),
        }
        .map_err(Error::Score)?;
        let Some(strip) = &mut self.strip else { return Ok(()) };
        let height = self.rows.size().0;
        strip.add(labels, prediction.as_f32().view(), height, rows.start);
        if !raters.is_empty() {
            let mut raters = raters.to_vec();
            self.reader.keep_region(&mut raters, rows, height);
            self.patterns.add(&raters).map_err(Error::Raters)?;
        }
        Ok(())
    }
}
