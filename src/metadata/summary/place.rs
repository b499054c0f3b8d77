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
    /// The receiver says that it had no fix (`GPSStatus` V).
    pub is_void: bool,
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
        if self.is_void {
            text.push_str("; the receiver calls its measurement void");
        }
        text
    }

    /// The direction of the view in words, with the north from which it counts; `None` without one.
    pub fn direction_words(&self) -> Option<String> {
        let (degrees, reference) = self.direction.as_ref()?;
        let north = match reference.trim_matches(['\0', ' ']) {
            "T" | "t" => "from true north",
            "M" | "m" => "from magnetic north",
            _ => "from a north that the file does not name",
        };
        Some(format!("{degrees:.0} degrees {north}"))
    }

    /// Whether there are such degrees: at most 90 of latitude and 180 of longitude.
    pub fn is_on_earth(&self) -> bool {
        self.latitude.abs() <= 90.0 && self.longitude.abs() <= 180.0
    }
}

/// The place of the picture; `None` where the file has none or half of one.
pub fn location(fields: &[Field]) -> Option<Location> {
    of_exif(fields).or_else(|| of_tags(fields)).or_else(|| of_xmp(fields))
}

/// Values of one block by their names.
struct GpsBlock<'a> {
    fields: &'a [Field],
    group: &'static str,
}

impl<'a> GpsBlock<'a> {
    fn get(&self, name: &str) -> Option<&'a Field> {
        self.fields.iter().find(|field| field.group == self.group && field.name == name)
    }

    fn is(&self, name: &str, letter: &str) -> bool {
        let field = self.get(name);
        field.is_some_and(|f| f.raw.trim_matches(['\0', ' ']).eq_ignore_ascii_case(letter))
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|field| fraction(&field.raw))
    }

    /// A place with what stands beside it in the block. `field`: of the latitude.
    fn place(&self, (latitude, longitude): (f64, f64), field: &Field) -> Location {
        let height = self.number("GPSAltitude");
        let reference = self.get("GPSImgDirectionRef").map(|field| field.raw.clone());
        let direction = self.number("GPSImgDirection");
        Location {
            latitude,
            longitude,
            has_hemispheres: true,
            height_m: height.map(|m| if self.is("GPSAltitudeRef", "1") { -m } else { m }),
            direction: direction.map(|degrees| (degrees, reference.unwrap_or_default())),
            is_void: self.is("GPSStatus", "V"),
            field: field.key(),
            offset: field.offset,
        }
    }
}

fn of_exif(fields: &[Field]) -> Option<Location> {
    let block = GpsBlock { fields, group: "GPS" };
    let angle = |name: &str| {
        let field = block.get(name)?;
        let mut parts = field.raw.split(' ').map(fraction);
        let (degrees, minutes, seconds) = (parts.next()??, parts.next(), parts.next());
        let known = |part: Option<Option<f64>>| part.flatten().unwrap_or(0.0);
        let sum = degrees + known(minutes) / 60.0 + known(seconds) / 3600.0;
        sum.is_finite().then_some((sum, field))
    };
    let ((latitude, field), (longitude, _)) = (angle("GPSLatitude")?, angle("GPSLongitude")?);
    let (south, west) = (block.is("GPSLatitudeRef", "S"), block.is("GPSLongitudeRef", "W"));
    let has_hemispheres =
        (south || block.is("GPSLatitudeRef", "N")) && (west || block.is("GPSLongitudeRef", "E"));
    let latitude = if south { -latitude } else { latitude };
    let longitude = if west { -longitude } else { longitude };
    Some(Location { has_hemispheres, ..block.place((latitude, longitude), field) })
}

/// The place of XMP, whose angles end with the letter of their hemisphere.
fn of_xmp(fields: &[Field]) -> Option<Location> {
    let block = GpsBlock { fields, group: "XMP-exif" };
    let (latitude, longitude) = (block.get("GPSLatitude")?, block.get("GPSLongitude")?);
    let angles = (lettered(&latitude.raw, "NS")?, lettered(&longitude.raw, "EW")?);
    Some(block.place(angles, latitude))
}

/// An angle as `33,51.9S` or `33,51,54S`; the second of the letters makes it negative.
fn lettered(text: &str, letters: &str) -> Option<f64> {
    let text = text.trim();
    let letter = text.chars().next_back()?.to_ascii_uppercase();
    let at = letters.find(letter)?;
    let digits = text.get(..text.len() - letter.len_utf8())?.trim();
    let mut sum = 0.0;
    for (part, unit) in digits.split(',').zip([1.0, 60.0, 3600.0]) {
        sum += part.trim().parse::<f64>().ok().filter(|part| part.is_finite())? / unit;
    }
    Some(if at == 0 { sum } else { -sum })
}

/// A fraction or a number; `None` where it has no value.
fn fraction(text: &str) -> Option<f64> {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let value = numerator.parse::<f64>().ok()? / denominator.parse::<f64>().ok()?;
    value.is_finite().then_some(value)
}

/// The tag of phones in videos, under the names that containers give it.
fn of_tags(fields: &[Field]) -> Option<Location> {
    let is_place = |name: &str| {
        let name = name.to_ascii_lowercase();
        matches!(name.as_str(), "gpscoordinates" | "location" | "locationeng")
            || name.ends_with("location.iso6709")
    };
    let is_of_video = |group: &str| {
        ["UserData", "Keys", "ItemList", "Matroska", "Tags", "Track"]
            .iter()
            .any(|head| group.starts_with(head))
    };
    let mut named = fields.iter().filter(|f| is_place(&f.name) && is_of_video(&f.group));
    named.find_map(|field| {
        let (latitude, longitude, height_m) = words::iso_6709(&field.raw)?;
        Some(Location {
            latitude,
            longitude,
            has_hemispheres: true,
            height_m,
            direction: None,
            is_void: false,
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

    #[test]
    fn small_letters_and_a_void_measurement_are_read() {
        let field =
            |name: &'static str, raw: &str| Field::new("GPS", name, "", raw, Span::new(b"", 7));
        let fields = [
            field("GPSLatitudeRef", "s"),
            field("GPSLatitude", "10/1 30/1 0/1"),
            field("GPSLongitudeRef", "w"),
            field("GPSLongitude", "20/1 0/1 0/1"),
            field("GPSStatus", "V"),
            field("GPSImgDirection", "164/1"),
            field("GPSImgDirectionRef", "M"),
        ];
        let place = location(&fields).unwrap();
        assert_eq!((place.latitude, place.longitude, place.has_hemispheres), (-10.5, -20.0, true));
        assert!(place.words().ends_with("; the receiver calls its measurement void"), "{place:?}");
        assert_eq!(place.direction_words().unwrap(), "164 degrees from magnetic north");
    }

    #[test]
    fn places_of_xmp_and_of_other_containers_are_read() {
        let field = |group: &'static str, name: &'static str, raw: &str| {
            Field::new(group, name, "", raw, Span::new(b"", 7))
        };
        let xmp = [
            field("XMP-exif", "GPSLatitude", "33,51.9S"),
            field("XMP-exif", "GPSLongitude", "151,12,36E"),
        ];
        let place = location(&xmp).unwrap();
        assert!((place.latitude + 33.865).abs() < 1e-9, "{place:?}");
        assert!((place.longitude - 151.21).abs() < 1e-9, "{place:?}");
        let tag = [field("Matroska", "Location", "+48.1000+011.5000/")];
        assert_eq!(location(&tag).unwrap().decimal(), "48.100000, 11.500000");
        for none in [
            field("Matroska", "Location", "Paris"),
            field("XMP-other", "Location", "+48.1+011.5/"),
            field("XMP-exif", "GPSLatitude", "33,51.9"),
        ] {
            assert_eq!(location(&[none]), None);
        }
    }
}
