//! Walks the directories of a TIFF structure.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};

use super::names::Directory;
use super::value::{Order, Value, type_bytes};
use super::{gps, maker, meaning};
use crate::metadata::field::{Field, Thumbnail};
use crate::metadata::sink::{BlockKind, MAX_TEXT_BYTES, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::binary;

/// Directories of one structure. A chain of them may be a circle, or each lie inside another.
const MAX_DIRECTORIES: usize = 200;
/// Longer values without text are not copied into a field.
const MAX_VALUE_BYTES: usize = 64 << 10;

/// The state of one structure.
struct Walk<'a> {
    span: Span<'a>,
    order: Order,
    todo: VecDeque<(Directory, usize)>,
    seen: BTreeSet<usize>,
    make: Option<String>,
    /// Whether the structure is a file of its own, which may hold other blocks.
    is_file: bool,
}

/// Reads the structure. `is_file`: it is a TIFF file and no EXIF block.
pub(in crate::metadata) fn read(span: Span<'_>, is_file: bool, sink: &mut Sink) {
    let order = match span.bytes.get(..4) {
        Some(b"II*\0") => Order::Little,
        Some(b"MM\0*") => Order::Big,
        Some(b"II+\0" | b"MM\0+") => {
            let what = "the file is a BigTIFF: its directories are not read";
            if is_file {
                sink.cut(what);
            } else {
                sink.warn(what);
            }
            return;
        }
        _ => {
            sink.warn(format!("the EXIF block at byte {} has no TIFF header", span.at));
            return;
        }
    };
    let words = match order {
        Order::Little => "Little-endian (Intel, II)",
        Order::Big => "Big-endian (Motorola, MM)",
    };
    let raw = if order == Order::Little { "II" } else { "MM" };
    let head = span.part_there(0, 2);
    sink.field(
        Field::new("File", "ExifByteOrder", "byte order", raw, head).meaning(words.to_owned()),
    );
    let Some(first) = order.u32(span, 4) else { return };
    let mut walk = Walk {
        span,
        order,
        todo: VecDeque::from([(Directory::Main(0), first as usize)]),
        seen: BTreeSet::new(),
        make: None,
        is_file,
    };
    while let Some((kind, at)) = walk.todo.pop_front() {
        if walk.seen.len() >= MAX_DIRECTORIES {
            let what = if is_file { "file" } else { "EXIF block" };
            let what = format!(
                "the {what} has more than {MAX_DIRECTORIES} directories: the rest is not read"
            );
            // The credential of a TIFF file stands in a directory. That of others does not.
            if is_file {
                sink.cut(what);
            } else {
                sink.warn(what);
            }
            break;
        }
        if !walk.seen.insert(at) {
            sink.warn(format!("the directory {} stands in a circle or twice", kind.group()));
            continue;
        }
        walk.directory(kind, at, sink);
    }
}

impl<'a> Walk<'a> {
    fn directory(&mut self, kind: Directory, at: usize, sink: &mut Sink) {
        let Some(n) = self.order.u16(self.span, at) else {
            let group = kind.group();
            sink.warn(format!("the directory {group} lies behind the end of its block"));
            return;
        };
        let entries = at.saturating_add(2);
        let n_bytes = usize::from(n).saturating_mul(12);
        let depth =
            u8::from(!self.is_file).saturating_add(u8::from(!matches!(kind, Directory::Main(_))));
        let size = n_bytes.saturating_add(6) as u64;
        sink.part(depth, kind.group(), format!("{n} entries"), (self.span.place(at), size));
        let (mut thumbnail, mut last_tag, mut is_sorted) = ([None; 2], 0u16, true);
        let (mut tags, mut twice) = (BTreeSet::new(), BTreeSet::new());
        for i in 0..usize::from(n) {
            let entry = entries.saturating_add(i.saturating_mul(12));
            if sink.is_full() {
                return;
            }
            let Some(entry) = self.span.part(entry, 12) else {
                sink.warn(format!("the directory {} is cut off", kind.group()));
                return;
            };
            let tag = self.order.u16(entry, 0).unwrap_or_default();
            is_sorted &= tag >= last_tag;
            last_tag = tag;
            if !tags.insert(tag) {
                twice.insert(tag);
            }
            let Some(value) = self.value(kind, tag, entry, sink) else { continue };
            match (kind, tag) {
                (Directory::Main(_), 0x0201) => thumbnail[0] = value.first(),
                (Directory::Main(_), 0x0202) => thumbnail[1] = value.first(),
                _ => {}
            }
            self.entry(kind, tag, value, sink);
        }
        if !is_sorted {
            let group = kind.group();
            sink.warn(format!("the entries of the directory {group} are not in order"));
        }
        for tag in twice {
            let group = kind.group();
            let name = kind.name(tag).map_or_else(|| format!("0x{tag:04x}"), str::to_owned);
            sink.warn(format!(
                "the directory {group} has {name} more than once: programs may show only one of them"
            ));
        }
        if let (Directory::Main(n), [Some(offset), Some(length)]) = (kind, thumbnail) {
            self.thumbnail(n, offset as usize, length as usize, sink);
        }
        if let Directory::Main(n) = kind
            && let Some(next) = self.order.u32(self.span, entries.saturating_add(n_bytes))
            && next != 0
        {
            self.todo.push_back((Directory::Main(n.saturating_add(1)), next as usize));
        }
    }

    /// The value of an entry: inside it, or where it points to.
    fn value(
        &self,
        kind: Directory,
        tag: u16,
        entry: Span<'_>,
        sink: &mut Sink,
    ) -> Option<Value<'a>> {
        let (Some(number_kind), Some(count)) = (self.order.u16(entry, 2), self.order.u32(entry, 4))
        else {
            return None;
        };
        let size = type_bytes(number_kind).unwrap_or(1).saturating_mul(count as usize);
        let at = usize::try_from(entry.at.saturating_sub(self.span.at)).ok()?.saturating_add(8);
        let span = if size <= 4 {
            self.span.part(at, size)
        } else {
            self.order.u32(entry, 8).and_then(|offset| self.span.part(offset as usize, size))
        };
        let Some(span) = span else {
            let group = kind.group();
            let name = kind.name(tag).map_or_else(|| format!("0x{tag:04x}"), str::to_owned);
            sink.warn(format!("the value of {group}:{name} lies behind the end of its block"));
            let raw = "behind the end of the block";
            sink.field(Field::new(group, name, tag.to_string(), raw, entry));
            return None;
        };
        Some(Value { kind: number_kind, span, order: self.order })
    }

    /// Follows an entry that leads to a directory or a block, and keeps every other one.
    fn entry(&mut self, kind: Directory, tag: u16, value: Value<'_>, sink: &mut Sink) {
        let below = match (kind, tag) {
            (Directory::Gps | Directory::Interop, _) => None,
            (_, 0x8769) => Some(Directory::Exif),
            (_, 0x8825) => Some(Directory::Gps),
            (_, 0xA005) => Some(Directory::Interop),
            (_, 0x014A) => Some(Directory::Sub(0)),
            _ => None,
        };
        if let Some(below) = below {
            for (i, number) in value.numbers().into_iter().take(MAX_DIRECTORIES).enumerate() {
                let below =
                    if let Directory::Sub(_) = below { Directory::Sub(i as u16) } else { below };
                self.todo.push_back((below, number.value() as usize));
            }
            return;
        }
        let block = match tag {
            0x02BC => Some(BlockKind::Xmp),
            0x83BB => Some(BlockKind::Iptc),
            0x8649 => Some(BlockKind::Photoshop),
            0x8773 => Some(BlockKind::Icc),
            0xCD41 => Some(BlockKind::Jumbf),
            _ => None,
        };
        if let Some(block) =
            block.filter(|_| matches!(kind, Directory::Main(_) | Directory::Sub(_)))
        {
            sink.block(block, value.span);
            return;
        }
        if kind == Directory::Main(0) && tag == 0x010F {
            self.make = Some(value.text());
        }
        let name: Cow<'static, str> =
            kind.name(tag).map_or_else(|| format!("0x{tag:04x}").into(), Into::into);
        let length = value.span.len() as u64;
        let (raw, words) = match tag {
            0x927C if kind == Directory::Exif => {
                let maker = maker::maker(value.span.bytes, self.make.as_deref());
                (binary(length), Some(format!("maker's note of {maker}, {length} bytes, not read")))
            }
            _ if is_too_long(tag, value) => (binary(length), None),
            // The stored offset counts from the TIFF header; people look for it in the file.
            0x0201 if matches!(kind, Directory::Main(_)) => {
                let place = value.first().map(|v| self.span.place(v as usize).to_string());
                (value.raw(), place)
            }
            _ if kind == Directory::Gps => (value.raw(), gps::meaning(tag, value)),
            0x0001 if kind == Directory::Interop => (value.raw(), interop(&value.text())),
            _ => (value.raw(), meaning::meaning(tag, value)),
        };
        let field = Field::new(kind.group(), name, tag.to_string(), raw, value.span);
        sink.field(field.meaning(words));
    }

    /// The small picture of a directory.
    fn thumbnail(&self, n: u16, offset: usize, length: usize, sink: &mut Sink) {
        let picture = self.span.part_there(offset, length);
        if picture.is_empty() {
            return;
        }
        if picture.len() < length {
            sink.warn("the thumbnail is cut off");
        }
        let length = picture.len() as u64;
        let group = Directory::Main(n).group();
        let raw = binary(length);
        sink.field(Field::new(group, "ThumbnailImage", "513+514", raw, picture));
        sink.part(2, "thumbnail", "a small JPEG picture", (picture.at, length));
        sink.thumbnails.push(Thumbnail { offset: picture.at, length });
    }
}

/// Texts and comments may be longer than other values.
const fn is_too_long(tag: u16, value: Value<'_>) -> bool {
    let most = if value.kind == 2 || tag == 0x9286 { MAX_TEXT_BYTES } else { MAX_VALUE_BYTES };
    value.span.len() > most
}

/// What the rules that a file follows are called.
fn interop(stored: &str) -> Option<String> {
    let words = match stored {
        "R98" => "R98 - DCF basic file (sRGB)",
        "R03" => "R03 - DCF option file (Adobe RGB)",
        "THM" => "THM - DCF thumbnail file",
        _ => return None,
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(entries: &[[u8; 12]], next: u32) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        bytes.extend((entries.len() as u16).to_le_bytes());
        for entry in entries {
            bytes.extend(entry);
        }
        bytes.extend(next.to_le_bytes());
        bytes
    }

    fn fields(bytes: &[u8]) -> Sink {
        let mut sink = Sink::default();
        read(Span::new(bytes, 1000), true, &mut sink);
        sink
    }

    #[test]
    fn known_and_unknown_entries_are_kept_with_their_places() {
        let orientation = [0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0];
        let unknown = [0x34, 0x12, 7, 0, 3, 0, 0, 0, 9, 8, 7, 0];
        let sink = fields(&file(&[orientation, unknown], 0));
        let [_, turned, other] = sink.fields.as_slice() else { panic!("{:?}", sink.fields) };
        assert_eq!((turned.name.as_ref(), turned.words()), ("Orientation", "Rotate 90 CW"));
        assert_eq!((turned.raw.as_str(), turned.offset, turned.length), ("6", 1018, 2));
        assert_eq!((other.name.as_ref(), other.raw.as_str()), ("0x1234", "09 08 07"));
    }

    #[test]
    fn a_tag_that_stands_twice_in_a_directory_is_told() {
        let orientation = |value| [0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0];
        let sink = fields(&file(&[orientation(1), orientation(6)], 0));
        let warnings: Vec<_> = sink.warnings.iter().map(|w| w.0.as_str()).collect();
        let text = "the directory IFD0 has Orientation more than once: programs may show only one of \
                    them";
        assert_eq!(warnings, [text]);
    }

    #[test]
    fn circles_and_values_behind_the_end_are_told() {
        let far = [0x0F, 1, 2, 0, 99, 0, 0, 0, 0xFF, 0xFF, 0, 0];
        let sink = fields(&file(&[far], 8));
        let warnings: Vec<_> = sink.warnings.iter().map(|w| w.0.as_str()).collect();
        assert_eq!(
            warnings,
            [
                "the value of IFD0:Make lies behind the end of its block",
                "the directory IFD1 stands in a circle or twice"
            ]
        );
    }
}
