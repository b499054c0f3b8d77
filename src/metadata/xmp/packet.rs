//! Reads a packet: its encoding, then its elements.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::rdf::{Attribute, RdfReader};
use crate::metadata::sink::{MAX_TEXT_BYTES, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::unicode;

/// Elements inside elements.
const MAX_DEPTH: usize = 64;
/// Attributes of one element.
const MAX_ATTRIBUTES: usize = 10_000;

/// Reads a packet.
pub(in crate::metadata) fn read(packet: Span<'_>, sink: &mut Sink) {
    if packet.len() > MAX_TEXT_BYTES {
        // Such a packet may name the address of a credential.
        sink.cut(format!("the XMP at byte {} is too long: it is not read", packet.at));
        return;
    }
    let (text, has_places) = unicode(packet.bytes);
    // Zero bytes fill the end of some packets.
    let text = text.trim_end_matches('\0');
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut rdf = RdfReader::new(packet, has_places);
    let mut at = 0u64;
    while !sink.is_full() {
        let event = reader.read_event();
        let end = reader.buffer_position();
        match event {
            Ok(Event::Start(start)) => {
                if rdf.depth() >= MAX_DEPTH {
                    let at = packet.at;
                    sink.cut(format!(
                        "the XMP at byte {at} is nested too deeply: its rest is not read"
                    ));
                    return;
                }
                rdf.start(&name(&start), &attributes(&start), (at, end), sink);
            }
            Ok(Event::Empty(start)) => {
                rdf.start(&name(&start), &attributes(&start), (at, end), sink);
                rdf.end(sink);
            }
            Ok(Event::End(_)) => rdf.end(sink),
            Ok(Event::Text(text)) => rdf.text(&plain(&text.decode()), (at, end)),
            Ok(Event::CData(text)) => rdf.text(&plain(&text.decode()), (at, end)),
            Ok(Event::GeneralRef(name)) => {
                let entity = format!("&{};", plain(&name.decode()));
                // Entities that are not predefined stay as they are written.
                let text = unescape(&entity).map_or_else(|_| entity.clone(), Cow::into_owned);
                rdf.text(&text, (at, end));
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                let place = packet.at.saturating_add(reader.error_position());
                sink.warn(format!("the XMP is damaged at byte {place}: {error}"));
                break;
            }
        }
        at = end;
    }
    rdf.finish(sink);
}

fn plain<E>(decoded: &Result<Cow<'_, str>, E>) -> String {
    decoded.as_ref().map_or_else(|_| String::new(), |text| text.clone().into_owned())
}

fn name(start: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(start.name().as_ref()).into_owned()
}

/// The attributes; of damaged ones those before the damage.
fn attributes(start: &BytesStart<'_>) -> Vec<Attribute> {
    let mut all = start.attributes();
    // Looking for repeated ones takes quadratic time.
    all.with_checks(false);
    all.map_while(Result::ok)
        .take(MAX_ATTRIBUTES)
        .map(|attribute| {
            let raw = String::from_utf8_lossy(&attribute.value);
            let value = unescape(&raw).map_or_else(|_| raw.to_string(), Cow::into_owned);
            Attribute { name: String::from_utf8_lossy(attribute.key.as_ref()).into_owned(), value }
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;

    fn fields(body: &str) -> Vec<(String, String)> {
        let packet = format!(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF \
             xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
             xmlns:dc='http://purl.org/dc/elements/1.1/' \
             xmlns:mm='http://ns.adobe.com/xap/1.0/mm/' \
             xmlns:ev='http://ns.adobe.com/xap/1.0/sType/ResourceEvent#'>{body}</rdf:RDF></x:xmpmeta>"
        );
        let mut sink = Sink::default();
        read(Span::new(packet.as_bytes(), 0), &mut sink);
        assert!(sink.warnings.is_empty(), "{:?}", sink.warnings);
        for field in &sink.fields {
            let (from, length) = (field.offset as usize, field.length as usize);
            let there = &packet[from..from + length];
            let head: String = field.raw.chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(there.contains(&head), "{there} does not hold {field:?}");
        }
        sink.fields.into_iter().map(|f| (format!("{}:{}", f.group, f.name), f.raw)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn every_form_of_a_value_is_read() {
        let found = fields(
            "<rdf:Description rdf:about='' dc:format='image/jpeg'><dc:source>a &amp; b</dc:source>\
             <dc:subject><rdf:Bag><rdf:li>one</rdf:li><rdf:li>two</rdf:li></rdf:Bag></dc:subject>\
             <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>t</rdf:li>\
             <rdf:li xml:lang='de'>u</rdf:li></rdf:Alt></dc:title>\
             <mm:History><rdf:Seq><rdf:li rdf:parseType='Resource'><ev:action>saved</ev:action>\
             </rdf:li><rdf:li ev:action='cut' ev:when='now'/></rdf:Seq></mm:History>\
             <dc:relation rdf:resource='http://a.b/'/></rdf:Description>",
        );
        let expected = pairs(&[
            ("XMP-dc:Format", "image/jpeg"),
            ("XMP-dc:Source", "a & b"),
            ("XMP-dc:Subject", "one"),
            ("XMP-dc:Subject", "two"),
            ("XMP-dc:Title", "t"),
            ("XMP-dc:Title-de", "u"),
            ("XMP-xmpMM:HistoryAction", "saved"),
            ("XMP-xmpMM:HistoryAction", "cut"),
            ("XMP-xmpMM:HistoryWhen", "now"),
            ("XMP-dc:Relation", "http://a.b/"),
        ]);
        assert_eq!(found, expected);
    }

    #[test]
    fn hostile_packets_end() {
        let mut sink = Sink::default();
        let deep = "<a>".repeat(100_000);
        read(Span::new(deep.as_bytes(), 0), &mut sink);
        assert!(sink.warnings[0].0.contains("too deeply"), "{:?}", sink.warnings);
        let entities = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]><rdf:RDF><x><y>&a;&a;</y></x></rdf:RDF>";
        read(Span::new(entities.as_bytes(), 0), &mut sink);
        assert!(sink.fields.iter().all(|field| !field.raw.contains("aaaa")), "{:?}", sink.fields);
        read(Span::new(b"<a b='1' <<>", 0), &mut sink);
    }

    #[test]
    fn utf16_is_read() {
        let text = "<rdf:RDF><rdf:Description dc:title='é'/></rdf:RDF>";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut sink = Sink::default();
        read(Span::new(&bytes, 40), &mut sink);
        assert_eq!(sink.fields[0].raw, "é");
        assert_eq!(sink.fields[0].offset, 40, "of the packet");
    }
}
