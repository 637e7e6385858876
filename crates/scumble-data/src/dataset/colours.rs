//! The colour table of dataset.toml: which class a colour is.

use crate::{DataError, Raster, Samples};
use ndarray::Array2;
use scumble::labels::{Kind, UNSEEN};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Red, green and blue, 8 bits each; written `"#ff8000"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Colour([u8; 3]);

/// A mark for every colour that a map may have: a class index, or 0 and 1 for binary sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Colours(BTreeMap<Colour, u16>);

impl Colours {
    /// The table of a set of this kind and these classes; None where dataset.toml has none.
    ///
    /// A binary set's class is on, every other name of the table off.
    ///
    /// # Errors
    /// A class without colour, a name that is no class, one colour twice, overlapping classes.
    pub(super) fn find(
        named: Option<&BTreeMap<String, Colour>>,
        ignored: Option<Colour>,
        kind: Kind,
        classes: &[String],
    ) -> Result<Option<Self>, String> {
        let Some(named) = named else {
            return match ignored {
                Some(_) => Err("ignore_colour needs a table [colours] beside it".to_owned()),
                None => Ok(None),
            };
        };
        if kind == Kind::Multilabel {
            return Err("[colours] is for exclusive classes: a pixel has one colour; \
                        store overlapping classes as one map a class"
                .to_owned());
        }
        if let Some(missing) = classes.iter().find(|class| !named.contains_key(*class)) {
            return Err(format!(
                "the class '{missing}' has no colour; write {missing} = \"#rrggbb\" into [colours]"
            ));
        }
        let mut table = BTreeMap::new();
        let mut insert = |colour: Colour, mark| match table.insert(colour, mark) {
            None => Ok(()),
            Some(_) => Err(format!("the colour {colour} stands for two things")),
        };
        for (name, &colour) in named {
            let class = classes.iter().position(|class| class == name);
            let mark = match (kind, class) {
                (Kind::Binary, class) => u16::from(class.is_some()),
                (_, Some(class)) => class as u16,
                (_, None) => {
                    let classes = classes.join(", ");
                    return Err(format!("[colours] names '{name}', but the classes are {classes}"));
                }
            };
            insert(colour, mark)?;
        }
        ignored.map_or(Ok(()), |colour| insert(colour, UNSEEN))?;
        Ok(Some(Self(table)))
    }

    /// Looks up every pixel, [H, W]; [`UNSEEN`] where it has the colour to ignore.
    ///
    /// # Errors
    /// A colour that the table does not have, samples of other than 8 bits.
    pub(super) fn marks(&self, raster: &Raster, path: &Path) -> Result<Array2<u16>, DataError> {
        let (Samples::U8(samples), 1 | 3) = (&raster.samples, raster.channels) else {
            let reason = "colours are looked up in grey or RGB maps of 8 bits".to_owned();
            return Err(DataError::Unsupported { path: path.to_owned(), reason });
        };
        let mut marks = Array2::zeros((raster.height, raster.width));
        // Maps are areas of one colour: most pixels are like the one before.
        let mut last = None;
        for (((row, column), mark), pixel) in marks.indexed_iter_mut().zip(samples.chunks(raster.channels)) {
            let colour = match *pixel {
                [red, green, blue] => Colour([red, green, blue]),
                _ => Colour([pixel[0]; 3]),
            };
            *mark = match last {
                Some((same, mark)) if same == colour => mark,
                _ => *self.0.get(&colour).ok_or_else(|| DataError::Colour {
                    path: path.to_owned(),
                    row,
                    column,
                    colour: colour.to_string(),
                })?,
            };
            last = Some((colour, *mark));
        }
        Ok(marks)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && !digits.starts_with('+'));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, rgb @ ..] = number.map(u32::to_be_bytes).ok_or_else(|| {
            serde::de::Error::custom(format!("'{text}' is no colour; write one like \"#ff8000\""))
        })?;
        Ok(Self(rgb))
    }
}
