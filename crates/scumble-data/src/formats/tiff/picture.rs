//! What viewers show of a page: the colours of a palette, white where white is 0, and fewer than 8 bits in the range of 8.

use super::directory::Directory;
use super::layout::{Colors, Layout, tag};
use crate::formats::source::{DecodeError, Source};
use crate::{Raster, Samples};

/// What of a page's colours stands in its tags.
pub(super) struct Picture {
    /// The colours of all indices, 8 bits a channel, where there is a palette.
    palette: Option<Vec<[u8; 3]>>,
}

impl Picture {
    pub(super) fn read(
        layout: &Layout,
        directory: &Directory,
        source: &mut Source,
        nodata: Option<f64>,
    ) -> Result<Self, DecodeError> {
        if layout.colors != Colors::Palette {
            return Ok(Self { palette: None });
        }
        if nodata.is_some() {
            return Err(DecodeError::Unsupported(
                "GDAL_NODATA is an index, and no colour says where there is no data; convert the file with \
                 `gdal_translate -expand rgb IN OUT`"
                    .to_owned(),
            ));
        }
        Ok(Self { palette: Some(palette(layout, directory, source)?) })
    }

    /// The stored numbers of some rows as they are shown.
    pub(super) fn of(&self, mut raster: Raster, layout: &Layout) -> Result<Raster, DecodeError> {
        raster.indexed = None;
        let largest = layout.largest();
        if let Some(palette) = &self.palette {
            let color = |index: usize| palette[index];
            raster.samples = Samples::U8(match &raster.samples {
                Samples::U8(indices) => indices.iter().flat_map(|&index| color(usize::from(index))).collect(),
                Samples::U16(indices) => {
                    indices.iter().flat_map(|&index| color(usize::from(index))).collect()
                }
                _ => {
                    return Err(DecodeError::Broken(
                        "indices of a palette that are no whole numbers".to_owned(),
                    ));
                }
            });
            raster.channels = 3;
            return Ok(raster);
        }
        let white_is_zero = layout.colors == Colors::WhiteIsZero;
        match &mut raster.samples {
            Samples::U8(samples) if white_is_zero || largest < 255 => {
                raster.nodata = raster.nodata.map(|value| {
                    let full = f64::from(largest);
                    (if white_is_zero { full - value } else { value }) * 255.0 / full
                });
                for sample in samples {
                    let light = if white_is_zero { largest - u16::from(*sample) } else { u16::from(*sample) };
                    *sample = (light * 255 / largest) as u8;
                }
            }
            Samples::U16(samples) if white_is_zero => {
                raster.nodata = raster.nodata.map(|value| f64::from(largest) - value);
                samples.iter_mut().for_each(|sample| *sample = largest - *sample);
            }
            // Other numbers have no white.
            _ => {}
        }
        Ok(raster)
    }
}

fn palette(layout: &Layout, directory: &Directory, source: &mut Source) -> Result<Vec<[u8; 3]>, DecodeError> {
    let map = directory.numbers(source, tag::COLOR_MAP)?.unwrap_or_default();
    let colors = usize::from(layout.largest()) + 1;
    if map.len() != 3 * colors {
        return Err(DecodeError::Broken(format!(
            "a palette of {} numbers where {} belong",
            map.len(),
            3 * colors
        )));
    }
    // Colours have 16 bits; some writers give 8.
    let shift = if map.iter().all(|value| *value < 256) { 0 } else { 8 };
    let channel = |at: usize| (map[at] >> shift).min(255) as u8;
    Ok((0..colors).map(|at| [channel(at), channel(colors + at), channel(2 * colors + at)]).collect())
}
