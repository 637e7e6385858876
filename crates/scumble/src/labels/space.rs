//! What the maps of a label mean: their kind, and the names of the classes.

use super::error::LabelError;
use super::kind::Kind;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// What the K maps of a label mean: binary, multiclass or multilabel, and what each class is called.
///
/// Whatever is made of labels (votes, fusion, agreement, scores) is told this once. A value of this type has been
/// checked: the kind can have so many classes, each has a name, and no name occurs twice. The names are shared, so a
/// clone costs nothing.
///
/// As JSON it is `{"kind": "multilabel", "classes": ["cup", "disc"]}`.
///
/// ```
/// use scumble::labels::{Kind, LabelSpace};
///
/// let eye = LabelSpace::new(Kind::Multilabel, ["cup", "disc"])?;
/// assert_eq!((eye.count(), eye.groups(), eye.states()), (2, 2, 2));
/// assert_eq!(LabelSpace::unnamed(Kind::Multiclass, 3)?.classes()[2], "class2");
/// assert!(LabelSpace::new(Kind::Binary, ["cup", "disc"]).is_err());
/// # Ok::<(), scumble::labels::LabelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Loose")]
pub struct LabelSpace {
    kind: Kind,
    #[serde(serialize_with = "names")]
    classes: Arc<[String]>,
}

impl LabelSpace {
    /// A kind with the names of its classes in the order of the maps; a binary label has one, that of class 1.
    ///
    /// # Errors
    /// A number of classes that the kind cannot have, a class without a name, two of one name.
    pub fn new(kind: Kind, classes: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, LabelError> {
        let classes: Arc<[String]> = classes.into_iter().map(Into::into).collect();
        check_maps(kind, classes.len())?;
        let wrong = |(at, name): &(usize, &String)| name.is_empty() || classes[..*at].contains(name);
        if let Some((class, name)) = classes.iter().enumerate().find(wrong) {
            return Err(LabelError::ClassName { class, name: name.clone() });
        }
        Ok(Self { kind, classes })
    }

    /// So many classes whose names do not matter: "foreground" for a binary label, else "class0", "class1" and so on.
    ///
    /// # Errors
    /// A number of classes that the kind cannot have.
    pub fn unnamed(kind: Kind, count: usize) -> Result<Self, LabelError> {
        check_maps(kind, count)?;
        let name = |class: usize| match kind {
            Kind::Binary => "foreground".to_owned(),
            Kind::Multiclass | Kind::Multilabel => format!("class{class}"),
        };
        Ok(Self { kind, classes: (0..count).map(name).collect() })
    }

    /// Binary, multiclass or multilabel.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The classes' names in the order of the maps.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// K, the number of maps (1 for binary labels).
    pub fn count(&self) -> usize {
        self.classes.len()
    }

    /// G, how many separate questions a pixel answers; see [`Kind::groups`].
    pub fn groups(&self) -> usize {
        self.kind.groups(self.count())
    }

    /// How many answers each of these questions has; see [`Kind::states`].
    pub fn states(&self) -> usize {
        self.kind.states(self.count())
    }
}

impl fmt::Display for LabelSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.kind, self.classes.join(", "))
    }
}

/// Whether labels of a kind can have so many maps.
pub(super) fn check_maps(kind: Kind, maps: usize) -> Result<(), LabelError> {
    let needed = match kind {
        Kind::Binary if maps != 1 => "one map",
        Kind::Multiclass if maps < 2 => "at least two maps",
        Kind::Multilabel if maps < 1 => "at least one map",
        _ => return Ok(()),
    };
    Err(LabelError::Classes { kind, needed, found: maps })
}

/// What has yet to be checked.
#[derive(Deserialize)]
struct Loose {
    kind: Kind,
    classes: Vec<String>,
}

impl TryFrom<Loose> for LabelSpace {
    type Error = LabelError;

    fn try_from(loose: Loose) -> Result<Self, LabelError> {
        Self::new(loose.kind, loose.classes)
    }
}

fn names<S: Serializer>(classes: &Arc<[String]>, serializer: S) -> Result<S::Ok, S::Error> {
    classes[..].serialize(serializer)
}

/// So many classes for tests, whatever they are called.
#[cfg(test)]
pub(crate) fn space(kind: Kind, classes: usize) -> LabelSpace {
    LabelSpace::unnamed(kind, classes).expect("a number of classes that the kind can have")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_that_of_kind_and_names_and_is_checked() {
        let space = LabelSpace::new(Kind::Multilabel, ["cup", "disc"]).unwrap();
        let json = serde_json::to_string(&space).unwrap();
        assert_eq!(json, r#"{"kind":"multilabel","classes":["cup","disc"]}"#);
        assert_eq!(serde_json::from_str::<LabelSpace>(&json).unwrap(), space);
        let wrong = serde_json::from_str::<LabelSpace>(r#"{"kind":"multiclass","classes":["cup"]}"#);
        assert!(wrong.unwrap_err().to_string().contains("at least two maps"));
    }

    #[test]
    fn each_class_has_a_name_of_its_own() {
        let named = |names: [&str; 2]| LabelSpace::new(Kind::Multilabel, names).unwrap_err();
        assert_eq!(named(["a", "a"]), LabelError::ClassName { class: 1, name: "a".into() });
        assert_eq!(named(["a", ""]), LabelError::ClassName { class: 1, name: String::new() });
        assert!(LabelSpace::unnamed(Kind::Binary, 2).is_err());
    }
}
