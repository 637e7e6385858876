//! Where an image lies in the world, where a file says so.

use super::orientation::Orientation;
use super::{Affine, RasterInfo, read};
use crate::DataError;
use std::path::Path;

/// Where an image lies in the world, as its file says it; maps of the image [can say it too](crate::MapWriter::place).
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// In the space of a scanner (NIfTI).
    Space(Affine),
    /// On a map of the earth (GeoTIFF), or on a print of this resolution (TIFF).
    Tags(LocationTags),
}

/// The tags by which a TIFF says where it lies: resolution and unit (282, 283, 296), and GeoTIFF's (OGC 19-008): pixel scale
/// (33550), tie points (33922), transformation (34264), and the keys of its coordinate system (34735 to 34737). Whatever they say
/// is kept as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LocationTags(pub(crate) Vec<LocationTag>);

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LocationTag {
    pub(crate) tag: u16,
    /// The type of its elements, as TIFF numbers them.
    pub(crate) kind: u16,
    pub(crate) count: u32,
    /// Its elements, in little endian.
    pub(crate) bytes: Vec<u8>,
}

const PIXEL_SCALE: u16 = 33_550;
const TIE_POINTS: u16 = 33_922;
const TRANSFORMATION: u16 = 34_264;
const KEYS: [u16; 3] = [34_735, 34_736, 34_737];
/// Among the keys: the coordinate system's number in EPSG's register, of a projection or else of longitude and latitude.
const SYSTEMS: [u16; 2] = [3072, 2048];
/// A system that is described, and not in the register.
const USER_DEFINED: u16 = 32_767;
/// Of a print.
const ACROSS: u16 = 282;
const DOWN: u16 = 283;
/// TIFF's number of f64.
const DOUBLE: u16 = 12;
/// The key that says what coordinates of a pixel are of, and that of its middle; else they are of its corner.
const RASTER_TYPE: u16 = 1025;
const MIDDLE: u16 = 2;

impl Location {
    /// Where this and another one lie in the same coordinates, from (column, row, slice) on; `None` where one of them does not say
    /// it, or their coordinates are not the same.
    pub(crate) fn in_one_system(&self, other: &Self) -> Option<(Affine, Affine)> {
        match (self, other) {
            (Self::Space(_), Self::Space(_)) => {}
            (Self::Tags(one), Self::Tags(other)) if one.system() == other.system() => {}
            _ => return None,
        }
        Some((self.affine()?, other.affine()?))
    }

    /// From (column, row, slice) to its coordinates; `None` where it does not say it, as of a resolution alone.
    pub(crate) fn affine(&self) -> Option<Affine> {
        match self {
            Self::Space(affine) => Some(*affine),
            Self::Tags(tags) => tags.affine(),
        }
    }
}

/// How the pixels of an image lie on a map of the earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapPlace {
    /// From (x, y) in pixels, the image's upper left corner being (0, 0), to the map: a x + b y + c and d x + e y + f, as
    /// [[a, b, c], [d, e, f]].
    pub affine: [[f64; 3]; 2],
    /// The number of the coordinate system in EPSG's register, if the file says it.
    pub epsg: Option<u16>,
}

impl MapPlace {
    /// Where a point of the image lies.
    pub fn of(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.affine.map(|[across, down, origin]| across * x + down * y + origin)
    }
}

impl Location {
    /// How the pixels lie on a map of the earth; `None` of what lies elsewhere, or where several tie points leave it open.
    pub fn on_earth(&self) -> Option<MapPlace> {
        let Self::Tags(tags) = self else { return None };
        let [[a, b, _, c], [d, e, _, f], _] = tags.affine()?;
        // Where the coordinates are those of centres, the corner is half a pixel before.
        let shift = if tags.is_of_middles() { 0.5 } else { 0.0 };
        let affine = [[a, b, c - shift * (a + b)], [d, e, f - shift * (d + e)]];
        let epsg = SYSTEMS.iter().find_map(|key| tags.key(*key)).filter(|epsg| *epsg != USER_DEFINED);
        Some(MapPlace { affine, epsg })
    }
}

impl LocationTags {
    /// The value of a key that is one number.
    fn key(&self, key: u16) -> Option<u16> {
        let keys = self.0.iter().find(|tag| tag.tag == KEYS[0])?;
        let numbers = keys.bytes.chunks_exact(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        let numbers: Vec<u16> = numbers.collect();
        // Behind a head of four each key is its name, where its value lies (0: here), of how many numbers, and the value.
        let found = numbers.get(4..)?.chunks_exact(4).find(|entry| entry[0] == key && entry[1] == 0);
        found.map(|entry| entry[3])
    }

    /// From (column, row) to the coordinates of the map: a transformation, else one tie point and the scale of a pixel. `None` of
    /// several tie points, between which there are many ways.
    fn affine(&self) -> Option<Affine> {
        if let [a, b, _, d, e, f, _, h, ..] = self.doubles(TRANSFORMATION)[..] {
            return Some([[a, b, 0.0, d], [e, f, 0.0, h], [0.0; 4]]);
        }
        let ([across, down, _], [column, row, _, x, y, _]) =
            (&self.doubles(PIXEL_SCALE)[..], &self.doubles(TIE_POINTS)[..])
        else {
            return None;
        };
        Some([[*across, 0.0, 0.0, x - column * across], [0.0, -down, 0.0, y + row * down], [0.0; 4]])
    }

    /// The same of an image that is turned, shown as (height, width): a transformation in place of scale and tie point. Of several
    /// tie points the place is left out.
    pub(super) fn turned(&self, orientation: Orientation, (height, width): (usize, usize)) -> Self {
        if orientation == Orientation::UPRIGHT {
            return self.clone();
        }
        let mut tags = self.0.clone();
        if orientation.is_across() {
            for tag in &mut tags {
                tag.tag = match tag.tag {
                    ACROSS => DOWN,
                    DOWN => ACROSS,
                    other => other,
                };
            }
        }
        // The middle of the last pixel is one less than the number of pixels.
        let last = if self.is_of_middles() { 1.0 } else { 0.0 };
        let stored = orientation.stored_place((height as f64 - last, width as f64 - last));
        let affine = self.affine();
        tags.retain(|tag| match tag.tag {
            PIXEL_SCALE | TIE_POINTS | TRANSFORMATION => false,
            tag => affine.is_some() || tag < PIXEL_SCALE,
        });
        if let Some([x, y, _]) = affine {
            let row = |[of_column, of_row, _, at]: [f64; 4]| {
                let [x, y, from] = [0, 1, 2].map(|i| of_column * stored[0][i] + of_row * stored[1][i]);
                [x, y, 0.0, from + at]
            };
            let matrix = [row(x), row(y), [0.0; 4], [0.0, 0.0, 0.0, 1.0]].concat();
            let bytes = matrix.iter().flat_map(|number| number.to_le_bytes()).collect();
            tags.push(LocationTag { tag: TRANSFORMATION, kind: DOUBLE, count: 16, bytes });
        }
        tags.sort_by_key(|tag| tag.tag);
        Self(tags)
    }

    /// Whether whole coordinates are of the middles of pixels, not of their corners.
    fn is_of_middles(&self) -> bool {
        self.key(RASTER_TYPE) == Some(MIDDLE)
    }

    /// The tags that say what the coordinates mean.
    fn system(&self) -> Vec<&LocationTag> {
        self.0.iter().filter(|tag| KEYS.contains(&tag.tag)).collect()
    }

    fn doubles(&self, tag: u16) -> Vec<f64> {
        let bytes =
            self.0.iter().find(|found| found.tag == tag && found.kind == DOUBLE).map(|found| &found.bytes);
        let numbers = bytes.into_iter().flat_map(|bytes| bytes.chunks_exact(8));
        numbers.map(|number| f64::from_le_bytes(number.try_into().expect("eight bytes"))).collect()
    }

    /// Whether they say where on earth it is, and not only how large a print.
    pub fn is_on_earth(&self) -> bool {
        self.0.iter().any(|tag| tag.tag >= PIXEL_SCALE)
    }
}

/// Where an image lies in the world, if the header of its file says so: the affine of a NIfTI volume, the tags of a GeoTIFF, the
/// resolution of a TIFF. Of a TIFF whose pixels are turned by its orientation it is the place of those that are read.
///
/// # Errors
/// As [`read_info`](crate::read_info).
pub fn read_location(path: &Path) -> Result<Option<Location>, DataError> {
    Ok(read_placed_info(path)?.1)
}

/// What the header of a file says, and where that lies, by one look at it.
pub(crate) fn read_placed_info(path: &Path) -> Result<(RasterInfo, Option<Location>), DataError> {
    read(path, |format, source| {
        let info = format.info(source)?;
        Ok((info, format.location(source, &info)?))
    })
}
