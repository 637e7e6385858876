//! Every number in the settings, at its worst: used or refused, and never a panic.

use scumble_nn::{Config, load_config};
use toml::{Table, Value};

/// How a number is written in a setting.
type Form = fn(&str) -> String;

/// The keys of all numbers and lists of numbers, with how a number is written there.
fn numbers() -> Vec<(String, Vec<Form>)> {
    let one: Form = str::to_owned;
    let list: Form = |number| format!("[{number}]");
    let pair: [Form; 2] = [|number| format!("[{number}, 1.0]"), |number| format!("[0.5, {number}]")];
    let mut keys = Vec::new();
    for (section, settings) in &Table::try_from(Config::default()).unwrap() {
        for (key, value) in settings.as_table().unwrap() {
            let forms = match value {
                Value::Integer(_) | Value::Float(_) => vec![one],
                Value::Array(items) if items.first().is_some_and(Value::is_float) => pair.to_vec(),
                Value::Array(items) if items.iter().all(Value::is_integer) => vec![list],
                _ => continue,
            };
            keys.push((format!("{section}.{key}"), forms));
        }
    }
    let weight: Form = |number| format!("[{{ kind = \"sigmoid\", weight = {number} }}]");
    let gamma: Form = |number| format!("[{{ kind = \"focal\", gamma = {number} }}]");
    keys.push(("train.loss".into(), vec![weight, gamma]));
    keys
}

const WORST: [&str; 12] = [
    "0",
    "0.0",
    "-1",
    "-1.0",
    "-0.0",
    "1e300",
    "-1e300",
    "1e-300",
    "nan",
    "inf",
    "9223372036854775807",
    "18446744073709551615",
];

#[test]
fn no_number_panics() {
    let keys = numbers();
    assert!(keys.len() >= 18, "{keys:?}");
    let mut refused = 0;
    for (key, forms) in &keys {
        for form in forms {
            for number in WORST {
                let assignment = format!("{key}={}", form(number));
                match load_config(None, std::slice::from_ref(&assignment)) {
                    // It can be written and read again.
                    Ok(config) => {
                        let text = toml::to_string(&config).unwrap();
                        assert_eq!(load_config(Some(("again", &text)), &[]).unwrap(), config, "{assignment}");
                    }
                    Err(error) => {
                        let name = key.rsplit('.').next().unwrap();
                        assert!(error.to_string().contains(name), "{assignment}: {error}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 150, "{refused}");
}

/// What TOML cannot say, a library's caller can.
#[test]
fn no_number_of_a_library_panics() {
    let worst = [0.0, -1.0, 1e300, f64::NAN, f64::INFINITY];
    let floats: [fn(&mut Config, f64); 7] = [
        |config, value| config.train.minutes = value,
        |config, value| config.train.learning_rate = value,
        |config, value| config.train.weight_decay = value,
        |config, value| config.train.warmup = value,
        |config, value| config.train.average = value,
        |config, value| config.train.memory = value,
        |config, value| config.train.class_weights = vec![value],
    ];
    for (at, set) in floats.iter().enumerate() {
        for value in worst {
            let mut config = Config::default();
            set(&mut config, value);
            assert_eq!(config.check().is_ok(), value == 0.0 && !matches!(at, 1 | 6), "{at} {value}");
        }
    }
    let counts: [fn(&mut Config, u64); 9] = [
        |config, value| config.train.epochs = value,
        |config, value| config.train.steps = value,
        |config, value| config.train.batch = value as usize,
        |config, value| config.train.patch = value as usize,
        |config, value| config.train.seed = value,
        |config, value| config.data.seed = value,
        |config, value| config.task.components = value as usize,
        |config, value| config.network.widths = vec![value as usize; 2],
        |config, value| config.network.widths = vec![8; value.min(100) as usize],
    ];
    for set in counts {
        let mut config = Config::default();
        set(&mut config, u64::MAX);
        assert!(config.check().is_err(), "{config:?}");
    }
}

#[test]
fn a_time_without_end_is_refused_with_what_is_allowed() {
    for minutes in ["1e300", "inf", "nan", "-1"] {
        let error = load_config(None, &[format!("train.minutes={minutes}")]).unwrap_err().to_string();
        assert!(error.contains("train.minutes") && error.contains("to 5256000"), "{error}");
    }
}
