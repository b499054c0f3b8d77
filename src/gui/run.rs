//! Opens the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::icon::icon;
use super::{App, AppOptions};
use crate::bundle::ModelStore;
use crate::gpu;
use crate::infer::EngineOptions;
use crate::session::{self, PipelineExaminer};

/// The window of the first start, points.
const FIRST_SIZE: [f32; 2] = [1280.0, 820.0];
/// Smallest window in which everything can be reached.
const MIN_SIZE: [f32; 2] = [760.0, 480.0];

/// Files to open, models and engine options.
pub struct Options {
    /// Files to open at once.
    pub files: Vec<PathBuf>,
    /// Folder of the model bundles.
    pub models: ModelStore,
    /// Which engine runs them.
    pub engine: EngineOptions,
}

/// Opens the window and returns when it is closed.
///
/// # Errors
///
/// One sentence when there is no display or nothing to draw with.
pub fn run(options: Options) -> anyhow::Result<()> {
    let Options { files, models, engine } = options;
    let app_options = AppOptions {
        files,
        config_folder: session::config_folder(),
        recovery_folder: session::unsaved_folder(),
        library: models.library().cloned(),
        uses_system_dialog: true,
        trainer: None,
        models: models.only_folder().map(Path::to_owned),
        make_examiner: Box::new(move || {
            Box::new(PipelineExaminer::new(models.clone(), engine.clone()).that_asks())
        }),
    };
    let create: eframe::AppCreator<'_> = Box::new(move |cc| {
        let app = App::new(cc, app_options)?;
        Ok(Box::new(app) as Box<dyn eframe::App>)
    });
    let size = session::stored_settings().0.window_size.unwrap_or(FIRST_SIZE);
    eframe::run_native("Pentimento", window_options(size), create).map_err(|e| {
        tracing::debug!("the window was refused: {e}");
        sentence(&e)
    })
}

fn window_options(size: [f32; 2]) -> eframe::NativeOptions {
    let mut setup = egui_wgpu::WgpuSetupCreateNew::without_display_handle();
    setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
        label: Some("pentimento window"),
        required_limits: gpu::modest_limits(adapter),
        ..Default::default()
    });
    eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id("pentimento")
            .with_icon(icon())
            .with_inner_size(size)
            .with_min_inner_size(MIN_SIZE)
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Wgpu,
        wgpu_options: egui_wgpu::WgpuConfiguration {
            wgpu_setup: egui_wgpu::WgpuSetup::CreateNew(setup),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// The error as one sentence with the remedy.
fn sentence(error: &eframe::Error) -> anyhow::Error {
    match error {
        eframe::Error::WinitEventLoop(_) | eframe::Error::Winit(_) => anyhow::anyhow!(
            "no window can be opened: no display was found; use `pentimento inspect FILE`"
        ),
        eframe::Error::Wgpu(_) => anyhow::anyhow!(
            "no window can be opened: no graphics driver was found; install a Vulkan or OpenGL \
             driver (on Debian mesa-vulkan-drivers, which needs no graphics card) or use \
             `pentimento inspect FILE`"
        ),
        eframe::Error::AppCreation(reason) => {
            anyhow::anyhow!("the window cannot be opened: {reason}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_name_the_way_out() {
        let no_device = egui_wgpu::WgpuError::NoSurfaceFormatsAvailable;
        let text = sentence(&eframe::Error::Wgpu(no_device)).to_string();
        assert!(text.contains("mesa-vulkan-drivers") && text.contains("inspect"), "{text}");
    }
}
