//! How an image enters the network: [`scumble_data::Normalisation`] as operations.

use super::graph::{Graph, Value};
use super::proto::Attribute::{Int, Ints};
use scumble_data::{Exposure, Normalisation, NormalisationMethod};

/// The element type of a cast.
const F32: i64 = 1;
const I64: i64 = 7;

/// Images [N, C, H, W] in units of [`scumble_data::Raster::to_unit`] as the network sees them, each by itself.
pub(super) fn normalised(graph: &mut Graph, normalisation: &Normalisation, image: &Value) -> Value {
    let known = known(graph, normalisation, image);
    let Tone { centre, deviation, spread, bias } = match normalisation.method() {
        NormalisationMethod::None => Tone::default(),
        NormalisationMethod::Dataset => Tone {
            centre: Some(graph.by_channel(numbers(normalisation.mean()))),
            deviation: Some(graph.by_channel(numbers(normalisation.deviation()))),
            ..Tone::default()
        },
        NormalisationMethod::Image => {
            let (centre, deviation) = own(graph, moments, image, &known);
            Tone { centre: Some(centre), deviation: Some(deviation), ..Tone::default() }
        }
        NormalisationMethod::Percentile => {
            let (centre, deviation) = own(graph, percentiles, image, &known);
            Tone { centre: Some(centre), deviation: Some(deviation), ..Tone::default() }
        }
        NormalisationMethod::Both => half_way(graph, normalisation, image, &known),
    };
    let mut toned = image.clone();
    for (op, value) in [("Sub", &centre), ("Div", &deviation), ("Mul", &spread), ("Add", &bias)] {
        if let Some(value) = value {
            toned = graph.node(op, &[&toned, value], &[]);
        }
    }
    // A sample that says nothing is the mean.
    let mean = bias.unwrap_or_else(|| graph.float(0.0));
    graph.node("Where", &[&known, &toned, &mean], &[])
}

/// What becomes of a sample: ((sample - centre) / deviation) * spread + bias, each of them by channel.
#[derive(Default)]
struct Tone {
    centre: Option<Value>,
    deviation: Option<Value>,
    spread: Option<Value>,
    bias: Option<Value>,
}

fn numbers(values: &[f32]) -> impl Iterator<Item = f64> {
    values.iter().copied().map(f64::from)
}

/// Which samples say something: those that are finite and not the number that stands for no data.
fn known(graph: &mut Graph, normalisation: &Normalisation, image: &Value) -> Value {
    let size = graph.node("Abs", &[image], &[]);
    let largest = graph.float(f32::MAX);
    // NaN is not below anything.
    let finite = graph.node("LessOrEqual", &[&size, &largest], &[]);
    // Beyond f32 it is infinite there.
    let Some(nodata) = normalisation.nodata().filter(|nodata| nodata.abs() <= f64::from(f32::MAX)) else {
        return finite;
    };
    let least = graph.float((Normalisation::SAME_NODATA * nodata.abs()) as f32);
    let nodata = graph.float(nodata as f32);
    let apart = graph.node("Sub", &[image, &nodata], &[]);
    let apart = graph.node("Abs", &[&apart], &[]);
    let other = graph.node("Greater", &[&apart, &least], &[]);
    graph.node("And", &[&finite, &other], &[])
}

/// Centre and deviation of each channel of each image, [N, C, 1, 1], and whether any sample says something.
struct Statistics {
    centre: Value,
    deviation: Value,
    any: Value,
}

/// Centre and deviation of the image itself: 0 and 1 where nothing is known of a channel, or it has no spread.
fn own(
    graph: &mut Graph,
    statistics: impl Fn(&mut Graph, &Value, &Value) -> Statistics,
    image: &Value,
    known: &Value,
) -> (Value, Value) {
    let Statistics { centre, deviation, any } = statistics(graph, image, known);
    let [zero, one, resolved] = [0.0, 1.0, f32::EPSILON].map(|number| graph.float(number));
    let centre = graph.node("Where", &[&any, &centre, &zero], &[]);
    // A channel without spread carries no information, and must not be blown up.
    let size = graph.node("Abs", &[&centre], &[]);
    let least = graph.node("Mul", &[&size, &resolved], &[]);
    let spread = graph.node("Greater", &[&deviation, &least], &[]);
    let deviation = graph.node("Where", &[&spread, &deviation, &one], &[]);
    (centre, deviation)
}

/// Half of the way from the training images' statistics to those of the image.
fn half_way(graph: &mut Graph, normalisation: &Normalisation, image: &Value, known: &Value) -> Tone {
    let (centre, deviation) = own(graph, moments, image, known);
    let followed: Vec<_> = (0..normalisation.channels()).map(|c| normalisation.followed(c)).collect();
    // Beyond f32 there is no sample.
    let end = |value: f64| value.clamp(f64::from(f32::MIN), f64::from(f32::MAX));
    let [least_mean, largest_mean] =
        [0, 1].map(|side| graph.by_channel(followed.iter().map(|of| end(of.means[side]))));
    let [least_deviation, largest_deviation] =
        [0, 1].map(|side| graph.by_channel(followed.iter().map(|of| end(of.deviations[side]))));
    let usual = graph.by_channel(followed.iter().map(|of| of.usual));
    let steps = followed.iter().zip(numbers(normalisation.deviation()));
    let step = graph.by_channel(steps.map(|(of, spread)| of.usual / spread));
    let middle = graph.by_channel(numbers(normalisation.mean()));
    let twice = graph.by_channel(numbers(normalisation.deviation()).map(|spread| 2.0 * spread));
    let mut within = |value, least, largest| {
        let value = graph.node("Min", &[value, largest], &[]);
        graph.node("Max", &[&value, least], &[])
    };
    let mean = within(&centre, &least_mean, &largest_mean);
    let spread = within(&deviation, &least_deviation, &largest_deviation);
    let bias = graph.node("Sub", &[&mean, &middle], &[]);
    let bias = graph.node("Div", &[&bias, &twice], &[]);
    let spread = graph.node("Div", &[&spread, &usual], &[]);
    let spread = graph.node("Sqrt", &[&spread], &[]);
    let spread = graph.node("Mul", &[&spread, &step], &[]);
    Tone { centre: Some(centre), deviation: Some(deviation), spread: Some(spread), bias: Some(bias) }
}

/// Mean and deviation of the samples that say something.
fn moments(graph: &mut Graph, image: &Value, known: &Value) -> Statistics {
    let zero = graph.float(0.0);
    let counted = graph.node("Cast", &[known], &[("to", Int(F32))]);
    let count = sum(graph, &counted);
    let mean_of = |graph: &mut Graph, values: &Value| {
        let sum = sum(graph, values);
        graph.node("Div", &[&sum, &count], &[])
    };
    let from = |graph: &mut Graph, centre: &Value| {
        let apart = graph.node("Sub", &[image, centre], &[]);
        graph.node("Where", &[known, &apart, &zero], &[])
    };
    // A second look at the mean takes out what the first sum has lost to rounding.
    let first = from(graph, &zero);
    let first = mean_of(graph, &first);
    let rest = from(graph, &first);
    let rest = mean_of(graph, &rest);
    let centre = graph.node("Add", &[&first, &rest], &[]);
    let apart = from(graph, &centre);
    // In shares of the largest: squares of f32 are 0 below 1e-23 and infinite beyond 1e19.
    let size = graph.node("Abs", &[&apart], &[]);
    let largest = graph.node("ReduceMax", &[&size], &[("axes", Ints(vec![2, 3])), ("keepdims", Int(1))]);
    let some = graph.node("Greater", &[&largest, &zero], &[]);
    let one = graph.float(1.0);
    let largest = graph.node("Where", &[&some, &largest, &one], &[]);
    let share = graph.node("Div", &[&apart, &largest], &[]);
    let squares = graph.node("Mul", &[&share, &share], &[]);
    let variance = mean_of(graph, &squares);
    let deviation = graph.node("Sqrt", &[&variance], &[]);
    let deviation = graph.node("Mul", &[&deviation, &largest], &[]);
    let any = graph.node("Greater", &[&count, &zero], &[]);
    Statistics { centre, deviation, any }
}

/// Sums over rows, then over these: sums of sums lose less than one long one.
fn sum(graph: &mut Graph, map: &Value) -> Value {
    let rows = graph.sum(map, 3);
    graph.sum(&rows, 2)
}

/// Median, and the spread between percentiles 2.5 and 97.5, of every n-th sample that says something.
fn percentiles(graph: &mut Graph, image: &Value, known: &Value) -> Statistics {
    let nothing = graph.float(f32::INFINITY);
    let samples = graph.node("Where", &[known, image, &nothing], &[]);
    let flat = graph.ints(&[0, 0, -1]);
    let samples = graph.node("Reshape", &[&samples, &flat], &[]);
    let chosen = chosen(graph, &samples);
    let says = graph.node("Less", &[&chosen, &nothing], &[]);
    let counted = graph.node("Cast", &[&says], &[("to", Int(I64))]);
    let count = graph.sum(&counted, 2);
    let sorted = graph.sorted(&chosen, 2);
    let [zero, one] = [0, 1].map(|number| graph.int(number));
    let last = graph.node("Sub", &[&count, &one], &[]);
    let last = graph.node("Max", &[&last, &zero], &[]);
    let [low, median, high] = PLACES.map(|place| {
        let [factor, half, divisor] = place.map(|number| graph.int(number));
        let place = graph.node("Mul", &[&last, &factor], &[]);
        let place = graph.node("Add", &[&place, &half], &[]);
        let place = graph.node("Div", &[&place, &divisor], &[]);
        let value = graph.node("GatherElements", &[&sorted, &place], &[("axis", Int(2))]);
        let axis = graph.ints(&[3]);
        graph.node("Unsqueeze", &[&value, &axis], &[])
    });
    let tails = graph.node("Sub", &[&high, &low], &[]);
    let apart = graph.float(Exposure::TAILS_APART as f32);
    let deviation = graph.node("Div", &[&tails, &apart], &[]);
    let any = graph.node("Greater", &[&count, &zero], &[]);
    let axis = graph.ints(&[3]);
    let any = graph.node("Unsqueeze", &[&any, &axis], &[]);
    Statistics { centre: median, deviation, any }
}

/// Where percentiles 2.5, 50 and 97.5 lie among sorted samples, the last of which is at `last`: (last a + b) / c in whole
/// numbers is last times the share, rounded.
const PLACES: [[i64; 3]; 3] = [[1, 20, 40], [1, 1, 2], [39, 20, 40]];

/// Of samples [N, C, M] every n-th, so that there are not too many.
fn chosen(graph: &mut Graph, samples: &Value) -> Value {
    let most = Exposure::MEDIAN_SAMPLES as i64;
    let count = graph.node("Shape", &[samples], &[("start", Int(2))]);
    let [before, divisor, from, axis] = [most - 1, most, 0, 2].map(|number| graph.ints(&[number]));
    let step = graph.node("Add", &[&count, &before], &[]);
    let step = graph.node("Div", &[&step, &divisor], &[]);
    graph.node("Slice", &[samples, &from, &count, &axis, &step], &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_percentiles_are_rounded_as_scumble_data_rounds_them() {
        for last in 0..Exposure::MEDIAN_SAMPLES as i64 {
            for ([factor, half, divisor], share) in PLACES.into_iter().zip([0.025, 0.5, 0.975]) {
                let expected = (share * last as f64).round() as i64;
                assert_eq!((last * factor + half) / divisor, expected, "{share} of {last}");
            }
        }
    }
}
