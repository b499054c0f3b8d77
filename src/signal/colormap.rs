//! Color maps: perceptually even, readable without color vision, ordered by lightness.
//!
//! Viridis and Inferno: S. van der Walt and N. Smith, 2015. Cividis: J. Nuñez, C. Anderton and
//! R. Renslow, PLOS ONE 13(7), 2018, <https://doi.org/10.1371/journal.pone.0199239>. Their data are
//! in the public domain (CC0, as distributed with matplotlib); every fifth entry is stored, the
//! others are interpolated (largest difference: 4 of 255, in the first entries of Cividis).
//! Amber is ours: one hue (50 degrees in Oklab), lightness rising evenly from 0.18 to 0.94.

#![expect(clippy::unreadable_literal, reason = "colors read best as 0xRRGGBB")]

/// Number of control colors of each map.
const N_STOPS: usize = 52;
/// Entries of a [`Lut`].
pub const LUT_LEN: usize = 256;

/// From a value to a color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Colormap {
    /// Dark violet, teal, yellow.
    #[default]
    Viridis,
    /// Dark blue, grey, yellow: looks the same with red-green color blindness.
    Cividis,
    /// Black, red, pale yellow.
    Inferno,
    /// One hue, from dark brown to pale orange.
    Amber,
}

impl Colormap {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 4] = [Self::Viridis, Self::Cividis, Self::Inferno, Self::Amber];

    /// The stable name in settings.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Viridis => "Viridis",
            Self::Cividis => "Cividis",
            Self::Inferno => "Inferno",
            Self::Amber => "Amber",
        }
    }

    /// The color of a value; values outside `0.0..=1.0` are clamped, NaN counts as 0.
    pub fn lookup(self, v: f32) -> [u8; 3] {
        let v = if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) };
        let at = v * (N_STOPS - 1) as f32;
        let low = (at as usize).min(N_STOPS - 2);
        let t = at - low as f32;
        let stops = self.stops();
        std::array::from_fn(|i| {
            let shift = 16 - 8 * i;
            let channel = |stop: u32| f32::from((stop >> shift) as u8);
            (channel(stops[low]) * (1.0 - t) + channel(stops[low + 1]) * t).round() as u8
        })
    }

    /// The map as a table, the form the shader reads.
    pub fn lut(self) -> Lut {
        Lut(std::array::from_fn(|i| self.lookup(i as f32 / (LUT_LEN - 1) as f32)))
    }

    const fn stops(self) -> &'static [u32; N_STOPS] {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Cividis => &CIVIDIS,
            Self::Inferno => &INFERNO,
            Self::Amber => &AMBER,
        }
    }
}

/// 256 colors; between two of them is interpolated.
#[derive(Debug, Clone)]
pub struct Lut(pub [[u8; 3]; LUT_LEN]);

impl Lut {
    /// The color of a value, channels in `0.0..=1.0`. Keep in sync with `color_of` in
    /// `shaders/canvas/overlay.wgsl`.
    pub fn color(&self, v: f32) -> [f32; 3] {
        let x = v.clamp(0.0, 1.0) * (LUT_LEN - 1) as f32;
        let i = (x.floor() as usize).min(LUT_LEN - 1);
        let (a, b) = (self.0[i], self.0[(i + 1).min(LUT_LEN - 1)]);
        let t = x - i as f32;
        std::array::from_fn(|c| (f32::from(a[c]) * (1.0 - t) + f32::from(b[c]) * t) / 255.0)
    }
}

const VIRIDIS: [u32; N_STOPS] = [
    0x440154, 0x46085c, 0x471063, 0x481769, 0x481d6f, 0x482475, 0x472a7a, 0x46307e, 0x453781,
    0x433d84, 0x414287, 0x3f4889, 0x3d4e8a, 0x3a538b, 0x38598c, 0x355e8d, 0x33638d, 0x31688e,
    0x2e6d8e, 0x2c718e, 0x2a768e, 0x297b8e, 0x27808e, 0x25848e, 0x23898e, 0x218e8d, 0x20928c,
    0x1f978b, 0x1e9c89, 0x1fa188, 0x21a585, 0x24aa83, 0x28ae80, 0x2eb37c, 0x35b779, 0x3dbc74,
    0x46c06f, 0x50c46a, 0x5ac864, 0x65cb5e, 0x70cf57, 0x7cd250, 0x89d548, 0x95d840, 0xa2da37,
    0xb0dd2f, 0xbddf26, 0xcae11f, 0xd8e219, 0xe5e419, 0xf1e51d, 0xfde725,
];

const CIVIDIS: [u32; N_STOPS] = [
    0x00224e, 0x002656, 0x002a5f, 0x002d68, 0x003070, 0x083370, 0x163770, 0x203a6f, 0x273e6e,
    0x2e416d, 0x34456c, 0x3a486c, 0x3f4c6c, 0x444f6c, 0x49536c, 0x4e566c, 0x535a6d, 0x575d6d,
    0x5c616e, 0x60646f, 0x656870, 0x696b71, 0x6d6f72, 0x727274, 0x767676, 0x7a7a78, 0x7e7d78,
    0x838179, 0x888578, 0x8d8878, 0x928c78, 0x969077, 0x9b9476, 0xa09875, 0xa59c74, 0xaaa073,
    0xafa471, 0xb5a86f, 0xbaac6d, 0xbfb06b, 0xc4b468, 0xc9b965, 0xcfbd62, 0xd4c15f, 0xdac65b,
    0xdfca57, 0xe5cf52, 0xead34c, 0xf0d846, 0xf6dd3f, 0xfce236, 0xfee838,
];

const INFERNO: [u32; N_STOPS] = [
    0x000004, 0x02020c, 0x050417, 0x0a0722, 0x10092d, 0x160b39, 0x1e0c45, 0x260c51, 0x2f0a5b,
    0x380962, 0x400a67, 0x490b6a, 0x510e6c, 0x59106e, 0x61136e, 0x69166e, 0x71196e, 0x781c6d,
    0x801f6c, 0x88226a, 0x902568, 0x982766, 0xa02a63, 0xa82e5f, 0xb0315b, 0xb73557, 0xbf3952,
    0xc63d4d, 0xcc4248, 0xd34743, 0xd94d3d, 0xdf5337, 0xe45a31, 0xe9612b, 0xed6925, 0xf1711f,
    0xf47918, 0xf78212, 0xf98b0b, 0xfa9407, 0xfb9d07, 0xfca60c, 0xfcb014, 0xfbba1f, 0xfac42a,
    0xf8cd37, 0xf6d746, 0xf4e156, 0xf2ea69, 0xf2f27d, 0xf5f992, 0xfcffa4,
];

const AMBER: [u32; N_STOPS] = [
    0x210a00, 0x260d01, 0x2b0f01, 0x301201, 0x351501, 0x3a1701, 0x401a01, 0x451d02, 0x4b2002,
    0x502202, 0x562503, 0x5c2803, 0x612b04, 0x672e04, 0x6d3104, 0x733405, 0x793705, 0x7f3a06,
    0x853e07, 0x8b4108, 0x914408, 0x984709, 0x9e4a0a, 0xa44d0a, 0xab510b, 0xb1540c, 0xb8570c,
    0xbe5b0e, 0xc45f14, 0xc9631c, 0xce6822, 0xd36d28, 0xd8712e, 0xdd7634, 0xe27b39, 0xe77f3e,
    0xed8443, 0xf28948, 0xf78d4d, 0xfc9252, 0xfd995f, 0xfda16c, 0xfda879, 0xfdb084, 0xfdb790,
    0xfebe9a, 0xfec5a5, 0xfecbb0, 0xfed2ba, 0xfed9c4, 0xfedfce, 0xfee6d8,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE lightness of an sRGB color, 0 to 100.
    fn lightness(rgb: [u8; 3]) -> f32 {
        let [r, g, b] = rgb.map(|v| {
            let v = f32::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        if y > 0.008_856 { 116.0 * y.cbrt() - 16.0 } else { 903.3 * y }
    }

    #[test]
    fn every_map_rises_evenly_in_lightness() {
        for map in Colormap::ALL {
            let light: Vec<f32> =
                (0..=32).map(|i| lightness(map.lookup(i as f32 / 32.0))).collect();
            let range = light[32] - light[0];
            assert!(range > 70.0, "{map:?} spans only {range}");
            for pair in light.windows(2) {
                let step = (pair[1] - pair[0]) / range * 32.0;
                assert!((0.3..1.9).contains(&step), "{map:?} steps by {step} of the even step");
            }
        }
    }

    #[test]
    fn known_ends_and_odd_values() {
        assert_eq!(Colormap::Viridis.lookup(0.0), [0x44, 0x01, 0x54]);
        assert_eq!(Colormap::Viridis.lookup(7.0), [0xfd, 0xe7, 0x25]);
        assert_eq!(Colormap::Cividis.lookup(f32::NAN), Colormap::Cividis.lookup(0.0));
        assert_eq!("inferno".parse(), Ok(Colormap::Inferno));
        assert!("jet".parse::<Colormap>().is_err(), "jet is neither even nor offered");
    }

    #[test]
    fn the_table_agrees_with_the_map() {
        for map in Colormap::ALL {
            let lut = map.lut();
            for i in 0..=1000 {
                let v = i as f32 / 1000.0;
                let (a, b) = (map.lookup(v), lut.color(v));
                for c in 0..3 {
                    assert!((f32::from(a[c]) - b[c] * 255.0).abs() < 1.6, "{map:?} at {v}");
                }
            }
        }
    }
}
