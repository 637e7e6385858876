use super::Picture;
use super::picture::WHITE;

impl Picture {
    /// The picture in a frame of `side` x `side` pixels: reduced by the mean of the pixels that fall on one, or
    /// magnified by a whole number.
    pub(crate) fn fit(&self, side: usize) -> Self {
        let longest = self.height.max(self.width).max(1);
        if longest <= side {
            let times = side / longest;
            return Self::new(self.height * times, self.width * times, |row, column| {
                self.pixels[row / times * self.width + column / times]
            });
        }
        let size = |length: usize| (length * side / longest).max(1);
        let (height, width) = (size(self.height), size(self.width));
        Self::new(height, width, |row, column| {
            let rows = row * self.height / height..((row + 1) * self.height).div_ceil(height);
            let columns = column * self.width / width..((column + 1) * self.width).div_ceil(width);
            let mut sum = [0_usize; 3];
            for y in rows.clone() {
                for pixel in &self.pixels[y * self.width..][columns.clone()] {
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += usize::from(*value));
                }
            }
            let pixels = rows.len() * columns.len();
            sum.map(|sum| ((sum + pixels / 2) / pixels) as u8)
        })
    }

    /// The picture with white at the right, at least this wide.
    pub(crate) fn padded(&self, width: usize) -> Self {
        let (height, width) = (self.height, width.max(self.width));
        let mut whole = Self { height, width, pixels: vec![WHITE; height * width] };
        whole.paste(self, 0, 0);
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_go_down_and_whole_pixels_up() {
        let picture = Picture::new(2, 4, |row, column| [(row * 40 + column * 20) as u8; 3]);
        let small = picture.fit(2);
        assert_eq!((small.height, small.width), (1, 2));
        assert_eq!(small.pixels, [[30; 3], [70; 3]]);
        let large = picture.fit(9);
        assert_eq!((large.height, large.width), (4, 8));
        assert_eq!((large.pixels[1], large.pixels[8 + 2]), ([0; 3], [20; 3]));
    }
}
