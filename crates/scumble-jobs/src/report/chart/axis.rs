//! From numbers to places along one side of a chart.

use crate::report::words::significant;

/// From numbers to places along one side of a chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    from: f64,
    to: f64,
    logarithmic: bool,
    /// Where `from` and `to` are drawn.
    places: (f64, f64),
}

impl Axis {
    /// A linear axis; a range of nothing is widened.
    pub(super) fn linear(from: f64, to: f64, places: (f64, f64)) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self { from, to, logarithmic: false, places }
    }

    /// A logarithmic axis over whole decades that hold `from` to `to`, both above 0.
    pub(super) fn logarithmic(from: f64, to: f64, places: (f64, f64)) -> Self {
        let (low, high) = (from.log10().floor(), to.log10().ceil());
        let high = if high > low { high } else { low + 1.0 };
        Self { from: 10f64.powf(low), to: 10f64.powf(high), logarithmic: true, places }
    }

    /// Where a value is drawn; values beyond the ends at the end.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = match self.logarithmic {
            true => (value.max(self.from) / self.from).log10() / (self.to / self.from).log10(),
            false => (value - self.from) / (self.to - self.from),
        };
        self.places.0 + share.clamp(0.0, 1.0) * (self.places.1 - self.places.0)
    }

    pub(super) fn places(&self) -> (f64, f64) {
        self.places
    }

    /// Round numbers along the axis: a few decades, or 3 to 6 of a step of 1, 2 or 5.
    pub(super) fn ticks(&self) -> Vec<f64> {
        if self.logarithmic {
            let (low, high) = (self.from.log10().round() as i32, self.to.log10().round() as i32);
            let step = ((high - low) / 5 + 1) as usize;
            let decades = (low..=high).step_by(step).map(|power| 10f64.powi(power));
            if high - low > 2 {
                return decades.collect();
            }
            let between = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * decade));
            return between.filter(|tick| *tick <= self.to * 1.001).collect();
        }
        let rough = (self.to - self.from) / 5.0;
        let decade = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|s| s * decade).into_iter().find(|s| *s >= rough * 0.999);
        let step = step.unwrap_or(rough);
        let first = (self.from / step - 1e-9).ceil() as i64;
        let last = (self.to / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }

    /// A tick's number, with as many decimals as neighbours need to differ.
    pub(super) fn label(&self, tick: f64) -> String {
        if self.logarithmic {
            return if (0.0005..1e4).contains(&tick) { significant(tick, 1) } else { format!("{tick:.0e}") };
        }
        let step = self.ticks().windows(2).next().map_or(1.0, |pair| pair[1] - pair[0]);
        let decimals = (-step.log10() - 1e-9).ceil().max(0.0) as usize;
        format!("{tick:.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_inside() {
        let labels = |axis: Axis| axis.ticks().into_iter().map(|tick| axis.label(tick)).collect::<Vec<_>>();
        let places = (0.0, 100.0);
        assert_eq!(labels(Axis::linear(0.0, 1.0, places)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(Axis::linear(1.0, 7.0, places)), ["2", "4", "6"]);
        assert_eq!(labels(Axis::linear(0.0, 0.035, places)), ["0.00", "0.01", "0.02", "0.03"]);
        assert_eq!(labels(Axis::logarithmic(0.002, 0.3, places)), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels(Axis::logarithmic(0.02, 0.1, places)), ["0.01", "0.02", "0.05", "0.1"]);
    }

    #[test]
    fn a_range_of_nothing_has_a_middle() {
        for axis in [Axis::linear(3.0, 3.0, (0.0, 10.0)), Axis::logarithmic(1.0, 1.0, (0.0, 10.0))] {
            assert!(axis.at(3.0).is_finite() && !axis.ticks().is_empty());
        }
    }
}
