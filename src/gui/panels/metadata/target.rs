//! Where something that a sentence names stands: a row of a table, or the credential.

use crate::metadata::{Field, Metadata};

/// A place in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Index of a field.
    Field(usize),
    /// Index of a part of the structure.
    Part(usize),
    Provenance,
}

/// Finds what is named as `IFD0:Make`, `DQT at byte 20` or `C2PA …`. `offset` settles which of several
/// fields of that name is meant.
pub(super) fn find(metadata: &Metadata, name: &str, offset: Option<u64>) -> Option<Target> {
    if name.starts_with("C2PA ") {
        return Some(Target::Provenance);
    }
    // The chart of packets stands above the first part.
    if name.starts_with("packets of track ") && metadata.packets.is_some() {
        return Some(Target::Part(0));
    }
    if let Some((_, at)) = name.rsplit_once(" at byte ") {
        let at: u64 = at.parse().ok()?;
        let holds = |offset: u64, length: u64| offset <= at && at - offset < length.max(1);
        let mut parts = metadata.parts.iter().enumerate();
        let found = parts.rfind(|(_, part)| holds(part.offset, part.length));
        return found.map(|(i, _)| Target::Part(i));
    }
    let is_named = |field: &&Field| {
        let rest = name.strip_prefix(field.group.as_ref()).and_then(|rest| rest.strip_prefix(':'));
        rest == Some(field.name.as_ref())
    };
    let is_there = |field: &Field| offset.is_none_or(|at| field.offset == at);
    let exact = metadata.fields.iter().position(|field| is_named(&field) && is_there(field));
    exact.or_else(|| metadata.fields.iter().position(|f| is_named(&f))).map(Target::Field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::metadata_of_bytes;

    #[test]
    fn names_of_sentences_lead_to_their_place() {
        let picture = crate::base::RgbImage::filled(16, 16, [9; 3]);
        let jpeg = crate::media::encode_jpeg(&picture, 90).unwrap();
        let mut metadata = metadata_of_bytes(&jpeg).unwrap();
        let at = metadata.parts.iter().position(|part| part.name == "DQT").unwrap();
        let inside = format!("DQT at byte {}", metadata.parts[at].offset + 4);
        assert_eq!(find(&metadata, &inside, None), Some(Target::Part(at)));
        assert_eq!(find(&metadata, "DQT at byte 99999999", None), None);
        assert_eq!(find(&metadata, "C2PA m:c2pa.created", None), Some(Target::Provenance));
        let field = |group: &'static str, name: &'static str, offset| Field {
            group: group.into(),
            name: name.into(),
            tag: "".into(),
            raw: String::new(),
            meaning: None,
            offset,
            length: 1,
        };
        metadata.fields = vec![
            field("XMP", "dc:title", 1),
            field("XMP:dc", "title", 2),
            field("IFD0", "Make", 3),
            field("IFD0", "Make", 4),
        ];
        assert_eq!(find(&metadata, "XMP:dc:title", Some(2)), Some(Target::Field(1)));
        assert_eq!(find(&metadata, "IFD0:Make", None), Some(Target::Field(2)));
        assert_eq!(find(&metadata, "IFD0:Make", Some(4)), Some(Target::Field(3)));
        assert_eq!(find(&metadata, "IFD0:Make", Some(77)), Some(Target::Field(2)));
        assert_eq!(find(&metadata, "IFD0:Model", None), None);
    }
}
