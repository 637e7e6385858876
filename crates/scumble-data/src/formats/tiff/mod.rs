//! TIFF of any usual number type; pages are channels or slices.

mod advice;
mod chunks;
mod compression;
mod directory;
mod jpeg;
mod layout;
mod location;
mod ome;
mod picture;
mod pixel_size;
mod pixels;
mod predictor;

use super::orientation::Orientation;
use super::source::{DecodeError, Source, admit_pixels};
use super::stack::{sizes, stack};
use super::{ByRows, Format, Location, Pages, PixelSize, Purpose, RasterInfo, Slicing};
use crate::Raster;
use directory::Directory;
use layout::{Layout, tag};
use pixels::Page;
use std::ops::Range;

/// Tagged Image File Format and BigTIFF: strips or tiles, packed in the usual ways. Pages are channels, or asked for
/// one by one.
pub(super) struct Tiff;

impl Format for Tiff {
    fn name(&self) -> &'static str {
        "TIFF"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["tif", "tiff"]
    }

    fn begins(&self, head: &[u8]) -> bool {
        [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(*magic))
    }

    fn is_sliced(&self, slicing: Slicing) -> bool {
        slicing.pages == Pages::Slices
    }

    fn slices(&self, source: &mut Source) -> Result<usize, DecodeError> {
        let pages = pages(source)?;
        Ok(planes(&pages, source)?.map_or(pages.len(), |planes| planes.images()))
    }

    fn info(&self, source: &mut Source) -> Result<RasterInfo, DecodeError> {
        let pages = chosen(source)?;
        let nodata = pixels::nodata(&pages[0], source)?;
        let layouts: Vec<Layout> =
            pages.iter().map(|page| Layout::read(page, source)).collect::<Result<_, _>>()?;
        let channels = layouts.iter().map(|layout| layout.kept.len()).sum();
        let layout = &layouts[0];
        let (height, width) = layout.orientation.size((layout.height, layout.width));
        Ok(RasterInfo {
            height,
            width,
            channels,
            numbers: layout.numbers(),
            indexed: layout.indexed(),
            affine: None,
            orientation: layout.orientation.number(),
            nodata,
        })
    }

    fn pixel_size(&self, source: &mut Source) -> Result<Option<PixelSize>, DecodeError> {
        let chosen = chosen(source)?;
        if let Some(size) = pixel_size::of(&chosen[0], source)? {
            return Ok(Some(size));
        }
        // The first page speaks for all.
        let size = ome::pixel_size(&description(&pages(source)?[0], source)?);
        let turned = Layout::read(&chosen[0], source)?.orientation.size((1, 2)) == (2, 1);
        Ok(size.map(
            |size| if turned { PixelSize { height: size.width, width: size.height, ..size } } else { size },
        ))
    }

    fn location(&self, source: &mut Source, info: &RasterInfo) -> Result<Option<Location>, DecodeError> {
        let pages = chosen(source)?;
        let orientation = Orientation::of(info.orientation.into());
        let size = (info.height, info.width);
        Ok(location::of(&pages[0], source)?.map(|tags| Location::Tags(tags.turned(orientation, size))))
    }

    fn decode(&self, source: &mut Source, purpose: Purpose) -> Result<Raster, DecodeError> {
        let (mut pages, bytes) = open(source, purpose)?;
        admit_pixels((bytes, 1, 1), 1)?;
        stack(pages.iter_mut().map(|page| page.rows(source, 0..page.size().0)).collect::<Result<_, _>>()?)
    }

    fn by_rows(&self, source: &mut Source, purpose: Purpose) -> Result<Option<Box<dyn ByRows>>, DecodeError> {
        let (mut pages, _) = open(source, purpose)?;
        let size = pages[0].size();
        if let Some(other) = pages.iter().find(|page| page.size() != size) {
            return Err(sizes(size, other.size()));
        }
        pages.iter_mut().try_for_each(|page| page.look(source))?;
        Ok(Some(Box::new(Rows(pages))))
    }
}

/// The pages that are the channels of one image, by rows.
struct Rows(Vec<Page>);

impl ByRows for Rows {
    fn size(&self) -> (usize, usize) {
        self.0[0].size()
    }

    fn rows(&mut self, source: &mut Source, rows: Range<usize>) -> Result<Raster, DecodeError> {
        stack(self.0.iter_mut().map(|page| page.rows(source, rows.clone())).collect::<Result<_, _>>()?)
    }
}

/// The pages to be decoded, at least one, and how many bytes they are in memory.
fn open(source: &mut Source, purpose: Purpose) -> Result<(Vec<Page>, usize), DecodeError> {
    let directories = chosen(source)?;
    let mut pages = Vec::new();
    let (mut all, mut most) = (0_usize, 0);
    for directory in &directories {
        let layout = Layout::read(directory, source)?;
        all = all.saturating_add(layout.believe(source.bytes)?);
        most = most.max(layout.compression.most_from_a_byte());
        pages.push(Page::open(layout, directory, source, purpose)?);
    }
    // Pages may point at the same pixels: what each can be, all of them together need not be.
    source.bytes.possible((all, 1, 1), 1, most)?;
    Ok((pages, all))
}

/// The pages that a slice or, without one, the whole file means: at least one.
fn chosen(source: &mut Source) -> Result<Vec<Directory>, DecodeError> {
    let mut pages = pages(source)?;
    if let Some(planes) = planes(&pages, source)? {
        let wanted = planes.of(source.slice)?.ok_or_else(no_page)?;
        let mut pages: Vec<Option<Directory>> = pages.into_iter().map(Some).collect();
        return wanted.iter().map(|page| pages[*page].take().ok_or_else(no_page)).collect();
    }
    match source.slice {
        Some(slice) if slice < pages.len() => Ok(vec![pages.swap_remove(slice)]),
        Some(_) => Err(no_page()),
        None => Ok(pages),
    }
}

/// What OME-XML says of several pages, if it does. A page alone is an image, whatever it once was one of.
fn planes(pages: &[Directory], source: &mut Source) -> Result<Option<ome::Planes>, DecodeError> {
    if pages.len() < 2 {
        return Ok(None);
    }
    let samples = pages[0].number(source, tag::SAMPLES)?.unwrap_or(1).max(1);
    ome::Planes::read(&description(&pages[0], source)?, pages.len(), samples as usize)
}

fn description(page: &Directory, source: &mut Source) -> Result<Vec<u8>, DecodeError> {
    Ok(page.bytes(source, tag::DESCRIPTION).ok().flatten().unwrap_or_default())
}

fn no_page() -> DecodeError {
    DecodeError::Broken("there is no such page".to_owned())
}

/// The pages but for thumbnails and masks of transparency; the first is one whatever it says.
fn pages(source: &mut Source) -> Result<Vec<Directory>, DecodeError> {
    let mut pages = Vec::new();
    for directory in Directory::list(source)? {
        let kind = directory.number(source, tag::NEW_SUBFILE_TYPE)?.unwrap_or(0);
        let old_kind = directory.number(source, tag::SUBFILE_TYPE)?.unwrap_or(0);
        if pages.is_empty() || kind & (THUMBNAIL | TRANSPARENCY) == 0 && old_kind != OLD_THUMBNAIL {
            pages.push(directory);
        }
    }
    let description = description(&pages[0], source)?;
    match images_of_image_j(&description) {
        Some(images) if images > pages.len() => Err(DecodeError::Unsupported(format!(
            "a stack of ImageJ: {images} images with {} directories, so most could not be found; save it anew, in \
             files below 4 GB or as BigTIFF",
            pages.len()
        ))),
        _ => Ok(pages),
    }
}

const THUMBNAIL: u64 = 1;
const TRANSPARENCY: u64 = 4;
const OLD_THUMBNAIL: u64 = 2;

/// How many images ImageJ says there are: beyond 4 GB it writes them one after the other with one directory.
fn images_of_image_j(description: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(description).ok()?.trim_end_matches('\0');
    let lines = text.strip_prefix("ImageJ=")?.lines();
    lines.filter_map(|line| line.strip_prefix("images=")?.trim().parse().ok()).next()
}
