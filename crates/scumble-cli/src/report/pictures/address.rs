use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{BitDepth, ColorType, Compression, Encoder};
use scumble_jobs::picture::{Picture, Rgb};
use std::collections::BTreeSet;

/// The picture as a data: address of a PNG, in as few bytes a pixel as its colours need: grey, up to 256 colours, or RGB.
pub(in crate::report) fn data_address(picture: &Picture) -> String {
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
}
