//! What the name of a folder, or what a file's name adds to that of another, says by the habits of many data sets.

use crate::Part;

/// What lies in a folder, as its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) enum Role {
    Images,
    /// Masks, with what the name adds: `masks_2`, `gt_anna`.
    Masks(Option<String>),
    /// Masks of one of several annotators.
    Rater(String),
    /// The annotators' folders.
    Raters,
    Ignore,
    Weights,
}

const IMAGES: &[&str] = &[
    "image",
    "images",
    "img",
    "imgs",
    "im",
    "input",
    "inputs",
    "photo",
    "photos",
    "picture",
    "pictures",
    "original",
    "originals",
    "rgb",
    "sat",
];
const MASKS: &[&str] = &[
    "mask",
    "masks",
    "label",
    "labels",
    "annotation",
    "annotations",
    "annot",
    "annots",
    "groundtruth",
    "gt",
    "gts",
    "seg",
    "segs",
    "segmentation",
    "segmentations",
    "manual",
    "target",
    "targets",
];
const ANNOTATORS: &[&str] = &[
    "annotator",
    "expert",
    "rater",
    "reader",
    "observer",
    "grader",
    "human",
    "person",
    "doctor",
    "radiologist",
    "pathologist",
];
const RATERS: &[&str] = &["annotators", "experts", "raters", "readers", "observers", "graders"];
const PARTS: &[(&str, Part)] = &[
    ("training", Part::Train),
    ("train", Part::Train),
    ("tr", Part::Train),
    ("validation", Part::Val),
    ("valid", Part::Val),
    ("val", Part::Val),
    ("testing", Part::Test),
    ("test", Part::Test),
    ("ts", Part::Test),
];

/// What a folder's name says: of which part its files are, and what they are.
pub(in crate::dataset) fn of_folder(name: &str) -> (Option<Part>, Option<Role>) {
    let words = words(name);
    let part = words.iter().find_map(|word| part(word));
    let whole = name.to_lowercase();
    let role = match &whole[..] {
        "ignore" => Some(Role::Ignore),
        "weights" => Some(Role::Weights),
        _ if RATERS.contains(&&whole[..]) => Some(Role::Raters),
        _ if says(&words, ANNOTATORS) => Some(Role::Rater(rater(name))),
        _ if says(&words, MASKS) => Some(Role::Masks(added(name))),
        _ if says(&words, IMAGES) => Some(Role::Images),
        _ => None,
    };
    (part, role)
}

/// What names of masks have beyond those of their images: None if it does not speak of masks.
pub(super) fn of_affix(affix: &str) -> Option<Role> {
    let words = words(affix);
    let tidy = affix.trim_matches(|c: char| !c.is_alphanumeric());
    let counts = |word: &String| matches!(&word[..], "st" | "nd" | "rd");
    if says(&words, ANNOTATORS)
        || (words.first().is_some_and(|word| is_number(word)) && words.iter().any(counts))
    {
        return Some(Role::Rater(rater(tidy)));
    }
    says(&words, MASKS).then(|| Role::Masks(added(affix)))
}

/// Whether what a name adds says that this is the image and not its mask.
pub(super) fn is_image_affix(affix: &str) -> bool {
    let words = words(affix);
    !words.is_empty() && words.iter().all(|word| IMAGES.contains(&&word[..]))
}

/// Whether what names of masks add only counts them, as annotators are counted and classes hardly are.
pub(super) fn counts(added: &str) -> bool {
    let one_letter = added.len() == 1 && added.chars().all(char::is_alphabetic);
    one_letter
        || words(added).iter().all(|word| is_number(word) || matches!(&word[..], "st" | "nd" | "rd" | "th"))
}

/// An annotator's name: without the word for masks before or behind it.
fn rater(name: &str) -> String {
    let separators = |c: char| !c.is_alphanumeric();
    for word in MASKS {
        let head = name.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word));
        let tail = name.len().checked_sub(word.len()).and_then(|at| name.get(at..));
        let rest = match (head, tail.filter(|tail| tail.eq_ignore_ascii_case(word))) {
            (Some(_), _) => &name[word.len()..],
            (None, Some(_)) => &name[..name.len() - word.len()],
            (None, None) => continue,
        };
        let rest = rest.trim_matches(separators);
        if !rest.is_empty() && rest.len() < name.len() - word.len() {
            return rest.to_owned();
        }
    }
    name.to_owned()
}

/// What a name says beside the words that are known, in its own letters.
fn added(name: &str) -> Option<String> {
    let known = |piece: &&String| {
        let word = &piece.to_lowercase()[..];
        MASKS.contains(&word)
            || IMAGES.contains(&word)
            || part(word).is_some()
            || matches!(word, "ground" | "truth")
    };
    let rest: Vec<String> = pieces(name).into_iter().filter(|piece| !known(&piece)).collect();
    (!rest.is_empty()).then(|| rest.join("_"))
}

fn part(word: &str) -> Option<Part> {
    PARTS.iter().find(|(known, _)| *known == word).map(|(_, part)| *part)
}

fn says(words: &[String], known: &[&str]) -> bool {
    let ground_truth = known == MASKS && words.windows(2).any(|pair| pair == ["ground", "truth"]);
    ground_truth || words.iter().any(|word| known.contains(&&word[..]))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words of a name in small letters: `JPEGImages`, `masks_expert1` and `trainannot` have two, three and two.
pub(super) fn words(name: &str) -> Vec<String> {
    pieces(name).into_iter().map(|piece| piece.to_lowercase()).collect()
}

/// The words of a name as they are written: where letters and numbers, small and capital ones meet, it is cut.
fn pieces(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut pieces: Vec<String> = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = before.is_some_and(|before| {
            before.is_numeric() != letter.is_numeric()
                || (letter.is_uppercase() && (before.is_lowercase() || next_is_small))
        });
        if begins || !letter.is_alphanumeric() {
            pieces.push(String::new());
        }
        if letter.is_alphanumeric() {
            pieces.last_mut().expect("one at least").push(letter);
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.into_iter().flat_map(taken_apart).collect()
}

/// `trainannot` is `train` and `annot`: a part's name and a known word.
fn taken_apart(piece: String) -> Vec<String> {
    let word = piece.to_lowercase();
    let known = |word: &str| IMAGES.contains(&word) || MASKS.contains(&word);
    for (name, _) in PARTS.iter().filter(|(name, _)| name.len() > 2 && word.is_ascii()) {
        let cut = match (word.strip_prefix(name), word.strip_suffix(name)) {
            (Some(rest), _) if known(rest) => name.len(),
            (_, Some(rest)) if known(rest) => rest.len(),
            _ => continue,
        };
        let (first, second) = piece.split_at(cut);
        return vec![first.to_owned(), second.to_owned()];
    }
    vec![piece]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(added: &str) -> Option<Role> {
        Some(Role::Masks(Some(added.to_owned()).filter(|added| !added.is_empty())))
    }

    fn rater(name: &str) -> Option<Role> {
        Some(Role::Rater(name.to_owned()))
    }

    #[test]
    fn names_of_folders() {
        for (name, part, role) in [
            ("images", None, Some(Role::Images)),
            ("Images", None, Some(Role::Images)),
            ("JPEGImages", None, Some(Role::Images)),
            ("imagesTr", Some(Part::Train), Some(Role::Images)),
            ("labelsTs", Some(Part::Test), masks("")),
            ("train_masks", Some(Part::Train), masks("")),
            ("trainannot", Some(Part::Train), masks("")),
            ("train2017", Some(Part::Train), None),
            ("validation", Some(Part::Val), None),
            ("image_masks", None, masks("")),
            ("ground_truth", None, masks("")),
            ("GroundTruth", None, masks("")),
            ("gt", None, masks("")),
            ("masks_Cup", None, masks("Cup")),
            ("masks_2", None, masks("2")),
            ("masks_expert1", None, rater("expert1")),
            ("Expert1_Masks", None, rater("Expert1")),
            ("annotator_1", None, rater("annotator_1")),
            ("raters", None, Some(Role::Raters)),
            ("leftImg8bit", None, Some(Role::Images)),
            ("disc", None, None),
            ("maps", None, None),
            ("trainer", None, None),
        ] {
            assert_eq!(of_folder(name), (part, role), "{name}");
        }
    }

    #[test]
    fn what_names_of_masks_add() {
        for (affix, role) in [
            ("_mask", masks("")),
            ("-GT", masks("")),
            ("mask_", masks("")),
            ("_1stHO", rater("1stHO")),
            ("_expert_2", rater("expert_2")),
            ("_segmentation", masks("")),
            ("_mask_cup", masks("cup")),
            ("_2", None),
            ("_disc", None),
        ] {
            assert_eq!(of_affix(affix), role, "{affix}");
        }
        assert!(is_image_affix("_image") && !is_image_affix("_mask") && !is_image_affix(""));
        assert!(counts("1") && counts("2nd") && counts("b") && !counts("cup"));
    }
}
