//! What OME-XML says of a TIFF's pages: which are channels of one image, which sections and times, how large a pixel is.

use crate::formats::pixel_size::PixelSize;
use crate::formats::source::DecodeError;
use roxmltree::{Document, Node};
use std::collections::BTreeMap;

/// A description that is longer is no description.
const LONGEST: usize = 1 << 24;

/// The planes of one image of OME-XML.
#[derive(Debug, PartialEq)]
pub(super) struct Planes {
    /// How many pages hold the channels of one section at one time.
    channels: usize,
    sections: usize,
    times: usize,
    /// The pages of each image, the channels of a section at a time: sections of the first time first.
    pages: Vec<Vec<usize>>,
}

impl Planes {
    /// Of a file with so many pages, of so many samples a pixel each; None if the description is none of OME.
    ///
    /// # Errors
    /// XML that is broken, several images in one file, planes in other files.
    pub(super) fn read(
        description: &[u8],
        pages: usize,
        samples: usize,
    ) -> Result<Option<Self>, DecodeError> {
        let Some(text) = text(description) else { return Ok(None) };
        let document = parsed(text)?;
        let Some(all) = pixels(&document)? else { return Ok(None) };
        let size = |name: &str| all.attribute(name).map_or(Some(1), |text| text.trim().parse().ok());
        let sizes = [size("SizeC"), size("SizeZ"), size("SizeT")]
            .map(|size: Option<usize>| size.filter(|size| *size > 0));
        let [Some(all_channels), Some(sections), Some(times)] = sizes else {
            return Err(broken("SizeC, SizeZ and SizeT are whole numbers from 1"));
        };
        if !all_channels.is_multiple_of(samples) {
            return Err(broken(&format!(
                "SizeC is {all_channels}, but a page has {samples} samples a pixel"
            )));
        }
        let channels = all_channels / samples;
        let planes = channels.checked_mul(sections).and_then(|planes| planes.checked_mul(times));
        if planes.is_none_or(|planes| planes > pages) {
            return Err(DecodeError::Unsupported(format!(
                "OME-XML of {all_channels} channels, {sections} sections and {times} times, and {pages} pages: its \
                 planes lie in other files, too, or are missing; save it anew as one file"
            )));
        }
        let order = all.attribute("DimensionOrder").unwrap_or("XYCZT");
        let mut steps = [0; 3];
        let mut step = 1;
        for axis in order.chars().filter(|axis| "CZT".contains(*axis)) {
            let (place, length) = match axis {
                'C' => (0, channels),
                'Z' => (1, sections),
                _ => (2, times),
            };
            steps[place] = step;
            step *= length;
        }
        if steps.contains(&0) {
            return Err(broken(&format!("its DimensionOrder is '{order}'")));
        }
        let said = said(all)?;
        let page = |channel: usize, section: usize, time: usize| {
            let place = channel * steps[0] + section * steps[1] + time * steps[2];
            Some(*said.get(&[channel, section, time]).unwrap_or(&place)).filter(|page| *page < pages)
        };
        let image = |(time, section)| (0..channels).map(|channel| page(channel, section, time)).collect();
        let images = (0..times).flat_map(|time| (0..sections).map(move |section| (time, section)));
        let pages: Option<Vec<Vec<usize>>> = images.map(image).collect();
        let pages = pages.ok_or_else(|| broken("it names a page that is not there"))?;
        Ok(Some(Self { channels, sections, times, pages }))
    }

    /// How many images there are: sections, at each time.
    pub(super) fn images(&self) -> usize {
        self.pages.len()
    }

    /// The pages of an image, or of the only one.
    ///
    /// # Errors
    /// Several images where one is meant.
    pub(super) fn of(&self, image: Option<usize>) -> Result<Option<&[usize]>, DecodeError> {
        match image {
            None if self.pages.len() > 1 => Err(DecodeError::Unsupported(format!(
                "OME-TIFF of {} sections and {} times, {} pages each: no image of so many channels; write pages = \
                 \"slices\" into dataset.toml, or name one of them, FILE@0000",
                self.sections, self.times, self.channels
            ))),
            _ => Ok(self.pages.get(image.unwrap_or(0)).map(Vec::as_slice)),
        }
    }
}

/// The page of each plane [channel, section, time] for which the file says it.
fn said(pixels: Node<'_, '_>) -> Result<BTreeMap<[usize; 3], usize>, DecodeError> {
    let mut said = BTreeMap::new();
    for data in pixels.children().filter(|node| node.has_tag_name_of("TiffData")) {
        let number = |name: &str| match data.attribute(name) {
            None => Ok(None),
            Some(text) => {
                text.trim().parse::<usize>().map(Some).map_err(|_| broken(&format!("{name} is '{text}'")))
            }
        };
        // Of several planes at once the order of the axes says which they are. Of a page without a count it is one (OME's schema).
        if let Some(page) = number("IFD")?
            && number("PlaneCount")?.unwrap_or(1) == 1
        {
            let first = |name| number(name).map(|place| place.unwrap_or(0));
            said.insert([first("FirstC")?, first("FirstZ")?, first("FirstT")?], page);
        }
    }
    Ok(said)
}

/// The size of a pixel, without a unit in micrometres; None if the description is none of OME or does not say it.
pub(super) fn pixel_size(description: &[u8]) -> Option<PixelSize> {
    let document = parsed(text(description)?).ok()?;
    let pixels = pixels(&document).ok()??;
    let side = |axis: &str| -> Option<f64> {
        let length: f64 = pixels.attribute(&format!("PhysicalSize{axis}")[..])?.trim().parse().ok()?;
        let nanometres = match pixels.attribute(&format!("PhysicalSize{axis}Unit")[..]).unwrap_or("\u{b5}m") {
            "\u{b5}m" | "\u{3bc}m" | "um" => 1e3,
            "nm" => 1.0,
            "mm" => 1e6,
            "cm" => 1e7,
            "m" => 1e9,
            _ => return None,
        };
        Some(length * nanometres / 1e3)
    };
    PixelSize::new(side("Y")?, side("X")?, "\u{b5}m")
}

/// A description of OME.
fn text(description: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(description).ok()?.trim_end_matches('\0').trim();
    (text.len() < LONGEST && text.starts_with('<') && text.ends_with("OME>")).then_some(text)
}

fn parsed(text: &str) -> Result<Document<'_>, DecodeError> {
    Document::parse(text).map_err(|error| broken(&error.to_string()))
}

/// What the only image says of its pixels.
fn pixels<'d>(document: &'d Document<'d>) -> Result<Option<Node<'d, 'd>>, DecodeError> {
    let images: Vec<Node<'_, '_>> =
        document.root_element().children().filter(|node| node.has_tag_name_of("Image")).collect();
    match images[..] {
        [] => Ok(None),
        [image] => Ok(image.children().find(|node| node.has_tag_name_of("Pixels"))),
        _ => Err(DecodeError::Unsupported(format!(
            "OME-TIFF of {} images; save each as a file of its own",
            images.len()
        ))),
    }
}

fn broken(what: &str) -> DecodeError {
    DecodeError::Broken(format!("its OME-XML: {what}"))
}

trait Named {
    /// Whether an element is called so, whichever version of OME's schema names it.
    fn has_tag_name_of(&self, name: &str) -> bool;
}

impl Named for Node<'_, '_> {
    fn has_tag_name_of(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(attributes: &str, data: &str) -> Vec<u8> {
        format!(
            "<?xml version=\"1.0\"?><OME xmlns=\"http://www.openmicroscopy.org/Schemas/OME/2016-06\"><Image><Pixels \
             {attributes}>{data}</Pixels></Image></OME>\0"
        )
        .into_bytes()
    }

    fn read(description: &[u8], pages: usize, samples: usize) -> Result<Option<Planes>, String> {
        Planes::read(description, pages, samples).map_err(|error| match error {
            DecodeError::Broken(reason) | DecodeError::Unsupported(reason) => reason,
            _ => "another error".to_owned(),
        })
    }

    fn pages(attributes: &str, data: &str, all: usize) -> Vec<Vec<usize>> {
        read(&xml(attributes, data), all, 1).unwrap().unwrap().pages
    }

    #[test]
    fn the_order_of_the_axes_says_which_page_is_which() {
        let sizes = "SizeC=\"2\" SizeZ=\"3\" SizeT=\"1\"";
        assert_eq!(pages(&format!("{sizes} DimensionOrder=\"XYCZT\""), "", 6), [[0, 1], [2, 3], [4, 5]]);
        assert_eq!(pages(&format!("{sizes} DimensionOrder=\"XYZCT\""), "", 6), [[0, 3], [1, 4], [2, 5]]);
        let first = "<TiffData IFD=\"1\" FirstC=\"0\" PlaneCount=\"1\"/><TiffData IFD=\"0\" FirstC=\"1\" PlaneCount=\"1\"/>";
        assert_eq!(pages("SizeC=\"2\"", first, 2), [[1, 0]]);
        assert_eq!(pages("SizeC=\"2\"", "<TiffData/>", 2), [[0, 1]]);
        // Red, green and blue of a page are three channels.
        let colours = read(&xml("SizeC=\"3\" SizeZ=\"2\"", ""), 2, 3).unwrap().unwrap();
        assert_eq!(colours.pages, [[0], [1]]);
        assert!(colours.of(None).is_err() && matches!(colours.of(Some(2)), Ok(None)));
    }

    #[test]
    fn what_cannot_be_is_refused_and_what_is_no_ome_is_none() {
        for (attributes, data, says) in [
            ("SizeC=\"7\"", "", "7 channels"),
            ("SizeC=\"99999999999\" SizeZ=\"99999999999\" SizeT=\"99999999999\"", "", "pages"),
            ("SizeC=\"0\"", "", "whole numbers from 1"),
            ("SizeC=\"x\"", "", "whole numbers from 1"),
            ("SizeC=\"2\" DimensionOrder=\"XYZ\"", "", "DimensionOrder is 'XYZ'"),
            ("SizeC=\"2\"", "<TiffData IFD=\"9\" PlaneCount=\"1\"/>", "page that is not there"),
            ("SizeC=\"2\"", "<TiffData IFD=\"-1\" PlaneCount=\"1\"/>", "IFD is '-1'"),
            ("SizeC=\"2\" SizeC=\"2\"", "", "its OME-XML"),
        ] {
            let message = read(&xml(attributes, data), 4, 1).unwrap_err();
            assert!(message.contains(says), "{attributes}: {message}");
        }
        for other in ["", "ImageJ=1.54f\nimages=3", "<a/>", "<?xml?>"] {
            assert_eq!(read(other.as_bytes(), 4, 1).unwrap(), None, "{other}");
        }
        let size =
            pixel_size(&xml("PhysicalSizeX=\"0.5\" PhysicalSizeY=\"250\" PhysicalSizeYUnit=\"nm\"", ""));
        assert_eq!(size, PixelSize::new(0.25, 0.5, "\u{b5}m"));
        assert_eq!(
            pixel_size(&xml("PhysicalSizeX=\"1\" PhysicalSizeY=\"1\" PhysicalSizeXUnit=\"pixel\"", "")),
            None
        );
    }
}
