//! The compressions of TIFF: which are read, what the others are called, and how a strip or tile is unpacked.

use super::advice::CONVERT;
use super::jpeg;
use crate::formats::source::DecodeError;
use flate2::bufread::ZlibDecoder;
use ruzstd::decoding::StreamingDecoder;
use std::io::{self, Read};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// How the bytes of a strip or tile are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
    /// Lossy: for images alone.
    Jpeg,
}

impl Compression {
    /// The compression of a number in the Compression tag; others are refused by their names.
    pub(super) fn of(code: u64) -> Result<Self, DecodeError> {
        let name = match code {
            1 => return Ok(Self::None),
            5 => return Ok(Self::Lzw),
            7 => return Ok(Self::Jpeg),
            // What Adobe registered, and what libtiff wrote before.
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 => return Ok(Self::Zstd),
            2 | 32771 => "CCITT run lengths",
            3 => "CCITT fax, group 3",
            4 => "CCITT fax, group 4",
            6 => "JPEG of the old kind",
            9 | 10 | 34661 => "JBIG",
            32766 => "NeXT run lengths",
            32809 => "ThunderScan",
            33003 | 33004 | 33005 | 34712 => "JPEG 2000",
            34676 | 34677 => "SGI Log",
            34887 => "LERC",
            34892 => "lossy JPEG of DNG",
            34925 => "LZMA",
            34933 => "PNG",
            22610 | 34934 => "JPEG XR",
            50001 => "WebP",
            50002 | 52546 => "JPEG XL",
            _ => "",
        };
        let name =
            if name.is_empty() { format!("compression {code}") } else { format!("{name} compression") };
        Err(DecodeError::Unsupported(format!("TIFF with {name} is not read; {CONVERT}")))
    }

    /// The most bytes that one byte becomes, where that is more than of other compressions: in ZSTD a block of 128 KiB
    /// that repeats one byte takes four.
    pub(super) fn most_from_a_byte(self) -> u64 {
        if self == Self::Zstd { 1 << 15 } else { 1 }
    }

    /// Unpacks `packed` into all of `out`, which may be the upper part of a strip of `whole` bytes.
    pub(super) fn unpack(
        self,
        packed: &[u8],
        out: &mut [u8],
        whole: usize,
        pixels: &jpeg::Inside,
    ) -> Result<(), DecodeError> {
        match self {
            Self::None => {
                out.copy_from_slice(packed.get(..out.len()).ok_or_else(too_few)?);
                Ok(())
            }
            Self::Lzw => lzw(packed, out),
            Self::Deflate => {
                let mut decoder = ZlibDecoder::new(packed);
                decoder.read_exact(out)?;
                to_the_end(&mut decoder, whole)
            }
            Self::PackBits => pack_bits(packed, out),
            Self::Zstd => zstd(packed, out, whole),
            Self::Jpeg => pixels.decode(packed, out),
        }
    }
}

fn too_few() -> DecodeError {
    DecodeError::Broken("a strip or tile has fewer pixels than the header says".to_owned())
}

/// Reads on to the checksum, which is looked at where the stream ends. The last strip may have as many rows as the
/// others, of which those below the image are not read: far more than these is damage.
fn to_the_end(stream: &mut impl Read, whole: usize) -> Result<(), DecodeError> {
    let most = (whole as u64).saturating_add(1 << 16);
    match io::copy(&mut stream.take(most), &mut io::sink())? {
        more if more < most => Ok(()),
        _ => Err(DecodeError::Broken("a strip or tile has far more pixels than the header says".to_owned())),
    }
}

fn lzw(mut packed: &[u8], mut out: &mut [u8]) -> Result<(), DecodeError> {
    // Every stream begins with the code that clears the table; in those from before TIFF 5 its bits are turned round.
    if packed.first() == Some(&0) && packed.get(1).is_some_and(|byte| byte & 1 == 1) {
        return Err(DecodeError::Unsupported(format!(
            "TIFF with LZW of the old kind is not read; {CONVERT}"
        )));
    }
    let mut decoder = Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
    while !out.is_empty() {
        let step = decoder.decode_bytes(packed, out);
        (packed, out) = (&packed[step.consumed_in..], &mut out[step.consumed_out..]);
        match step.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::NoProgress | LzwStatus::Done) if out.is_empty() => {}
            Ok(_) => return Err(too_few()),
            Err(error) => return Err(DecodeError::Broken(format!("LZW: {error}"))),
        }
    }
    Ok(())
}

/// A byte of n below 128: n + 1 bytes as they are; above: the next byte, 257 - n times; 128: nothing.
fn pack_bits(packed: &[u8], mut out: &mut [u8]) -> Result<(), DecodeError> {
    let mut packed = packed.iter().copied();
    while !out.is_empty() {
        let code = usize::from(packed.next().ok_or_else(too_few)?);
        let run = if code < 128 { code + 1 } else { 257 - code };
        if code == 128 {
            continue;
        }
        // A run may reach beyond the pixels.
        let (run, rest) = out.split_at_mut(run.min(out.len()));
        if code < 128 {
            for byte in run {
                *byte = packed.next().ok_or_else(too_few)?;
            }
        } else {
            run.fill(packed.next().ok_or_else(too_few)?);
        }
        out = rest;
    }
    Ok(())
}

fn zstd(packed: &[u8], out: &mut [u8], whole: usize) -> Result<(), DecodeError> {
    let mut decoder =
        StreamingDecoder::new(packed).map_err(|error| DecodeError::Broken(format!("ZSTD: {error}")))?;
    decoder.read_exact(out)?;
    to_the_end(&mut decoder, whole)?;
    let (says, is) = (decoder.decoder.get_checksum_from_data(), decoder.decoder.get_calculated_checksum());
    match says.is_some() && says != is {
        true => Err(DecodeError::Broken("ZSTD: the checksum does not fit the pixels".to_owned())),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_of_the_specification() {
        let packed =
            [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let mut out = [0; 24];
        assert!(pack_bits(&packed, &mut out).is_ok());
        let mut expected =
            vec![0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22];
        expected.extend([0xAA; 10]);
        assert_eq!(out[..], expected[..]);
        assert!(pack_bits(&packed[..14], &mut out).is_err());
        assert!(pack_bits(&[0x80, 0x80, 0x80], &mut out).is_err());
    }
}
