//! What `scumble fuse` is told.

use super::{Images, Print};
use crate::failure::Usage;
use clap::{Args, ValueEnum};
use scumble::fusion::{DawidSkeneOptions, StapleOptions, Ties};
use scumble_data::MapFormat;
use scumble_jobs::fuse::{FuseMethod, RaterModel};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(mut_arg("json", |arg| arg.help("One JSON object an image instead of text")))]
pub(crate) struct Fuse {
    /// The data set's folder
    pub(crate) data: PathBuf,
    /// Folder for the soft labels
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The frequency of opinion (mean), what most say (majority), or the one hidden truth (staple, dawid-skene)
    #[arg(long, value_enum, default_value_t = MethodName::Mean)]
    pub(crate) method: MethodName,
    /// npy (f32, exact), tiff (f32), png16 (65535 = 1), png8 (preview), nifti (f32, lying where the image does) or nifti16
    /// (half the size, 2^-16 exact) [default: nifti of NIfTI files, else npy]
    #[arg(long)]
    pub(crate) format: Option<MapFormat>,
    /// mean: what raters count; those not named count 1
    #[arg(long, value_name = "NAME=W", value_delimiter = ',', value_parser = weight)]
    pub(crate) weights: Vec<(String, f64)>,
    /// majority: what becomes of a tie [default: soft]
    #[arg(long, value_enum)]
    pub(crate) ties: Option<TieRule>,
    /// staple: probability of the class (of each class, separated by commas) [default: the frequency of the marks]
    #[arg(long, value_name = "P", value_delimiter = ',')]
    pub(crate) prior: Vec<f64>,
    /// staple, dawid-skene: iterations at most [default: 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) iterations: Option<u32>,
    /// staple, dawid-skene: learn from the pixels alone on which raters differ; the others keep their mark
    #[arg(long)]
    pub(crate) disputed_only: bool,
    /// Learn how good a rater is from all their images at once (the default of dawid-skene)
    #[arg(long, conflicts_with = "per_image")]
    pub(crate) pooled: bool,
    /// Learn how good a rater is from each image alone (the default of staple)
    #[arg(long)]
    pub(crate) per_image: bool,
    /// Replace labels that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) print: Print,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    Mean,
    Majority,
    Staple,
    DawidSkene,
}

/// What a tied vote makes of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TieRule {
    /// The winners share it: 0.5 for two
    Soft,
    /// The winner of the lowest index: no, the background
    Zero,
    /// The winner of the highest index: yes
    One,
    /// Nobody: the pixel is ignored
    Ignore,
}

impl Fuse {
    /// The method, with the settings that belong to it.
    pub(crate) fn method(&self) -> Result<FuseMethod, Usage> {
        let truth = matches!(self.method, MethodName::Staple | MethodName::DawidSkene);
        let flags = [
            ("--weights", !self.weights.is_empty(), self.method == MethodName::Mean, "mean"),
            ("--ties", self.ties.is_some(), self.method == MethodName::Majority, "majority"),
            ("--prior", !self.prior.is_empty(), self.method == MethodName::Staple, "staple"),
            ("--iterations", self.iterations.is_some(), truth, "staple or dawid-skene"),
            ("--disputed-only", self.disputed_only, truth, "staple or dawid-skene"),
            ("--pooled", self.pooled, truth, "staple or dawid-skene"),
            ("--per-image", self.per_image, truth, "staple or dawid-skene"),
        ];
        if let Some((flag, .., method)) = flags.iter().find(|(_, given, belongs, _)| *given && !belongs) {
            return Err(Usage(format!("{flag} goes with --method {method}")));
        }
        let disputed_only = self.disputed_only;
        Ok(match self.method {
            MethodName::Mean => FuseMethod::Mean { weights: self.weights()? },
            MethodName::Majority => FuseMethod::Majority {
                ties: match self.ties {
                    None | Some(TieRule::Soft) => Ties::Soft,
                    Some(TieRule::Zero) => Ties::Zero,
                    Some(TieRule::One) => Ties::One,
                    Some(TieRule::Ignore) => Ties::Ignore,
                },
            },
            MethodName::Staple => {
                let prior = (!self.prior.is_empty()).then(|| self.prior.clone());
                let iterations = self.iterations.unwrap_or(StapleOptions::default().iterations);
                let model = RaterModel::Staple(StapleOptions { prior, iterations, disputed_only });
                FuseMethod::Truth { model, pooled: self.pooled }
            }
            MethodName::DawidSkene => {
                let iterations = self.iterations.unwrap_or(DawidSkeneOptions::default().iterations);
                let model = RaterModel::DawidSkene(DawidSkeneOptions { iterations, disputed_only });
                FuseMethod::Truth { model, pooled: !self.per_image }
            }
        })
    }

    fn weights(&self) -> Result<BTreeMap<String, f64>, Usage> {
        let mut weights = BTreeMap::new();
        for (rater, weight) in &self.weights {
            if weights.insert(rater.clone(), *weight).is_some() {
                return Err(Usage(format!("--weights: rater '{rater}' is named twice")));
            }
        }
        Ok(weights)
    }
}

fn weight(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text.rsplit_once('=').ok_or("expected NAME=W, such as ann=2")?;
    let weight: f64 = number.parse().map_err(|_| format!("'{number}' is no number"))?;
    match weight.is_finite() && weight >= 0.0 {
        true => Ok((name.to_owned(), weight)),
        false => Err("a weight is finite and not negative".to_owned()),
    }
}
