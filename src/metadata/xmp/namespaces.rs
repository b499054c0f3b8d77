//! Namespaces of XMP and the prefixes that readers use for them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub(super) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(super) const META: &str = "adobe:ns:meta/";

/// Declarations that are kept: a hostile packet may hold any number.
const MAX_DECLARED: usize = 1000;
/// Characters of a name that are kept.
const MAX_NAME_CHARS: usize = 100;

/// Known namespaces and their usual prefixes, which name the groups.
const KNOWN: &[(&str, &str)] = &[
    (RDF, "rdf"),
    (META, "x"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://ns.adobe.com/xap/1.0/", "xmp"),
    ("http://ns.adobe.com/xap/1.0/mm/", "xmpMM"),
    ("http://ns.adobe.com/xap/1.0/rights/", "xmpRights"),
    ("http://ns.adobe.com/xap/1.0/bj/", "xmpBJ"),
    ("http://ns.adobe.com/xap/1.0/t/pg/", "xmpTPg"),
    ("http://ns.adobe.com/xmp/1.0/DynamicMedia/", "xmpDM"),
    ("http://ns.adobe.com/xmp/note/", "xmpNote"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceEvent#", "stEvt"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceRef#", "stRef"),
    ("http://ns.adobe.com/xap/1.0/sType/Job#", "stJob"),
    ("http://ns.adobe.com/xap/1.0/sType/Version#", "stVer"),
    ("http://ns.adobe.com/xmp/sType/Area#", "stArea"),
    ("http://ns.adobe.com/xap/1.0/sType/Dimensions#", "stDim"),
    ("http://ns.adobe.com/photoshop/1.0/", "photoshop"),
    ("http://ns.adobe.com/camera-raw-settings/1.0/", "crs"),
    ("http://ns.adobe.com/lightroom/1.0/", "lr"),
    ("http://ns.adobe.com/pdf/1.3/", "pdf"),
    ("http://ns.adobe.com/pdfx/1.3/", "pdfx"),
    ("http://ns.adobe.com/tiff/1.0/", "tiff"),
    ("http://ns.adobe.com/exif/1.0/", "exif"),
    ("http://ns.adobe.com/exif/1.0/aux/", "aux"),
    ("http://cipa.jp/exif/1.0/", "exifEX"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "iptcCore"),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "iptcExt"),
    ("http://ns.useplus.org/ldf/xmp/1.0/", "plus"),
    ("http://www.metadataworkinggroup.com/schemas/regions/", "mwg-rs"),
    ("http://www.metadataworkinggroup.com/schemas/keywords/", "mwg-kw"),
    ("http://www.metadataworkinggroup.com/schemas/collections/", "mwg-coll"),
    ("http://ns.google.com/photos/1.0/camera/", "GCamera"),
    ("http://ns.google.com/photos/1.0/container/", "GContainer"),
    ("http://ns.google.com/photos/1.0/container/item/", "GContainerItem"),
    ("http://ns.google.com/photos/1.0/image/", "GImage"),
    ("http://ns.google.com/photos/1.0/panorama/", "GPano"),
    ("http://ns.adobe.com/hdr-gain-map/1.0/", "hdrgm"),
    ("http://ns.camerabits.com/photomechanic/1.0/", "photomech"),
    ("http://ns.microsoft.com/photo/1.0/", "MicrosoftPhoto"),
    ("http://www.tc260.org.cn/ns/AIGC/1.0/", "TC260"),
    ("http://purl.org/dc/terms/", "dcterms"),
];

/// The declarations in force, each with the depth of its element.
#[derive(Debug, Default)]
pub(super) struct Namespaces(Vec<(usize, String, String)>);

impl Namespaces {
    pub(super) fn declare(&mut self, depth: usize, prefix: &str, uri: &str) {
        if self.0.len() < MAX_DECLARED {
            self.0.push((depth, prefix.to_owned(), uri.to_owned()));
        }
    }

    /// Forgets what was declared at this depth and below it.
    pub(super) fn leave(&mut self, depth: usize) {
        self.0.retain(|(declared_at, ..)| *declared_at < depth);
    }

    /// The usual prefix of a name's namespace, else the one in the file; and the local name. The usual
    /// prefix of another namespace is marked: `dc-foreign`.
    pub(super) fn resolve(&self, name: &str) -> (String, String) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let declared = self.0.iter().rev().find(|(_, known, _)| known == prefix);
        let uri = declared.map_or("", |(.., uri)| uri.as_str());
        let known = KNOWN.iter().find(|(known, _)| *known == uri).map(|(_, prefix)| *prefix);
        let is_foreign = !uri.is_empty() && KNOWN.iter().any(|(_, usual)| *usual == prefix);
        match known {
            None if is_foreign => (format!("{prefix}-foreign"), short(local)),
            _ => (short(known.unwrap_or(prefix)), short(local)),
        }
    }
}

/// Names are part of every path below them: an endless one would be copied endlessly.
pub(super) fn short(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_what_the_file_declares() {
        let mut names = Namespaces::default();
        names.declare(1, "foo", "http://purl.org/dc/elements/1.1/");
        names.declare(2, "foo", "http://example.org/");
        let pair = |(prefix, local): (String, String)| format!("{prefix} {local}");
        assert_eq!(pair(names.resolve("foo:title")), "foo title");
        names.leave(2);
        assert_eq!(pair(names.resolve("foo:title")), "dc title");
        assert_eq!(pair(names.resolve("dc:title")), "dc title", "undeclared");
        assert_eq!(pair(names.resolve("title")), " title");
        names.declare(1, "iptcExt", "http://example.org/");
        assert_eq!(pair(names.resolve("iptcExt:a")), "iptcExt-foreign a");
    }
}
