//! From the logits of classes to their calibrated probabilities.

use super::graph::{Graph, Value};
use super::proto::Attribute::Int;
use scumble::calibrate::{Calibrator, Isotonic};
use scumble::labels::Kind;

/// What logits [N, K, H, W] predict: a sigmoid each, or their softmax.
pub(super) fn linked(graph: &mut Graph, kind: Kind, logits: &Value) -> Value {
    match kind {
        Kind::Binary | Kind::Multilabel => graph.node("Sigmoid", &[logits], &[]),
        Kind::Multiclass => graph.node("Softmax", &[logits], &[("axis", Int(1))]),
    }
}

/// The calibrated probabilities of logits [N, K, H, W].
pub(super) fn calibrated(
    graph: &mut Graph,
    kind: Kind,
    calibration: Option<&Calibrator>,
    logits: &Value,
) -> Value {
    let logits = match calibration {
        None => logits.clone(),
        Some(Calibrator::Temperature { temperature }) => {
            let temperature = graph.by_channel(temperature.iter().copied());
            graph.node("Div", &[logits, &temperature], &[])
        }
        Some(Calibrator::Vector { scale, shift } | Calibrator::Platt { scale, shift }) => {
            let [scale, shift] = [scale, shift].map(|of| graph.by_channel(of.iter().copied()));
            let scaled = graph.node("Mul", &[logits, &scale], &[]);
            graph.node("Add", &[&scaled, &shift], &[])
        }
        Some(Calibrator::Isotonic { maps }) => {
            let predicted = linked(graph, kind, logits);
            let found = mapped(graph, maps, &predicted);
            return match kind {
                Kind::Binary | Kind::Multilabel => found,
                Kind::Multiclass => {
                    let sum = graph.sum(&found, 1);
                    graph.node("Div", &[&found, &sum], &[])
                }
            };
        }
    };
    linked(graph, kind, &logits)
}

/// A piece of a rising map: from `start` on it is `level` and rises by `rise` over the share of its `width`.
struct Piece {
    start: f64,
    level: f64,
    width: f64,
    rise: f64,
}

/// The pieces of a map in the order of how many of its points lie at or below a prediction.
fn pieces(map: &Isotonic) -> Vec<Piece> {
    let points: Vec<(f64, f64)> = map.points().collect();
    let level = |level| Piece { start: 0.0, level, width: 1.0, rise: 0.0 };
    let between = |pair: &[(f64, f64)]| {
        let [(x, y), (next_x, next_y)] = [pair[0], pair[1]];
        // In f32 no width is 0, which would divide 0 by 0.
        let width = (next_x - x).max(f64::from(f32::MIN_POSITIVE));
        Piece { start: x, level: y, width, rise: next_y - y }
    };
    let first = points.first().map(|(_, y)| level(*y));
    let last = points.last().map(|(_, y)| level(*y));
    first.into_iter().chain(points.windows(2).map(between)).chain(last).collect()
}

/// Isotonic maps, one a class, of predictions [N, K, H, W].
///
/// How many points lie at or below each prediction is found by halving, in tables that hold the points of all classes, each
/// filled up with infinity to a power of two. So a map of thousands of points costs a dozen steps, and
/// memory as a few maps of the predictions' size.
fn mapped(graph: &mut Graph, maps: &[Isotonic], predicted: &Value) -> Value {
    let longest = maps.iter().map(|map| map.points().len()).max().unwrap_or(0);
    let room = (longest + 1).next_power_of_two();
    let filled = |values: Vec<f64>, rest: f64| {
        let more = room - values.len();
        values.into_iter().chain(std::iter::repeat_n(rest, more)).map(|value| value as f32)
    };
    let points: Vec<f32> =
        maps.iter().flat_map(|map| filled(map.points().map(|(x, _)| x).collect(), f64::INFINITY)).collect();
    let table = |of: fn(&Piece) -> f64| -> Vec<f32> {
        let of_map = |map| filled(pieces(map).iter().map(of).collect(), 0.0);
        maps.iter().flat_map(of_map).collect()
    };
    let tables = [table(|p| p.start), table(|p| p.level), table(|p| p.width), table(|p| p.rise)];
    let length = maps.len() * room;
    let points = graph.floats(&[length], points);
    let firsts: Vec<i64> = (0..maps.len()).map(|class| (class * room) as i64).collect();
    let firsts = graph.ints(&firsts);
    let by_channel = graph.ints(&[1, maps.len() as i64, 1, 1]);
    let mut place = graph.node("Reshape", &[&firsts, &by_channel], &[]);
    let mut half = room as i64 / 2;
    while half > 0 {
        let [step, ahead] = [half, half - 1].map(|number| graph.int(number));
        let probe = graph.node("Add", &[&place, &ahead], &[]);
        let point = graph.node("Gather", &[&points, &probe], &[]);
        let reached = graph.node("LessOrEqual", &[&point, predicted], &[]);
        let further = graph.node("Add", &[&place, &step], &[]);
        place = graph.node("Where", &[&reached, &further, &place], &[]);
        half /= 2;
    }
    let [start, level, width, rise] = tables.map(|values| {
        let table = graph.floats(&[length], values);
        graph.node("Gather", &[&table, &place], &[])
    });
    let share = graph.node("Sub", &[predicted, &start], &[]);
    let share = graph.node("Div", &[&share, &width], &[]);
    // Between points that are next to each other in f32 rounding would lead beyond them.
    let [zero, one] = [0.0, 1.0].map(|number| graph.float(number));
    let share = graph.node("Clip", &[&share, &zero, &one], &[]);
    let risen = graph.node("Mul", &[&share, &rise], &[]);
    graph.node("Add", &[&level, &risen], &[])
}
