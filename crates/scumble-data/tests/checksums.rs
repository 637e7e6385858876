//! Formats with checksums: one bit that has turned over is noticed, or it says nothing of the pixels.

mod files;

use files::{at, fixture, npy};
use flate2::write::{GzEncoder, ZlibEncoder};
use flate2::{Compression, Crc};
use png::{BitDepth, ColorType, Encoder, ScaledFloat};
use scumble_data::{DataError, Dataset, Raster, Wanted, read_raster};
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use tempfile::tempdir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const SIDE: usize = 6;

/// Pixels that no compression makes shorter by much.
fn pixels() -> Vec<u8> {
    (0..SIDE * SIDE).map(|at| (at * at * 7 % 251) as u8).collect()
}

fn png() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, SIDE as u32, SIDE as u32);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(png::Compression::NoCompression);
    encoder.set_source_gamma(ScaledFloat::new(1.0));
    encoder.write_header().unwrap().write_image_data(&pixels()).unwrap();
    file
}

fn npz(method: CompressionMethod) -> Vec<u8> {
    let folder = tempdir().unwrap();
    npy(&folder.path().join("a.npy"), &[SIDE as u64; 2], &pixels());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("arr_0.npy", SimpleFileOptions::default().compression_method(method)).unwrap();
    archive.write_all(&fs::read(folder.path().join("a.npy")).unwrap()).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A volume of so many slices, uncompressed within gzip.
fn nii_gz(slices: usize) -> Vec<u8> {
    let mut header = vec![0_u8; 352];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348_i32.to_le_bytes());
    for (axis, length) in [3, SIDE, SIDE, slices].into_iter().enumerate() {
        put(40 + 2 * axis, &(length as i16).to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(&header).unwrap();
    (0..slices).for_each(|_| encoder.write_all(&pixels()).unwrap());
    encoder.finish().unwrap()
}

/// One strip of deflate; `rows` of it are there, more than the image has.
fn tiff(rows: usize) -> Vec<u8> {
    let mut strip = ZlibEncoder::new(Vec::new(), Compression::none());
    strip.write_all(&pixels().repeat(rows.div_ceil(SIDE))[..rows * SIDE]).unwrap();
    let strip = strip.finish().unwrap();
    let tags = [
        (256, SIDE),
        (257, SIDE),
        (258, 8),
        (259, 8),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, rows.max(SIDE)),
        (279, strip.len()),
    ];
    let mut file = b"II*\0".to_vec();
    file.extend((8 + strip.len() as u32).to_le_bytes());
    file.extend(&strip);
    file.extend((tags.len() as u16).to_le_bytes());
    for (tag, value) in tags {
        file.extend((tag as u16).to_le_bytes());
        file.extend([4, 0, 1, 0, 0, 0]);
        file.extend((value as u32).to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

fn read(path: &Path, file: &[u8]) -> Result<Raster, DataError> {
    fs::write(path, file).unwrap();
    let slice = path
        .to_str()
        .unwrap()
        .strip_suffix("volume.nii.gz")
        .map(|before| format!("{before}volume.nii.gz@0001"));
    read_raster(slice.as_deref().map_or(path, Path::new))
}

/// One bit of each byte of a file turned over, one at a time.
fn turned(file: &[u8], mut look: impl FnMut(usize, &[u8])) {
    let mut damaged = file.to_vec();
    for at in 0..file.len() {
        damaged[at] ^= 1 << (at % 8);
        look(at, &damaged);
        damaged[at] ^= 1 << (at % 8);
    }
}

#[test]
fn a_bit_that_has_turned_over_is_noticed() {
    let folder = tempdir().unwrap();
    for (name, file) in [
        ("a.png", png()),
        ("stored.npz", npz(CompressionMethod::Stored)),
        ("packed.npz", npz(CompressionMethod::Deflated)),
        ("a.nii.gz", nii_gz(1)),
        ("volume.nii.gz", nii_gz(2)),
    ] {
        let path = folder.path().join(name);
        let whole = read(&path, &file).unwrap();
        turned(&file, |at, damaged| match read(&path, damaged) {
            Ok(raster) => assert_eq!(raster, whole, "{name}: byte {at} of {}", file.len()),
            Err(error) => assert!(error.to_string().contains(name), "{error}"),
        });
        for end in (1..file.len()).step_by(3) {
            assert!(read(&path, &file[..end]).is_err(), "{name}: cut at {end}");
        }
    }
}

/// What a TIFF says in its tags has no checksum; its pixels have.
#[test]
fn the_pixels_of_a_packed_strip_have_a_checksum() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.tif");
    // Whole strips, and a last one that goes on below the image.
    for rows in [SIDE, 40] {
        let file = tiff(rows);
        let strip = 8..u32::from_le_bytes([file[4], file[5], file[6], file[7]]) as usize;
        let whole = read(&path, &file).unwrap();
        turned(&file, |at, damaged| {
            if strip.contains(&at)
                && let Ok(raster) = read(&path, damaged)
            {
                // Some bits within a packed stream say nothing.
                assert_eq!(raster, whole, "byte {at}");
            }
        });
    }
}

#[test]
fn the_checksum_within_a_png_counts_beside_that_of_its_chunks() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.png");
    let mut file = png();
    let data = file.windows(4).position(|name| name == b"IDAT").unwrap();
    let length = u32::from_be_bytes(file[data - 4..data].try_into().unwrap()) as usize;
    let end = data + 4 + length;
    file[end - 1] ^= 1;
    let mut sum = Crc::new();
    sum.update(&file[data..end]);
    file[end..end + 4].copy_from_slice(&sum.sum().to_be_bytes());
    assert!(matches!(read(&path, &file), Err(DataError::Broken { .. })));
}

/// A volume is read once, for all of its slices, so that its checksum counts for each of them.
#[test]
fn every_slice_of_a_damaged_volume_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("v.nii.gz");
    let mut file = nii_gz(3);
    let last = file.len() - 1;
    file[last] ^= 1;
    fs::write(&path, &file).unwrap();
    let slice = |slice: usize| read_raster(&folder.path().join(format!("v.nii.gz@{slice:04}")));
    for number in 0..3 {
        let message = slice(number).unwrap_err().to_string();
        assert!(message.contains(&format!("v.nii.gz@{number:04}: broken NIfTI file")), "{message}");
    }
}

#[test]
fn an_array_that_is_shorter_than_its_entry_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.npz");
    npy(&folder.path().join("a.npy"), &[SIDE as u64; 2], &pixels());
    let mut array = fs::read(folder.path().join("a.npy")).unwrap();
    array.push(0);
    let mut archive = ZipWriter::new(fs::File::create(&path).unwrap());
    archive.start_file("arr_0.npy", SimpleFileOptions::default()).unwrap();
    archive.write_all(&array).unwrap();
    archive.finish().unwrap();
    let message = read_raster(&path).unwrap_err().to_string();
    assert!(message.contains("goes on behind its array"), "{message}");
}

#[test]
fn outlines_in_an_archive_have_checksums() {
    let folder = tempdir().unwrap();
    npy(&at(folder.path(), "images/x.npy"), &[16, 20], &[9_u8; 320]);
    let path = at(folder.path(), "raters/anna/x.zip");
    let roi = fs::read_dir(fixture("roi")).unwrap().map(|entry| entry.unwrap().path());
    let roi = roi.filter(|path| path.extension().is_some_and(|end| end == "roi")).min().unwrap();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file("a.roi", stored).unwrap();
    archive.write_all(&fs::read(roi).unwrap()).unwrap();
    let file = archive.finish().unwrap().into_inner();
    fs::write(&path, &file).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let marks = || {
        let read = data.read(&data.items()[0], &Wanted::raters())?;
        Ok::<_, DataError>(read.raters[0].1.marks().to_owned())
    };
    let whole = marks().unwrap();
    turned(&file, |at, damaged| {
        fs::write(&path, damaged).unwrap();
        assert!(marks().map_or(true, |marks| marks == whole), "byte {at}");
    });
}
