//! One outline as ImageJ writes it.

/// The area that an outline encloses, in pixels; the first pixel lies between (0, 0) and (1, 1).
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dataset) enum Outline {
    /// Left, top, right and bottom.
    Rectangle([i64; 4]),
    /// The ellipse in such a rectangle.
    Oval([i64; 4]),
    /// Rings of x, y; what an odd number of them enclose is inside.
    Rings(Vec<Vec<[f64; 2]>>),
}

/// The fixed part at the beginning.
const HEAD: usize = 64;
/// Bounds below this are above 32767, the largest that their 16 bits can say.
const WRAPPED: i64 = -5000;
const SUBPIXEL: u16 = 128;

impl Outline {
    /// Left, top, right and bottom of all that it encloses; of no point, from infinity to below.
    pub(super) fn bounds(&self) -> [f64; 4] {
        match self {
            Outline::Rectangle(bounds) | Outline::Oval(bounds) => bounds.map(|bound| bound as f64),
            Outline::Rings(rings) => {
                let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
                rings.iter().flatten().fold(nothing, |[left, top, right, bottom], &[x, y]| {
                    [left.min(x), top.min(y), right.max(x), bottom.max(y)]
                })
            }
        }
    }

    /// Decodes a file as ImageJ's RoiDecoder does.
    ///
    /// # Errors
    /// A file that is too short or no outline, a line, an angle, points, text, curves.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let file = Fields(bytes);
        if !bytes.starts_with(b"Iout") || bytes.len() < HEAD {
            return Err("it is no ImageJ ROI".to_owned());
        }
        let bound = |at| {
            let bound = i64::from(file.short(at)?);
            Some(if bound < WRAPPED { bound + 65536 } else { bound })
        };
        let short = || "the file ends too early".to_owned();
        let bounds = || Some([bound(10)?, bound(8)?, bound(14)?, bound(12)?]);
        let bounds = bounds().ok_or_else(short)?;
        let composite = file.int(36).ok_or_else(short)?;
        let subtype = file.short(48).ok_or_else(short)?;
        match (bytes[6], subtype) {
            (1, _) if composite > 0 => file.path(composite as usize),
            (1, 0) if file.short(54) == Some(0) => Ok(Outline::Rectangle(bounds)),
            (1, 0) => Err("a rectangle with round corners; convert it to a polygon".to_owned()),
            (2, _) => Ok(Outline::Oval(bounds)),
            (0 | 7 | 8, 0) => file.polygon(bounds).map(|ring| Outline::Rings(vec![ring])).ok_or_else(short),
            (kind, _) => {
                let kind = match kind {
                    3..=5 => "a line",
                    7 => "a turned ellipse or rectangle",
                    9 => "an angle",
                    10 => "points",
                    _ => "of a kind that is not read",
                };
                Err(format!(
                    "it is {kind}; polygons, freehand and traced outlines, rectangles and ovals are read"
                ))
            }
        }
    }
}

/// Numbers in big endian.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn at<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.0.get(offset..)?.first_chunk().copied()
    }

    fn short(&self, offset: usize) -> Option<i16> {
        self.at(offset).map(i16::from_be_bytes)
    }

    fn int(&self, offset: usize) -> Option<i32> {
        self.at(offset).map(i32::from_be_bytes)
    }

    fn float(&self, offset: usize) -> Option<f64> {
        self.at(offset).map(|bytes| f64::from(f32::from_be_bytes(bytes)))
    }

    /// Whole numbers from the corner of the bounds or, behind these, floats from that of the image.
    fn polygon(&self, [left, top, ..]: [i64; 4]) -> Option<Vec<[f64; 2]>> {
        let count = match self.at(16).map(u16::from_be_bytes)? {
            0 => usize::try_from(self.int(18)?).ok()?,
            count => usize::from(count),
        };
        // All points must be there before memory is asked for.
        let subpixel = self.at(50).map(u16::from_be_bytes)? & SUBPIXEL != 0;
        let (first, bytes) = if subpixel { (HEAD + count.checked_mul(4)?, 4) } else { (HEAD, 2) };
        let end = count.checked_mul(2 * bytes)?.checked_add(first)?;
        self.0.get(first..end)?;
        let coordinate = |place: usize, corner: i64| {
            let at = first + place * bytes;
            if subpixel { self.float(at) } else { Some((i64::from(self.short(at)?.max(0)) + corner) as f64) }
        };
        (0..count).map(|point| Some([coordinate(point, left)?, coordinate(count + point, top)?])).collect()
    }

    /// Outlines combined into one: `count` floats, commands (0 move, 1 line, 4 close) and their points.
    fn path(&self, count: usize) -> Result<Outline, String> {
        let mut floats = (0..count).map_while(|place| self.float(HEAD + 4 * place));
        let mut rings: Vec<Vec<[f64; 2]>> = Vec::new();
        while let Some(command) = floats.next() {
            if command == 4.0 {
                continue;
            }
            if command != 0.0 && command != 1.0 {
                return Err("it is combined of curves; convert it to a polygon".to_owned());
            }
            let point = floats.next().zip(floats.next()).ok_or("the file ends too early")?;
            if command == 0.0 {
                rings.push(Vec::new());
            }
            rings.last_mut().ok_or("it begins with a line to nowhere")?.push([point.0, point.1]);
        }
        Ok(Outline::Rings(rings))
    }
}
