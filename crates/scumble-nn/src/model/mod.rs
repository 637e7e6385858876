//! The model file: everything that prediction needs, in one safetensors file.

mod error;
mod tensor_file;

pub use error::ModelError;
pub(crate) use tensor_file::{parse_tensors, read_tensors, tensor_bytes};

use crate::network::{Network, Parameter, Tensors};
use crate::{Scales, Task, Views};
use ndarray::Array4;
use scumble_data::{Normalisation, Raster, SeenExposures, SliceAxis, Unlike, write_atomically};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::Path;

/// A trained network with all that belongs to it.
///
/// In the file, the tensors are the averaged weights under their names, and the metadata hold the rest as JSON under
/// the key `scumble`. Nothing in it depends on the clock: the same training gives the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Everything but the weights.
    pub card: ModelCard,
    /// The weights by name.
    pub weights: Tensors,
}

/// What a model is: its architecture, task, normalisation and history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of this description, 1.
    pub version: u32,
    /// The scumble that wrote it.
    pub scumble: String,
    /// What is predicted.
    pub task: Task,
    /// How images are brought to the network's scale.
    pub normalisation: Normalisation,
    /// How many slices of its volume on either side of an image are its channels, too
    /// ([`read_image_in_context`](scumble_data::read_image_in_context)).
    #[serde(default, skip_serializing_if = "is_none")]
    pub context: usize,
    /// The axis along which the slices of volumes followed one another in training, where somebody had said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice_axis: Option<SliceAxis>,
    /// The turns and flips in which the training showed its images; models of before do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub views: Option<Views>,
    /// The views whose average the calibration was fitted to, if they are more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated_views: Option<Views>,
    /// The same of the sizes of the image, if there was another than its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated_scales: Option<Scales>,
    /// At which threshold F1 of the validation images was best, class by class, before any calibration; `None` of a class that was
    /// not there. Exclusive classes have none, nor have models of before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best_f1: Vec<Option<f64>>,
    /// Where it comes from.
    pub history: History,
    /// The layers.
    pub network: Network,
}

/// Most models see an image alone, and their files say nothing of it.
fn is_none(context: &usize) -> bool {
    *context == 0
}

impl ModelCard {
    /// The views that a prediction is averaged over unless told otherwise: those of the training, one if it is not known
    /// which these are; with a calibration those that it was fitted to.
    pub fn views(&self) -> Views {
        let views = if self.task.calibration().is_some() { self.calibrated_views } else { self.views };
        views.unwrap_or_default()
    }

    /// The sizes of the image that a prediction is averaged over unless told otherwise: those that the calibration was fitted
    /// to, else its own.
    pub fn scales(&self) -> Scales {
        let calibrated = self.task.calibration().and(self.calibrated_scales.as_ref());
        calibrated.cloned().unwrap_or_default()
    }

    /// At which probability F1 of the validation images was best, as the model's probabilities are now: class by class, as far
    /// as it is known. A calibration is monotone, so what is above a threshold stays above it.
    pub fn best_thresholds(&self) -> Vec<Option<f64>> {
        let Some(calibration) = self.task.calibration() else { return self.best_f1.clone() };
        let logit = |threshold: &Option<f64>| threshold.map_or(0.0, |p| (p / (1.0 - p)).ln());
        let logits = self.best_f1.iter().map(|threshold| logit(threshold) as f32).collect();
        let mut logits = Array4::from_shape_vec((1, self.best_f1.len(), 1, 1), logits).expect("one a class");
        calibration.apply(self.task.kind(), logits.view_mut());
        let calibrated = |x: &f32| 1.0 / (1.0 + f64::from(-x).exp());
        self.best_f1.iter().zip(&logits).map(|(known, x)| known.map(|_| calibrated(x))).collect()
    }

    /// Whether an image is [far outside](Normalisation::unlike) of what the model has seen.
    pub fn unlike(&self, image: &Raster) -> Option<Unlike> {
        self.normalisation.unlike(image)
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Fingerprint of the data set.
    pub data: String,
    /// Seed of the training.
    pub seed: u64,
    /// Epochs that these weights have seen.
    pub epochs: u64,
    /// Steps that these weights have seen.
    pub steps: u64,
    /// Cross entropy of the validation images in nats, if there were any: value, floor.
    pub validation: Option<(f64, f64)>,
}

/// The newest description this program reads.
pub(crate) const VERSION: u32 = 1;

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// A file that cannot be read, is no safetensors file, is no scumble model, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let (card, weights) = read_tensors(path)?;
        let broken = |message: String| ModelError::Broken { path: path.into(), message };
        let version: Heading = serde_json::from_str(&card).map_err(|e| broken(e.to_string()))?;
        if version.version != VERSION {
            return Err(ModelError::Version { path: path.into(), found: version.version, known: VERSION });
        }
        let mut card: ModelCard = serde_json::from_str(&card).map_err(|e| broken(e.to_string()))?;
        if let Some(seen) = version.seen.filter(|seen| seen.channels() == card.normalisation.channels()) {
            card.normalisation = card.normalisation.with_seen(Some(seen));
        }
        let model = Self { card, weights };
        model.check().map_err(broken)?;
        Ok(model)
    }

    /// Whether normalisation, network, task and weights go together; what does not, in words.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Self { card, weights } = self;
        let (channels, found) = (card.network.channels(), card.normalisation.channels());
        if found != channels {
            return Err(format!("normalisation of {found} channels, network of {channels}"));
        }
        let slices = card.context.saturating_mul(2).saturating_add(1);
        if !channels.is_multiple_of(slices) {
            return Err(format!("{channels} channels, which are not those of {slices} slices"));
        }
        let (logits, expected) = (card.network.outputs(), card.task.logits());
        if logits != expected {
            return Err(format!("{logits} logits where the task has {expected}"));
        }
        for Parameter { name, shape, .. } in card.network.parameters() {
            let found = weights.get(&name).map(|tensor| tensor.shape());
            if found != Some(&shape) {
                return Err(format!("tensor {name} should be {shape:?}, is {found:?}"));
            }
        }
        Ok(())
    }

    /// Writes the model aside and renames it into place.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub fn write(&self, path: &Path) -> Result<(), ModelError> {
        Ok(write_atomically(path, |out| out.write_all(&self.to_bytes()))?)
    }

    /// The bytes of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let card = serde_json::to_string(&self.card).expect("a model card is plain data");
        tensor_bytes(card, self.weights.iter().map(|(name, tensor)| (name.clone(), tensor)))
    }
}

/// What is looked at before all else.
#[derive(Deserialize)]
struct Heading {
    version: u32,
    /// How bright the training images were, where older models have it.
    #[serde(default)]
    seen: Option<SeenExposures>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{UNet, initial_weights};
    use scumble::Calibrator;
    use scumble::labels::{Kind, LabelSpace};
    use scumble_data::NormalisationMethod;

    #[test]
    fn a_calibration_moves_the_best_thresholds_as_it_moves_probabilities() {
        let (mut card, _) = card();
        card.best_f1 = vec![Some(0.8)];
        assert_eq!(card.best_thresholds(), [Some(0.8)]);
        card.task.calibrate(Calibrator::Temperature { temperature: vec![2.0] }).unwrap();
        // Odds of 4 become odds of 2.
        assert!((card.best_thresholds()[0].unwrap() - 2.0 / 3.0).abs() < 1e-6);
        card.best_f1 = vec![None];
        assert_eq!(card.best_thresholds(), [None]);
    }

    /// Older models have the exposures beside the normalisation, and say nothing of its method.
    #[test]
    fn an_older_model_is_read_as_it_was_meant() {
        let (card, weights) = card();
        let mut written = serde_json::to_value(&card).unwrap();
        assert_eq!(written["normalisation"].as_object().unwrap().len(), 2);
        written["seen"] = serde_json::json!({ "mean": [[0.3, 0.5]], "deviation": [[0.1, 0.2]] });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let file = tensor_bytes(written.to_string(), weights.iter().map(|(n, t)| (n.clone(), t)));
        std::fs::write(&path, file).unwrap();
        let read = Model::read(&path).unwrap();
        assert_eq!(read.card.normalisation.method(), NormalisationMethod::Dataset);
        let seen: SeenExposures = serde_json::from_value(written["seen"].clone()).unwrap();
        assert_eq!(read.card.normalisation, card.normalisation.with_seen(Some(seen)));
    }

    /// A model of one channel and one class.
    fn card() -> (ModelCard, Tensors) {
        let network = UNet { channels: 1, widths: vec![2], ..UNet::default() }.network().unwrap();
        let weights = initial_weights(&network, 0);
        let card = ModelCard {
            version: VERSION,
            scumble: "0.1.0".into(),
            task: Task::new(LabelSpace::new(Kind::Binary, ["cell"]).unwrap()),
            normalisation: Normalisation::new(vec![0.4], vec![0.2]).unwrap(),
            context: 0,
            slice_axis: None,
            views: None,
            calibrated_views: None,
            calibrated_scales: None,
            best_f1: Vec::new(),
            history: History { data: String::new(), seed: 0, epochs: 1, steps: 1, validation: None },
            network,
        };
        (card, weights)
    }
}
