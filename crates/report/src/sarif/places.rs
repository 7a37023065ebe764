//! Places in the terms of SARIF.

use std::fmt::Write as _;

use super::model::{ArtifactLocation, Location, PhysicalLocation, Region};
use crate::place::{Place, Range};

/// A location without more than the place.
pub(super) fn location(place: Place<'_>) -> Location {
    let Range { start, end } = place.range;
    let region =
        Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column };
    at(place.path, Some(region))
}

/// A location that is a whole file.
pub(super) fn file(path: &str) -> Location {
    at(path, None)
}

fn at(path: &str, region: Option<Region>) -> Location {
    let physical_location = PhysicalLocation { artifact_location: ArtifactLocation { uri: uri(path) }, region };
    Location { id: None, physical_location, logical_locations: Vec::new(), message: None }
}

/// A path as a URI, relative if the path is: every byte that has a meaning in URIs or is not ASCII is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
