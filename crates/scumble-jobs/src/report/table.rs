//! Tables that the page's script sorts by any column and saves as CSV.

use super::quantity::Unit;
use maud::{Markup, html};

/// A cell, with what it is sorted by.
pub(super) enum Cell {
    /// Sorted as text.
    Name(Markup, String),
    /// Sorted by the number; a dash, sorted last, where there is none. The column's head says the unit.
    Number(Option<f64>, Unit),
}

impl Cell {
    pub(super) fn name(name: &str) -> Self {
        Self::Name(html! { (name) }, name.into())
    }
}

/// A table with a caption, its first column being the rows' names.
pub(super) fn table<H: AsRef<str>>(caption: &str, head: &[H], rows: &[Vec<Cell>]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table data-sortable {
                caption { (caption) }
                thead { tr { @for name in head { th scope="col" { (name.as_ref()) } } } }
                tbody { @for row in rows { tr { @for (at, cell) in row.iter().enumerate() { (self::cell(at, cell)) } } } }
            }
        }
    }
}

fn cell(at: usize, cell: &Cell) -> Markup {
    html! {
        @match cell {
            Cell::Name(content, key) if at == 0 => { th scope="row" data-text=(key) { (content) } }
            Cell::Name(content, key) => { td data-text=(key) { (content) } }
            Cell::Number(Some(value), unit) => { td.number data-number=(unit.scaled(*value)) { (unit.number(*value)) } }
            Cell::Number(None, _) => { td.number { "-" } }
        }
    }
}
