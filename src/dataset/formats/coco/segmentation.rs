//! The field `segmentation` of COCO, in all the ways in which tools write it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde_json::Value;

use crate::dataset::formats::foreign_item::Shape;
use crate::dataset::formats::json::{reals, whole};

/// The shapes of an annotation; none when it has a box only.
///
/// Read are a list of polygons, one polygon that is not in a list, run lengths as text or as numbers,
/// and a list of run lengths.
pub(super) fn shapes(segmentation: &Value) -> Result<Vec<Shape>, String> {
    match segmentation {
        Value::Null => Ok(Vec::new()),
        Value::Object(_) => Ok(vec![run_lengths(segmentation)?]),
        Value::Array(parts) if parts.first().is_some_and(is_number) => {
            Ok(vec![polygon(segmentation)?])
        }
        Value::Array(parts) => {
            let is_filled = |part: &&Value| part.as_array().is_none_or(|part| !part.is_empty());
            let shape = |part: &Value| {
                if part.is_object() { run_lengths(part) } else { polygon(part) }
            };
            parts.iter().filter(is_filled).map(shape).collect()
        }
        _ => Err("its segmentation is neither polygons nor run lengths".to_owned()),
    }
}

fn is_number(value: &Value) -> bool {
    value.is_number() || value.is_string()
}

/// A polygon as x, y, x, y, … or as pairs.
fn polygon(value: &Value) -> Result<Shape, String> {
    let pairs = || {
        let pairs = value.as_array()?.iter().map(|p| reals(p).filter(|p| p.len() == 2));
        Some(pairs.collect::<Option<Vec<_>>>()?.concat())
    };
    let values = reals(value).or_else(pairs);
    let values = values.ok_or("a polygon holds something else than numbers")?;
    Ok(Shape::Polygon(values))
}

fn run_lengths(value: &Value) -> Result<Shape, String> {
    let size = value["size"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [height_px, width_px] = match size {
        [height, width] => [whole(height), whole(width)],
        _ => [None, None],
    };
    let (Some(width_px), Some(height_px)) = (width_px, height_px) else {
        return Err("its run lengths have no size of height and width".to_owned());
    };
    if let Some(text) = value["counts"].as_str() {
        return Ok(Shape::CompressedColumns { text: text.to_owned(), width_px, height_px });
    }
    let counts = value["counts"].as_array().and_then(|counts| counts.iter().map(whole).collect());
    let counts = counts.ok_or("its run lengths are neither text nor whole numbers")?;
    Ok(Shape::Columns { counts, width_px, height_px })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn polygons_and_run_lengths_are_read_in_all_their_spellings() {
        let square = [1.0, 1.0, 3.0, 1.0, 3.0, 3.0];
        for value in [
            json!([square]),
            json!(square),
            json!([[], square]),
            json!([[[1, 1], [3, 1], [3, 3]]]),
            json!([square.map(|v| v.to_string())]),
        ] {
            let found = shapes(&value).unwrap();
            let [Shape::Polygon(values)] = found.as_slice() else { panic!("{value}: {found:?}") };
            assert_eq!(values, &square, "{value}");
        }
        let rle = json!({"size": [4.0, 3], "counts": [2.0, 10]});
        for value in [json!([rle]), rle] {
            let found = shapes(&value).unwrap();
            let [Shape::Columns { counts, width_px: 3, height_px: 4 }] = found.as_slice() else {
                panic!("{value}: {found:?}")
            };
            assert_eq!(counts, &[2, 10]);
        }
        for value in [json!(null), json!([]), json!([[]])] {
            assert!(shapes(&value).unwrap().is_empty(), "{value}");
        }
        for value in [
            json!("x"),
            json!([[1, null]]),
            json!({"counts": [1]}),
            json!({"size": [1, 2]}),
            json!({"size": [4, 3], "counts": [-1]}),
        ] {
            assert!(shapes(&value).is_err(), "{value}");
        }
    }
}
