//! A case with bytes changed, and a journal beside it.

#![no_main]

use pentimento::base::TaskCtx;
use pentimento::case::{Case, ItemId};
use pentimento_fuzz::folder;

/// A case, to which the input writes: two bytes of a page number and offset, then bytes.
const GOLDEN: &[u8] = include_bytes!("../../golden/case-v1.pentimento");

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = folder();
    let path = folder.path().join("a.pentimento");
    let mut case = GOLDEN.to_vec();
    let (patches, journal) = bytes.split_at(bytes.len().min(64));
    for patch in patches.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([patch[0], patch[1]])) * 3 % case.len();
        case[at] = patch[2];
        case[(at + 1) % GOLDEN.len()] ^= patch[3];
    }
    std::fs::write(&path, case).expect("it can be written");
    if !journal.is_empty() {
        std::fs::write(folder.path().join("a.pentimento-journal"), journal).expect("written");
    }
    if let Ok(case) = Case::open_read_only(&path) {
        drop((case.rows(), case.masks(ItemId(1)), case.findings(ItemId(1)), case.signals()));
        drop(case.verify(false, &TaskCtx::silent()));
    }
});
