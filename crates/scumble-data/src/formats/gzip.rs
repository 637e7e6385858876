//! gzip: members one after the other, each with its checksum and length.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// What the members of a gzip file hold, one after the other. The checksum of each is looked at where it ends, and zeros
/// behind the last one, which tapes and disks leave, are no member.
pub(super) struct Gunzip<R> {
    /// None after an error and behind the last member.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(packed: R) -> Self {
        Self { member: Some(GzDecoder::new(packed)) }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(mut member) = self.member.take() {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                self.member = Some(member);
                return Ok(read);
            }
            let mut rest = member.into_inner();
            if skip_zeros(&mut rest)? {
                self.member = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// Whether anything else follows.
fn skip_zeros(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = reader.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        match (bytes.len(), zeros) {
            (0, _) => return Ok(false),
            (all, zeros) => {
                reader.consume(zeros);
                if zeros < all {
                    return Ok(true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(file: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        Gunzip::new(file).read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn members_and_zeros_behind_them_are_read() {
        let two = [packed(b"one, "), packed(b""), packed(b"two")].concat();
        assert_eq!(unpacked(&two).unwrap(), b"one, two");
        assert_eq!(unpacked(&[&two[..], &[0; 512]].concat()).unwrap(), b"one, two");
        assert!(unpacked(&[&two[..], b"more"].concat()).is_err());
    }

    #[test]
    fn every_byte_of_checksum_and_length_counts() {
        let whole = [packed(b"one, "), packed(b"two")].concat();
        let first = packed(b"one, ").len();
        for trailer in [first - 8..first, whole.len() - 8..whole.len()] {
            for at in trailer {
                let mut damaged = whole.clone();
                damaged[at] ^= 1;
                assert!(unpacked(&damaged).is_err(), "byte {at}");
            }
        }
        for end in 1..whole.len() {
            assert!(end == first || unpacked(&whole[..end]).is_err(), "cut at {end}");
        }
    }
}
