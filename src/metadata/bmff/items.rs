//! Items of a picture file (HEIC, AVIF): their kinds and places, and the blocks of metadata in them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::boxes::boxes_in;
use super::state::State;
use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, text_trimmed};

/// Items and places that are kept.
const MAX_ITEMS: usize = 10_000;
const MAX_PLACES: u64 = 1000;
/// Places of all items that are looked at: an entry may take no bytes at all.
const MAX_ALL_PLACES: u64 = 100_000;
const MAX_BLOCK_BYTES: usize = 8 << 20;
/// Items of metadata that are read. A file has two or three.
const MAX_BLOCKS: usize = 20;

/// Reads one of the boxes about items.
pub(super) fn read(state: &mut State, kind: [u8; 4], body: Span<'_>, sink: &mut Sink) {
    match &kind {
        b"pitm" => {
            let is_wide = body.u8(0).unwrap_or_default() > 0;
            let n = if is_wide { 4 } else { 2 };
            let id = body.be(4, n).unwrap_or_default();
            state.primary = u32::try_from(id).ok();
            let value = body.part_there(4, n);
            sink.field(Field::new("Meta", "PrimaryItemReference", "pitm", id.to_string(), value));
        }
        b"iinf" => {
            let start = if body.u8(0) == Some(0) { 6 } else { 8 };
            for (head, part) in boxes_in(body.rest(start)) {
                if &head.kind == b"infe" {
                    item(state, part);
                }
            }
        }
        b"iloc" if !places(state, body) => {
            sink.places.is_cut = true;
            sink.warn("the items of the picture lie in too many places: some were left out");
        }
        b"ispe" => {
            let [w, h] = [4, 8].map(|at| body.be32(at).unwrap_or_default());
            let value = body.rest(4);
            if state.sizes.len() < MAX_ITEMS {
                state.sizes.insert(state.n_properties, (w, h, value.at));
            }
            state.note(sink, ("ImageSpatialExtent", "ispe"), value, format!("{w}x{h}"), None);
        }
        b"ipma" => properties(state, body),
        b"irot" => {
            let turns = body.u8(0).unwrap_or_default() & 3;
            let words = format!("{} degrees counterclockwise", u16::from(turns).saturating_mul(90));
            state.note(sink, ("Rotation", "irot"), body, turns.to_string(), Some(words));
        }
        b"imir" => {
            let axis = body.u8(0).unwrap_or_default() & 1;
            state.note(sink, ("Mirroring", "imir"), body, axis.to_string(), None);
        }
        b"auxC" => {
            let kind = text_trimmed(body.rest(4).split_at_zero().0.bytes);
            state.note(sink, ("AuxiliaryImageType", "auxC"), body, kind, None);
        }
        _ => {}
    }
}

/// An entry of the list: number, kind, and the type of a `mime` item.
fn item(state: &mut State, body: Span<'_>) {
    let version = body.u8(0).unwrap_or_default();
    if version < 2 || state.items.len() >= MAX_ITEMS {
        return;
    }
    let n = if version == 2 { 2usize } else { 4 };
    let Some(id) = body.be(4, n).and_then(|id| u32::try_from(id).ok()) else { return };
    let at = n.saturating_add(6);
    let Some(kind) = body.array::<4>(at) else { return };
    state.items.insert(id, kind);
    let (_name, rest) = body.rest(at.saturating_add(4)).split_at_zero();
    if &kind == b"mime" {
        state.item_types.insert(id, text_trimmed(rest.split_at_zero().0.bytes));
    }
}

/// Which properties the main item has. Others are passed over.
fn properties(state: &mut State, body: Span<'_>) {
    let (version, flags) = (body.u8(0).unwrap_or_default(), body.u8(3).unwrap_or_default());
    let (id_bytes, width) =
        (if version == 0 { 2usize } else { 4 }, usize::from(flags & 1).saturating_add(1));
    let n_items = body.be32(4).unwrap_or_default();
    let mut at = 8usize;
    for _ in 0..n_items.min(MAX_ITEMS as u32) {
        let (Some(id), Some(n)) = (body.be(at, id_bytes), body.u8(at.saturating_add(id_bytes)))
        else {
            return;
        };
        at = at.saturating_add(id_bytes).saturating_add(1);
        let is_main = u32::try_from(id).ok().is_some_and(|id| Some(id) == state.primary);
        for _ in 0..n {
            // The top bit says that readers have to know the property.
            let mask = if width == 1 { 0x7F } else { 0x7FFF };
            let index = body.be(at, width).map(|stored| (stored & mask) as u32);
            let has_room = state.main_properties.len() < MAX_ITEMS;
            state.main_properties.extend(index.filter(|_| is_main && has_room));
            at = at.saturating_add(width);
        }
    }
}

/// Width and height of the main item.
fn main_size(state: &State, sink: &mut Sink) {
    let size = state.main_properties.iter().find_map(|index| state.sizes.get(index));
    if let Some((width, height, at)) = size {
        for (name, side, from) in [("ImageWidth", width, 0), ("ImageHeight", height, 4u64)] {
            let value = Span::new(&[], at.saturating_add(from));
            let field = Field::new("Meta", name, "ispe", side.to_string(), value);
            sink.field(Field { length: 4, ..field });
        }
    }
}

/// Where the data of items lie. Only places in the file itself are kept. `false`: there are too many.
fn places(state: &mut State, body: Span<'_>) -> bool {
    let version = body.u8(0).unwrap_or_default();
    let [sizes, more] = body.array(4).unwrap_or_default();
    let (offset_size, length_size) = (usize::from(sizes >> 4), usize::from(sizes & 15));
    let base_size = usize::from(more >> 4);
    let index_size = if version == 0 { 0 } else { usize::from(more & 15) };
    let id_size = if version == 2 { 4usize } else { 2 };
    let mut at = 6usize;
    let mut take = |n: usize| {
        // A number of no bytes is zero.
        let value = if n == 0 { Some(0) } else { body.be(at, n) };
        at = at.saturating_add(n);
        value
    };
    // Where the data end early, what is there counts.
    let Some(n_items) = take(id_size) else { return true };
    for _ in 0..n_items.min(MAX_ITEMS as u64) {
        let Some(id) = take(id_size).and_then(|id| u32::try_from(id).ok()) else { return true };
        let construction = if version == 0 { Some(0) } else { take(2) };
        let (Some(construction), Some(_reference), Some(base), Some(n)) =
            (construction, take(2), take(base_size), take(2))
        else {
            return true;
        };
        state.n_places = state.n_places.saturating_add(n);
        if state.n_places > MAX_ALL_PLACES || n > MAX_PLACES {
            return false;
        }
        let list = state.item_places.entry(id).or_default();
        for _ in 0..n {
            let (Some(_index), Some(offset), Some(length)) =
                (take(index_size), take(offset_size), take(length_size))
            else {
                return true;
            };
            if construction % 16 == 0 {
                list.push((base.saturating_add(offset), length));
            }
        }
    }
    n_items <= MAX_ITEMS as u64
}

/// Hands on the blocks of EXIF and XMP, and the places of all other items.
pub(super) fn finish(input: &mut Input<'_>, state: &State, sink: &mut Sink) {
    main_size(state, sink);
    let is_picture = |id: &u32| !matches!(state.items.get(id), Some(b"Exif" | b"mime"));
    // An item without a length reaches to an end that is not known here.
    let extent = |(at, n): &(u64, u64)| (*at, at.saturating_add((*n).max(1)));
    let mut pictures = Vec::new();
    for (id, places) in &state.item_places {
        let list = if is_picture(id) { &mut pictures } else { &mut sink.places.metadata };
        list.extend(places.iter().map(extent));
    }
    sink.places.extents.push(pictures);
    let mut n = 0usize;
    for (id, kind) in &state.items {
        let mime = state.item_types.get(id).map(String::as_str);
        let block = match (kind, mime) {
            (b"Exif", _) => BlockKind::Exif,
            (b"mime", Some("application/rdf+xml")) => BlockKind::Xmp,
            _ => continue,
        };
        n = n.saturating_add(1);
        if n > MAX_BLOCKS {
            sink.warn("the file has too many items of metadata: the rest is not read");
            return;
        }
        let mut bytes = Vec::new();
        let places = state.item_places.get(id).map(Vec::as_slice).unwrap_or_default();
        for (offset, length) in places {
            let n = usize::try_from(*length).unwrap_or(usize::MAX);
            let room = MAX_BLOCK_BYTES.saturating_sub(bytes.len());
            bytes.extend(input.read(*offset, n.min(room)));
        }
        let Some((at, _)) = places.first() else { continue };
        let kind = code(kind);
        sink.part(
            1,
            format!("item {id}"),
            format!("{kind} of the picture"),
            (*at, bytes.len() as u64),
        );
        let from = if block == BlockKind::Exif {
            // Four bytes say where the TIFF structure begins.
            Span::new(&bytes, 0).be32(0).map_or(0, |n| (n as usize).saturating_add(4))
        } else {
            0
        };
        let body = Span::new(&bytes, *at).rest(from);
        if places.len() == 1 {
            sink.block(block, body);
        } else {
            sink.block_of_bytes(block, body.bytes.to_vec(), *at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_main_item() {
        let mut state = State::default();
        let mut sink = Sink::default();
        read(&mut state, *b"pitm", Span::new(&[0, 0, 0, 0, 0, 2], 0), &mut sink);
        for (number, side) in [(1, 10u8), (3, 20)] {
            state.n_properties = number;
            let body = [0, 0, 0, 0, 0, 0, 0, side, 0, 0, 0, side / 2];
            read(&mut state, *b"ispe", Span::new(&body, 50), &mut sink);
        }
        // Of the item 1 the property 1; of the item 2 the properties 2 and 3.
        let body = [0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 0x81, 0, 2, 2, 2, 0x83];
        read(&mut state, *b"ipma", Span::new(&body, 0), &mut sink);
        finish(&mut Input::Bytes(&[]), &state, &mut sink);
        let sides: Vec<_> =
            sink.fields.iter().rev().take(2).map(|f| (f.key(), f.words())).collect();
        let expected =
            [("Meta:ImageHeight".to_owned(), "10"), ("Meta:ImageWidth".to_owned(), "20")];
        assert_eq!(sides, expected);
    }
}
