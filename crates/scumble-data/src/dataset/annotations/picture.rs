//! A mask as a PNG in base64, within a box.

use super::field::Field;
use super::shape::Rows;
use crate::AnnotationProblem;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{ColorType, Decoder, Transformations};
use std::io::Cursor;

/// The pixels of a grey PNG that are not 0, in the box of which two corners are given: the first and the last pixel.
///
/// # Errors
/// No base64, no PNG of grey or on/off pixels, a box of another size, corners that are no pixels.
pub(super) fn rows(text: &str, [first, last]: [[f64; 2]; 2]) -> Field<Rows> {
    let wrong = |why: String| AnnotationProblem::Picture(why);
    let bytes = STANDARD.decode(text).map_err(|error| wrong(error.to_string()))?;
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|error| wrong(error.to_string()))?;
    let (height, width) = (reader.info().height as usize, reader.info().width as usize);
    let pixel = |at: f64| if (0.0..=u32::MAX as f64).contains(&at) { Some(at as usize) } else { None };
    let corner = |[x, y]: [f64; 2]| Some([pixel(x)?, pixel(y)?]);
    let [left, top] = corner(first).ok_or(AnnotationProblem::Corner(first))?;
    let [right, bottom] = corner(last).ok_or(AnnotationProblem::Corner(last))?;
    let expected = [(bottom + 1).saturating_sub(top), (right + 1).saturating_sub(left)];
    if [height, width] != expected {
        return Err(wrong(format!(
            "it has {height} x {width} pixels, its box has {} x {}",
            expected[0], expected[1]
        )));
    }
    let samples = match reader.output_color_type() {
        (ColorType::Grayscale, png::BitDepth::Eight) => 1,
        (kind, depth) => {
            return Err(wrong(format!("it is {kind:?} of {depth:?} bits, not grey of 8 or on/off")));
        }
    };
    let mut runs: Vec<u32> = vec![0];
    // A row at a time: a picture of one colour is far larger than its file.
    for _ in 0..height {
        let row = reader.next_row().map_err(|error| wrong(error.to_string()))?;
        let row = row.ok_or_else(|| wrong("it ends too early".to_owned()))?;
        for value in row.data().chunks_exact(samples).map(|pixel| pixel[0]) {
            if (value != 0) == runs.len().is_multiple_of(2) {
                *runs.last_mut().expect("one at least") += 1;
            } else {
                runs.push(1);
            }
        }
    }
    Rows { left, top, height, width, runs }.whole()
}
