use super::NormalisationError;
use crate::{Raster, Samples};

/// Where a raster first has a sample that is NaN or infinite: (row, column, channel), counted from 0.
///
/// Such an image would make a network's weights NaN in one step.
pub fn first_non_finite(raster: &Raster) -> Option<(usize, usize, usize)> {
    let at = match &raster.samples {
        Samples::U8(_) | Samples::U16(_) => None,
        Samples::F32(samples) => samples.iter().position(|v| !v.is_finite()),
        Samples::F64(samples) => samples.iter().position(|v| !(*v as f32).is_finite()),
    }?;
    let (pixel, channel) = (at / raster.channels, at % raster.channels);
    Some((pixel / raster.width, pixel % raster.width, channel))
}

/// [`first_non_finite`] as an error.
pub(crate) fn check_finite(raster: &Raster) -> Result<(), NormalisationError> {
    match first_non_finite(raster) {
        None => Ok(()),
        Some((row, column, channel)) => {
            let value = raster.raw(row, column, channel);
            Err(NormalisationError::NotFinite { row, column, channel, value })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sample_that_is_no_number_is_named() {
        let samples = Samples::F32(vec![0.0, 1.0, 2.0, f32::INFINITY, 4.0, f32::NAN, 6.0, 7.0]);
        let image = Raster { height: 2, width: 2, channels: 2, samples, indexed: None };
        assert_eq!(first_non_finite(&image), Some((0, 1, 1)));
        assert!(check_finite(&image).unwrap_err().to_string().contains("row 0, column 1, channel 1: inf"));
    }
}
