//! Zoom and position of each open picture.

use std::collections::BTreeMap;

use crate::base::Rect;
use crate::gpu::Placement;
use crate::session::DocumentId;

/// Largest zoom, in view pixels per picture pixel.
const MAX_ZOOM: f64 = 64.0;
/// Smallest zoom, as a share of the zoom that fits the picture.
const MIN_ZOOM_OF_FIT: f64 = 0.25;
/// Points between a fitted picture and the edge.
const MARGIN: f32 = 16.0;

/// A change of the camera, applied in the next frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gui) enum Request {
    /// Show the whole picture as large as it fits, and keep doing so when the window changes.
    Fit,
    /// One picture pixel on one view pixel.
    ActualSize,
    /// Closer or further away about the middle.
    ZoomBy(f64),
    /// Show this upright rectangle with some margin.
    Show(Rect),
}

/// What a camera keeps to when the window changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// The whole picture, no larger than it is: every picture begins like this.
    Opened,
    /// The whole picture, small ones enlarged.
    Fit,
    /// Keeps zoom and center as a person set them.
    Nothing,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::gui) struct Camera {
    pub(in crate::gui) placement: Placement,
    /// How the whole picture is kept visible when the window changes.
    follows: Follow,
    size_px: [u32; 2],
}

impl Camera {
    /// Size of the view, pixels.
    pub(super) const fn size_px(&self) -> [u32; 2] {
        self.size_px
    }
}

/// The cameras of all open pictures.
#[derive(Default)]
pub(in crate::gui) struct Cameras {
    cameras: BTreeMap<DocumentId, Camera>,
    requests: Vec<Request>,
}

impl Cameras {
    /// Requests a change for the picture shown in the next frame.
    pub(in crate::gui) fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// The camera of a picture that was shown.
    pub(super) fn get(&self, id: DocumentId) -> Option<Camera> {
        self.cameras.get(&id).copied()
    }

    /// Forgets the cameras of closed pictures.
    pub(in crate::gui) fn retain(&mut self, is_open: impl Fn(DocumentId) -> bool) {
        self.cameras.retain(|id, _| is_open(*id));
    }

    /// The camera of a picture after all requests are applied.
    pub(super) fn update(
        &mut self,
        id: DocumentId,
        picture_px: [u32; 2],
        size_px: [u32; 2],
        pixels_per_point: f32,
    ) -> Camera {
        let size = size_px.map(|v| v as f32);
        let fit = Placement::fit(picture_px, size, MARGIN * pixels_per_point);
        let whole = Placement::fill(picture_px, size, MARGIN * pixels_per_point, MAX_ZOOM);
        let opened = Camera { placement: fit, follows: Follow::Opened, size_px };
        let camera = self.cameras.entry(id).or_insert(opened);
        let [dx, dy] = [0, 1].map(|i| f64::from(size[i]) - f64::from(camera.size_px[i]));
        // Keep the center when the window changes.
        camera.placement.x_px += dx / 2.0;
        camera.placement.y_px += dy / 2.0;
        camera.size_px = size_px;
        for request in self.requests.drain(..) {
            let is_fit = request == Request::Fit;
            camera.follows = if is_fit { Follow::Fit } else { Follow::Nothing };
            let middle = size.map(|v| f64::from(v) / 2.0);
            camera.placement = match request {
                Request::Fit => whole,
                Request::ActualSize => camera.placement.zoomed_about(middle[0], middle[1], 1.0),
                Request::ZoomBy(factor) => {
                    let zoom = held(camera.placement.zoom * factor, fit.zoom);
                    camera.placement.zoomed_about(middle[0], middle[1], zoom)
                }
                Request::Show(rect) => show(&rect, size, fit.zoom),
            };
        }
        match camera.follows {
            Follow::Opened => camera.placement = fit,
            Follow::Fit => camera.placement = whole,
            Follow::Nothing => {}
        }
        camera.placement = reachable(camera.placement, picture_px, size);
        *camera
    }

    /// Sets the placement after the pointer moved the picture.
    pub(super) fn place(&mut self, id: DocumentId, placement: Placement) {
        if let Some(camera) = self.cameras.get_mut(&id) {
            camera.placement = placement;
            camera.follows = Follow::Nothing;
        }
    }
}

/// Clamps a zoom, given the zoom that fits the picture.
pub(super) fn held(zoom: f64, fit_zoom: f64) -> f64 {
    zoom.clamp((fit_zoom * MIN_ZOOM_OF_FIT).min(1.0), MAX_ZOOM)
}

pub(super) fn fit_zoom(picture_px: [u32; 2], size_px: [u32; 2], pixels_per_point: f32) -> f64 {
    Placement::fit(picture_px, size_px.map(|v| v as f32), MARGIN * pixels_per_point).zoom
}

fn show(rect: &Rect, size: [f32; 2], fit_zoom: f64) -> Placement {
    let around = 1.6;
    let zoom = f64::from((size[0] / (rect.w * around)).min(size[1] / (rect.h * around)));
    let (zoom, center) = (held(zoom, fit_zoom), rect.center());
    Placement {
        zoom,
        x_px: f64::from(size[0]) / 2.0 - f64::from(center.x) * zoom,
        y_px: f64::from(size[1]) / 2.0 - f64::from(center.y) * zoom,
    }
}

/// Keeps a part of the picture visible, so that it cannot get lost.
fn reachable(placement: Placement, picture_px: [u32; 2], size: [f32; 2]) -> Placement {
    let held = |at: f64, extent: u32, view: f32| {
        let (extent, view) = (f64::from(extent) * placement.zoom, f64::from(view));
        let seen = (view / 4.0).min(extent);
        at.clamp(seen - extent, view - seen)
    };
    Placement {
        x_px: held(placement.x_px, picture_px[0], size[0]),
        y_px: held(placement.y_px, picture_px[1], size[1]),
        ..placement
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: DocumentId = DocumentId(1);

    #[test]
    fn a_fitted_picture_stays_fitted_until_it_is_zoomed() {
        let image = [1000, 500];
        let mut cameras = Cameras::default();
        let zoom =
            |cameras: &mut Cameras, w, h| cameras.update(ID, image, [w, h], 1.0).placement.zoom;
        assert_eq!(zoom(&mut cameras, 532, 400), 0.5);
        assert_eq!(zoom(&mut cameras, 282, 400), 0.25);
        cameras.request(Request::ActualSize);
        assert_eq!(zoom(&mut cameras, 282, 400), 1.0);
        assert_eq!(zoom(&mut cameras, 532, 400), 1.0, "no longer fitted");
        cameras.request(Request::ZoomBy(1e9));
        assert_eq!(zoom(&mut cameras, 532, 400), MAX_ZOOM);
    }

    #[test]
    fn a_small_picture_opens_as_it_is_and_is_enlarged_when_asked() {
        let mut cameras = Cameras::default();
        let zoom =
            |cameras: &mut Cameras, w| cameras.update(ID, [100, 50], [w, 432], 1.0).placement.zoom;
        assert_eq!(zoom(&mut cameras, 432), 1.0, "no larger than it is");
        cameras.request(Request::Fit);
        assert_eq!(zoom(&mut cameras, 432), 4.0);
        assert_eq!(zoom(&mut cameras, 232), 2.0, "and stays fitted");
    }

    #[test]
    fn the_picture_cannot_be_lost() {
        let image = [100, 100];
        let mut cameras = Cameras::default();
        cameras.update(ID, image, [400, 400], 1.0);
        cameras.place(ID, Placement { zoom: 1.0, x_px: 9e9, y_px: -9e9 });
        let placement = cameras.update(ID, image, [400, 400], 1.0).placement;
        assert_eq!((placement.x_px, placement.y_px), (300.0, 0.0));
    }

    #[test]
    fn a_face_is_shown_in_the_middle() {
        let image = [1000, 1000];
        let mut cameras = Cameras::default();
        cameras.request(Request::Show(Rect::new(700.0, 600.0, 100.0, 100.0)));
        let placement = cameras.update(ID, image, [320, 320], 1.0).placement;
        let middle = placement.upright_from_view(160.0, 160.0);
        assert!((middle.x - 750.0).abs() < 0.01 && (middle.y - 650.0).abs() < 0.01, "{middle:?}");
        assert!((placement.zoom - 2.0).abs() < 0.01, "{}", placement.zoom);
    }
}
