//! Where the file says that it was made.

use crate::metadata::field::Field;
use crate::metadata::source::words;

/// A place as the file states it. Nobody checked it.
#[derive(Debug, Clone, PartialEq)]
pub struct Location {
    /// Decimal degrees, north positive.
    pub latitude: f64,
    /// Decimal degrees, east positive.
    pub longitude: f64,
    /// The file names both hemispheres: north or south, east or west. Else the signs mean nothing.
    pub has_hemispheres: bool,
    /// Meters above the sea.
    pub height_m: Option<f64>,
    /// Direction of the view in degrees, and its reference as stored: `T` true, `M` magnetic.
    pub direction: Option<(f64, String)>,
    /// The field that says so.
    pub field: String,
    /// Offset of the field in the file.
    pub offset: u64,
}

impl Location {
    /// Decimal degrees, for a map: `48.857700, 2.295000`.
    pub fn decimal(&self) -> String {
        format!("{:.6}, {:.6}", self.latitude, self.longitude)
    }

    /// Degrees, minutes and seconds, and the height; what is wrong with it as well.
    pub fn words(&self) -> String {
        let Self { latitude, longitude, .. } = *self;
        let mut text = if self.has_hemispheres {
            words::place(latitude, longitude, self.height_m)
        } else {
            let both = [latitude, longitude].map(words::degrees).join(", ");
            format!(
                "{both}{}; the file does not name both hemispheres",
                words::height(self.height_m)
            )
        };
        if !self.is_on_earth() {
            text.push_str("; this is no place on earth");
        }
        text
    }

    /// Whether there are such degrees: at most 90 of latitude and 180 of longitude.
    pub fn is_on_earth(&self) -> bool {
        self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0
    }
}

/// The place of the picture; `None` where the file has none or half of one.
pub fn location(fields: &[Field]) -> Option<Location> {
    of_exif(fields).or_else(|| of_tags(fields))
}

fn of_exif(fields: &[Field]) -> Option<Location> {
    let get = |name: &str| fields.iter().find(|field| field.group == "GPS" && field.name == name);
    let angle = |name: &str| {
        let field = get(name)?;
        let mut parts = field.raw.split(' ').map(fraction);
        let (degrees, minutes, seconds) = (parts.next()??, parts.next(), parts.next());
        let known = |part: Option<Option<f64>>| part.flatten().unwrap_or(0.0);
        let sum = degrees + known(minutes) / 60.0 + known(seconds) / 3600.0;
        sum.is_finite().then_some((sum, field))
    };
    let is = |name: &str, word: &str| {
        get(name).is_some_and(|field| field.raw.trim_end_matches('\0') == word)
    };
    let ((latitude, field), (longitude, _)) = (angle("GPSLatitude")?, angle("GPSLongitude")?);
    let has_hemispheres = (is("GPSLatitudeRef", "N") || is("GPSLatitudeRef", "S"))
        && (is("GPSLongitudeRef", "E") || is("GPSLongitudeRef", "W"));
    let height = get("GPSAltitude").and_then(|field| fraction(&field.raw));
    let direction = get("GPSImgDirection").and_then(|field| fraction(&field.raw));
    let reference = get("GPSImgDirectionRef").map(|field| field.raw.clone()).unwrap_or_default();
    Some(Location {
        latitude: if is("GPSLatitudeRef", "S") { -latitude } else { latitude },
        longitude: if is("GPSLongitudeRef", "W") { -longitude } else { longitude },
        has_hemispheres,
        height_m: height.map(|m| if is("GPSAltitudeRef", "1") { -m } else { m }),
        direction: direction.map(|degrees| (degrees, reference)),
        field: field.key(),
        offset: field.offset,
    })
}

/// A fraction or a number; `None` where it has no value.
fn fraction(text: &str) -> Option<f64> {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let value = numerator.parse::<f64>().ok()? / denominator.parse::<f64>().ok()?;
    value.is_finite().then_some(value)
}

/// The tag of phones in videos.
fn of_tags(fields: &[Field]) -> Option<Location> {
    let mut named = fields.iter().filter(|field| field.name == "GPSCoordinates");
    named.find_map(|field| {
        let (latitude, longitude, height_m) = words::iso_6709(&field.raw)?;
        Some(Location {
            latitude,
            longitude,
            has_hemispheres: true,
            height_m,
            direction: None,
            field: field.key(),
            offset: field.offset,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::source::span::Span;

    #[test]
    fn a_place_has_signs_and_half_a_place_is_none() {
        let field =
            |name: &'static str, raw: &str| Field::new("GPS", name, "", raw, Span::new(b"", 7));
        let mut fields = vec![
            field("GPSLatitudeRef", "S"),
            field("GPSLatitude", "10/1 30/1 0/0"),
            field("GPSLongitudeRef", "W"),
            field("GPSLongitude", "20/1 0/1 36/1"),
            field("GPSAltitudeRef", "1"),
            field("GPSAltitude", "5/2"),
        ];
        let place = location(&fields).unwrap();
        assert_eq!((place.latitude, place.longitude, place.height_m), (-10.5, -20.01, Some(-2.5)));
        assert_eq!(place.decimal(), "-10.500000, -20.010000");
        let mut unnamed = fields.clone();
        unnamed.remove(0);
        let words = location(&unnamed).unwrap().words();
        let end = "36.00\", 2.5 m Below Sea Level; the file does not name both hemispheres";
        assert!(
            words.starts_with("10 deg 30' 0.00\", 20 deg 0'") && words.ends_with(end),
            "{words}"
        );
        let mut far = fields.clone();
        far[1] = field("GPSLatitude", "95/1 0/1 0/1");
        let words = location(&far).unwrap().words();
        assert!(words.ends_with("; this is no place on earth"), "{words}");
        fields.remove(3);
        assert_eq!(location(&fields), None);
    }
}
