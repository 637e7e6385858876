//! The size of a pixel as ImageJ writes it: so many pixels in a unit that the description names.

use super::directory::Directory;
use super::layout::{Layout, tag};
use crate::formats::pixel_size::PixelSize;
use crate::formats::source::{DecodeError, Source};

/// Of one page; `None` where the file is not of ImageJ or names no unit of length.
pub(super) fn of(page: &Directory, source: &mut Source) -> Result<Option<PixelSize>, DecodeError> {
    let description = page.bytes(source, tag::DESCRIPTION)?.unwrap_or_default();
    let Some(unit) = unit(&String::from_utf8_lossy(&description)) else { return Ok(None) };
    let [across, down] = [tag::X_RESOLUTION, tag::Y_RESOLUTION].map(|tag| page.rational(source, tag));
    let (Some(across), Some(down)) = (across?, down?) else { return Ok(None) };
    let turned = Layout::read(page, source)?.orientation.size((1, 2)) == (2, 1);
    let (width, height) = (1.0 / across, 1.0 / down);
    let (height, width) = if turned { (width, height) } else { (height, width) };
    Ok(PixelSize::new(height, width, unit))
}

/// The unit in a description of ImageJ; `None` of pixels and whatever is no length.
fn unit(description: &str) -> Option<&'static str> {
    let lines = description.trim_end_matches('\0').strip_prefix("ImageJ=")?.lines();
    match lines.filter_map(|line| line.strip_prefix("unit=")).next()?.trim() {
        "micron" | "microns" | "um" | "\u{b5}m" | "\u{3bc}m" | "\\u00B5m" | "\\u00b5m" => Some("\u{b5}m"),
        "nm" => Some("nm"),
        "mm" => Some("mm"),
        "cm" => Some("cm"),
        "m" => Some("m"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_lengths() {
        assert_eq!(unit("ImageJ=1.54f\nimages=3\nunit=micron\nloop=false\n\0"), Some("\u{b5}m"));
        assert_eq!(unit("ImageJ=1.54f\nunit=\\u00B5m\n"), Some("\u{b5}m"));
        assert_eq!(unit("ImageJ=1.54f\nunit=mm"), Some("mm"));
        for other in ["ImageJ=1.54f\nunit=pixel\n", "ImageJ=1.54f\n", "unit=mm", ""] {
            assert_eq!(unit(other), None, "{other}");
        }
    }
}
