//! Several images as the channels of one.

use super::source::DecodeError;
use crate::{Raster, Samples};

/// Images of one size, one after the other, as the channels of one image.
///
/// # Errors
/// Images of different sizes or number types; none at all.
pub(super) fn stack(images: Vec<Raster>) -> Result<Raster, DecodeError> {
    let [first, rest @ ..] = &images[..] else {
        return Err(DecodeError::Broken("there is no image in it".to_owned()));
    };
    if rest.is_empty() {
        return Ok(images.into_iter().next().expect("there is one"));
    }
    if let Some(other) = rest.iter().find(|image| (image.height, image.width) != (first.height, first.width))
    {
        return Err(sizes((first.height, first.width), (other.height, other.width)));
    }
    macro_rules! gather {
        ($variant:ident) => {{
            let mut parts = Vec::new();
            for image in &images {
                let Samples::$variant(samples) = &image.samples else { return Err(mixed()) };
                parts.push(samples.chunks_exact(image.channels));
            }
            let mut samples = Vec::new();
            for _ in 0..first.height * first.width {
                samples.extend(parts.iter_mut().filter_map(Iterator::next).flatten());
            }
            Samples::$variant(samples)
        }};
    }
    let samples = match first.samples {
        Samples::U8(_) => gather!(U8),
        Samples::U16(_) => gather!(U16),
        Samples::F32(_) => gather!(F32),
        Samples::F64(_) => gather!(F64),
    };
    let channels = images.iter().map(|image| image.channels).sum();
    let indexed = first.indexed.filter(|_| rest.iter().all(|image| image.indexed == first.indexed));
    Ok(Raster { height: first.height, width: first.width, channels, samples, indexed, nodata: first.nodata })
}

/// Images of two sizes.
pub(super) fn sizes(first: (usize, usize), other: (usize, usize)) -> DecodeError {
    DecodeError::Unsupported(format!(
        "images of {} x {} and of {} x {} pixels, which cannot be the channels of one; store them apart",
        first.0, first.1, other.0, other.1
    ))
}

fn mixed() -> DecodeError {
    DecodeError::Unsupported(
        "images of different number types, which cannot be the channels of one".to_owned(),
    )
}
