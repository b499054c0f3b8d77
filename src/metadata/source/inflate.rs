//! Unpacks zlib and gzip data up to a limit.

use std::io::Read as _;

/// What was unpacked.
pub(in crate::metadata) struct Inflated {
    pub(in crate::metadata) bytes: Vec<u8>,
    /// The data go on behind the limit, or are damaged.
    pub(in crate::metadata) is_cut: bool,
}

/// Unpacks a zlib stream.
pub(in crate::metadata) fn zlib(packed: &[u8], limit: usize) -> Inflated {
    read(flate2::read::ZlibDecoder::new(packed), limit)
}

/// Unpacks a gzip stream.
pub(in crate::metadata) fn gzip(packed: &[u8], limit: usize) -> Inflated {
    read(flate2::read::GzDecoder::new(packed), limit)
}

fn read(reader: impl std::io::Read, limit: usize) -> Inflated {
    let mut bytes = Vec::new();
    let end = reader.take(limit.saturating_add(1) as u64).read_to_end(&mut bytes);
    let is_cut = end.is_err() || bytes.len() > limit;
    bytes.truncate(limit);
    Inflated { bytes, is_cut }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0; 1 << 20]).unwrap();
        let packed = packer.finish().unwrap();
        let out = zlib(&packed, 1000);
        assert!(out.is_cut && out.bytes.len() == 1000, "{}", out.bytes.len());
        let out = zlib(&packed, 1 << 20);
        assert!(!out.is_cut && out.bytes.len() == 1 << 20, "whole");
        assert!(zlib(b"no zlib", 10).is_cut, "damaged");
    }
}
