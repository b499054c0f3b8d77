//! Contact sheets: many forgeries beside their real pictures and masks, one column per pair.

use crate::base::{Rect, RgbImage};
use crate::prep::{crop_rect, resample};
use crate::train::forge::Pair;

/// Side of one cell in pixels.
const CELL_PX: u32 = 224;
/// Pairs side by side; more go below.
const COLUMNS: usize = 6;
/// Longer side of the face box times this is shown.
const SCALE: f32 = 1.5;

/// Cells of a sheet in the order they came.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    cells: Vec<[RgbImage; 3]>,
}

impl Sheet {
    pub(super) fn add(&mut self, pair: &Pair) {
        let crop = crop_rect(&pair.face, SCALE, &pair.real.bounds());
        let (width_px, height_px) = (pair.real.width_px, pair.real.height_px);
        let gray = |m: &f32| [(m * 255.0).round() as u8; 3];
        let pixels = pair.mask.data.iter().flat_map(gray).collect();
        let mask = RgbImage { width_px, height_px, pixels };
        let cell = |picture: &RgbImage, crop: &Rect| resample(picture, crop, CELL_PX, CELL_PX);
        self.cells.push([cell(&pair.real, &crop), cell(&pair.forged, &crop), cell(&mask, &crop)]);
    }

    pub(super) fn render(&self) -> RgbImage {
        let columns = self.cells.len().clamp(1, COLUMNS) as u32;
        let rows = self.cells.len().div_ceil(COLUMNS).max(1) as u32;
        let mut sheet = RgbImage::filled(columns * CELL_PX, rows * 3 * CELL_PX, [0; 3]);
        let stride = sheet.width_px as usize * 3;
        let cell_bytes = CELL_PX as usize * 3;
        for (i, cell) in self.cells.iter().enumerate() {
            for (part, picture) in cell.iter().enumerate() {
                let left = i % COLUMNS * cell_bytes;
                let top = (i / COLUMNS * 3 + part) * CELL_PX as usize;
                for (y, line) in picture.pixels.chunks_exact(cell_bytes).enumerate() {
                    let at = (top + y) * stride + left;
                    sheet.pixels[at..at + cell_bytes].copy_from_slice(line);
                }
            }
        }
        sheet
    }
}
