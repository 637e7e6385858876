//! Models on images that are arrays.

use crate::advice::failure;
use crate::arrays::refused;
use crate::jobs::{asked, done, predict_by};
use crate::pool;
use crate::watched::watched;
use ndarray::ArrayView3;
use numpy::{IntoPyArray, PyArray3, PyReadonlyArray3};
use pyo3::prelude::*;
use scumble_data::{Raster, Samples};
use scumble_jobs::model::ModelRequest;
use scumble_jobs::{JobError, open_model};
use scumble_nn::Reading;
use scumble_nn::predict::known;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// An image [H, W, C] in the types that files have.
#[derive(FromPyObject)]
pub(crate) enum Image<'py> {
    U8(PyReadonlyArray3<'py, u8>),
    U16(PyReadonlyArray3<'py, u16>),
    F32(PyReadonlyArray3<'py, f32>),
}

impl Image<'_> {
    /// What a file of these numbers would be read as.
    fn raster(&self) -> Raster {
        fn numbers<T: Copy>(array: ArrayView3<'_, T>) -> Vec<T> {
            array.iter().copied().collect()
        }
        let (samples, (height, width, channels)) = match self {
            Self::U8(image) => (Samples::U8(numbers(image.as_array())), image.as_array().dim()),
            Self::U16(image) => (Samples::U16(numbers(image.as_array())), image.as_array().dim()),
            Self::F32(image) => (Samples::F32(numbers(image.as_array())), image.as_array().dim()),
        };
        Raster { height, width, channels, samples, indexed: None, nodata: None }
    }
}

/// One or several models on their device, whose mean is the prediction.
#[pyclass(frozen, module = "scumble._scumble")]
pub(crate) struct Predictor {
    predictor: Mutex<scumble_nn::Predictor>,
    files: Vec<PathBuf>,
}

#[pymethods]
impl Predictor {
    /// Opens the models of a request in JSON; `observer(what, of)` is told what there is to know of them.
    #[staticmethod]
    fn open(request: &str, observer: &Bound<'_, PyAny>) -> PyResult<Self> {
        let request: ModelRequest = asked(request)?;
        let opened = watched(observer, |observer| open_model(&request, observer))?;
        let (predictor, files) = opened.map_err(|error| failure(&error))?;
        Ok(Self { predictor: Mutex::new(predictor), files })
    }

    /// The files that the models were read from.
    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    /// What the predictions are averaged over, in JSON.
    fn averaged(&self) -> String {
        serde_json::to_string(&self.lock().averaged()).expect("plain values")
    }

    /// The probabilities [K, H, W] of an image, NaN where it has no data, or what `reading` names instead of them; and whether
    /// the image is far outside of what the first model was trained on.
    fn read<'py>(
        &self,
        py: Python<'py>,
        image: Image<'py>,
        reading: &str,
    ) -> PyResult<(Bound<'py, PyArray3<f32>>, bool)> {
        let reading = match reading {
            "probabilities" => Reading::Classes,
            "label-sets" => Reading::Sets,
            "logits" => Reading::Logits,
            "disagreement" => Reading::Disagreement,
            _ => return Err(refused(format!("there is no reading {reading}"))),
        };
        let image = image.raster();
        let read = py.detach(|| {
            // Locked before the pool is entered: of its threads one that waits takes up other work, and would wait for itself.
            let predictor = &mut *self.lock();
            pool::within(|| {
                let mut maps = predictor.read(&image, &[reading])?.remove(0);
                let card = predictor.card();
                if let Some(empty) = card.normalisation.without_data(&image) {
                    maps = known(maps.view(), empty.view());
                }
                Ok((maps, card.unlike(&image).is_some()))
            })
        });
        let (maps, unlike) =
            read.map_err(|error: scumble_nn::PredictError| failure(&JobError::Predict(error)))?;
        Ok((maps.into_pyarray(py), unlike))
    }

    /// The job `predict` by these models, which a request in JSON names as they were opened.
    fn predict(&self, request: &str, observer: &Bound<'_, PyAny>) -> PyResult<String> {
        done(request, observer, |request, observer| {
            predict_by((&mut self.lock(), &self.files), request, observer)
        })
    }

    /// Brings batch statistics half of the way to those of these images; says of how many.
    fn adapt(&self, py: Python<'_>, images: Vec<Image<'_>>) -> PyResult<usize> {
        let images: Vec<Raster> = images.iter().map(Image::raster).collect();
        let seen = py.detach(|| {
            let predictor = &mut *self.lock();
            pool::within(|| predictor.adapt(&images, |image| Ok(image.clone())))
        });
        seen.map_err(|error| failure(&JobError::Predict(error)))
    }
}

impl Predictor {
    /// A prediction that has panicked has left nothing that the next would read.
    fn lock(&self) -> std::sync::MutexGuard<'_, scumble_nn::Predictor> {
        self.predictor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
