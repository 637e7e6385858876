use super::npy_header::Header;
use super::source::{Fault, Source};
use std::io::{Read, Seek};

/// All elements of an NPY file in the file's order, read by portions so that the file is never in memory twice.
pub(super) fn elements<T: Copy, const N: usize>(
    source: &mut Source,
    header: &Header,
    count: usize,
    little: impl Fn([u8; N]) -> T,
    big: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, Fault> {
    let mut values = Vec::with_capacity(count);
    let mut portion = [0; 1 << 13];
    while values.len() < count {
        let bytes = (count - values.len()).saturating_mul(N).min(portion.len());
        source.reader.read_exact(&mut portion[..bytes])?;
        let elements = portion[..bytes].as_chunks::<N>().0;
        if header.big_endian {
            values.extend(elements.iter().map(|&element| big(element)));
        } else {
            values.extend(elements.iter().map(|&element| little(element)));
        }
    }
    Ok(values)
}

/// Refuses a header that promises more than the rest of the file has: memory is asked for on its word.
pub(super) fn believe(source: &mut Source, header: &Header, count: Option<usize>) -> Result<usize, Fault> {
    let left = source.bytes.0 - source.reader.stream_position()?;
    let needed = count.and_then(|n| n.checked_mul(header.number.bytes()));
    match (count, needed) {
        (Some(count), Some(needed)) if needed as u64 <= left => Ok(count),
        _ => {
            let needed = needed.map_or("too many".to_owned(), |n| n.to_string());
            let shape = &header.shape;
            Err(Fault::Broken(format!("the header says {shape:?}, {needed} bytes; the file has {left}")))
        }
    }
}
