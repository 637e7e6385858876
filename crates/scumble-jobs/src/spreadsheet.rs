//! Cells of tables as spreadsheets take them.

use serde_json::json;

/// A name that a spreadsheet would take for a formula, with what keeps it from that.
pub(crate) fn no_formula(name: &str) -> String {
    let mark = if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("{mark}{name}")
}

/// A number as JSON has it, nothing where there is none.
pub(crate) fn text(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or(String::new(), |value| json!(value).to_string())
}
