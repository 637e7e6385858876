//! objects.csv: a line for each object.

use crate::spreadsheet::{no_formula, text};
use csv::Writer;
use scumble::shapes::Measured;
use std::io::{self, Write};

/// An object.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) image: String,
    pub(super) class: String,
    pub(super) object: usize,
    pub(super) measured: Measured,
    /// Of a pixel, where its size is known.
    pub(super) mm2: Option<f64>,
}

const COLUMNS: [&str; 13] = [
    "image",
    "class",
    "object",
    "area",
    "area_mm2",
    "mean_probability",
    "expected_area",
    "centroid_x",
    "centroid_y",
    "left",
    "top",
    "right",
    "bottom",
];

impl Row {
    /// The area, where a pixel's is known.
    pub(super) fn area_mm2(&self) -> Option<f64> {
        self.mm2.map(|pixel| pixel * self.measured.area as f64)
    }

    /// All of them as a table.
    pub(super) fn write_all(rows: &[Self], out: impl Write) -> io::Result<()> {
        let mut table = Writer::from_writer(out);
        table.write_record(COLUMNS)?;
        for row in rows {
            let Measured { area, sum, centroid: [x, y], bounds } = row.measured;
            let names = [no_formula(&row.image), no_formula(&row.class), row.object.to_string()];
            let numbers = [row.area_mm2(), Some(row.measured.mean()), Some(sum), Some(x), Some(y)].map(text);
            let cells = names.into_iter().chain([area.to_string()]).chain(numbers);
            table.write_record(cells.chain(bounds.map(|bound| bound.to_string())))?;
        }
        table.flush()
    }
}
