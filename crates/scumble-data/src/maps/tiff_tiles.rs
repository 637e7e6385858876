//! A large map as TIFF f32: packed tiles, so that programs read of it what they show.

use super::sink::{Output, Sink};
use super::tiff_header::{Header, Pixels};
use crate::Location;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use ndarray::ArrayView3;
use rayon::prelude::*;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Tiles packed by deflate, the predictor for floats before it; a BigTIFF where 4 GiB may not be enough.
///
/// The directory stands first, as in a cloud-optimised GeoTIFF: its length is known, and it is written when all tiles are.
/// Memory holds a row of tiles.
pub(super) struct Tiles {
    output: Output,
    header: Header,
    /// Whether the file is a BigTIFF.
    big: bool,
    /// Rows of the image that are not a whole row of tiles yet.
    rows: Vec<f32>,
    pixels: Pixels,
    /// Where the next tile begins; 0 before the first rows.
    end: u64,
}

/// The side of a tile.
const TILE: usize = 256;
/// Deflate's pains: higher ones take twice as long for a few percent.
const LEVEL: u32 = 4;
const DEFLATE: u16 = 8;
const OF_FLOATS: u16 = 3;

impl Tiles {
    /// How many tiles there are.
    pub(super) fn count(height: usize, width: usize) -> usize {
        height.div_ceil(TILE).saturating_mul(width.div_ceil(TILE))
    }

    pub(super) fn new(output: Output, header: Header) -> Self {
        let pixels = Pixels {
            compression: DEFLATE,
            predictor: OF_FLOATS,
            tile: Some((TILE, TILE)),
            rows: TILE,
            offsets: Vec::new(),
            lengths: Vec::new(),
        };
        // What cannot be packed grows by a few bytes in a thousand.
        let most = Self::count(header.height, header.width) as u64 * (TILE * TILE * 4 + 1024) as u64;
        let big = most > u64::from(u32::MAX) - (1 << 24);
        Self { output, header, big, rows: Vec::new(), pixels, end: 0 }
    }

    /// Leaves room for header and directory.
    fn begin(&mut self) -> io::Result<()> {
        let count = Self::count(self.header.height, self.header.width);
        let of_tiles = || vec![0; count];
        let (offsets, lengths) = (of_tiles(), of_tiles());
        let empty = Pixels { offsets, lengths, tile: self.pixels.tile, ..self.pixels };
        let room = self.header.bytes(&empty, self.big);
        self.end = room.len() as u64;
        self.output.out.write_all(&room)
    }

    /// Packs and writes what is there of a row of tiles. Tiles are packed by as many threads as there are, and stand in their
    /// order.
    fn flush(&mut self) -> io::Result<()> {
        let (width, rows) = (self.header.width, &self.rows);
        let packed: Vec<io::Result<Vec<u8>>> =
            (0..width.div_ceil(TILE)).into_par_iter().map(|at| pack(rows, width, at * TILE)).collect();
        for tile in packed {
            let tile = tile?;
            self.pixels.offsets.push(self.end);
            self.pixels.lengths.push(tile.len() as u64);
            self.output.out.write_all(&tile)?;
            self.end += tile.len() as u64;
        }
        self.rows.clear();
        Ok(())
    }
}

/// The tile of some rows that begins at a column; what of it is beyond the image is 0.
fn pack(rows: &[f32], width: usize, left: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; TILE * TILE * 4];
    for (row, line) in rows.chunks_exact(width).zip(bytes.chunks_exact_mut(TILE * 4)) {
        // The highest bytes of all numbers, then the next ones, each as a difference to the one on its left.
        for (at, number) in row[left..width.min(left + TILE)].iter().enumerate() {
            for (place, byte) in number.to_be_bytes().into_iter().enumerate() {
                line[place * TILE + at] = byte;
            }
        }
        for at in (1..line.len()).rev() {
            line[at] = line[at].wrapping_sub(line[at - 1]);
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(&bytes)?;
    encoder.finish()
}

impl Sink for Tiles {
    fn place(&mut self, location: &Location) {
        if let Location::Tags(tags) = location {
            self.header.location = Some(tags.clone());
        }
    }

    fn write(&mut self, rows: ArrayView3<'_, f32>) -> io::Result<()> {
        if self.end == 0 {
            self.begin()?;
        }
        for row in rows.rows() {
            self.rows.extend(row);
            if self.rows.len() == TILE * self.header.width {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<PathBuf> {
        if !self.rows.is_empty() {
            self.flush()?;
        }
        self.output.out.seek(SeekFrom::Start(0))?;
        self.output.out.write_all(&self.header.bytes(&self.pixels, self.big))?;
        self.output.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maps::tiff_header::Sample;
    use crate::{Raster, RasterReader, Samples, read_raster};
    use ndarray::Array3;
    use std::path::Path;

    fn maps(height: usize, width: usize) -> Array3<f32> {
        Array3::from_shape_fn((1, height, width), |(_, y, x)| match (y + x) % 97 {
            0 => f32::NAN,
            _ => ((y * 31 + x * 7) % 1009) as f32 / 1009.0,
        })
    }

    fn write(folder: &Path, maps: &Array3<f32>, rows: usize, big: bool) -> PathBuf {
        let (_, height, width) = maps.dim();
        let output = Output::create(folder, &folder.join(format!("{rows}.tif"))).unwrap();
        let mut tiles = Tiles::new(output, Header { height, width, sample: Sample::F32, location: None });
        tiles.big = big;
        for band in maps.axis_chunks_iter(ndarray::Axis(1), rows) {
            tiles.write(band).unwrap();
        }
        Box::new(tiles).finish().unwrap()
    }

    #[test]
    fn tiles_are_read_as_they_were_written_however_the_rows_come_and_at_any_number_of_threads() {
        let folder = tempfile::tempdir().unwrap();
        for (height, width) in [(1, 1), (256, 256), (257, 300), (600, 530)] {
            let maps = maps(height, width);
            for big in [false, true] {
                let path = write(folder.path(), &maps, 100, big);
                let bytes = std::fs::read(&path).unwrap();
                assert_eq!(bytes[2] == b'+', big);
                for threads in [1, 3] {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                    let again = pool.install(|| write(folder.path(), &maps, 7, big));
                    assert!(std::fs::read(again).unwrap() == bytes, "{height} x {width}, {threads} threads");
                }
                let Raster { samples: Samples::F32(found), .. } = read_raster(&path).unwrap() else {
                    panic!("floats")
                };
                assert!(found.iter().map(|p| p.to_bits()).eq(maps.iter().map(|p| p.to_bits())));
                let mut reader = RasterReader::raster(&path).unwrap().unwrap();
                assert_eq!(reader.rows(height - 1..height).unwrap().width, width);
            }
        }
    }

    #[test]
    fn large_maps_are_big() {
        let big = |height, width| {
            let folder = tempfile::tempdir().unwrap();
            let output = Output::create(folder.path(), &folder.path().join("a.tif")).unwrap();
            Tiles::new(output, Header { height, width, sample: Sample::F32, location: None }).big
        };
        assert!(!big(30_000, 30_000) && big(40_000, 40_000));
    }
}
