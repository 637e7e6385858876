//! GeoJSON (RFC 7946), a feature a line: outlines and contours, in pixels or in the coordinates of a map of the earth.

use scumble::shapes::{Contour, Polygon};
use scumble_data::{DataError, MapPlace, write_atomically};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// The coordinates of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coordinates(Option<MapPlace>);

impl Coordinates {
    /// Those of the map of the earth that the image lies on, else pixels from its upper left corner.
    pub(super) fn of(place: Option<MapPlace>) -> Self {
        Self(place)
    }

    fn point(self, point: [f64; 2]) -> [f64; 2] {
        self.0.map_or(point, |place| place.of(point))
    }

    /// Whether clockwise becomes counterclockwise.
    fn is_mirrored(self) -> bool {
        self.0.is_some_and(|MapPlace { affine: [[a, b, _], [d, e, _]], .. }| a * e - b * d < 0.0)
    }

    /// A ring as the format has it: its first point again at the end; around something it goes counterclockwise where y goes up.
    fn ring(self, ring: &[[u32; 2]]) -> Value {
        let closed = ring.iter().chain(ring.first());
        let mut points: Vec<[f64; 2]> = closed.map(|corner| self.point(corner.map(f64::from))).collect();
        if self.is_mirrored() {
            points.reverse();
        }
        points.iter().map(|point| json!(point)).collect()
    }

    fn polygon(self, polygon: &Polygon) -> Value {
        [&polygon.outer].into_iter().chain(&polygon.holes).map(|ring| self.ring(ring)).collect()
    }

    /// The geometry of an object.
    pub(super) fn outline(self, object: &[Polygon]) -> Value {
        match object {
            [one] => json!({ "type": "Polygon", "coordinates": self.polygon(one) }),
            _ => {
                let polygons: Value = object.iter().map(|polygon| self.polygon(polygon)).collect();
                json!({ "type": "MultiPolygon", "coordinates": polygons })
            }
        }
    }

    /// The geometry of a contour: a line, which ends where it began if it is closed.
    pub(super) fn contour(self, contour: &Contour) -> Value {
        let again = contour.points.first().filter(|_| contour.closed);
        let points: Value =
            contour.points.iter().chain(again).map(|point| json!(self.point(*point))).collect();
        json!({ "type": "LineString", "coordinates": points })
    }

    /// What the coordinates are: a name of the system in the way of GeoJSON's first edition, which is what GDAL reads; and in words.
    fn head(self) -> String {
        let system = match self.0.and_then(|place| place.epsg) {
            None => String::new(),
            Some(epsg) => {
                let name = match epsg {
                    4326 => "urn:ogc:def:crs:OGC:1.3:CRS84".to_owned(),
                    _ => format!("urn:ogc:def:crs:EPSG::{epsg}"),
                };
                format!("\"crs\":{},", json!({ "type": "name", "properties": { "name": name } }))
            }
        };
        let what = if self.0.is_some() { "map" } else { "pixels" };
        format!("{{\"type\":\"FeatureCollection\",{system}\"coordinates\":\"{what}\",\"features\":[")
    }

    /// Writes a document of features, whole or not at all.
    ///
    /// # Errors
    /// What the operating system refuses.
    pub(super) fn write(self, path: &Path, features: impl Iterator<Item = Value>) -> Result<(), DataError> {
        write_atomically(path, |out| {
            out.write_all(self.head().as_bytes())?;
            for (at, feature) in features.enumerate() {
                out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *out, &feature)?;
            }
            out.write_all(b"\n]}\n")
        })
    }
}
