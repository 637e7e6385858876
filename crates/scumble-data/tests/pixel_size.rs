//! How large a pixel is, where a header says it, and nothing where it does not.

mod files;

use files::fixture;
use ndarray::array;
use scumble_data::{read_info, read_pixel_size, write_array};
use std::fs;
use std::path::Path;

/// A TIFF of 2 x 1 pixels as ImageJ writes it: `resolution` pixels a unit across and down, as numerator and denominator.
fn tiff(path: &Path, description: &str, resolution: [(u32, u32); 2], orientation: u32) {
    let text = format!("{description}\0").into_bytes();
    let tags = 12_u32;
    let [across_at, down_at, text_at] = [0, 8, 16].map(|at| 8 + 2 + 12 * tags + 4 + at);
    let pixels_at = text_at + text.len() as u32;
    let entries = [
        (256_u16, 4_u16, 1, 2),
        (257, 4, 1, 1),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (270, 2, text.len() as u32, text_at),
        (273, 4, 1, pixels_at),
        (274, 3, 1, orientation),
        (278, 4, 1, 1),
        (279, 4, 1, 2),
        (282, 5, 1, across_at),
        (283, 5, 1, down_at),
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((tags as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(u32::to_le_bytes(count));
        file.extend(u32::to_le_bytes(value));
    }
    file.extend([0; 4]);
    resolution.iter().for_each(|(over, under)| {
        file.extend(over.to_le_bytes());
        file.extend(under.to_le_bytes());
    });
    file.extend(text);
    file.extend([7, 9]);
    fs::write(path, file).unwrap();
}

#[test]
fn image_j_says_pixels_a_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let size = |description: &str, resolution, orientation| {
        tiff(&path, description, resolution, orientation);
        read_pixel_size(&path).unwrap().map(|size| (size.height, size.width, size.unit))
    };
    let micron = "ImageJ=1.54f\nunit=micron\n";
    assert_eq!(size(micron, [(4, 1), (2, 1)], 1), Some((0.5, 0.25, "\u{b5}m")));
    // Turned by a quarter, what was across is down.
    assert_eq!(size(micron, [(4, 1), (2, 1)], 6), Some((0.25, 0.5, "\u{b5}m")));
    // A print's resolution, a unit that is none, a fraction that is none.
    assert_eq!(size("scan", [(72, 1), (72, 1)], 1), None);
    assert_eq!(size("ImageJ=1.54f\nunit=pixel\n", [(1, 1), (1, 1)], 1), None);
    assert_eq!(size(micron, [(4, 0), (0, 1)], 1), None);
}

#[test]
fn nifti_says_it_by_its_place_and_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii");
    let mut bytes = fs::read(fixture("volume_i16_be.nii")).unwrap();
    let mut size = |code: u8| {
        bytes[123] = code;
        fs::write(&path, &bytes).unwrap();
        read_pixel_size(&folder.path().join("a.nii@0000")).unwrap()
    };
    // Units of time are beside those of space.
    let found = size(2 + 8).unwrap();
    let affine = read_info(&folder.path().join("a.nii@0000")).unwrap().affine.unwrap();
    let side = |column: usize| affine.iter().map(|row| row[column].powi(2)).sum::<f64>().sqrt();
    assert_eq!((found.height, found.width, found.unit), (side(1), side(0), "mm"));
    assert_eq!(size(3).unwrap().unit, "\u{b5}m");
    assert_eq!(size(0), None);
}

#[test]
fn other_files_do_not_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    write_array(&path, array![[0.0_f32, 0.5]].view()).unwrap();
    assert_eq!(read_pixel_size(&path).unwrap(), None);
}
