//! `scumble loss`: the losses of the library on arrays in files.

use crate::arguments::Loss;
use crate::show::{self, Table};
use scumble_jobs::loss::loss;

pub(crate) fn run(arguments: &Loss) -> anyhow::Result<()> {
    let result = loss(&arguments.request()?)?;
    if arguments.print.json {
        show::json(&result);
        return Ok(());
    }
    let loss = &result.loss;
    let mut table = Table::new(&["loss", "value", "floor", "excess", "divided by", "valid"]);
    let number = |value: f64| format!("{value:.6}");
    table.row([
        result.kind.to_owned(),
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
