use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use scumble::joint::JointKind;
use scumble::loss::{Classes, Denominator, Extent, LossKind};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Loss {
    /// Which loss
    #[arg(value_parser = PossibleValuesParser::new(LossKind::NAMES.into_iter().chain(JointKind::ALL.map(JointKind::name))))]
    pub(crate) kind: String,
    /// The logits: an .npy array of any rank, f32 or f64
    pub(crate) logits: PathBuf,
    /// Soft labels in the logits' shape; over exclusive classes also integers, the class of each pixel
    pub(crate) targets: PathBuf,
    /// The axis that the classes are on [default: 1]
    #[arg(long, value_name = "AXIS")]
    pub(crate) class_axis: Option<usize>,
    /// What the classes are to each other, for the kinds that are defined for both; class indices are exclusive
    #[arg(long, value_name = "RELATION", value_parser = choice(CLASSES))]
    pub(crate) classes: Option<Classes>,
    /// What the sum is divided by; elements, pixels or (dice, jaccard, tversky) classes of images
    #[arg(long, default_value = "valid", value_name = "MODE", value_parser = choice(DENOMINATORS))]
    pub(crate) denominator: Denominator,
    #[command(flatten)]
    pub(crate) weighting: LossWeighting,
    #[command(flatten)]
    pub(crate) settings: LossSettings,
    #[command(flatten)]
    pub(crate) joint: LossJoint,
    #[command(flatten)]
    pub(crate) output: LossOutput,
    /// One JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// What counts, and how much.
#[derive(Debug, Args)]
pub(crate) struct LossWeighting {
    /// Which pixels count: bool or u8, without the class axis
    #[arg(long, value_name = "FILE")]
    pub(crate) mask: Option<PathBuf>,
    /// Targets of exactly this value do not count; it must be outside 0..1 (nan: targets that are NaN)
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    pub(crate) ignore_value: Option<f64>,
    /// What a pixel weighs, without the class axis; axes of 1 and missing leading axes are repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) weight: Option<PathBuf>,
    /// What each class weighs
    #[arg(long, value_name = "A,B,..", value_delimiter = ',')]
    pub(crate) class_weight: Vec<f64>,
    /// What "yes" weighs over "no", for all independent classes or for each
    #[arg(long, value_name = "A,B,..", value_delimiter = ',')]
    pub(crate) positive_weight: Vec<f64>,
    /// Give both sides of each independent class the same mass in each image or over all (as HED does), or
    /// exclusive classes theirs over all
    #[arg(long, value_name = "OVER", value_parser = choice(EXTENTS))]
    pub(crate) balance: Option<Extent>,
    /// Mix this share of an even label into every target
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub(crate) label_smoothing: f64,
    /// Take targets as they are, probabilities or not
    #[arg(long)]
    pub(crate) unchecked: bool,
}

/// What only some kinds have.
#[derive(Debug, Args)]
pub(crate) struct LossSettings {
    /// focal: how little well predicted pixels count [default: 2]
    #[arg(long)]
    pub(crate) gamma: Option<f64>,
    /// dice, jaccard, tversky: added to numerator and denominator [default: 0]
    #[arg(long)]
    pub(crate) smooth: Option<f64>,
    /// dice, jaccard, tversky: each image by itself, or the whole batch [default: image]
    #[arg(long, value_parser = choice(EXTENTS))]
    pub(crate) over: Option<Extent>,
    /// tversky: weight of what is predicted beyond the label [default: 0.5]
    #[arg(long)]
    pub(crate) alpha: Option<f64>,
    /// tversky: weight of what is missed [default: 0.5]
    #[arg(long)]
    pub(crate) beta: Option<f64>,
}

/// What the joint families of overlapping labels have: independent, pairwise, mixture, chain, powerset.
#[derive(Debug, Args)]
pub(crate) struct LossJoint {
    /// Joint families: how many labels a pixel may carry; LOGITS has the family's parameters, TARGETS the 2^K
    /// label sets, the K labels (where that is enough), or as integers the label set of each pixel
    #[arg(long, value_name = "K")]
    pub(crate) labels: Option<usize>,
    /// mixture: how many components [default: as many as there are parameters for]
    #[arg(long, value_name = "M")]
    pub(crate) components: Option<usize>,
}

/// Arrays to write.
#[derive(Debug, Args)]
pub(crate) struct LossOutput {
    /// Write the gradient with respect to the logits, as .npy
    #[arg(long, value_name = "FILE")]
    pub(crate) gradient: Option<PathBuf>,
    /// Write the weighted loss of each element or pixel, not divided, as .npy
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) overwrite: bool,
}

type Choices<T> = &'static [(&'static str, T)];

const CLASSES: Choices<Classes> = &[("independent", Classes::Independent), ("exclusive", Classes::Exclusive)];
const DENOMINATORS: Choices<Denominator> = &[
    ("valid", Denominator::Valid),
    ("all", Denominator::All),
    ("batch", Denominator::Batch),
    ("weights", Denominator::Weights),
    ("none", Denominator::None),
];
const EXTENTS: Choices<Extent> = &[("image", Extent::Image), ("batch", Extent::Batch)];

/// A parser of a few names, whose errors list them.
fn choice<T: Copy + Send + Sync + 'static>(choices: Choices<T>) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(choices.iter().map(|choice| choice.0)).map(move |name| {
        let found = choices.iter().find(|choice| choice.0 == name);
        found.expect("clap lets nothing else through").1
    })
}
