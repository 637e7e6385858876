//! Changes of inputs that keep most of them worth reading: fields of headers, tokens of texts, chunks; checksums and
//! lengths are made right again.

mod archive;
mod bytes;
mod header;
mod png;
mod safetensors;
mod text;

use crate::Chance;

/// What bytes are, as far as changing them goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Anything.
    Bytes,
    /// JSON, TOML, lines.
    Text,
    /// Chunks with a CRC.
    Png,
    /// A directory of tags.
    Tiff,
    /// A text in a header, then numbers.
    Npy,
    /// Fields at fixed places, then numbers.
    Nifti,
    /// A NIfTI volume, packed.
    Gzip,
    /// Packed files, each with a CRC.
    Zip,
    /// JSON in a header, then numbers.
    Safetensors,
}

/// No input grows beyond this.
const MOST: usize = 1 << 15;

/// Changes an input one to four times.
pub fn mutate(form: Form, bytes: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..chance.within(1..5) {
        once(form, bytes, chance);
        bytes.truncate(MOST);
    }
}

/// Makes checksums right, after changes that know nothing of them.
pub fn repair(form: Form, bytes: &mut [u8]) {
    match form {
        Form::Png => png::repair(bytes),
        Form::Gzip => archive::repair_gzip(bytes),
        Form::Zip => archive::repair_zip(bytes),
        _ => {}
    }
}

fn once(form: Form, bytes: &mut Vec<u8>, chance: &mut Chance) {
    // Whatever the form, it must be possible to break it.
    if chance.once_in(4) {
        return bytes::change(bytes, chance);
    }
    match form {
        Form::Bytes => bytes::change(bytes, chance),
        Form::Text => text::change(bytes, chance),
        Form::Png => png::change(bytes, chance),
        Form::Tiff => header::tiff(bytes, chance),
        Form::Npy => header::npy(bytes, chance),
        Form::Nifti => header::nifti(bytes, chance),
        Form::Gzip => archive::gzip(bytes, chance),
        Form::Zip => archive::zip(bytes, chance),
        Form::Safetensors => safetensors::change(bytes, chance),
    }
}
