//! An export of CVAT in XML 1.1, "CVAT for images": what one annotator has marked in the images of a task or a job.

use super::bad_entry::BadEntry;
use super::classes::Classes;
use super::content::Content;
use super::document::{Entries, Key, Marked, Opinion};
use super::field::Field;
use super::format::{Format, Place};
use super::shape::{Rows, Shape};
use crate::AnnotationProblem;
use crate::dataset::fill::Ellipse;
use crate::formats::id_of;
use roxmltree::{Document, Node};
use std::path::Path;

/// The format "CVAT for images".
pub(super) struct Cvat;

/// Types of labels and shapes that have no pixels.
const NO_AREAS: [&str; 5] = ["skeleton", "polyline", "points", "cuboid", "tag"];

impl Format for Cvat {
    fn name(&self) -> &'static str {
        "CVAT"
    }

    fn known_by(&self) -> &'static str {
        "XML of annotations"
    }

    fn has(&self, content: &Content) -> bool {
        matches!(content, Content::Xml(element) if element == "annotations")
    }

    fn understood(&self) -> u64 {
        24
    }

    fn read(&self, text: &[u8], _: &Place<'_>) -> Result<Entries, String> {
        let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
        // Definitions of entities are refused, so nothing grows while it is read.
        let document = Document::parse(text).map_err(|error| error.to_string())?;
        let root = document.root_element();
        let called = |name: &'static str| root.children().filter(move |node| node.has_tag_name(name));
        if called("track").next().is_some() {
            return Err(
                "it has tracks, as videos have; export in the format \"CVAT for images 1.1\"".to_owned()
            );
        }
        let (mut entries, mut classes) = (Entries::default(), Classes::default());
        let labels =
            called("meta").flat_map(|meta| meta.descendants()).filter(|node| node.has_tag_name("label"));
        for label in labels {
            entries.lists_categories = true;
            if !text_of(label, "type").is_some_and(|kind| NO_AREAS.contains(&kind)) {
                classes.place(text_of(label, "name").unwrap_or_default());
            }
        }
        for (number, image) in called("image").enumerate() {
            let entry = image
                .attribute("name")
                .map_or(format!("image at {number}"), |name| format!("image '{name}'"));
            match image_of(image) {
                Ok((id, opinion)) => {
                    let key = Key { rater: None, image: id };
                    if entries.opinions.contains_key(&key) {
                        entries.faults.push(BadEntry::new(entry, AnnotationProblem::SameName(key.image)));
                        continue;
                    }
                    let opinion = marked(image, opinion, &entry, &mut entries, &mut classes);
                    entries.opinions.insert(key, opinion);
                }
                Err(problem) => entries.faults.push(BadEntry::new(entry, problem)),
            }
        }
        if entries.opinions.is_empty() && entries.faults.is_empty() {
            return Err("it lists no images, so nothing was judged".to_owned());
        }
        entries.categories = match entries.lists_categories {
            true => classes.in_order(),
            false => classes.sorted(entries.opinions.values_mut()),
        };
        Ok(entries)
    }
}

fn image_of(image: Node<'_, '_>) -> Field<(String, Opinion)> {
    let name = attribute(image, "name")?;
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let id = id_of(Path::new(file)).ok_or(AnnotationProblem::Missing("name"))?;
    let size = Some((length(image, "height")?, length(image, "width")?));
    Ok((id, Opinion { size, ..Opinion::default() }))
}

/// The opinion with the image's shapes, the lowest first.
fn marked(
    image: Node<'_, '_>,
    mut opinion: Opinion,
    entry: &str,
    entries: &mut Entries,
    classes: &mut Classes,
) -> Opinion {
    let mut heights = Vec::new();
    for (number, node) in image.children().filter(Node::is_element).enumerate() {
        let kind = node.tag_name().name();
        let shape = match kind {
            "box" => bounds(node),
            "polygon" => polygon(node),
            "ellipse" => ellipse(node),
            "mask" => mask(node),
            _ if NO_AREAS.contains(&kind) => {
                entries.leave_out(format!("shapes of type {kind}"));
                continue;
            }
            _ => Err(AnnotationProblem::Kind {
                kind: kind.to_owned(),
                read: "box, polygon, ellipse and mask are read",
            }),
        };
        let sound = shape.and_then(|shape| {
            shape.check(opinion.size.unwrap_or_default())?;
            let label = attribute(node, "label").map_err(|_| AnnotationProblem::NoClass)?;
            let height = node.attribute("z_order").map_or(Ok(0.0), |_| number_of(node, "z_order"))?;
            Ok((height, Marked { category: classes.place(label), shape }))
        });
        match sound {
            Ok(marked) => heights.push(marked),
            Err(problem) => opinion.bad.push(BadEntry::new(format!("{entry}, {kind} at {number}"), problem)),
        }
    }
    heights.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    opinion.marked = heights.into_iter().map(|(_, marked)| marked).collect();
    opinion
}

/// A box is turned about its centre.
fn bounds(node: Node<'_, '_>) -> Field<Shape> {
    let [left, top, right, bottom] = ["xtl", "ytl", "xbr", "ybr"].map(|name| number_of(node, name));
    let bounds @ [left, top, right, bottom] = [left?, top?, right?, bottom?];
    Ok(Shape::turned_box(bounds, turn(node)?, [left.midpoint(right), top.midpoint(bottom)]))
}

fn ellipse(node: Node<'_, '_>) -> Field<Shape> {
    let centre = [number_of(node, "cx")?, number_of(node, "cy")?];
    let radii = [number_of(node, "rx")?, number_of(node, "ry")?];
    Ok(Shape::Ellipse(Ellipse { centre, radii, turn: turn(node)? }))
}

/// Points as "x,y;x,y;..".
fn polygon(node: Node<'_, '_>) -> Field<Shape> {
    let numbers: Vec<&str> = attribute(node, "points")?.split([',', ';']).collect();
    if numbers.len() < 6 || !numbers.len().is_multiple_of(2) {
        return Err(AnnotationProblem::Points(numbers.len()));
    }
    let coordinate = |(place, text): (usize, &&str)| {
        let bad = || AnnotationProblem::Coordinate { place, value: format!("'{text}'") };
        text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(bad)
    };
    let numbers = numbers.iter().enumerate().map(coordinate).collect::<Field<Vec<f64>>>()?;
    Ok(Shape::Rings(vec![numbers.as_chunks().0.to_vec()]))
}

/// Run lengths of off, on, off, .. along the rows of a box.
fn mask(node: Node<'_, '_>) -> Field<Shape> {
    let run = |text: &str| {
        let bad = || AnnotationProblem::Runs(format!("'{text}' is no run length"));
        text.trim().parse::<u32>().map_err(|_| bad())
    };
    let runs = attribute(node, "rle")?.split(',').map(run).collect::<Field<_>>()?;
    let [left, top, width, height] = ["left", "top", "width", "height"].map(|name| length(node, name));
    let rows = Rows { left: left?, top: top?, width: width?, height: height?, runs };
    rows.whole().map(Shape::Rows)
}

/// The text of an element within.
fn text_of<'n>(node: Node<'n, '_>, name: &str) -> Option<&'n str> {
    node.children().find(|child| child.has_tag_name(name))?.text()
}

fn turn(node: Node<'_, '_>) -> Field<f64> {
    node.attribute("rotation").map_or(Ok(0.0), |_| number_of(node, "rotation"))
}

fn attribute<'n>(node: Node<'n, '_>, name: &'static str) -> Field<&'n str> {
    node.attribute(name).ok_or(AnnotationProblem::Missing(name))
}

fn number_of(node: Node<'_, '_>, field: &'static str) -> Field<f64> {
    let text = attribute(node, field)?;
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| AnnotationProblem::NoNumber { field, value: format!("'{text}'") })
}

fn length(node: Node<'_, '_>, field: &'static str) -> Field<usize> {
    let text = attribute(node, field)?;
    text.trim().parse().map_err(|_| AnnotationProblem::NoLength { field, value: format!("'{text}'") })
}
