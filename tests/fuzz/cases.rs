//! Case files: bytes changed, a journal beside them, and what they store packed.

use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemId, fuzz_maps, fuzz_mask};

use crate::Target;
use crate::folders::{folder, write};

pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("case_file", case_file),
    ("case_blobs", |bytes| {
        fuzz_mask(bytes);
        fuzz_maps(bytes);
    }),
];

const GOLDEN: &[u8] = include_bytes!("../golden/case-v1.pentimento");

/// A case to which the input writes: two bytes of a place, then two of a change. What comes behind 64
/// bytes is its journal.
fn case_file(bytes: &[u8]) {
    let folder = folder();
    let path = folder.path().join("a.pentimento");
    let mut case = GOLDEN.to_vec();
    let (patches, journal) = bytes.split_at(bytes.len().min(64));
    for patch in patches.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([patch[0], patch[1]])) * 3 % case.len();
        case[at] = patch[2];
        case[(at + 1) % GOLDEN.len()] ^= patch[3];
    }
    write(&path, &case);
    if !journal.is_empty() {
        write(&folder.path().join("a.pentimento-journal"), journal);
    }
    if let Ok(case) = Case::open_read_only(&path) {
        drop((case.rows(), case.masks(ItemId(1)), case.findings(ItemId(1)), case.signals()));
        drop(case.verify(false, &TaskCtx::silent()));
    }
}
