//! What `scumble loss` is told.

use super::Print;
use crate::failure::Usage;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use scumble::LossKind;
use scumble::joint::JointKind;
use scumble::loss::{Classes, Denominator, Extent};
use scumble_jobs::loss::{LossChoice, LossRequest, LossWeighting};
use serde_json::{Value, json};
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
    /// The axis that the classes are on, from the end if it is negative [default: 1]
    #[arg(long, value_name = "AXIS", allow_negative_numbers = true)]
    pub(crate) class_axis: Option<isize>,
    /// What the classes are to each other, for the kinds that are defined for both; class indices are exclusive
    #[arg(long, value_name = "RELATION", value_parser = choice(CLASSES))]
    pub(crate) classes: Option<Classes>,
    /// What the sum is divided by; elements, pixels or (dice, jaccard, tversky) classes of images
    #[arg(long, default_value = "valid", value_name = "MODE", value_parser = choice(DENOMINATORS))]
    pub(crate) denominator: Denominator,
    #[command(flatten)]
    pub(crate) weighting: Weighting,
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(flatten)]
    pub(crate) joint: Joint,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) print: Print,
}

/// What counts, and how much.
#[derive(Debug, Args)]
pub(crate) struct Weighting {
    /// Which pixels count: bool or u8, without the class axis; for independent classes also in the logits' shape
    #[arg(long, value_name = "FILE")]
    pub(crate) mask: Option<PathBuf>,
    /// Targets of exactly this value do not count; it must be outside 0..1 (nan: targets that are NaN)
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    pub(crate) ignore_value: Option<f64>,
    /// What a pixel weighs, without the class axis; for independent classes also in the logits' shape; axes of 1 and
    /// missing leading axes are repeated
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
pub(crate) struct Settings {
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
pub(crate) struct Joint {
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
pub(crate) struct Output {
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

impl Loss {
    /// The loss that is asked for; a setting that it does not have is wrong usage.
    pub(crate) fn request(&self) -> Result<LossRequest, Usage> {
        let kind = JointKind::ALL.into_iter().find(|kind| kind.name() == self.kind);
        let weighting = &self.weighting;
        Ok(LossRequest {
            loss: match kind {
                Some(kind) => self.joint_family(kind)?,
                None => self.of_classes()?,
            },
            logits: self.logits.clone(),
            targets: self.targets.clone(),
            class_axis: self.class_axis,
            denominator: self.denominator,
            weighting: LossWeighting {
                mask: weighting.mask.clone(),
                ignore_value: weighting.ignore_value,
                weight: weighting.weight.clone(),
                class_weights: weighting.class_weight.clone(),
                positive_weights: weighting.positive_weight.clone(),
                label_smoothing: weighting.label_smoothing,
                unchecked: weighting.unchecked,
            },
            gradient: self.output.gradient.clone(),
            map: self.output.map.clone(),
            overwrite: self.output.overwrite,
        })
    }

    /// What library and arrays refuse they refuse themselves.
    fn joint_family(&self, kind: JointKind) -> Result<LossChoice, Usage> {
        let set = &self.settings;
        let flags = [
            ("--classes", self.classes.is_some()),
            ("--balance", self.weighting.balance.is_some()),
            ("--gamma", set.gamma.is_some()),
            ("--smooth", set.smooth.is_some()),
            ("--over", set.over.is_some()),
            ("--alpha", set.alpha.is_some()),
            ("--beta", set.beta.is_some()),
        ];
        if let Some((flag, _)) = flags.into_iter().find(|(_, given)| *given) {
            return Err(Usage(format!("{flag} is nothing that {kind} has; leave it out")));
        }
        let labels = self.joint.labels.ok_or_else(|| {
            Usage(format!(
                "{kind} needs --labels K, the number of labels whose sets its distributions are over"
            ))
        })?;
        Ok(LossChoice::Joint { kind, labels, components: self.joint.components })
    }

    /// The kind with its settings, spelled as in a config file so that both refuse the same.
    fn of_classes(&self) -> Result<LossChoice, Usage> {
        let joint = self.joint.labels.map(|_| "--labels").or(self.joint.components.map(|_| "--components"));
        if let Some(flag) = joint {
            return Err(Usage(format!("{flag} is for joint families, not for {}; leave it out", self.kind)));
        }
        let set = &self.settings;
        let numbers =
            [("--gamma", set.gamma), ("--smooth", set.smooth), ("--alpha", set.alpha), ("--beta", set.beta)];
        let not_finite = |value: &f64| !value.is_finite();
        if let Some((flag, value)) =
            numbers.into_iter().find_map(|(flag, value)| Some((flag, value.filter(not_finite)?)))
        {
            return Err(Usage(format!("{flag} {value}: it is a finite number")));
        }
        let mut spelled = json!({
            "kind": self.kind,
            "gamma": set.gamma,
            "smooth": set.smooth,
            "over": set.over,
            "alpha": set.alpha,
            "beta": set.beta,
        });
        if let Value::Object(settings) = &mut spelled {
            settings.retain(|_, value| !value.is_null());
        }
        let kind: LossKind = serde_json::from_value(spelled).map_err(|error| Usage(error.to_string()))?;
        Ok(LossChoice::Classes { kind, classes: self.classes, balance: self.weighting.balance })
    }
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
