use super::diversity::Diversity;
use super::judge::raters;
use super::surface::Surfaces;
use crate::arguments::Eval;
use crate::show;
use ndarray::ArrayView3;
use scumble::SoftLabels;
use scumble_data::Dataset;
use scumble_nn::Task;
use serde_json::{Value, json};

/// What else was asked for of each image, beside the scores of its pixels.
pub(super) struct Extras<'d> {
    dataset: &'d Dataset,
    task: Task,
    surfaces: Option<Surfaces<'d>>,
    diversity: Option<Diversity>,
}

impl<'d> Extras<'d> {
    pub(super) fn new(arguments: &Eval, dataset: &'d Dataset, task: Task) -> Self {
        let spacing = arguments.surface.spacing.0;
        let surfaces = arguments.surface.surface.then(|| Surfaces::new(dataset, task.clone(), spacing));
        let diversity = arguments.diversity.map(|samples| Diversity::new(usize::from(samples)));
        Self { dataset, task, surfaces, diversity }
    }

    /// One image.
    pub(super) fn add(
        &mut self,
        id: &str,
        labels: &SoftLabels,
        prediction: ArrayView3<'_, f32>,
    ) -> anyhow::Result<()> {
        if let Some(surfaces) = &mut self.surfaces {
            surfaces.add(id, labels, prediction)?;
        }
        if let Some(diversity) = &mut self.diversity
            && let Some(item) = self.dataset.items().iter().find(|item| item.id() == id)
        {
            diversity.add(id, labels, prediction, &raters(self.dataset, item, &self.task)?)?;
        }
        Ok(())
    }

    /// Adds a key for each.
    pub(super) fn json(&self, output: &mut Value) {
        if let Some(surfaces) = &self.surfaces {
            output["surface"] = json!(surfaces.rows());
        }
        if let Some(diversity) = &self.diversity {
            output["diversity"] = diversity.json();
        }
    }

    pub(super) fn tell(&self) {
        if let Some(surfaces) = &self.surfaces {
            show::result(&format!("\n{}", surfaces.table()));
        }
        if let Some(diversity) = &self.diversity {
            show::result(&format!("\n{}", diversity.text()));
        }
    }
}
