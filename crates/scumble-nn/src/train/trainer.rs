use super::TrainError;
use super::objective::Objective;
use super::profile::Profile;
use super::samples::Material;
use super::schedule::Schedule;
use crate::{Config, Executor, Likelihood, Network, Task, Tensors, UNet, initial_weights};
use scumble::joint::JointKind;
use scumble::labels::Kind;
use scumble::loss::Loss;
use scumble_data::Batch;
use std::time::Instant;

/// Makes training steps of batches: runs the network, takes the loss, updates the weights.
pub(super) struct Trainer<'m> {
    material: &'m Material<'m>,
    objective: Objective,
    schedule: Schedule,
    config: &'m Config,
}

impl<'m> Trainer<'m> {
    /// `config` has been checked.
    pub(super) fn new(material: &'m Material<'m>, config: &'m Config) -> Self {
        Self {
            objective: material.objective.clone(),
            schedule: Schedule { peak: config.train.learning_rate, warmup: config.train.warmup },
            config,
            material,
        }
    }

    /// The network that these settings ask for.
    pub(super) fn network(&self) -> Result<Network, TrainError> {
        let channels = self.material.normalisation.channels();
        let net = &self.config.network;
        let unet = UNet {
            channels,
            outputs: self.material.task.logits(),
            widths: net.widths.clone(),
            norm: net.norm,
        };
        Ok(unet.network()?)
    }

    /// Random weights that predict the frequency of each class everywhere: the loss starts at its prior, not at ln 2.
    pub(super) fn initial_weights(&self, network: &Network) -> Tensors {
        let mut weights = initial_weights(network, self.config.train.seed);
        if let Some(bias) = weights.get_mut("head.bias") {
            let prior = prior_logits(&self.material.task, &self.material.prior);
            bias.iter_mut().zip(prior).for_each(|(b, logit)| *b = logit);
        }
        weights
    }

    /// Steps of one epoch.
    pub(super) fn steps_per_epoch(&self) -> u64 {
        if self.config.train.steps > 0 {
            return self.config.train.steps;
        }
        let pixels = (self.config.train.batch * self.config.train.patch * self.config.train.patch) as u64;
        // An epoch of a step or two would spend its time validating.
        self.material.pixels.div_ceil(pixels).clamp(20, 1000)
    }

    /// One step on a batch; returns the loss and the learning rate. `progress` is how much of the training is done,
    /// 0 to 1.
    pub(super) fn step(
        &self,
        executor: &mut dyn Executor,
        batch: &Batch,
        progress: f64,
        profile: &mut Profile,
    ) -> Result<(Loss, f64), TrainError> {
        let Batch { images, targets, weights } = batch;
        let mut began = Instant::now();
        let mut lap = || std::mem::replace(&mut began, Instant::now()).elapsed();
        let logits = executor.forward(images.view())?;
        profile.forward += lap();
        let loss = self.objective.gradient(logits.view(), targets.view(), weights.view());
        let (loss, gradient) = loss.expect("patches and network have one shape");
        profile.loss += lap();
        if !loss.value.is_finite() {
            return Err(TrainError::Diverged { rate: self.config.train.learning_rate });
        }
        executor.backward(gradient.view())?;
        profile.backward += lap();
        let rate = self.schedule.rate(progress);
        executor.update(&self.config.update(rate))?;
        profile.optimiser += lap();
        profile.steps += 1;
        Ok((loss, rate))
    }
}

/// The correlation of two raters' opinions that a training starts from.
const CORRELATION: f64 = 0.1;

/// The logits of the classes' frequencies, or, with a joint family, of the label sets' as if labels were independent.
fn prior_logits(task: &Task, prior: &[f64]) -> Vec<f32> {
    let inside = |p: &f64| p.clamp(1e-4, 1.0 - 1e-4);
    let odds = |p: &f64| (inside(p) / (1.0 - inside(p))).ln() as f32;
    let Some(family) = task.joint else {
        let logits = prior.iter().enumerate().map(|(k, p)| {
            let logit = if task.kind == Kind::Multiclass { inside(p).ln() as f32 } else { odds(p) };
            logit + task.shift.get(k).copied().unwrap_or(0.0)
        });
        let correlations = match task.likelihood {
            Likelihood::Binomial => 0,
            Likelihood::BetaBinomial => task.outputs(),
        };
        return logits.chain(std::iter::repeat_n(odds(&CORRELATION), correlations)).collect();
    };
    let marginal = |label: usize| {
        let with = prior.iter().enumerate().filter(|(set, _)| set >> label & 1 == 1);
        with.map(|(_, p)| p).sum::<f64>()
    };
    let fields: Vec<f32> = (0..family.labels()).map(|label| odds(&marginal(label))).collect();
    let zeros = |count: usize| std::iter::repeat_n(0.0, count);
    match family.kind() {
        JointKind::Independent => fields,
        JointKind::Pairwise | JointKind::Chain => {
            let couplings = family.parameters() - family.labels();
            fields.into_iter().chain(zeros(couplings)).collect()
        }
        JointKind::Mixture => {
            // Components that begin alike would stay alike.
            let spread = |m: usize| m as f32 - (family.components() - 1) as f32 / 2.0;
            let rows = (0..family.components()).flat_map(|m| fields.iter().map(move |x| x + spread(m)));
            zeros(family.components()).chain(rows).collect()
        }
        JointKind::Powerset => prior.iter().map(|p| inside(p).ln() as f32).collect(),
    }
}
