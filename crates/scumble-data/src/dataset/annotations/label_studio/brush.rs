//! What a brush has painted: the run lengths of Label Studio, those of the library rle-pack of thi.ng/umbrella.
//!
//! In bits, the highest of a byte first: 32 for the number of values, 5 for the width of a value less 1, four times 4 for the
//! widths of lengths less 1, then runs. A run is 1 bit for "one value, so many times" or "so many values", 2 for the
//! width of its length, its length less 1, and the value or values. The values are red, green, blue and alpha of the image's
//! pixels along the rows, and what is not wholly transparent is painted.

use crate::AnnotationProblem;
use crate::dataset::annotations::field::Field;
use crate::dataset::annotations::shape::Rows;

const CHANNELS: u64 = 4;

/// The pixels of an image of (height, width) that are painted.
///
/// # Errors
/// Bytes that end within a run, or that say another number of pixels.
pub(super) fn painted(bytes: &[u8], (height, width): (usize, usize)) -> Field<Rows> {
    let ends = || AnnotationProblem::Runs("the run lengths end within a run".to_owned());
    let mut bits = Bits { bytes, at: 0 };
    let values = bits.read(32).ok_or_else(ends)?;
    let value_bits = bits.read(5).ok_or_else(ends)? as u32 + 1;
    let mut length_bits = [0; 4];
    for length in &mut length_bits {
        *length = bits.read(4).ok_or_else(ends)? as u32 + 1;
    }
    let needed = (height as u64).checked_mul(width as u64).and_then(|pixels| pixels.checked_mul(CHANNELS));
    if needed != Some(values) {
        return Err(AnnotationProblem::Runs(format!(
            "run lengths of {values} values, but {height} x {width} pixels of four channels are needed"
        )));
    }
    let mut runs = Runs::default();
    let mut at = 0;
    while at < values {
        let one_value = bits.read(1).ok_or_else(ends)? == 1;
        let which = bits.read(2).ok_or_else(ends)? as usize;
        let end = at + 1 + bits.read(length_bits[which]).ok_or_else(ends)?;
        if end > values {
            return Err(AnnotationProblem::Runs(format!(
                "a run of {} values where {} are left",
                end - at,
                values - at
            )));
        }
        if one_value {
            let on = bits.read(value_bits).ok_or_else(ends)? != 0;
            // How many of the values at..end are those of alpha, every fourth.
            runs.push(on, end / CHANNELS - at / CHANNELS);
        } else {
            for at in at..end {
                let on = bits.read(value_bits).ok_or_else(ends)? != 0;
                if at % CHANNELS == CHANNELS - 1 {
                    runs.push(on, 1);
                }
            }
        }
        at = end;
    }
    Ok(Rows { left: 0, top: 0, height, width, runs: runs.lengths })
}

/// Lengths of off, on, off, .. The pixels are fewer than 2^30, for their values are counted in 32 bits.
#[derive(Default)]
struct Runs {
    lengths: Vec<u32>,
}

impl Runs {
    fn push(&mut self, on: bool, length: u64) {
        if length == 0 {
            return;
        }
        // The last run is on if their number is even.
        if self.lengths.is_empty() {
            self.lengths.push(0);
        }
        if self.lengths.len().is_multiple_of(2) != on {
            self.lengths.push(0);
        }
        if let Some(last) = self.lengths.last_mut() {
            *last += length as u32;
        }
    }
}

struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    /// The next bits as a number; None behind the end.
    fn read(&mut self, count: u32) -> Option<u64> {
        let mut number = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            number = number << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits as text, of any number.
    fn packed(bits: &str) -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
        bits.chunks(8).map(|byte| (0..8).fold(0, |all, at| all << 1 | byte.get(at).unwrap_or(&0))).collect()
    }

    /// 1 x 2 pixels, values of 8 bits, lengths of 3, 4, 8 and 16.
    const HEAD: &str = "00000000000000000000000000001000 00111 0010 0011 0111 1111";

    #[test]
    fn alpha_is_every_fourth_value() {
        // Three zeros, then 255 five times.
        let mixed = packed(&format!("{HEAD} 1 00 010 00000000 1 00 100 11111111"));
        assert_eq!(painted(&mixed, (1, 2)).unwrap().runs, [0, 2]);
        // Four zeros one by one, then 1, 2, 3 and 0.
        let values = [0, 0, 0, 0, 1, 2, 3, 0].map(|value| format!("{value:08b}")).concat();
        let single = packed(&format!("{HEAD} 0 00 111 {values}"));
        assert_eq!(painted(&single, (1, 2)).unwrap().runs, [2]);
        let second = packed(&format!("{HEAD} 1 10 00000011 00000000 1 01 0011 00000001"));
        assert_eq!(painted(&second, (1, 2)).unwrap().runs, [1, 1]);
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (bits, size, says) in [
            ("0101".to_owned(), (1, 2), "end within a run"),
            (HEAD.to_owned(), (1, 2), "end within a run"),
            (format!("{HEAD} 1 00 111"), (1, 2), "end within a run"),
            (format!("{HEAD} 1 01 1000 00000000"), (1, 2), "a run of 9 values where 8 are left"),
            (HEAD.to_owned(), (1, 3), "8 values, but 1 x 3 pixels"),
            (HEAD.to_owned(), (1 << 40, 1 << 40), "8 values"),
            (HEAD.to_owned(), (0, 0), "8 values"),
        ] {
            let message = painted(&packed(&bits), size).unwrap_err().to_string();
            assert!(message.contains(says), "{message}");
        }
        let most = packed(&"1".repeat(80));
        assert!(painted(&most, (1 << 20, 1 << 20)).unwrap_err().to_string().contains("4294967295 values"));
    }
}
