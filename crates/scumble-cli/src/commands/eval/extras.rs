use super::diversity::Diversity;
use super::judge::Seen;
use super::surface::Surfaces;
use crate::arguments::Eval;
use crate::show;
use scumble_nn::Task;
use serde_json::{Value, json};

/// What else was asked for of each image, beside the scores of its pixels.
pub(super) struct Extras {
    surfaces: Option<Surfaces>,
    diversity: Option<Diversity>,
}

impl Extras {
    pub(super) fn new(arguments: &Eval, task: &Task) -> Self {
        let (surface, bootstrap) = (&arguments.surface, arguments.intervals.bootstrap());
        let diversity = arguments.diversity.map(|samples| Diversity::new(usize::from(samples), bootstrap));
        let surfaces = surface.surface.then(|| Surfaces::new(task.classes().to_vec(), surface.spacing.0));
        Self { surfaces, diversity }
    }

    /// One image.
    pub(super) fn add(&mut self, seen: &Seen<'_>) -> anyhow::Result<()> {
        if let Some(surfaces) = &mut self.surfaces {
            surfaces.add(seen)?;
        }
        if let Some(diversity) = &mut self.diversity {
            diversity.add(seen)?;
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
