//! Where a forgery goes.

use rand::Rng;

use super::Portrait;
use super::masks::kind::MaskKind;
use super::masks::mask::hard_mask;
use super::pixels::blend::{self, Blend};
use super::pixels::raster::{Plane, Window};

/// Where a forgery goes: a window of the target that holds the mask and some of its surroundings.
pub(super) struct Site {
    pub(super) window: Window,
    /// 0 or 1, as large as the window.
    pub(super) hard: Plane,
    /// What is seen of the forgery, as large as the window.
    pub(super) soft: Plane,
    pub(super) blend: Blend,
}

impl Site {
    /// `None` when the mask falls outside the picture. `room`: how much of the surroundings is seen, in
    /// units of the face.
    pub(super) fn draw(
        target: &Portrait,
        kind: MaskKind,
        blend: Blend,
        room: f32,
        rng: &mut impl Rng,
    ) -> Option<Self> {
        let unit = target.unit();
        let whole =
            hard_mask(kind, &target.landmarks, target.mesh.as_deref(), target.picture.size(), rng);
        if kind == MaskKind::WholePicture {
            let window = Window::whole(target.picture.size());
            return Some(Self { window, hard: whole.clone(), soft: whole, blend });
        }
        let margin = (unit * blend::WIDEST_RIM) as usize + 4;
        let wide = whole.support(margin)?;
        let soft = blend.soften(&whole.cut(&wide), unit, rng);
        let inner = soft.support((unit * room) as usize + 6)?;
        let window = Window { x: wide.x + inner.x, y: wide.y + inner.y, ..inner };
        Some(Self { window, hard: whole.cut(&window), soft: soft.cut(&inner), blend })
    }
}
