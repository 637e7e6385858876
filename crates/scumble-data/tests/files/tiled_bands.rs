//! A sound TIFF of which the decoder panics.

/// One plane a band in tiles, and the last row of tiles reaches beyond the image: the tiff crate panics of it.
pub(crate) fn tiled_bands() -> Vec<u8> {
    const VALUES: u32 = 8 + 2 + 11 * 12 + 4;
    const PIXELS: u32 = VALUES + 6 + 2 * 12 * 4;
    let fields: [(u16, u16, u32, u32); 11] = [
        (256, 3, 1, 32),               // width
        (257, 3, 1, 24),               // height
        (258, 3, 3, VALUES),           // bits a sample
        (259, 3, 1, 1),                // no compression
        (262, 3, 1, 2),                // RGB
        (277, 3, 1, 3),                // samples a pixel
        (284, 3, 1, 2),                // a plane each
        (322, 3, 1, 16),               // width of a tile
        (323, 3, 1, 16),               // height of a tile
        (324, 4, 12, VALUES + 6),      // where the tiles begin
        (325, 4, 12, VALUES + 6 + 48), // their bytes
    ];
    let mut bytes = b"II*\0\x08\0\0\0\x0b\0".to_vec();
    for (tag, kind, count, value) in fields {
        bytes.extend([tag, kind].iter().flat_map(|number| number.to_le_bytes()));
        bytes.extend([count, value].iter().flat_map(|number| number.to_le_bytes()));
    }
    bytes.extend([0; 4]);
    bytes.extend([8_u16; 3].iter().flat_map(|bits| bits.to_le_bytes()));
    bytes.extend((0..12_u32).flat_map(|tile| (PIXELS + 256 * tile).to_le_bytes()));
    bytes.extend([256_u32; 12].iter().flat_map(|length| length.to_le_bytes()));
    bytes.extend([7; 12 * 256]);
    bytes
}
