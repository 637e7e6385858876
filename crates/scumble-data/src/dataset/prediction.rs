//! A map to be judged, in the precision of its file.

use super::read::{ItemData, Wanted};
use super::{Dataset, Item, Target};
use crate::DataError;
use ndarray::{Array3, ArrayView3, Axis, CowArray, Ix3};
use scumble::labels::{Kind, LabelError, SoftLabels};

/// Probabilities [K, H, W] as precisely as their file has them.
///
/// Half a digit of f32 decides into which bin of a calibration 0.3 falls, so what another program wrote in f64 must be
/// judged in f64 to give that program's number.
#[derive(Debug, Clone, PartialEq)]
pub enum Prediction {
    /// Of a file of integers or of 16- or 32-bit floats.
    F32(Array3<f32>),
    /// Of a file of 64-bit floats.
    F64(Array3<f64>),
}

impl Prediction {
    /// Checks maps that come from no file as those of a file are checked: probabilities of this kind, NaN only where a label
    /// does not count, which says so by its valid pixels, [G, H, W]. What is not known there is 0. Exclusive classes whose
    /// sum is off by more than rounding are divided by it.
    ///
    /// # Errors
    /// As [`SoftLabels::new`](scumble::labels::SoftLabels::new); NaN where the label counts.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::Kind;
    /// use scumble_data::Prediction;
    ///
    /// let maps = || Prediction::F64(array![[[0.3, f64::NAN]]]);
    /// let known = maps().checked(Kind::Binary, array![[[true, false]]].view())?;
    /// assert_eq!(known, Prediction::F64(array![[[0.3, 0.0]]]));
    /// assert!(maps().checked(Kind::Binary, array![[[true, true]]].view()).is_err());
    /// # Ok::<(), scumble::labels::LabelError>(())
    /// ```
    pub fn checked(self, kind: Kind, judged: ArrayView3<'_, bool>) -> Result<Self, LabelError> {
        let labels = SoftLabels::with_ignored(kind, self.as_f32().into_owned(), None)?;
        if let Some((row, column)) = unknown(&labels, Some(judged)) {
            let nothing = |class: &usize| match &self {
                Self::F32(maps) => maps[[*class, row, column]].is_nan(),
                Self::F64(maps) => maps[[*class, row, column]].is_nan(),
            };
            let class = (0..self.dim().0).find(nothing).unwrap_or(0);
            return Err(LabelError::NotANumber { class, row, column });
        }
        Ok(match self {
            Self::F32(_) => Self::F32(labels.into_probabilities()),
            Self::F64(wide) => Self::F64(known(kind, wide)),
        })
    }

    /// The same in f64, which holds every f32.
    pub fn into_f64(self) -> Array3<f64> {
        match self {
            Prediction::F32(maps) => maps.mapv(f64::from),
            Prediction::F64(maps) => maps,
        }
    }

    /// The same in f32, rounded where it was more precise: to be shown.
    pub fn as_f32(&self) -> CowArray<'_, f32, Ix3> {
        match self {
            Prediction::F32(maps) => maps.into(),
            Prediction::F64(maps) => maps.mapv(|q| q as f32).into(),
        }
    }

    /// (classes, height, width).
    pub fn dim(&self) -> (usize, usize, usize) {
        match self {
            Prediction::F32(maps) => maps.dim(),
            Prediction::F64(maps) => maps.dim(),
        }
    }
}

impl Dataset {
    /// The label file of an item as a prediction: in a folder of maps, what was predicted. See
    /// [`ItemData::into_prediction`].
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`ItemData::into_prediction`].
    pub fn prediction(&self, item: &Item) -> Result<Prediction, DataError> {
        self.read(item, &Wanted::labels(Target::Labels))?.into_prediction()
    }
}

impl ItemData<'_> {
    /// The label file as a prediction, which has a probability at every pixel.
    ///
    /// Exclusive classes whose sum is off by more than rounding are divided by it, as they are in a label.
    ///
    /// # Errors
    /// As [`labels`](Self::labels); a pixel that is NaN or ignored.
    pub fn into_prediction(self) -> Result<Prediction, DataError> {
        self.into_prediction_where(None)
    }

    /// The same where only the pixels that are valid in a label, [G, H, W], need a probability: what the map does not
    /// know of the others is 0.
    ///
    /// # Errors
    /// As [`into_prediction`](Self::into_prediction), at such a pixel.
    pub fn into_prediction_where(
        mut self,
        judged: Option<ArrayView3<'_, bool>>,
    ) -> Result<Prediction, DataError> {
        let mut labels = self.label_file.take().ok_or_else(|| self.lacks("label file"))?;
        self.apply_ignore_and_weights(&mut labels)?;
        if let Some((row, column)) = unknown(&labels, judged) {
            let (id, root) = (self.item.id().to_owned(), self.dataset.root().to_owned());
            return Err(DataError::NoProbability { id, root, row, column });
        }
        Ok(match self.wide {
            Some(wide) => Prediction::F64(known(labels.kind(), wide)),
            None => Prediction::F32(labels.into_probabilities()),
        })
    }
}

/// The first pixel, (row, column), of which maps know nothing though it is valid in a label, [G, H, W], if there is one.
pub(super) fn unknown(maps: &SoftLabels, judged: Option<ArrayView3<'_, bool>>) -> Option<(usize, usize)> {
    // A label of another size is for the judge to name.
    let judged = judged.filter(|judged| (judged.dim().1, judged.dim().2) == maps.size());
    let counts = |row: usize, column: usize| {
        judged.as_ref().is_none_or(|judged| judged.outer_iter().any(|valid| valid[[row, column]]))
    };
    let valid = maps.valid();
    let mut pixels = valid.indexed_iter();
    let unknown = pixels.find(|((_, row, column), known)| !**known && counts(*row, *column));
    unknown.map(|((_, row, column), _)| (row, column))
}

/// What is known of maps that have been looked at as f32.
fn known(kind: Kind, wide: Array3<f64>) -> Array3<f64> {
    summing_to_1(kind, wide.mapv(|p| if p.is_nan() { 0.0 } else { p }))
}

/// The rule of [`SoftLabels::new`](scumble::labels::SoftLabels::new), which has looked at the same numbers as f32. What rounds to
/// 1 there is no more than 1 here.
fn summing_to_1(kind: Kind, mut probabilities: Array3<f64>) -> Array3<f64> {
    probabilities.mapv_inplace(|p| p.clamp(0.0, 1.0));
    if kind == Kind::Multiclass {
        let rounding = probabilities.dim().0 as f64 * f64::from(f32::EPSILON);
        for mut pixel in probabilities.lanes_mut(Axis(0)) {
            let sum: f64 = pixel.sum();
            if (sum - 1.0).abs() > rounding && sum > 0.0 {
                pixel.mapv_inplace(|p| p / sum);
            }
        }
    }
    probabilities
}
