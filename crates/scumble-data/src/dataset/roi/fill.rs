//! The pixels that an outline encloses.

use super::outline::Outline;
use ndarray::Array2;

/// Marks the pixels whose centre is inside, by the rules of ImageJ's PolygonFiller: a centre on the left boundary is
/// outside, one on the right boundary inside.
pub(super) fn fill(outline: &Outline, marks: &mut Array2<u16>) {
    match outline {
        Outline::Rectangle([left, top, right, bottom]) => {
            for row in clip(*top, marks.nrows())..clip(*bottom, marks.nrows()) {
                on(marks, row, *left, *right);
            }
        }
        Outline::Oval(bounds) => oval(*bounds, marks),
        Outline::Rings(rings) => polygon(rings, marks),
    }
}

/// As much as a crossing is moved to the right, so that rounding cannot put it on the wrong side of a centre.
const NUDGE: f64 = 1e-8;

fn polygon(rings: &[Vec<[f64; 2]>], marks: &mut Array2<u16>) {
    let height = marks.nrows();
    let mut crossings = vec![Vec::new(); height];
    for ring in rings {
        for (at, &[x1, y1]) in ring.iter().enumerate() {
            let [x2, y2] = ring[(at + 1) % ring.len()];
            if ![x1, y1, x2, y2].iter().all(|v| v.is_finite()) {
                continue;
            }
            // The rows whose centres lie between both ends.
            let row = |y: f64| clip((y - 0.5).ceil() as i64, height);
            let (first, end) = (row(y1.min(y2)), row(y1.max(y2)));
            let slope = (x2 - x1) / (y2 - y1);
            for (row, crossings) in crossings.iter_mut().enumerate().take(end).skip(first) {
                crossings.push(x1 + (row as f64 + 0.5 - y1) * slope);
            }
        }
    }
    for (row, crossings) in crossings.iter_mut().enumerate() {
        crossings.sort_by(f64::total_cmp);
        let pixel = |crossing: f64| (crossing + NUDGE + 0.5).floor() as i64;
        for pair in crossings.as_chunks::<2>().0 {
            on(marks, row, pixel(pair[0]), pixel(pair[1]));
        }
    }
}

fn oval([left, top, right, bottom]: [i64; 4], marks: &mut Array2<u16>) {
    let centre = |low: i64, high: i64| (low + high) as f64 / 2.0;
    let radius = |low: i64, high: i64| (high - low) as f64 / 2.0;
    let from_centre =
        |at: usize, low: i64, high: i64| (at as f64 + 0.5 - centre(low, high)) / radius(low, high);
    for row in clip(top, marks.nrows())..clip(bottom, marks.nrows()) {
        for column in clip(left, marks.ncols())..clip(right, marks.ncols()) {
            let (x, y) = (from_centre(column, left, right), from_centre(row, top, bottom));
            if x * x + y * y <= 1.0 {
                marks[[row, column]] = 1;
            }
        }
    }
}

/// Marks from `left` to before `right`, as far as the image goes.
fn on(marks: &mut Array2<u16>, row: usize, left: i64, right: i64) {
    let width = marks.ncols();
    for column in clip(left, width)..clip(right, width) {
        marks[[row, column]] = 1;
    }
}

fn clip(at: i64, length: usize) -> usize {
    usize::try_from(at).unwrap_or(0).min(length)
}
