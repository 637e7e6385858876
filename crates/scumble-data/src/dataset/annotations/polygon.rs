//! A polygon's pixels, exactly as pycocotools has them (`rleFrPoly` of maskApi.c).

/// The boundary is walked in steps of a fifth of a pixel.
const SCALE: f64 = 5.0;

/// Where, counting down the columns of an image of (height, width), the polygon begins and ends to cover the pixels:
/// positions in ascending order, on from the first, off from the second.
///
/// `points` are x, y, x, y, .. in pixels, the centre of the first pixel at (0.5, 0.5). They must be finite and not far
/// outside: the time is that of the boundary's length.
pub(super) fn crossings(points: &[f64], (height, width): (usize, usize)) -> Vec<usize> {
    let fine: Vec<(i64, i64)> = points.as_chunks().0.iter().map(|&[x, y]| (fine(x), fine(y))).collect();
    let mut crossings = Vec::new();
    let mut before: Option<(i64, i64)> = None;
    for (at, &start) in fine.iter().enumerate() {
        let end = fine[(at + 1) % fine.len()];
        walk(start, end, |point| {
            if let Some(position) = before.and_then(|before| crossing(before, point, (height, width))) {
                crossings.push(position);
            }
            before = Some(point);
        });
    }
    crossings.sort_unstable();
    crossings
}

fn fine(coordinate: f64) -> i64 {
    (SCALE * coordinate + 0.5) as i64
}

/// All points of an edge, both ends included, one for each step along its longer axis.
fn walk(start: (i64, i64), end: (i64, i64), mut visit: impl FnMut((i64, i64))) {
    let (dx, dy) = ((end.0 - start.0).abs(), (end.1 - start.1).abs());
    // Rounding must not depend on the direction, so an edge is measured from its lower end.
    let flip = if dx >= dy { start.0 > end.0 } else { start.1 > end.1 };
    let (low, high) = if flip { (end, start) } else { (start, end) };
    let steps = dx.max(dy);
    let rounded = |from: i64, slope: f64, step: i64| (from as f64 + slope * step as f64 + 0.5) as i64;
    for step in 0..=steps {
        let step = if flip { steps - step } else { step };
        visit(if steps == 0 {
            start
        } else if dx >= dy {
            (low.0 + step, rounded(low.1, (high.1 - low.1) as f64 / dx as f64, step))
        } else {
            (rounded(low.0, (high.0 - low.0) as f64 / dy as f64, step), low.1 + step)
        });
    }
}

/// The position of the boundary where a step crosses the centre line of a column.
fn crossing(before: (i64, i64), point: (i64, i64), (height, width): (usize, usize)) -> Option<usize> {
    if point.0 == before.0 {
        return None;
    }
    let coarse = |fine: i64| (fine as f64 + 0.5) / SCALE - 0.5;
    let column = coarse(if point.0 < before.0 { point.0 } else { point.0 - 1 });
    if column.fract() != 0.0 || column < 0.0 || column > width as f64 - 1.0 {
        return None;
    }
    let row = coarse(point.1.min(before.1)).clamp(0.0, height as f64).ceil();
    Some(column as usize * height + row as usize)
}
