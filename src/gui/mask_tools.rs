//! The tools of the mask editor and their settings.

use crate::annotate::{Brush, Change};
use crate::base::Point;
use crate::gpu::MaskMode;
use crate::session::MaskCommand;

/// A tool of the mask editor.
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
    /// All of them, in the order of the tool bar.
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

    /// Its effect and its key, for the tooltip.
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

/// Whether pen pressure changes the size of the brush.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pressure {
    #[default]
    Counts,
    Ignored,
}

impl Pressure {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Counts => Self::Ignored,
            Self::Ignored => Self::Counts,
        }
    }
}

/// The open form for a path.
#[derive(Debug, Clone)]
pub(super) struct PathForm {
    pub(super) text: String,
    pub(super) is_load: bool,
    /// The field received the focus.
    pub(super) was_shown: bool,
}

/// The selected tool, all settings, and the shape being drawn.
#[derive(Debug, Clone)]
pub(super) struct MaskTools {
    pub(super) tool: Tool,
    pub(super) brush: Brush,
    pub(super) tolerance: u8,
    pub(super) superpixel_px: u32,
    pub(super) islands_px: u32,
    pub(super) grow_px: u32,
    /// Areas are subtracted instead of added.
    pub(super) takes_away: bool,
    pub(super) layer: MaskMode,
    /// Opacity of the mask over the picture, `0.0..=1.0`.
    pub(super) tint: f32,
    pub(super) pressure: Pressure,
    /// Pressure of the pen while it is down, `0.0..=1.0`.
    pub(super) force: Option<f32>,
    /// Number of frames to propagate a mask to; 0 is the rest of the shot.
    pub(super) follow_frames: usize,
    /// Corners of the polygon or lasso being drawn; upright pixels.
    pub(super) corners: Vec<Point>,
    /// The brush is down.
    pub(super) is_painting: bool,
    /// A lasso is being drawn.
    pub(super) is_roping: bool,
    /// Position of the tool when moved by keys; `None` when it follows the pointer. Upright pixels.
    pub(super) cursor: Option<Point>,
    /// Position at which the keys last applied the brush.
    pub(super) last_dab: Option<Point>,
    pub(super) path_form: Option<PathForm>,
    /// Fraction of a wheel notch turned with Ctrl held.
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

    /// Makes the brush larger or smaller by a fifth, at least by 1 px.
    pub(super) fn resize(&mut self, larger: bool) {
        let (d, step) = (self.brush.diameter_px, (self.brush.diameter_px * 0.2).max(1.0).round());
        self.brush.diameter_px = (if larger { d + step } else { d - step }).clamp(1.0, 2000.0);
    }

    /// Repeats the last wand click with the current tolerance.
    pub(super) const fn again(&self) -> MaskCommand {
        MaskCommand::Again { tolerance: Some(self.tolerance) }
    }

    /// Propagates the mask to the chosen number of frames.
    pub(super) fn follow(&self) -> MaskCommand {
        MaskCommand::Follow { n_frames: Some(self.follow_frames).filter(|n| *n > 0) }
    }

    /// Changes the tolerance of the wand.
    pub(super) fn tolerate(&mut self, by: i32) {
        self.tolerance = (i32::from(self.tolerance) + by).clamp(0, 255) as u8;
    }

    /// Whether the tool adds or subtracts its area; reversed while Shift is held.
    pub(super) const fn change(&self, is_other: bool) -> Change {
        let takes_away = match self.tool {
            Tool::Brush => false,
            Tool::Eraser => true,
            _ => self.takes_away,
        };
        if takes_away == is_other { Change::Add } else { Change::TakeAway }
    }

    /// The command of a click, for tools that need a single click.
    pub(super) const fn click(&self, at: Point, change: Change) -> Option<MaskCommand> {
        Some(match self.tool {
            Tool::Wand => MaskCommand::WandOnPicture { at, tolerance: self.tolerance, change },
            Tool::MapWand => MaskCommand::WandOnMap { at, change },
            Tool::Superpixel => MaskCommand::Superpixel { at, side_px: self.superpixel_px, change },
            Tool::Brush | Tool::Eraser | Tool::Polygon | Tool::Lasso => return None,
        })
    }

    /// Closes the polygon or lasso being drawn.
    pub(super) fn close_line(&mut self, is_other: bool) -> Option<MaskCommand> {
        let corners = std::mem::take(&mut self.corners);
        self.is_roping = false;
        let (change, is_lasso) = (self.change(is_other), self.tool == Tool::Lasso);
        (corners.len() >= 3).then_some(MaskCommand::Polygon { corners, change, is_lasso })
    }
}
