//! `scumble loss`: the losses of the library on arrays in files.

mod inputs;
mod joint;
mod labels;
mod output;
mod plain;
mod weighting;

use crate::arguments::Loss;
use crate::failure::Usage;
use crate::show::{self, Table};
use inputs::Inputs;
use scumble::loss::LossError;
use serde_json::json;

pub(crate) fn run(arguments: &Loss) -> anyhow::Result<()> {
    output::check(arguments)?;
    let inputs = Inputs::read(arguments)?;
    let family = joint::family(arguments, &inputs)?;
    let loss = match (family, inputs.wide()) {
        (Some(family), true) => joint::run::<f64>(arguments, &family, inputs)?,
        (Some(family), false) => joint::run::<f32>(arguments, &family, inputs)?,
        (None, true) => plain::run::<f64>(arguments, inputs)?,
        (None, false) => plain::run::<f32>(arguments, inputs)?,
    };
    if arguments.json {
        show::json(&json!({
            "version": 1,
            "kind": arguments.kind,
            "value": loss.value,
            "floor": loss.floor,
            "excess": loss.excess,
            "denominator": {"mode": loss.denominator, "value": loss.divisor},
            "valid": loss.valid,
        }));
        return Ok(());
    }
    let mut table = Table::new(&["loss", "value", "floor", "excess", "divided by", "valid"]);
    let number = |value: f64| format!("{value:.6}");
    table.row([
        arguments.kind.clone(),
        number(loss.value),
        number(loss.floor),
        number(loss.excess),
        loss.divisor.to_string(),
        show::thousands(loss.valid),
    ]);
    show::result(&table.to_string());
    if loss.is_empty() {
        show::error("nothing is valid: 0 means that nothing was judged");
    }
    Ok(())
}

/// A loss's error as the user's: options at fault are wrong usage, arrays are bad input.
fn blame(arguments: &Loss, error: LossError) -> anyhow::Error {
    match error {
        LossError::ClassAxis { .. }
        | LossError::ClassWeights { .. }
        | LossError::IgnoreValue { .. }
        | LossError::IgnoreIndex { .. }
        | LossError::Setting { .. }
        | LossError::NotFor { .. }
        | LossError::NoMap(_) => Usage(error.to_string()).into(),
        _ => {
            let (logits, targets) = (arguments.logits.display(), arguments.targets.display());
            anyhow::Error::new(error).context(format!("{logits} and {targets}"))
        }
    }
}
