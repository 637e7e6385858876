//! A large image judged by bands of rows: label, raters and prediction are never whole in memory as probabilities.

use super::error::Error;
use super::reader::Reader;
use crate::JobError;
use crate::predictions::Predictions;
use crate::unusual::Unusual;
use ndarray::{Array2, ArrayView3, Axis, Slice};
use scumble::labels::{RaterMask, SoftLabels};
use scumble::score::Judge;
use scumble_data::{DataError, Item, ItemRows, Prediction, Target, Wanted, check_finite};
use scumble_nn::Reading;
use std::ops::Range;

/// Judges an image by rows; `None` if it is not large, or cannot be judged so.
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
) -> Result<Option<Judge>, JobError> {
    let Some(rows) = reader.rows(item)?.filter(|rows| rows.bands().len() > 1) else { return Ok(None) };
    let known = Known { reader, rows };
    let mut judge = empty.clone();
    match predictions {
        Predictions::Samples(_) => return Ok(None),
        Predictions::Maps { maps, .. } => {
            let Some(map) = maps.items().iter().find(|map| map.id() == item.id()) else { return Ok(None) };
            let map = maps.rows(map, &Wanted::labels(Target::Labels))?;
            for band in known.rows.bands() {
                let (labels, raters) = known.read(band.clone(), None)?;
                match map.read(band)?.into_prediction_where(Some(labels.valid()))? {
                    Prediction::F32(maps) => judge.add_rows(&labels, maps.view(), &raters),
                    Prediction::F64(maps) => judge.add_rows(&labels, maps.view(), &raters),
                }
                .map_err(Error::Score)?;
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
                    failed = known.judge(&mut judge, bands[0], rows, empty.as_ref()).err();
                }
                Ok(())
            })?;
            failed.map_or(Ok(()), Err)?;
        }
    }
    judge.end_image();
    Ok(Some(judge))
}

/// What is known of an image beside its prediction.
struct Known<'r, 'd> {
    reader: &'r Reader<'d>,
    rows: ItemRows<'d>,
}

/// The label and the raters of some rows.
type Opinions = (SoftLabels, Vec<(String, RaterMask)>);

impl Known<'_, '_> {
    fn judge(
        &self,
        judge: &mut Judge,
        prediction: ArrayView3<'_, f32>,
        rows: Range<usize>,
        empty: Option<&Array2<bool>>,
    ) -> Result<(), JobError> {
        let (labels, raters) = self.read(rows, empty)?;
        Ok(judge.add_rows(&labels, prediction, &raters).map_err(Error::Score)?)
    }

    /// The label of these rows, and the raters; nothing counts where the image is `empty`, [H, W].
    fn read(&self, rows: Range<usize>, empty: Option<&Array2<bool>>) -> Result<Opinions, JobError> {
        let (mut labels, raters) = self.reader.of_rows(&self.rows, rows.clone())?;
        if let Some(empty) = empty {
            let empty = empty.slice_axis(Axis(0), Slice::from(rows));
            labels.ignore(empty).map_err(|source| DataError::Label { path: self.reader.root(), source })?;
        }
        Ok((labels, raters))
    }
}
