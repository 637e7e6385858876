use crate::show::{Table, duration, optional, thousands};
use scumble_nn::{EpochReport, Run, RunInfo};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// What a run folder says of its training.
pub(super) struct RunSummary {
    pub(super) info: RunInfo,
    /// Every setting by its name, such as train.batch.
    settings: Vec<(String, Value)>,
    best: Option<EpochReport>,
}

impl RunSummary {
    /// `None` for a model file or a folder of maps.
    pub(super) fn read(path: &Path) -> anyhow::Result<Option<Self>> {
        if !path.join("run.json").exists() {
            return Ok(None);
        }
        let run = Run::open(path)?;
        let config = serde_json::to_value(run.config(&[])?)?;
        let mut settings = Vec::new();
        flatten("", &config, &mut settings);
        Ok(Some(Self {
            info: run.info()?,
            settings,
            best: run.metrics()?.into_iter().rfind(|epoch| epoch.best),
        }))
    }

    pub(super) fn json(&self) -> Value {
        json!({"data": self.info.data.fingerprint, "status": self.info.status, "steps": self.info.steps,
            "seconds": self.info.seconds, "best": self.best})
    }

    fn setting(&self, name: &str) -> Value {
        self.settings.iter().find(|(key, _)| key == name).map_or(Value::Null, |(_, value)| value.clone())
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
pub(super) fn differing(runs: &[Option<RunSummary>]) -> Vec<(String, Value)> {
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

/// What differs, and how the trainings went, a column a run.
pub(super) fn table(names: &[String], runs: &[Option<RunSummary>], differing: &[(String, Value)]) -> Table {
    let head: Vec<&str> = std::iter::once("").chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&head);
    let mut row = |title: &str, cell: &dyn Fn(&RunSummary) -> String| {
        let cells = runs.iter().map(|run| run.as_ref().map_or("-".to_string(), cell));
        table.row(std::iter::once(title.to_string()).chain(cells));
    };
    for (name, _) in differing {
        row(name, &|run| match run.setting(name) {
            Value::String(text) => text,
            value => value.to_string(),
        });
    }
    row("data", &|run| format!("{:.8}", run.info.data.fingerprint));
    row("status", &|run| format!("{:?}", run.info.status).to_lowercase());
    row("steps", &|run| thousands(run.info.steps));
    row("time", &|run| duration(run.info.seconds));
    row("best epoch", &|run| run.best.as_ref().map_or("-".into(), |best| best.epoch.to_string()));
    row("its validation excess", &|run| {
        optional(run.best.as_ref().and_then(|best| best.validation).map(|validation| validation.excess))
    });
    table
}
