use scumble_jobs::picture::Picture;

/// Below this brightness of its brightest pixels a picture is dark on any screen.
const DARK: u8 = 160;

/// A dark picture with its 0.1 % and 99.9 % quantiles of brightness moved to black and white, colours kept; any other
/// picture is `None`.
pub(in crate::report) fn brighten(picture: &Picture) -> Option<Picture> {
    let mut levels: Vec<u8> = picture.pixels().as_flattened().to_vec();
    levels.sort_unstable();
    let quantile = |share: f64| levels.get((share * levels.len() as f64) as usize).copied();
    let (low, high) = (quantile(0.001)?, quantile(0.999)?);
    if high >= DARK || high <= low {
        return None;
    }
    let gain = 255.0 / f32::from(high - low);
    let (height, width) = picture.size();
    Some(Picture::new(height, width, |row, column| {
        picture.at(row, column).map(|v| (f32::from(v.saturating_sub(low)) * gain).round().min(255.0) as u8)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dark_pictures_change() {
        let ramp = |most: usize| Picture::new(1, 100, move |_, column| [(column * most / 99) as u8; 3]);
        assert!(brighten(&ramp(255)).is_none() && brighten(&ramp(0)).is_none());
        let bright = brighten(&ramp(50)).unwrap();
        assert_eq!((bright.at(0, 0), bright.at(0, 99)), ([0; 3], [255; 3]));
    }
}
