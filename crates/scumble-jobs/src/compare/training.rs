//! What run folders say of their trainings, and where their settings differ.

use crate::JobError;
use scumble_nn::{EpochReport, Run, RunInfo};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// What a run folder says of its training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingSummary {
    /// Data, seed, device, how far it came.
    pub info: RunInfo,
    /// The best epoch so far.
    pub best: Option<EpochReport>,
    /// Every setting by its name, such as train.batch.
    settings: Vec<(String, Value)>,
}

impl TrainingSummary {
    /// `None` for a model file or a folder of maps.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, JobError> {
        if !path.join("run.json").exists() {
            return Ok(None);
        }
        let run = Run::open(path)?;
        let config = serde_json::to_value(run.config(&[])?).unwrap_or_default();
        let mut settings = Vec::new();
        flatten("", &config, &mut settings);
        Ok(Some(Self {
            info: run.info()?,
            settings,
            best: run.metrics()?.into_iter().rfind(|epoch| epoch.best),
        }))
    }

    /// A setting by its name; null where there is none.
    pub fn setting(&self, name: &str) -> Value {
        self.settings.iter().find(|(key, _)| key == name).map_or(Value::Null, |(_, value)| value.clone())
    }
}

impl Serialize for TrainingSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({
            "data": self.info.data.fingerprint,
            "status": self.info.status,
            "steps": self.info.steps,
            "seconds": self.info.seconds,
            "best": self.best,
        })
        .serialize(serializer)
    }
}

/// {"train": {"batch": 8}} as train.batch = 8.
fn flatten(name: &str, value: &Value, into: &mut Vec<(String, Value)>) {
    let Value::Object(map) = value else { return into.push((name.to_string(), value.clone())) };
    for (key, value) in map {
        let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
        flatten(&name, value, into);
    }
}

/// The settings that are not the same in all runs, each with its values (null for what is no run).
pub(super) fn differing(runs: &[Option<TrainingSummary>]) -> Vec<(String, Value)> {
    let names: BTreeSet<&String> =
        runs.iter().flatten().flat_map(|run| run.settings.iter().map(|(name, _)| name)).collect();
    let values = |name: &str| -> Vec<Value> {
        runs.iter().map(|run| run.as_ref().map_or(Value::Null, |run| run.setting(name))).collect()
    };
    let differs = |name: &str| {
        let mut known = runs.iter().flatten().map(|run| run.setting(name));
        let first = known.next();
        known.any(|value| Some(value) != first)
    };
    names.into_iter().filter(|name| differs(name)).map(|name| (name.clone(), values(name).into())).collect()
}
