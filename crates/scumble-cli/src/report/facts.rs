//! What was done, with which data and settings.

use super::Report;
use maud::{Markup, html};

pub(super) fn facts(report: &Report) -> Markup {
    html! {
        dl.facts { @for (name, value) in &report.facts { div { dt { (name) } dd { (value) } } } }
        @if let Some(settings) = &report.settings {
            details {
                summary { "All settings of the training" }
                pre tabindex="0" { code { (settings) } }
            }
        }
    }
}
