//! Which image a task is about, by what its data say.

use crate::AnnotationProblem;
use crate::dataset::annotations::field::Field;
use crate::formats::{id_of, is_image};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The id of the task's image. An upload has eight digits and a dash before its name, which the image beside the export may
/// have or not.
///
/// # Errors
/// Data that name no image, or several of which none or more than one is there.
pub(super) fn image_of(data: &Value, is_there: &dyn Fn(&str) -> bool) -> Field<String> {
    let fields = data.as_object().into_iter().flatten();
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    for (field, value) in fields {
        for text in texts(value) {
            if let Some(id) = file_name(text).and_then(|name| id(&name, is_there)) {
                named.entry(id).or_insert_with(|| field.clone());
            }
        }
    }
    let mut there = named.keys().filter(|id| is_there(id));
    match (there.next(), there.next(), named.len()) {
        (Some(id), None, _) => Ok(id.clone()),
        (None, _, 1) => Ok(named.into_keys().next().unwrap_or_default()),
        (None, _, 0) => Err(AnnotationProblem::NoImage),
        _ => {
            let images = named.into_iter().map(|(id, field)| format!("{field}: {id}")).collect();
            Err(AnnotationProblem::SeveralImages(images))
        }
    }
}

/// A text, or those of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    value.as_str().into_iter().chain(list.iter().filter_map(Value::as_str))
}

fn id(name: &str, is_there: &dyn Fn(&str) -> bool) -> Option<String> {
    let whole = id_of(Path::new(name))?;
    let uploaded = || name.split_once('-').filter(|(prefix, _)| is_prefix(prefix)).map(|(_, name)| name);
    match uploaded().and_then(|name| id_of(Path::new(name))) {
        Some(short) if !is_there(&whole) => Some(short),
        _ => Some(whole),
    }
}

fn is_prefix(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The last part of a path, of an address, or of the path that an address of local files asks for (`?d=`); None if it is no
/// image's.
fn file_name(text: &str) -> Option<String> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let asked = query.split('&').find_map(|part| part.strip_prefix("d="));
    let is_address = text.contains("://") || text.starts_with("/data/");
    [asked.unwrap_or(path), text].into_iter().find_map(|path| {
        let name = path.rsplit(['/', '\\']).next()?;
        let name = if is_address { decoded(name) } else { name.to_owned() };
        let name = name.rsplit(['/', '\\']).next()?;
        is_image(Path::new(name)).then(|| name.to_owned())
    })
}

/// Without the escapes of addresses: %20 is a space.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let escaped = || {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
            u8::from_str_radix(digits, 16).ok()
        };
        match escaped().filter(|_| *byte == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_image_is_known_by_the_last_part_of_its_path() {
        let image = |data: Value| image_of(&data, &|id| id == "s0" || id == "12345678-s1");
        for (value, id) in [
            ("s0.png", "s0"),
            ("/data/upload/3/a1B2c3d4-s0.png", "s0"),
            ("/data/upload/3/12345678-s1.png", "12345678-s1"),
            ("/data/upload/3/12345678-new%20one.png", "new one"),
            ("/data/local-files/?d=folder/s0.tif", "s0"),
            ("/data/local-files/?d=folder%2Fs0.tif", "s0"),
            ("s3://bucket/a/b/s0.nii.gz", "s0"),
            ("https://host/x/s0.jpg?token=1&expires=2", "s0"),
            ("C:\\images\\s0.bmp", "s0"),
            ("100%25.png", "100%25"),
            ("really?.png", "really?"),
            ("1234567-s0.png", "1234567-s0"),
        ] {
            assert_eq!(
                image(json!({"text": "no image", "n": 7, "image": value})).as_deref(),
                Ok(id),
                "{value}"
            );
        }
    }

    #[test]
    fn of_several_images_the_one_that_is_there_is_meant() {
        let image = |data: Value| image_of(&data, &|id| id == "s0").map_err(|problem| problem.to_string());
        assert_eq!(image(json!({"before": "x.png", "after": "s0.png", "thumb": "a/s0.jpg"})).unwrap(), "s0");
        for (data, says) in [
            (json!({"before": "x.png", "after": "y.png"}), "before: x"),
            (json!({"pages": ["x.png", "y.png"]}), "pages: y"),
            (json!({"text": "nothing"}), "no image"),
            (json!(null), "no image"),
        ] {
            let message = image(data).unwrap_err();
            assert!(message.contains(says), "{message}");
        }
    }
}
