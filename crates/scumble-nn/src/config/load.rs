//! Settings from TOML and assignments, over the defaults.

use super::{Config, ConfigError, Origin};
use toml::{Table, Value};

/// Settings from the defaults, then a TOML text, then `KEY=VALUE` assignments, each over the one before.
///
/// `file` is the text's name (for messages) and content. Every key must exist; the result has been checked.
///
/// ```
/// let sets = ["train.epochs=4".to_string(), "data.validation=rows 0.8..1".to_string()];
/// let config = scumble_nn::load_config(Some(("my.toml", "[train]\nbatch = 2")), &sets)?;
/// assert_eq!((config.train.epochs, config.train.batch), (4, 2));
/// let error = scumble_nn::load_config(Some(("my.toml", "[train]\nepoch = 2")), &[]).unwrap_err();
/// assert_eq!(error.to_string(), "my.toml: unknown key `train.epoch`; did you mean `train.epochs`?");
/// # Ok::<(), scumble_nn::ConfigError>(())
/// ```
///
/// # Errors
/// Text that is no TOML, an unknown key, a value of the wrong type or out of range.
pub fn load(file: Option<(&str, &str)>, assignments: &[String]) -> Result<Config, ConfigError> {
    let defaults = Table::try_from(Config::default()).expect("the default settings are TOML");
    let mut table = defaults.clone();
    if let Some((name, text)) = file {
        let origin = Origin::Text(name.into());
        let syntax =
            |e: toml::de::Error| ConfigError::Syntax { origin: origin.clone(), message: e.to_string() };
        let given: Table = text.parse().map_err(syntax)?;
        merge(&mut table, given, "", &origin)?;
        typed(&table, &origin)?;
    }
    for assignment in assignments {
        let origin = Origin::Assignment(assignment.clone());
        let syntax = |message: &str| ConfigError::Syntax { origin: origin.clone(), message: message.into() };
        let (key, text) = assignment.split_once('=').ok_or_else(|| syntax("write it as KEY=VALUE"))?;
        let mut given = Table::new();
        let mut inner = &mut given;
        let mut path: Vec<&str> = key.trim().split('.').collect();
        let last = path.pop().unwrap_or_default();
        for part in path {
            let entry = inner.entry(part).or_insert_with(|| Value::Table(Table::new()));
            inner = entry.as_table_mut().ok_or_else(|| syntax("not a section"))?;
        }
        inner.insert(last.into(), value(text.trim()));
        merge(&mut table, given, "", &origin)?;
        typed(&table, &origin)?;
    }
    let config = typed(&table, &Origin::Text("settings".into()))?;
    config.check()?;
    Ok(config)
}

/// A commented config file with every setting at its default.
///
/// ```
/// let config = scumble_nn::load_config(Some(("template", scumble_nn::config::template())), &[])?;
/// assert_eq!(config, scumble_nn::Config::default());
/// # Ok::<(), scumble_nn::ConfigError>(())
/// ```
pub fn template() -> &'static str {
    include_str!("template.toml")
}

/// A TOML value, or else the bare text: `network.norm=group` and `data.group=^(\d+)` need no quotes inside quotes.
fn value(text: &str) -> Value {
    let parse = |text: &str| format!("value = {text}").parse::<Table>().ok()?.remove("value");
    // A regular expression in quotes has backslashes that TOML does not know.
    let quoted = || text.strip_prefix('"')?.strip_suffix('"');
    parse(text).unwrap_or_else(|| Value::String(quoted().unwrap_or(text).into()))
}

fn typed(table: &Table, origin: &Origin) -> Result<Config, ConfigError> {
    let message = |e: toml::de::Error| e.to_string().trim().replace('\n', " ");
    table.clone().try_into().map_err(|e| ConfigError::Type { origin: origin.clone(), message: message(e) })
}

/// Puts `given` over `table`, whose keys are all there are.
fn merge(table: &mut Table, given: Table, prefix: &str, origin: &Origin) -> Result<(), ConfigError> {
    for (key, new) in given {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let known: Vec<String> = table.keys().cloned().collect();
        match (table.get_mut(&key), new) {
            (Some(Value::Table(inner)), Value::Table(new)) => merge(inner, new, &path, origin)?,
            (Some(Value::Table(_)), _) => {
                let message = format!("`{path}` is a section, not a value");
                return Err(ConfigError::Type { origin: origin.clone(), message });
            }
            (Some(slot), new) => *slot = widened(slot, new),
            (None, _) => {
                let best = known.into_iter().max_by(|a, b| {
                    let likeness = |name: &str| strsim::jaro_winkler(name, &key);
                    likeness(a).total_cmp(&likeness(b))
                });
                let close = best.filter(|name| strsim::jaro_winkler(name, &key) > 0.7);
                let close = close.map(|n| if prefix.is_empty() { n } else { format!("{prefix}.{n}") });
                let suggestion = full_key(&key).filter(|full| *full != path).or(close);
                return Err(ConfigError::UnknownKey { origin: origin.clone(), key: path, suggestion });
            }
        }
    }
    Ok(())
}

/// The full key that a name without its table stands for, such as `train.epochs` for `epochs`, or `train.learning_rate`
/// for `lr`.
///
/// ```
/// use scumble_nn::config::full_key;
///
/// assert_eq!(full_key("epochs").as_deref(), Some("train.epochs"));
/// assert_eq!(full_key("learning-rate").as_deref(), Some("train.learning_rate"));
/// assert_eq!(full_key("flavour"), None);
/// ```
pub fn full_key(name: &str) -> Option<String> {
    let name = name.replace('-', "_");
    let known_as = ELSEWHERE.iter().find(|(other, _)| *other == name);
    let name = known_as.map_or(name.as_str(), |(_, key)| key);
    let defaults = Table::try_from(Config::default()).expect("the default settings are TOML");
    let within = |(table, inner): (&String, &Value)| {
        inner.as_table().filter(|inner| inner.contains_key(name)).map(|_| format!("{table}.{name}"))
    };
    // The training's before all others, as most are its.
    let first = defaults.iter().filter(|(table, _)| *table == "train");
    first.chain(&defaults).find_map(within)
}

/// What other programs call a setting.
const ELSEWHERE: [(&str, &str); 6] = [
    ("lr", "learning_rate"),
    ("batch_size", "batch"),
    ("patch_size", "patch"),
    ("max_epochs", "epochs"),
    ("num_epochs", "epochs"),
    ("wd", "weight_decay"),
];

/// `minutes = 20` is as good as `minutes = 20.0`.
fn widened(old: &Value, new: Value) -> Value {
    match (old, new) {
        (Value::Float(_), Value::Integer(n)) => Value::Float(n as f64),
        (_, new) => new,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KindChoice, Weighting};
    use super::*;

    fn set(assignments: &[&str]) -> Result<Config, ConfigError> {
        load(None, &assignments.iter().map(|s| s.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn defaults_are_valid_and_survive_writing() {
        let config = set(&[]).unwrap();
        assert_eq!(config, Config::default());
        let text = toml::to_string(&config).unwrap();
        assert_eq!(load(Some(("a", &text)), &[]).unwrap(), config);
    }

    #[test]
    fn flags_go_over_the_file() {
        let file = Some(("f.toml", "[train]\nepochs = 7\nbatch = 2\n[task]\nkind = \"multilabel\""));
        let config = load(file, &["train.epochs = 3".into(), "train.weighting=pixels".into()]).unwrap();
        assert_eq!((config.train.epochs, config.train.batch), (3, 2));
        assert_eq!((config.task.kind, config.train.weighting), (KindChoice::Multilabel, Weighting::Pixels));
        assert_eq!(set(&["train.minutes=20"]).unwrap().train.minutes, 20.0);
        for group in [r"^(\d+)", r#""^(\d+)""#, r#""^(\\d+)""#, r"'^(\d+)'"] {
            let config = set(&[&format!("data.group={group}")]).unwrap();
            assert_eq!(config.data.group.to_string(), r"^(\d+)", "{group}");
        }
    }

    #[test]
    fn every_mistake_names_its_key() {
        for (assignment, says) in [
            ("train.epoch=3", "unknown key `train.epoch`; did you mean `train.epochs`?"),
            ("epochs=3", "unknown key `epochs`; did you mean `train.epochs`?"),
            ("seed=3", "did you mean `train.seed`?"),
            ("train.lr=3", "did you mean `train.learning_rate`?"),
            ("train.target=mean", "did you mean `data.target`?"),
            ("trian.epochs=3", "unknown key `trian`; did you mean `train`?"),
            ("train.epochs=many", "epochs"),
            ("train=3", "`train` is a section"),
            ("train.epochs", "KEY=VALUE"),
            ("train.batch=0", "train.batch = 0; allowed: 1 to 4096"),
            ("train.patch=100", "a multiple of 8"),
            ("train.learning_rate=-1", "train.learning_rate = -1"),
            ("network.widths=[]", "network.widths"),
            ("data.validation=rows 2..3", "rows"),
            ("data.target=meen", "dawid-skene"),
            ("data.validation_target=sample", "same"),
            ("train.likelihood=normal", "beta-binomial"),
            ("data.group=^\\d+", "0 captures"),
            ("data.group=(", "no regular expression"),
        ] {
            let message = set(&[assignment]).unwrap_err().to_string();
            assert!(message.contains(says), "{assignment}: {message}");
        }
    }
}
