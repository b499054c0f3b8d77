//! The tools in the annotator's hand: which one, and how it is set.

use crate::annotate::{Brush, Change};
use crate::base::Point;
use crate::gpu::MaskMode;
use crate::session::MaskCommand;

/// What a press on the canvas does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tool {
    #[default]
    Brush,
    Eraser,
    Polygon,
    Lasso,
    Wand,
    MapWand,
    Superpixel,
}

impl Tool {
    /// All of them, in the order of the strip.
    pub(super) const ALL: [Self; 7] = [
        Self::Brush,
        Self::Eraser,
        Self::Polygon,
        Self::Lasso,
        Self::Wand,
        Self::MapWand,
        Self::Superpixel,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Brush => "Brush",
            Self::Eraser => "Eraser",
            Self::Polygon => "Polygon",
            Self::Lasso => "Lasso",
            Self::Wand => "Wand",
            Self::MapWand => "Map wand",
            Self::Superpixel => "Superpixel",
        }
    }

    /// What it does, and its key.
    pub(super) const fn help(self) -> &'static str {
        match self {
            Self::Brush => "Paint (5)",
            Self::Eraser => "Erase (6)",
            Self::Polygon => {
                "Click corners; double-click, click the first one or press Shift+Enter to close (7)"
            }
            Self::Lasso => "Drag around an area (8)",
            Self::Wand => "Click: all connected pixels of a similar color (9)",
            Self::MapWand => "Click: the part of the model's map above the threshold (0)",
            Self::Superpixel => "Click: a small region of one color (U)",
        }
    }
}

/// Whether a pen pressed lightly has a smaller tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pressure {
    #[default]
    Counts,
    Ignored,
}

impl Pressure {
    /// The other one.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Counts => Self::Ignored,
            Self::Ignored => Self::Counts,
        }
    }
}

/// The form in which a path is typed.
#[derive(Debug, Clone)]
pub(super) struct PathForm {
    pub(super) text: String,
    pub(super) is_load: bool,
    /// The field has got the focus.
    pub(super) was_shown: bool,
}

/// What is in the hand.
#[derive(Debug, Clone)]
pub(super) struct MaskTools {
    pub(super) tool: Tool,
    pub(super) brush: Brush,
    pub(super) tolerance: u8,
    pub(super) superpixel_px: u32,
    pub(super) islands_px: u32,
    pub(super) grow_px: u32,
    /// Areas are taken away, not added.
    pub(super) takes_away: bool,
    pub(super) layer: MaskMode,
    /// How much of the tint covers the picture, `0.0..=1.0`.
    pub(super) tint: f32,
    pub(super) pressure: Pressure,
    /// How hard the pen that is down is pressed, `0.0..=1.0`.
    pub(super) force: Option<f32>,
    /// Frames that a mask is carried on to; 0: to the end of the shot.
    pub(super) follow_frames: usize,
    /// Corners of a polygon or the line of a lasso so far; upright pixels.
    pub(super) corners: Vec<Point>,
    /// The brush is down.
    pub(super) is_painting: bool,
    /// A lasso is being drawn.
    pub(super) is_roping: bool,
    /// Where the keys have moved the tool; `None` while the pointer has it. Upright pixels.
    pub(super) cursor: Option<Point>,
    /// Where the keys put the brush down last.
    pub(super) last_dab: Option<Point>,
    pub(super) path_form: Option<PathForm>,
    /// Part of a notch that the wheel was turned with Ctrl held.
    pub(super) turned: f32,
}

impl Default for MaskTools {
    fn default() -> Self {
        Self {
            tool: Tool::default(),
            brush: Brush::default(),
            tolerance: 24,
            superpixel_px: 24,
            islands_px: 64,
            grow_px: 3,
            takes_away: false,
            layer: MaskMode::default(),
            tint: 0.42,
            pressure: Pressure::default(),
            force: None,
            follow_frames: 0,
            corners: Vec::new(),
            is_painting: false,
            is_roping: false,
            cursor: None,
            last_dab: None,
            path_form: None,
            turned: 0.0,
        }
    }
}

impl MaskTools {
    pub(super) fn choose(&mut self, tool: Tool) {
        if self.tool != tool {
            (self.tool, self.is_roping) = (tool, false);
            self.corners.clear();
        }
    }

    /// Larger or smaller; single steps where they are all that counts.
    pub(super) fn resize(&mut self, larger: bool) {
        let (d, step) = (self.brush.diameter_px, (self.brush.diameter_px * 0.2).max(1.0).round());
        self.brush.diameter_px = (if larger { d + step } else { d - step }).clamp(1.0, 2000.0);
    }

    /// A click of the wand made last follows the tolerance.
    pub(super) const fn again(&self) -> MaskCommand {
        MaskCommand::Again { tolerance: Some(self.tolerance) }
    }

    /// Carries the mask on as far as was chosen.
    pub(super) fn follow(&self) -> MaskCommand {
        MaskCommand::Follow { n_frames: Some(self.follow_frames).filter(|n| *n > 0) }
    }

    /// More or less tolerance of the wand on the picture.
    pub(super) fn tolerate(&mut self, by: i32) {
        self.tolerance = (i32::from(self.tolerance) + by).clamp(0, 255) as u8;
    }

    /// What the tool does to its area; the other thing while Shift is held.
    pub(super) const fn change(&self, is_other: bool) -> Change {
        let takes_away = match self.tool {
            Tool::Brush => false,
            Tool::Eraser => true,
            _ => self.takes_away,
        };
        if takes_away == is_other { Change::Add } else { Change::TakeAway }
    }

    /// What a click does with the tools that need no more than one.
    pub(super) const fn click(&self, at: Point, change: Change) -> Option<MaskCommand> {
        Some(match self.tool {
            Tool::Wand => MaskCommand::WandOnPicture { at, tolerance: self.tolerance, change },
            Tool::MapWand => MaskCommand::WandOnMap { at, change },
            Tool::Superpixel => MaskCommand::Superpixel { at, side_px: self.superpixel_px, change },
            Tool::Brush | Tool::Eraser | Tool::Polygon | Tool::Lasso => return None,
        })
    }

    /// Closes the line drawn so far.
    pub(super) fn close_line(&mut self, is_other: bool) -> Option<MaskCommand> {
        let corners = std::mem::take(&mut self.corners);
        self.is_roping = false;
        let (change, is_lasso) = (self.change(is_other), self.tool == Tool::Lasso);
        (corners.len() >= 3).then_some(MaskCommand::Polygon { corners, change, is_lasso })
    }
}
