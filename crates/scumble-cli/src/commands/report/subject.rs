use super::super::eval::{Judgement, Options, labels, raters};
use super::super::predictions::Source;
use super::Facts;
use super::chosen::chosen;
use crate::report::{Judged, Strip};
use crate::show::{Picture, thousands};
use anyhow::Context;
use ndarray::Array3;
use rayon::prelude::*;
use scumble::agreement::Agreement;
use scumble_data::{Dataset, Item, Target};

/// The truth behind an image's labels, if it is known.
pub(crate) type Truth<'a> = &'a dyn Fn(&str) -> Option<Array3<f32>>;

/// What is reported on.
pub(crate) struct Subject<'a> {
    pub(crate) dataset: &'a Dataset,
    pub(crate) options: &'a Options,
    pub(crate) judgement: &'a Judgement,
}

impl Subject<'_> {
    pub(super) fn title(&self) -> String {
        let root = self.dataset.root();
        let full = root.canonicalize().unwrap_or(root.to_path_buf());
        full.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned()
    }

    /// The judgement with the pictures of some images, for which a second look at them is taken.
    pub(super) fn judged(&self, source: &mut Source, truth: Truth<'_>) -> anyhow::Result<Judged> {
        let Judgement { task, images, all, .. } = self.judgement;
        let labeller = self.dataset.labeller(self.options.target, self.dataset.items(), None)?;
        let mut strips = Vec::new();
        for (at, place) in chosen(images.iter().map(|(_, scores)| scores.cross_entropy.map(|ce| ce.excess))) {
            let (id, scores) = &images[at];
            let item = self.item(id).context("a judged image is in the data set")?;
            let Some(prediction) = source.predict(self.dataset, item)? else { continue };
            let labels = labels(self.dataset, item, &labeller, task, self.options)?;
            let image = item.image().map(|_| self.dataset.image(item)).transpose()?;
            let picture = image.as_ref().map(Picture::image);
            let strip = Strip::new(id, &place, scores, picture.as_ref(), &labels, prediction.view());
            strips.push(match truth(id) {
                Some(truth) => strip.with_truth(truth.view()),
                None => strip,
            });
        }
        Ok(Judged {
            kind: task.kind(),
            opinions: self.opinions(),
            all: all.clone(),
            intervals: self.judgement.intervals.clone(),
            curves: self.judgement.curves.clone(),
            threshold: self.judgement.scoring.threshold,
            bins: self.judgement.scoring.bins,
            images: images.clone(),
            strips,
            agreement: self.agreement()?,
            learnt: 0,
            truth: None,
        })
    }

    /// Whether all labels are the frequency of the raters' opinions.
    fn opinions(&self) -> bool {
        let labelled = |(id, _): &(String, _)| self.item(id).is_some_and(Item::has_label);
        match self.options.target {
            Target::Mean => true,
            Target::Auto => !self.judgement.images.iter().any(labelled),
            Target::Labels | Target::Staple | Target::DawidSkene => false,
        }
    }

    fn item(&self, id: &str) -> Option<&Item> {
        self.dataset.items().iter().find(|item| item.id() == id)
    }

    /// Of the raters on the judged images, within the region that was judged.
    fn agreement(&self) -> anyhow::Result<Agreement> {
        let Judgement { task, images, .. } = self.judgement;
        let new = || Agreement::new(task.kind(), task.outputs());
        let parts: Vec<Agreement> = images
            .par_iter()
            .filter_map(|(id, _)| self.item(id))
            .map(|item| {
                let mut masks = raters(self.dataset, item, task)?;
                if let Some(region) = &self.options.region {
                    for (_, mask) in &mut masks {
                        let (_, height, width) = mask.marks().dim();
                        mask.hide(region.mask(height, width).mapv(|inside| !inside).view())?;
                    }
                }
                let mut agreement = new();
                agreement.add(&masks)?;
                Ok(agreement)
            })
            .collect::<anyhow::Result<_>>()?;
        let mut all = new();
        parts.iter().for_each(|part| all.merge(part));
        Ok(all)
    }

    pub(super) fn facts(&self, which: &str) -> anyhow::Result<Facts> {
        let Judgement { task, images, missing, .. } = self.judgement;
        let mut judged = format!("{} ({which})", thousands(images.len() as u64));
        if let Some(region) = &self.options.region {
            judged += &format!(", {region} of each");
        }
        if !missing.is_empty() {
            judged += &format!("; {} without a prediction", thousands(missing.len() as u64));
        }
        let raters = self.dataset.raters();
        let weight = match (self.options.scoring.by_raters, raters.is_empty()) {
            (true, false) => "as many as raters judged it",
            _ => "the same",
        };
        let calibration = task.calibration().map_or("none".into(), |found| found.to_string());
        Ok(vec![
            ("Data", self.dataset.root().display().to_string()),
            ("Fingerprint of what was judged", self.dataset.fingerprint()?),
            ("Labels", format!("{}: {}", task.kind(), task.classes().join(", "))),
            ("Raters", if raters.is_empty() { "none".into() } else { raters.join(", ") }),
            ("Images judged", judged),
            ("Judged against", against(self.options.target)),
            ("A pixel counts", weight.into()),
            ("Calibration applied", calibration),
        ])
    }
}

/// What the predictions were held against.
fn against(target: Target) -> String {
    match target {
        Target::Auto => "the label file of an image, else the mean of its raters".into(),
        named => named.to_string(),
    }
}
