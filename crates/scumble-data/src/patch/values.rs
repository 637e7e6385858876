//! A map of numbers that is kept as small as its numbers allow.

use std::collections::HashMap;

/// Numbers of which few are different: a byte each, and a table. Shares of some raters are such, 8-bit maps and weights.
/// What is read is what was put in, bit for bit; with the 257th number the map is one of f32.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    Few { codes: Vec<u8>, table: Vec<f32> },
    Many(Vec<f32>),
}

impl Values {
    pub(super) fn with_capacity(numbers: usize) -> Self {
        Self::Few { codes: Vec::with_capacity(numbers), table: Vec::new() }
    }

    pub(super) fn extend(&mut self, numbers: impl IntoIterator<Item = f32>) {
        let mut numbers = numbers.into_iter();
        if let Self::Few { codes, table } = self {
            // NaN is a number here like any other.
            let mut known: HashMap<u32, u8> = HashMap::new();
            known.extend(table.iter().enumerate().map(|(code, number)| (number.to_bits(), code as u8)));
            let mut last = None;
            let beyond = numbers.find(|number| {
                let bits = number.to_bits();
                let code = match last {
                    // Neighbours are mostly equal.
                    Some((of, code)) if of == bits => Some(code),
                    _ => known.get(&bits).copied().or_else(|| {
                        let code = u8::try_from(table.len()).ok()?;
                        table.push(*number);
                        known.insert(bits, code);
                        Some(code)
                    }),
                };
                if let Some(code) = code {
                    codes.push(code);
                    last = Some((bits, code));
                }
                code.is_none()
            });
            let Some(beyond) = beyond else { return };
            let mut many = Vec::with_capacity(codes.capacity());
            many.extend(codes.iter().map(|code| table[usize::from(*code)]).chain([beyond]));
            *self = Self::Many(many);
        }
        if let Self::Many(many) = self {
            many.extend(numbers);
        }
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> f32 {
        match self {
            Self::Few { codes, table } => table[usize::from(codes[at])],
            Self::Many(numbers) => numbers[at],
        }
    }

    /// What they take in memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Few { codes, table } => codes.len() + 4 * table.len(),
            Self::Many(numbers) => 4 * numbers.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_and_many_come_back_bit_for_bit() {
        for different in [1, 3, 256, 257, 1000] {
            let number = |i: usize| match i % different {
                0 => f32::NAN,
                1 => -0.0,
                other => 1.0 / other as f32,
            };
            let mut values = Values::with_capacity(3000);
            for part in 0..3 {
                values.extend((part * 1000..(part + 1) * 1000).map(number));
            }
            assert_eq!(matches!(values, Values::Few { .. }), different <= 256, "{different}");
            assert!((0..3000).all(|i| values.get(i).to_bits() == number(i).to_bits()), "{different}");
            assert_eq!(values.bytes(), if different <= 256 { 3000 + 4 * different } else { 12_000 });
        }
    }
}
