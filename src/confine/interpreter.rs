//! The programs that the kernel opens to run another: the loader of a binary, the shell of a script.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Bytes of a program that are looked at: headers lie at its start.
const HEAD_BYTES: u64 = 4096;
/// A script may name a script; the kernel goes no farther either.
const MAX_STEPS: usize = 4;
/// Type of the program header that names the loader.
const PT_INTERP: u64 = 3;

/// The programs that the kernel opens to run this one.
pub(super) fn interpreters(program: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut next = interpreter(program);
    while let Some(path) = next.take().filter(|_| found.len() < MAX_STEPS) {
        next = interpreter(&path);
        found.push(path);
    }
    found
}

fn interpreter(program: &Path) -> Option<PathBuf> {
    let mut head = Vec::new();
    File::open(program).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    of_script(&head).or_else(|| of_binary(&head))
}

/// `#!/bin/sh -e`
fn of_script(head: &[u8]) -> Option<PathBuf> {
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let word = line.trim_ascii().split(u8::is_ascii_whitespace).next()?;
    (!word.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(word)))
}

/// The loader that a 64-bit little-endian ELF file names.
fn of_binary(head: &[u8]) -> Option<PathBuf> {
    if !head.starts_with(b"\x7FELF\x02\x01") {
        return None;
    }
    let number = |at: u64, bytes: usize| {
        let at = usize::try_from(at).ok()?;
        let bytes = head.get(at..at.checked_add(bytes)?)?;
        Some(bytes.iter().rev().fold(0u64, |value, byte| value.wrapping_shl(8) | u64::from(*byte)))
    };
    let (table, size, n) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
    (0..n).find_map(|i| {
        let header = table.checked_add(i.checked_mul(size)?)?;
        if number(header, 4)? != PT_INTERP {
            return None;
        }
        let from = number(header.checked_add(8)?, 8)?;
        let length = number(header.checked_add(0x20)?, 8)?;
        let to = usize::try_from(from.checked_add(length)?).ok()?;
        let name = head.get(usize::try_from(from).ok()?..to)?;
        let name = name.strip_suffix(b"\0").unwrap_or(name);
        Some(PathBuf::from(OsStr::from_bytes(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_of_a_binary_and_the_shell_of_a_script_are_found() {
        let own = interpreters(&std::env::current_exe().unwrap());
        assert!(own.len() == 1 && own[0].is_file(), "{own:?}");
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("ffmpeg");
        std::fs::write(&script, "#! /bin/sh -e\nexit\n").unwrap();
        let found = interpreters(&script);
        assert_eq!(found.first().map(PathBuf::as_path), Some(Path::new("/bin/sh")));
        assert_eq!(found.len(), 2, "the shell has a loader: {found:?}");
        assert_eq!(interpreters(&folder.path().join("none")), Vec::<PathBuf>::new());
    }

    #[test]
    fn broken_headers_name_nothing() {
        for head in [&b"#!"[..], b"#!\n", b"\x7FELF\x02\x01", &[0xFF; 200]] {
            assert_eq!(of_script(head).or_else(|| of_binary(head)), None, "{head:?}");
        }
        let mut wild = vec![0xFF; 200];
        wild[..6].copy_from_slice(b"\x7FELF\x02\x01");
        assert_eq!(of_binary(&wild), None);
    }
}
