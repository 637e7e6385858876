//! NPY files as arrays of any rank: numbers, not pictures.

use super::Format;
use super::elements::Number;
use super::guard::guarded;
use super::npy::Npy;
use super::npy_header::{self, Header};
use super::source::{DecodeError, Source};
use crate::{DataError, write_atomically};
use ndarray::{ArrayD, ArrayView, Dimension, IxDyn, ShapeBuilder};
use std::io::Write;
use std::path::Path;

/// An array of any rank as its file has it, floats in full precision.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NumberArray {
    /// On or off.
    Bool(ArrayD<bool>),
    /// Integers of any width.
    Integer(ArrayD<i64>),
    /// 32-bit floats.
    F32(ArrayD<f32>),
    /// 64-bit floats.
    F64(ArrayD<f64>),
}

impl NumberArray {
    /// The length of each axis.
    pub fn shape(&self) -> &[usize] {
        match self {
            NumberArray::Bool(array) => array.shape(),
            NumberArray::Integer(array) => array.shape(),
            NumberArray::F32(array) => array.shape(),
            NumberArray::F64(array) => array.shape(),
        }
    }
}

/// A number that [`write_array`] writes.
pub trait ArrayNumber: Copy {
    /// NumPy's name of the type, little endian.
    const DESCR: &'static str;
    /// Its bytes, in little endian.
    fn write(self, out: &mut dyn Write) -> std::io::Result<()>;
}

impl ArrayNumber for u8 {
    const DESCR: &'static str = "|u1";

    fn write(self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&[self])
    }
}

impl ArrayNumber for u16 {
    const DESCR: &'static str = "<u2";

    fn write(self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&self.to_le_bytes())
    }
}

impl ArrayNumber for f32 {
    const DESCR: &'static str = "<f4";

    fn write(self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&self.to_le_bytes())
    }
}

impl ArrayNumber for f64 {
    const DESCR: &'static str = "<f8";

    fn write(self, out: &mut dyn Write) -> std::io::Result<()> {
        out.write_all(&self.to_le_bytes())
    }
}

/// Reads an NPY file of any rank and name: bool, integers, f32 or f64, either byte order, C or Fortran order.
///
/// # Errors
/// A file that is missing, truncated or no NPY, records, an integer beyond i64.
///
/// ```
/// use ndarray::array;
/// use scumble_data::{NumberArray, read_array, write_array};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("logits.npy");
/// let logits = array![[[0.5_f64, -1.0]]];
/// write_array(&path, logits.view())?;
/// assert_eq!(read_array(&path)?, NumberArray::F64(logits.into_dyn()));
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn read_array(path: &Path) -> Result<NumberArray, DataError> {
    let mut source = Source::open(path).map_err(DataError::io(path))?;
    let head = source.head().map_err(DataError::io(path))?;
    if !Npy.begins(&head) {
        let reason = "it does not begin like one; numpy.save writes them".to_owned();
        return Err(DataError::Broken { path: path.to_owned(), format: Npy.name(), reason });
    }
    guarded(|| decode(&mut source), DecodeError::Broken).map_err(|fault| fault.at(path, Npy.name()))
}

/// Writes an NPY file in C order, whole or not at all.
///
/// # Errors
/// What the operating system refuses, with the path.
pub fn write_array<T: ArrayNumber, D: Dimension>(
    path: &Path,
    array: ArrayView<'_, T, D>,
) -> Result<(), DataError> {
    write_atomically(path, |out| {
        out.write_all(&npy_header::bytes(T::DESCR, array.shape()))?;
        array.iter().try_for_each(|value| value.write(out))
    })
}

fn decode(source: &mut Source) -> Result<NumberArray, DecodeError> {
    let header = Header::read(&mut source.reader)?;
    let count = header.shape.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
    let elements = header.elements(source.bytes, count)?;
    let reader = &mut source.reader;
    macro_rules! read {
        ($type:ty) => {
            elements.values(reader, <$type>::from_le_bytes, <$type>::from_be_bytes)?
        };
    }
    macro_rules! integers {
        ($type:ty) => {
            NumberArray::Integer(shaped(&header, read!($type).into_iter().map(i64::from).collect()))
        };
    }
    Ok(match header.number {
        Number::Bool => {
            let bit = |[byte]: [u8; 1]| byte != 0;
            NumberArray::Bool(shaped(&header, elements.values(reader, bit, bit)?))
        }
        Number::Unsigned(1) => integers!(u8),
        Number::Unsigned(2) => integers!(u16),
        Number::Unsigned(4) => integers!(u32),
        Number::Unsigned(_) => {
            let narrow = |n: u64| {
                i64::try_from(n).map_err(|_| {
                    DecodeError::Unsupported(format!("an integer of {n}, beyond 64 bits signed"))
                })
            };
            NumberArray::Integer(shaped(
                &header,
                read!(u64).into_iter().map(narrow).collect::<Result<_, _>>()?,
            ))
        }
        Number::Signed(1) => integers!(i8),
        Number::Signed(2) => integers!(i16),
        Number::Signed(4) => integers!(i32),
        Number::Signed(_) => integers!(i64),
        Number::Float(4) => NumberArray::F32(shaped(&header, read!(f32))),
        Number::Float(_) => NumberArray::F64(shaped(&header, read!(f64))),
    })
}

fn shaped<T: Clone>(header: &Header, values: Vec<T>) -> ArrayD<T> {
    let shape = IxDyn(&header.shape).set_f(header.fortran);
    let array = ArrayD::from_shape_vec(shape, values).expect("as many elements as the shape has");
    if header.fortran { array.as_standard_layout().into_owned() } else { array }
}
