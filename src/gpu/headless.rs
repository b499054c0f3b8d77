//! The canvas without a window, for tests, benches and screenshots of the canvas.

use super::adapter::instance;
use super::{AdapterFacts, Canvas, Error, Scene, modest_limits};
use crate::base::RgbImage;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// A canvas with its own device and target.
pub struct Headless {
    adapter: AdapterFacts,
    device: wgpu::Device,
    queue: wgpu::Queue,
    canvas: Canvas,
    target: Option<wgpu::Texture>,
}

impl Headless {
    /// Uses the best adapter of the system, a software one if there is no other.
    ///
    /// # Errors
    ///
    /// [`Error::NoAdapter`], or [`Error::Device`] when the adapter refuses.
    pub fn start() -> Result<Self, Error> {
        let options = wgpu::RequestAdapterOptions::default();
        let Ok(adapter) = pollster::block_on(instance().request_adapter(&options)) else {
            return Err(Error::NoAdapter);
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("pentimento headless"),
            required_limits: modest_limits(&adapter),
            ..Default::default()
        }))
        .map_err(|e| Error::Device(e.to_string()))?;
        let canvas = Canvas::new(&device, FORMAT);
        let adapter = AdapterFacts::new(&adapter.get_info());
        Ok(Self { adapter, device, queue, canvas, target: None })
    }

    /// The adapter in use.
    pub const fn adapter(&self) -> &AdapterFacts {
        &self.adapter
    }

    /// Draws the scene on black and waits until it is done.
    ///
    /// # Errors
    ///
    /// [`Error::ReadBack`] when the adapter stops answering.
    pub fn draw(&mut self, scene: &Scene) -> Result<(), Error> {
        let encoder = self.encode(scene);
        self.submit(encoder)
    }

    /// Draws the scene on black and reads the pixels back.
    ///
    /// # Errors
    ///
    /// [`Error::ReadBack`] when the adapter stops answering.
    pub fn render(&mut self, scene: &Scene) -> Result<RgbImage, Error> {
        let [width, height] = scene.view_size_px.map(|v| v.max(1));
        let mut encoder = self.encode(scene);
        let stride = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("canvas read back"),
            size: u64::from(stride) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        if let Some(target) = &self.target {
            encoder.copy_texture_to_buffer(
                target.as_image_copy(),
                wgpu::TexelCopyBufferInfo {
                    buffer: &buffer,
                    layout: wgpu::TexelCopyBufferLayout {
                        offset: 0,
                        bytes_per_row: Some(stride),
                        rows_per_image: None,
                    },
                },
                wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            );
        }
        self.submit(encoder)?;
        // An error shows at `get_mapped_range`.
        buffer.map_async(wgpu::MapMode::Read, .., |_| {});
        self.wait(None)?;
        let bytes = buffer.get_mapped_range(..).map_err(|e| Error::ReadBack(e.to_string()))?;
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
        for row in bytes.chunks_exact(stride as usize) {
            for rgba in row[..width as usize * 4].chunks_exact(4) {
                pixels.extend_from_slice(&rgba[..3]);
            }
        }
        Ok(RgbImage { width_px: width, height_px: height, pixels })
    }

    fn encode(&mut self, scene: &Scene) -> wgpu::CommandEncoder {
        let [width, height] = scene.view_size_px.map(|v| v.max(1));
        let fits = |t: &wgpu::Texture| t.width() == width && t.height() == height;
        let target = self.target.take().filter(fits).unwrap_or_else(|| {
            self.device.create_texture(&wgpu::TextureDescriptor {
                label: Some("canvas target"),
                size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: FORMAT,
                usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
                view_formats: &[],
            })
        });
        let view = target.create_view(&wgpu::TextureViewDescriptor::default());
        self.target = Some(target);
        self.canvas.prepare(&self.device, &self.queue, scene);
        let mut encoder =
            self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                    store: wgpu::StoreOp::Store,
                },
            })],
            ..Default::default()
        });
        let whole = [0, 0, width, height];
        self.canvas.paint(&mut pass, whole, whole);
        drop(pass);
        encoder
    }

    fn submit(&self, encoder: wgpu::CommandEncoder) -> Result<(), Error> {
        let submission = self.queue.submit([encoder.finish()]);
        self.wait(Some(submission))
    }

    fn wait(&self, submission_index: Option<wgpu::SubmissionIndex>) -> Result<(), Error> {
        let wait = wgpu::PollType::Wait { submission_index, timeout: None };
        self.device.poll(wait).map(|_| ()).map_err(|e| Error::ReadBack(e.to_string()))
    }
}
