//! Which settings can be used: every rule, with what to write instead.

use super::{ClassBalance, Config, ConfigError, TrainTarget};
use crate::head::Likelihood;
use scumble::joint::JointKind;
use scumble::loss::LossKind;
use scumble_data::Target;

/// The most epochs, and steps of one: together they are counted in 64 bits.
const COUNT: u64 = 1_000_000_000;
/// Ten years.
const MINUTES: f64 = 5_256_000.0;
/// The largest rate and the like: far beyond what is of use, and no infinity in 32 bits.
const AMOUNT: f64 = 1e9;
/// The most slices on either side.
const CONTEXT: usize = 32;
/// The most channels of a level.
const WIDTH: usize = 4096;

impl Config {
    /// Refuses what cannot work, naming the key, its value and what is allowed.
    ///
    /// # Errors
    /// The first setting out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let train = &self.train;
        let share = |value: f64| (0.0..1.0).contains(&value);
        let amount = |value: f64| (0.0..=AMOUNT).contains(&value);
        let count = |value: u64| value <= COUNT;
        // As large as TOML has them.
        let seed = |value: u64| i64::try_from(value).is_ok();
        let stride = self.network.stride();
        hold([
            (
                "train.epochs",
                train.epochs.to_string(),
                count(train.epochs),
                format!("0 (by the data) to {COUNT}"),
            ),
            ("train.steps", train.steps.to_string(), count(train.steps), format!("0 (by pixels) to {COUNT}")),
            (
                "train.minutes",
                format!("{:?}", train.minutes),
                (0.0..=MINUTES).contains(&train.minutes),
                format!("0 (by epochs) to {MINUTES} (ten years)"),
            ),
            (
                "data.context",
                self.data.context.to_string(),
                self.data.context <= CONTEXT,
                format!("0 to {CONTEXT}"),
            ),
            (
                "task.components",
                self.task.components.to_string(),
                (1..=64).contains(&self.task.components),
                "1 to 64".into(),
            ),
            ("train.batch", train.batch.to_string(), (1..=4096).contains(&train.batch), "1 to 4096".into()),
            (
                "train.patch",
                train.patch.to_string(),
                train.patch.is_multiple_of(stride) && train.patch <= 8192,
                format!(
                    "0 (by the images), or a multiple of {stride} for a U-Net of {} levels, at most 8192",
                    self.network.widths.len()
                ),
            ),
            (
                "train.learning_rate",
                train.learning_rate.to_string(),
                amount(train.learning_rate) && train.learning_rate > 0.0,
                format!("above 0, at most {AMOUNT}"),
            ),
            (
                "train.weight_decay",
                train.weight_decay.to_string(),
                amount(train.weight_decay),
                format!("0 to {AMOUNT}"),
            ),
            ("train.warmup", train.warmup.to_string(), share(train.warmup), "0 to below 1".into()),
            ("train.average", train.average.to_string(), share(train.average), "0 to below 1".into()),
            ("train.memory", train.memory.to_string(), amount(train.memory), format!("0 to {AMOUNT} (GB)")),
            (
                "train.class_weights",
                format!("{:?}", train.class_weights),
                train.class_weights.iter().all(|w| (0.0..=1e30).contains(w))
                    && (train.class_weights.is_empty() || train.class_weights.iter().any(|w| *w > 0.0)),
                "numbers from 0 to 1e30, not all 0".into(),
            ),
            (
                "train.loss",
                format!("{:?}", train.loss.iter().map(|term| term.weight).collect::<Vec<_>>()),
                train.loss.iter().all(|term| term.check().is_ok())
                    && (train.loss.is_empty() || train.loss.iter().any(|term| term.weight > 0.0)),
                "terms of which at least one has a weight above 0".into(),
            ),
            (
                "network.widths",
                format!("{:?}", self.network.widths),
                (1..=8).contains(&self.network.widths.len())
                    && self.network.widths.iter().all(|w| (1..=WIDTH).contains(w)),
                format!("1 to 8 numbers from 1 to {WIDTH}"),
            ),
            ("train.seed", train.seed.to_string(), seed(train.seed), format!("0 to {}", i64::MAX)),
            ("data.seed", self.data.seed.to_string(), seed(self.data.seed), format!("0 to {}", i64::MAX)),
        ])?;
        let mixed = train.loss.iter().any(|t| !matches!(t.kind, LossKind::Sigmoid | LossKind::Softmax));
        if mixed && train.balance != ClassBalance::None {
            let allowed =
                "\"none\" with a loss that is not cross entropy alone: nothing could undo it".into();
            return Err(ConfigError::Range { key: "train.balance", value: "dataset".into(), allowed });
        }
        if train.likelihood == Likelihood::BetaBinomial {
            self.check_beta_binomial()?;
        }
        if self.task.raters {
            self.check_raters()?;
        }
        self.augment.check().map_err(|source| ConfigError::Augment { source })?;
        Ok(())
    }

    /// What goes with a likelihood of counts.
    fn check_beta_binomial(&self) -> Result<(), ConfigError> {
        let train = &self.train;
        let target = self.data.target;
        let counts = matches!(target, TrainTarget::Label(Target::Auto | Target::Labels | Target::Mean));
        let alone =
            train.loss.is_empty() && train.class_weights.is_empty() && train.balance == ClassBalance::None;
        let with = "with train.likelihood = \"beta-binomial\"";
        hold([
            (
                "data.target",
                target.name(),
                counts,
                format!("\"mean\" {with}, which takes k of n raters: one rater or a fused label has no n"),
            ),
            (
                "task.joint",
                self.task.joint.name(),
                self.task.joint == JointKind::Independent,
                format!("\"independent\" {with}: each class has its own correlation"),
            ),
            (
                "train.likelihood",
                "beta-binomial",
                alone,
                "without train.loss, train.balance and train.class_weights: it is a loss of its own".into(),
            ),
        ])
    }

    /// What goes with raters as people.
    fn check_raters(&self) -> Result<(), ConfigError> {
        let with = "with task.raters = true, whose outputs are of classes";
        hold([
            (
                "data.target",
                self.data.target.name(),
                self.data.target != TrainTarget::Sample,
                "\"mean\" with task.raters = true: each rater's mask is learnt from anyway".to_owned(),
            ),
            (
                "task.joint",
                self.task.joint.name(),
                self.task.joint == JointKind::Independent,
                format!("\"independent\" {with}"),
            ),
            (
                "train.likelihood",
                self.train.likelihood.name(),
                self.train.likelihood == Likelihood::Binomial,
                format!("\"binomial\" {with}"),
            ),
        ])
    }
}

/// The first setting that does not hold: its key, its value, whether it holds, and what is allowed.
fn hold<V: Into<String>>(
    settings: impl IntoIterator<Item = (&'static str, V, bool, String)>,
) -> Result<(), ConfigError> {
    let broken = settings.into_iter().find(|(_, _, holds, _)| !holds);
    broken.map_or(Ok(()), |(key, value, _, allowed)| {
        Err(ConfigError::Range { key, value: value.into(), allowed })
    })
}
