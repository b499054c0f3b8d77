//! Encoder and decoder, run by an engine.

use std::path::Path;

use super::grid::{CELL_PX, CHANNELS, Latent};
use super::{graph, weights};
use crate::base::Tensor;
use crate::infer::{Engine, ModelSession};
use crate::train::Error;
use crate::train::forge::{Picture, Plane};

/// Encoder and decoder, loaded.
pub struct Autoencoder {
    encoder: Box<dyn ModelSession>,
    decoder: Box<dyn ModelSession>,
}

impl Autoencoder {
    /// Reads `taef2_encoder.pth` and `taef2_decoder.pth` in a folder.
    ///
    /// # Errors
    ///
    /// Missing or other files, a failing engine.
    pub fn load(folder: &Path, engine: &Engine) -> Result<Self, Error> {
        let load = |bundle| engine.load(&bundle).map_err(|e| Error::malformed("TAEF2", &e));
        Ok(Self {
            encoder: load(graph::encoder(&weights::Weights::encoder(folder)?)?)?,
            decoder: load(graph::decoder(&weights::Weights::decoder(folder)?)?)?,
        })
    }

    /// The latent of a picture whose sides are multiples of 8 (at least 8).
    ///
    /// # Errors
    ///
    /// A failing engine, other sides.
    pub fn encode(&mut self, picture: &Picture) -> Result<Latent, Error> {
        let (width, height) = picture.size();
        let planes = picture.planes.iter().flat_map(|p| p.data.iter().map(|v| v / 255.0));
        let input = Tensor { shape: vec![1, 3, height, width], data: planes.collect() };
        let data = first(self.encoder.run(&input))?;
        Ok(Latent { width: width / CELL_PX, height: height / CELL_PX, data })
    }

    /// The picture of a latent, 8 times as large, clamped to 0 to 255.
    ///
    /// # Errors
    ///
    /// A failing engine.
    pub fn decode(&mut self, latent: &Latent) -> Result<Picture, Error> {
        let values = self.decode_raw(latent)?;
        let (width, height) = (latent.width * CELL_PX, latent.height * CELL_PX);
        let planes = std::array::from_fn(|c| {
            let plane = values.iter().skip(c * width * height).take(width * height);
            let data = plane.map(|v| (v * 255.0).clamp(0.0, 255.0)).collect();
            Plane { width, height, data }
        });
        Ok(Picture { planes })
    }

    /// `[3, 8 · height, 8 · width]` of a latent, 0 to 1 with overshoots of a tenth.
    fn decode_raw(&mut self, latent: &Latent) -> Result<Vec<f32>, Error> {
        // Engines here take three channels: see `graph::decoder`.
        let shape = vec![1, 3, latent.height * (CHANNELS + 1) / 3, latent.width];
        let mut data = latent.data.clone();
        data.resize(data.len() + latent.width * latent.height, 0.0);
        first(self.decoder.run(&Tensor { shape, data }))
    }
}

fn first(outputs: Result<Vec<Tensor>, crate::infer::Error>) -> Result<Vec<f32>, Error> {
    let outputs = outputs.map_err(|e| Error::malformed("TAEF2", &e))?;
    let only = outputs.into_iter().next();
    only.map(|t| t.data).ok_or_else(|| Error::malformed("TAEF2", &"it has no output"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::EngineOptions;

    /// Expected values were computed with onnxruntime and numpy.
    #[test]
    fn latent_and_picture_are_those_of_the_reference() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/taef2");
        if !folder.join("taef2_encoder.pth").is_file() {
            crate::base::skip_test(&format!("{} is not here", folder.display()));
            return;
        }
        let engine = Engine::start(&EngineOptions::default()).unwrap();
        let mut taef2 = Autoencoder::load(&folder, &engine).unwrap();
        let picture = Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(64, 64, |p| {
                    ((3 * p.x as usize + 5 * p.y as usize + 7 * c) % 32) as f32 / 31.0 * 255.0
                })
            }),
        };
        let near = |values: &[f32], wanted: &[f32]| {
            let worst = values.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 2e-4, "{values:?} for {wanted:?}");
        };
        let latent = taef2.encode(&picture).unwrap();
        assert_eq!((latent.width, latent.height, latent.data.len()), (8, 8, 32 * 64));
        near(&latent.data[..4], &[-0.14588, -0.44867, -0.18926, -0.23618]);
        near(&latent.data[31 * 64 + 60..], &[-1.05895, -0.73113, -0.41637, -0.43002]);
        let mean = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        near(&[mean(&latent.data)], &[-0.02591]);
        let drawn = taef2.decode_raw(&latent).unwrap();
        near(&drawn[..4], &[0.65400, 0.55026, 0.61541, 0.74214]);
        near(&drawn[3 * 4096 - 4..], &[0.55200, 0.45417, 0.40372, 0.37070]);
        near(&[mean(&drawn)], &[0.52924]);
        let clamped = taef2.decode(&latent).unwrap();
        near(&[clamped.planes[0].data[0] / 255.0], &[0.65400]);
    }
}
