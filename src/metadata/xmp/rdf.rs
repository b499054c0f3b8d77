//! From the elements of RDF to fields with a path.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::namespaces::{Namespaces, short};
use crate::base::text::capitalized;
use crate::metadata::field::Field;
use crate::metadata::hints::source_type_label;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;

/// An attribute with its name as written.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: String,
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Outside,
    Rdf,
    /// A node: its elements are properties.
    Node,
    Property,
    List,
    Item,
}

struct Open {
    role: Role,
    /// Prefix and name, resolved.
    prefix: String,
    local: String,
    lang: Option<String>,
    /// Elements inside are properties of a structure.
    is_structure: bool,
    has_inner: bool,
    n_items: u32,
    text: String,
    /// Where the text stands.
    place: Option<(u64, u64)>,
    start: (u64, u64),
}

/// Turns elements into fields.
pub(super) struct RdfReader<'a> {
    packet: Span<'a>,
    has_places: bool,
    open: Vec<Open>,
    names: Namespaces,
}

impl<'a> RdfReader<'a> {
    /// `has_places`: offsets in the text are offsets in the packet.
    pub(super) fn new(packet: Span<'a>, has_places: bool) -> Self {
        Self { packet, has_places, open: Vec::new(), names: Namespaces::default() }
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// An element begins; it stands at `place`.
    pub(super) fn start(
        &mut self,
        name: &str,
        attributes: &[Attribute],
        place: (u64, u64),
        sink: &mut Sink,
    ) {
        let depth = self.open.len();
        for Attribute { name, value } in attributes {
            if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.names.declare(depth, prefix, value);
            }
        }
        let (prefix, local) = self.names.resolve(name);
        let role = self.role(&prefix, &local);
        if let Some(parent) = self.open.last_mut() {
            parent.has_inner = true;
            parent.n_items = parent.n_items.saturating_add(u32::from(role == Role::Item));
        }
        let get = |wanted: &str| attributes.iter().find(|a| a.name == wanted);
        let is_structure = get("rdf:parseType").is_some_and(|a| a.value == "Resource");
        let lang = get("xml:lang").map(|a| short(&a.value));
        let (text, has_inner, n_items) = (String::new(), false, 0);
        let start = place;
        let place = None;
        self.open.push(Open {
            role,
            prefix,
            local,
            lang,
            is_structure,
            has_inner,
            n_items,
            text,
            place,
            start,
        });
        for attribute in attributes {
            self.attribute(role, attribute, sink);
        }
    }

    fn role(&self, prefix: &str, local: &str) -> Role {
        let is_rdf = prefix == "rdf";
        let Some(parent) = self.open.last() else {
            return if is_rdf && local == "RDF" { Role::Rdf } else { Role::Outside };
        };
        match parent.role {
            _ if is_rdf && local == "RDF" => Role::Rdf,
            Role::Outside => Role::Outside,
            Role::Rdf => Role::Node,
            Role::List if is_rdf && local == "li" => Role::Item,
            Role::Node | Role::List => Role::Property,
            Role::Property | Role::Item => match local {
                "Bag" | "Seq" | "Alt" if is_rdf => Role::List,
                "Description" if is_rdf => Role::Node,
                _ => Role::Property,
            },
        }
    }

    /// An attribute of the innermost element: a value of its own, or of the element.
    fn attribute(&mut self, role: Role, attribute: &Attribute, sink: &mut Sink) {
        let Attribute { name, value } = attribute;
        if name.starts_with("xmlns") || name == "xml:lang" {
            return;
        }
        let (prefix, local) = self.names.resolve(name);
        let place = self.open.last().map_or((0, 0), |open| open.start);
        match (role, prefix.as_str(), local.as_str()) {
            (Role::Outside, "x", "xmptk") => {
                self.keep(["XMP-x", "XMPToolkit", "x:xmptk"], value.clone(), place, sink);
            }
            (Role::Node, "rdf" | "", "about") if !value.is_empty() => {
                self.keep(["XMP-rdf", "About", "rdf:about"], value.clone(), place, sink);
            }
            (Role::Property | Role::Item, "rdf", "resource" | "value") => {
                if let Some(open) = self.open.last_mut() {
                    open.text.clone_from(value);
                    open.place = Some(place);
                }
            }
            (Role::Outside | Role::Rdf | Role::List, ..) | (_, "rdf" | "xml" | "", _) => {}
            (Role::Node | Role::Property | Role::Item, ..) => {
                if let Some(open) = self.open.last_mut() {
                    open.has_inner = true;
                }
                self.value(Some((&prefix, &local)), value.clone(), place, sink);
            }
        }
    }

    /// Text inside the innermost element.
    pub(super) fn text(&mut self, text: &str, (from, to): (u64, u64)) {
        let Some(open) = self.open.last_mut() else { return };
        if matches!(open.role, Role::Property | Role::Item) {
            open.text.push_str(text);
            let begin = open.place.map_or(from, |(begin, _)| begin);
            open.place = Some((begin, to));
        }
    }

    /// The innermost element ends.
    pub(super) fn end(&mut self, sink: &mut Sink) {
        let Some(open) = self.open.last_mut() else { return };
        let is_value = matches!(open.role, Role::Property | Role::Item) && !open.has_inner;
        let has_value = is_value && !(open.is_structure && open.text.trim().is_empty());
        if has_value {
            let text = std::mem::take(&mut open.text);
            let place = open.place.unwrap_or(open.start);
            self.value(None, text, place, sink);
        }
        self.open.pop();
        self.names.leave(self.open.len());
    }

    /// Elements that never ended still have their values.
    pub(super) fn finish(&mut self, sink: &mut Sink) {
        while !self.open.is_empty() {
            self.end(sink);
        }
    }

    /// Keeps the value of the innermost element, or of an attribute of it.
    fn value(
        &self,
        attribute: Option<(&str, &str)>,
        text: String,
        place: (u64, u64),
        sink: &mut Sink,
    ) {
        let (mut name, mut path, mut group) = (String::new(), String::new(), None);
        let mut lang = None;
        for (i, open) in self.open.iter().enumerate() {
            match open.role {
                Role::Property if open.prefix == "rdf" && open.local == "value" => {}
                Role::Property => {
                    group = group.or(Some(open.prefix.as_str()));
                    name.push_str(&capitalized(&open.local));
                    let gap = if path.is_empty() { "" } else { "/" };
                    path = format!("{path}{gap}{}:{}", open.prefix, open.local);
                }
                Role::Item => {
                    let list = i.checked_sub(1).and_then(|i| self.open.get(i));
                    let number = list.map_or(0, |list| list.n_items);
                    path = format!("{path}[{number}]");
                }
                _ => {}
            }
            lang = open.lang.as_deref().or(lang);
        }
        if let Some((prefix, local)) = attribute {
            group = group.or(Some(prefix));
            name.push_str(&capitalized(local));
            let gap = if path.is_empty() { "" } else { "/" };
            path = format!("{path}{gap}{prefix}:{local}");
        }
        if let Some(lang) = lang.filter(|lang| *lang != "x-default") {
            name = format!("{name}-{lang}");
        }
        let group = format!("XMP-{}", group.unwrap_or("unknown"));
        self.keep([&group, &name, &path], text, place, sink);
    }

    fn keep(
        &self,
        [group, name, path]: [&str; 3],
        text: String,
        (from, to): (u64, u64),
        sink: &mut Sink,
    ) {
        let value = if self.has_places {
            let length = usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX);
            self.packet.part_there(usize::try_from(from).unwrap_or(usize::MAX), length)
        } else {
            self.packet
        };
        let (group, name, path) = (group.to_owned(), name.to_owned(), path.to_owned());
        let is_source = group == "XMP-iptcExt" && name.ends_with("DigitalSourceType");
        let words = is_source.then(|| source_type_label(&text).map(str::to_owned)).flatten();
        sink.field(Field::new(group, name, path, text, value).meaning(words));
    }
}
