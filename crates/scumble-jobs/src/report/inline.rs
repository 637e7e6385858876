//! Pictures inside the page: bright enough for any screen, written as the text of an address.

use crate::picture::{Picture, Rgb};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{BitDepth, ColorType, Compression, Encoder};
use std::collections::BTreeSet;

/// Below this brightness of its brightest pixels a picture is dark on any screen.
const DARK: u8 = 160;

/// The picture as a data: address of a PNG, in as few bytes a pixel as its colours need: grey, up to 256 colours, or RGB.
pub(super) fn data_address(picture: &Picture) -> String {
    format!("data:image/png;base64,{}", STANDARD.encode(encode(picture)))
}

fn encode(picture: &Picture) -> Vec<u8> {
    let (height, width) = picture.size();
    let pixels = picture.pixels();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::High);
    let samples = if pixels.iter().all(|[r, g, b]| r == g && g == b) {
        encoder.set_color(ColorType::Grayscale);
        pixels.iter().map(|[grey, ..]| *grey).collect()
    } else if let Some(palette) = palette(pixels) {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette.as_flattened().to_vec());
        let index = |pixel| palette.binary_search(pixel).expect("the palette has every colour") as u8;
        pixels.iter().map(index).collect()
    } else {
        encoder.set_color(ColorType::Rgb);
        pixels.as_flattened().to_vec()
    };
    let mut writer = encoder.write_header().expect("a picture of at least one pixel, into memory");
    writer.write_image_data(&samples).expect("as many samples as pixels");
    writer.finish().expect("into memory");
    file
}

/// All colours, sorted, if they are few enough.
fn palette(pixels: &[Rgb]) -> Option<Vec<Rgb>> {
    let mut colours = BTreeSet::new();
    for pixel in pixels {
        if colours.insert(*pixel) && colours.len() > 256 {
            return None;
        }
    }
    Some(colours.into_iter().collect())
}

/// A dark picture with its 0.1 % and 99.9 % quantiles of brightness moved to black and white, colours kept; any other
/// picture is `None`.
pub(super) fn brighten(picture: &Picture) -> Option<Picture> {
    let mut levels: Vec<u8> = picture.pixels().as_flattened().to_vec();
    levels.sort_unstable();
    let quantile = |share: f64| levels.get((share * levels.len() as f64) as usize).copied();
    let (low, high) = (quantile(0.001)?, quantile(0.999)?);
    if high >= DARK || high <= low {
        return None;
    }
    let gain = 255.0 / f32::from(high - low);
    let (height, width) = picture.size();
    Some(Picture::new(height, width, |row, column| {
        picture.at(row, column).map(|v| (f32::from(v.saturating_sub(low)) * gain).round().min(255.0) as u8)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        type Pixel = fn(usize, usize) -> Rgb;
        let pictures: [Pixel; 3] = [
            |row, _| [row as u8; 3],
            |row, column| [255, (row % 3) as u8, (column % 5) as u8],
            |row, column| [row as u8, column as u8, 7],
        ];
        for (number, pixel) in pictures.into_iter().enumerate() {
            let picture = Picture::new(20, 30, pixel);
            let path = folder.path().join(format!("{number}.png"));
            std::fs::write(&path, encode(&picture)).unwrap();
            let read = Picture::image(&scumble_data::read_image(&path).unwrap());
            assert_eq!(read.pixels(), picture.pixels(), "{number}");
        }
    }

    #[test]
    fn only_dark_pictures_change() {
        let ramp = |most: usize| Picture::new(1, 100, move |_, column| [(column * most / 99) as u8; 3]);
        assert!(brighten(&ramp(255)).is_none() && brighten(&ramp(0)).is_none());
        let bright = brighten(&ramp(50)).unwrap();
        assert_eq!((bright.at(0, 0), bright.at(0, 99)), ([0; 3], [255; 3]));
    }
}
