use super::Images;
use clap::{Args, ValueEnum};
use scumble_data::MapFormat;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Fuse {
    /// The data set's folder
    pub(crate) data: PathBuf,
    /// Folder for the soft labels
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) images: Images,
    /// The frequency of opinion (mean), what most say (majority), or the one hidden truth (staple, dawid-skene)
    #[arg(long, value_enum, default_value_t = FuseMethod::Mean)]
    pub(crate) method: FuseMethod,
    /// npy (f32, exact), tiff (f32), png16 (65535 = 1), png8 (preview) or nifti (f32, lying where the image does)
    #[arg(long, default_value = "npy")]
    pub(crate) format: MapFormat,
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
    /// One JSON object an image instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FuseMethod {
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

fn weight(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text.rsplit_once('=').ok_or("expected NAME=W, such as ann=2")?;
    let weight: f64 = number.parse().map_err(|_| format!("'{number}' is no number"))?;
    match weight.is_finite() && weight >= 0.0 {
        true => Ok((name.to_owned(), weight)),
        false => Err("a weight is finite and not negative".to_owned()),
    }
}
