//! The weight files: PyTorch state dictionaries in half precision, pinned by their hashes.

use std::path::Path;

use pytorch_reader::PytorchReader;

use crate::files::sha256_hex;
use crate::train::Error;

/// madebyollin/taesd @5cccb12dc72074a4be35680c3b108548a7c69978, MIT.
const ENCODER: (&str, &str) =
    ("taef2_encoder.pth", "10a4e1021e89d7551eaf161352da8dbd0b1aa83872ae28b150c1df1ce2f147b6");
const DECODER: (&str, &str) =
    ("taef2_decoder.pth", "0a44a31e1ae59eb9dbf9359d24942fd3ef5928162c1800d97a28c61d51be0ab5");

/// Shape and values of a tensor.
type Shaped = (Vec<usize>, Vec<f32>);

/// One network's tensors by name.
pub(super) struct Weights {
    reader: PytorchReader,
    file: &'static str,
}

impl Weights {
    pub(super) fn encoder(folder: &Path) -> Result<Self, Error> {
        Self::read(folder, ENCODER)
    }

    pub(super) fn decoder(folder: &Path) -> Result<Self, Error> {
        Self::read(folder, DECODER)
    }

    fn read(folder: &Path, (file, sha256): (&'static str, &'static str)) -> Result<Self, Error> {
        let path = folder.join(file);
        let bytes = std::fs::read(&path).map_err(Error::io("the TAEF2 weights", &path))?;
        let found = sha256_hex(&bytes);
        if found != sha256 {
            let what = format!("its sha256 is {found}, not {sha256}");
            return Err(Error::malformed_file(&path, &what));
        }
        let reader = PytorchReader::new(&path).map_err(|e| Error::malformed_file(&path, &e))?;
        Ok(Self { reader, file })
    }

    /// Shape and values of a tensor.
    pub(super) fn tensor(&self, name: &str) -> Result<Shaped, Error> {
        let wrong = |detail: &dyn std::fmt::Display| Error::malformed(self.file, detail);
        let tensor = self.reader.get(name).ok_or_else(|| wrong(&format!("{name} is missing")))?;
        let bytes = tensor.read().map_err(|e| wrong(&e))?;
        if bytes.len() != 2 * tensor.num_elements() {
            return Err(wrong(&format!("{name} is not in half precision")));
        }
        let halves = bytes.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        Ok((tensor.shape().to_vec(), halves.map(from_half).collect()))
    }

    /// As [`Self::tensor`], `None` where the network has no such tensor.
    pub(super) fn optional(&self, name: &str) -> Result<Option<Shaped>, Error> {
        self.reader.get(name).map(|_| self.tensor(name)).transpose()
    }
}

/// IEEE 754 half precision to single; exact.
fn from_half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2.0f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_the_same_numbers() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
        ] {
            assert_eq!(from_half(bits), value, "{bits:#06x}");
        }
        assert!(from_half(0x7e00).is_nan() && from_half(0x7c00).is_infinite(), "no numbers");
    }
}
