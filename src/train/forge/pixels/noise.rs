//! Fast noise: one 64-bit mix a value instead of a cipher.

/// A stream of nearly normal values, decided by its seed.
#[derive(Debug, Clone, Copy)]
pub(in crate::train::forge) struct Noise(u64);

impl Noise {
    pub(in crate::train::forge) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Mean 0, standard deviation 1: four uniform 16-bit numbers added up.
    pub(in crate::train::forge) fn normal(&mut self) -> f32 {
        // splitmix64 (S. Vigna, public domain constants).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let sum = (z & 0xffff) + ((z >> 16) & 0xffff) + ((z >> 32) & 0xffff) + (z >> 48);
        // The sum of four has the mean 2 · 65535 and the deviation 65536 / √3.
        (sum as f32 - 131_070.0) / 37_837.2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_centered_and_of_unit_spread() {
        let mut noise = Noise::new(3);
        let values: Vec<f32> = (0..20_000).map(|_| noise.normal()).collect();
        let mean = values.iter().sum::<f32>() / 20_000.0;
        let var = values.iter().map(|v| v * v).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (var - 1.0).abs() < 0.05, "{mean} {var}");
        let neighbors = values.windows(2).map(|w| w[0] * w[1]).sum::<f32>() / 20_000.0;
        assert!(neighbors.abs() < 0.03, "neighbors are unrelated: {neighbors}");
    }
}
