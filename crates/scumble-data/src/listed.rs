//! Many names in a sentence.

/// How many names a sentence lists.
const SHOWN: usize = 10;

/// Names as a sentence lists them: the first ten, and how many there are more.
///
/// ```
/// use scumble_data::listed;
///
/// assert_eq!(listed(["a", "b"]), "a, b");
/// assert!(listed((0..12).map(|i| i.to_string())).ends_with("8, 9 and 2 more"));
/// ```
pub fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown = names.iter().take(SHOWN).map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
