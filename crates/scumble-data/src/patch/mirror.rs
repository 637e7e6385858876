/// The place inside 0..length that `index` shows when the axis is mirrored at its first and last pixel.
///
/// The pixel at the edge is not repeated (numpy calls it `reflect`), and one may go any distance beyond it:
///
/// ```
/// use scumble_data::mirror;
///
/// let places: Vec<usize> = (-3..6).map(|index| mirror(index, 3)).collect();
/// assert_eq!(places, [1, 2, 1, 0, 1, 2, 1, 0, 1]);
/// assert_eq!(mirror(7, 1), 0);
/// ```
///
/// # Panics
/// For a length of 0.
#[inline]
pub fn mirror(index: isize, length: usize) -> usize {
    assert!(length > 0, "nothing to mirror");
    let inside = usize::try_from(index).is_ok_and(|index| index < length);
    if inside || length == 1 {
        return if inside { index as usize } else { 0 };
    }
    let period = 2 * (length as isize - 1);
    let place = index.rem_euclid(period);
    place.min(period - place) as usize
}
