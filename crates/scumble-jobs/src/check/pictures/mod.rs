//! Pictures of the disagreement, in a folder.

mod across;
mod augmented;
mod disputed;
mod pairs;
mod panels;

use super::sums::Sums;
use super::{MaskFlag, Summary};
use crate::numbers::thousands;
use crate::outputs::OutputError;
use crate::picture::Picture;
use crate::{JobError, Observer, Steps};
use rayon::prelude::*;
use scumble_data::Dataset;
use scumble_nn::Config;
use std::fs;
use std::path::{Path, PathBuf};

const SHEET: &str = "most-disputed.png";
const RATERS: &str = "raters.png";
const AUGMENTED: &str = "augmented.png";
const PAIRS: &str = "pairs";
const SUSPICIOUS: &str = "suspicious";

/// So many suspicious masks are shown.
const MOST: usize = 48;

/// A folder that pictures may be written into.
pub(super) struct Pictures {
    folder: PathBuf,
}

impl Pictures {
    pub(super) fn into(folder: &Path, overwrite: bool) -> Result<Self, JobError> {
        let names = [SHEET, RATERS, PAIRS, SUSPICIOUS, AUGMENTED];
        let taken = names.map(|name| folder.join(name)).into_iter().find(|path| path.exists());
        if let Some(path) = taken.filter(|_| !overwrite) {
            return Err(OutputError::There { path }.into());
        }
        Ok(Self { folder: folder.to_owned() })
    }

    pub(super) fn write(
        &self,
        dataset: &Dataset,
        sums: &Sums,
        summary: &Summary,
        observer: &dyn Observer,
    ) -> Result<(), JobError> {
        // Once: a folder that vanishes is not made again without what was in it.
        fs::create_dir_all(&self.folder).map_err(JobError::io(&self.folder))?;
        let (pairs, all) = pairs::chosen(sums);
        let flags: Vec<&MaskFlag> = summary.flags.iter().filter(|flag| flag.is_across_images()).collect();
        let shown = &flags[..flags.len().min(MOST)];
        let steps = Steps::new(observer, "pictures", (2 + pairs.len() + shown.len()) as u64);
        self.one(SHEET, disputed::contact_sheet(dataset, sums))?;
        steps.step();
        self.one(RATERS, raters(summary))?;
        steps.step();
        self.many(PAIRS, &pairs, &steps, |(a, b)| (format!("{a}--{b}"), pairs::pair(dataset, sums, (a, b))))?;
        self.many(SUSPICIOUS, shown, &steps, |flag| {
            let name = format!("{}--{}--{}", flag.rater, flag.image, flag.flag).replace(['/', ' '], "-");
            (name, across::across(dataset, flag))
        })?;
        drop(steps);
        if pairs.len() < all {
            let (shown, all) = (thousands(pairs.len() as u64), thousands(all as u64));
            observer.note(&format!(
                "the {shown} pairs of raters that agree least have a picture, of {all}; {RATERS} shows all raters"
            ));
        }
        if shown.len() < flags.len() {
            let (shown, all) = (thousands(shown.len() as u64), thousands(flags.len() as u64));
            observer.note(&format!(
                "{shown} of {all} masks that look like mistakes across images have a picture"
            ));
        }
        Ok(())
    }

    /// Patches as a training would draw them.
    pub(super) fn write_augmented(
        &self,
        dataset: &Dataset,
        config: &Config,
        patches: usize,
        observer: &dyn Observer,
    ) -> Result<(), JobError> {
        self.one(AUGMENTED, augmented::contact_sheet(dataset, config, patches, observer)?)
    }

    fn one(&self, name: &str, picture: Option<Picture>) -> Result<(), JobError> {
        match picture {
            Some(picture) => Ok(picture.write(&self.folder.join(name))?),
            None => Ok(()),
        }
    }

    fn many<T: Sync + Copy>(
        &self,
        folder: &str,
        of: &[T],
        steps: &Steps<'_>,
        picture: impl Fn(T) -> (String, Option<Picture>) + Sync,
    ) -> Result<(), JobError> {
        let folder = self.folder.join(folder);
        if !of.is_empty() && !folder.is_dir() {
            fs::create_dir(&folder).map_err(JobError::io(&folder))?;
        }
        of.par_iter().try_for_each(|one| {
            if let (name, Some(picture)) = picture(*one) {
                picture.write(&folder.join(format!("{name}.png")))?;
            }
            steps.step();
            Ok(())
        })
    }
}

/// Dice and kappa of every two raters.
fn raters(summary: &Summary) -> Option<Picture> {
    let names: Vec<&str> = summary.raters.iter().map(|rater| rater.rater.as_str()).collect();
    let matrix = |title: &str, of: fn(&super::MaskAgreement) -> Option<f64>| {
        let mut values = vec![None; names.len() * names.len()];
        for pair in &summary.pairs {
            let place = |name: &String| names.iter().position(|known| known == name);
            let [Some(a), Some(b)] = pair.raters.each_ref().map(place) else { continue };
            values[a * names.len() + b] = of(&pair.agreement);
            values[b * names.len() + a] = of(&pair.agreement);
        }
        Picture::matrix(title, &names, &values)
    };
    let any = !summary.pairs.is_empty();
    any.then(|| Picture::row(&[matrix("Dice", |pair| pair.dice), matrix("kappa", |pair| pair.kappa)]))
}
