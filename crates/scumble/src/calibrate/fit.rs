//! Fits a calibration by any of the methods.

use super::affine::{self, Shape};
use super::calibrator::probabilities;
use super::rows::Rows;
use super::{CalibrateError, CalibrationMethod, CalibrationPixels, Calibrator, Isotonic};
use crate::labels::Kind;

impl Calibrator {
    /// The calibration under which these images' soft labels are the likeliest.
    ///
    /// Scales and shifts minimise the soft cross entropy itself, by Newton's method in the scale (1 / T), in
    /// which it is convex. The values of an isotonic map stay 1 / (w + 2) away from 0 and 1, with w the
    /// weight it was fitted to (the rule of succession): no finite evidence rules anything out.
    ///
    /// ```
    /// use ndarray::{Array3, array};
    /// use scumble::calibrate::{CalibrationMethod, CalibrationPixels, Calibrator};
    /// use scumble::labels::{Kind, SoftLabels};
    ///
    /// // Logits three times as large as the labels'.
    /// let logits: Array3<f32> = array![[[-6.0, -3.0, 0.5, 3.0, 4.5]]];
    /// let labels = SoftLabels::new(Kind::Binary, logits.mapv(|z| 1.0 / (1.0 + (-z / 3.0).exp())))?;
    /// let image = CalibrationPixels::new(&labels, logits.view(), true, 1000, 0)?;
    /// let Calibrator::Temperature { temperature } = Calibrator::fit(CalibrationMethod::Temperature, &[&image])?
    /// else { unreachable!() };
    /// assert!((temperature[0] - 3.0).abs() < 1e-5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A method for another kind, nothing that counts, labels for which no scale or shift is the best:
    /// separable ones, a class that is all 0 or all 1, logits that say nothing.
    pub fn fit(method: CalibrationMethod, images: &[&CalibrationPixels]) -> Result<Self, CalibrateError> {
        let first = images.first().ok_or(CalibrateError::Empty)?;
        let (kind, classes) = (first.kind, first.classes);
        if images.iter().any(|image| (image.kind, image.classes) != (kind, classes)) {
            return Err(CalibrateError::Mixed);
        }
        if !method.fits(kind) {
            return Err(CalibrateError::Method { method, kind });
        }
        let class = |k: usize| Rows::independent(images, k..k + 1);
        match method {
            CalibrationMethod::Temperature => {
                let rows = match kind {
                    Kind::Multiclass => Rows::exclusive(images),
                    Kind::Binary | Kind::Multilabel => Rows::independent(images, 0..classes),
                };
                let scale = affine::fit(&rows, Shape::Scale, None)?.0[0];
                Ok(Self::Temperature { temperature: vec![1.0 / scale] })
            }
            CalibrationMethod::ClassTemperature => {
                let one = |k| Ok(1.0 / affine::fit(&class(k), Shape::Scale, Some(k))?.0[0]);
                Ok(Self::Temperature { temperature: (0..classes).map(one).collect::<Result<_, _>>()? })
            }
            CalibrationMethod::Vector => {
                let (scale, shift) = affine::fit(&Rows::exclusive(images), Shape::ScaleAndShift, Some(0))?;
                Ok(Self::Vector { scale, shift })
            }
            CalibrationMethod::Platt => {
                let one =
                    |k| affine::fit(&class(k), Shape::ScaleAndShift, Some(k)).map(|(a, b)| (a[0], b[0]));
                let (scale, shift) =
                    (0..classes).map(one).collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
                Ok(Self::Platt { scale, shift })
            }
            CalibrationMethod::Isotonic => {
                let map = |k| isotonic(images, kind, k);
                Ok(Self::Isotonic { maps: (0..classes).map(map).collect::<Result<_, _>>()? })
            }
        }
    }
}

/// The map of one class against the rest.
fn isotonic(images: &[&CalibrationPixels], kind: Kind, class: usize) -> Result<Isotonic, CalibrateError> {
    let rows = match kind {
        Kind::Multiclass => Rows::exclusive(images),
        Kind::Binary | Kind::Multilabel => Rows::independent(images, class..class + 1),
    };
    let k = if kind == Kind::Multiclass { class } else { 0 };
    let pixels = rows.logits.chunks(rows.classes).zip(rows.labels.chunks(rows.classes)).zip(&rows.weights);
    let map = Isotonic::fit(pixels.map(|((logits, labels), &weight)| {
        let logits: Vec<f64> = logits.iter().map(|&z| f64::from(z)).collect();
        (probabilities(kind, &logits)[k], f64::from(labels[k]), f64::from(weight))
    }));
    Ok(map.ok_or(CalibrateError::Empty)?.within(1.0 / (rows.weight() + 2.0)))
}
