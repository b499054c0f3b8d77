//! The networks of the test, built here: one with many operators, one with much work.

use crate::base::Tensor;
use crate::bundle::onnx::{Attr, Axis, GraphWriter};

/// Pseudo-random numbers in -1..1, the same on every machine.
fn noise(n_values: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    (0..n_values)
        .map(|_| {
            // Linear congruential generator of Numerical Recipes; only the upper bits are used.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// The input of [`many_operators`].
pub(super) fn small_input() -> Tensor {
    Tensor { shape: vec![1, 3, 32, 32], data: noise(3 * 32 * 32, 1) }
}

/// `input [1, 3, 32, 32]` to `pixels [1, 8, 32, 32]` and `summary [1, 8]`.
pub(super) fn many_operators() -> Vec<u8> {
    let mut g = GraphWriter::new("probe");
    let pads = || ("pads", Attr::Ints(vec![1; 4]));
    let strides = || ("strides", Attr::Ints(vec![2; 2]));

    let input = g.input("input", &axes(&[1, 3, 32, 32]));
    let (weights, bias) = (g.floats(&[8, 3, 3, 3], &noise(216, 2)), g.floats(&[8], &noise(8, 3)));
    let x = g.node("Conv", &[&input, &weights, &bias], &[kernel(3), pads(), strides()]);
    let x = g.node("Relu", &[&x], &[]);
    let weights = g.floats(&[8, 1, 3, 3], &noise(72, 4));
    let x = g.node("Conv", &[&x, &weights], &[kernel(3), pads(), ("group", Attr::Int(8))]);
    let (low, high) = (g.floats(&[], &[-2.0]), g.floats(&[], &[6.0]));
    let fine = g.node("Clip", &[&x, &low, &high], &[]);
    let coarse = g.node("MaxPool", &[&fine], &[kernel(2), strides()]);
    let scales = g.floats(&[4], &[1.0, 1.0, 2.0, 2.0]);
    let linear = [
        ("mode", Attr::Text("linear")),
        ("coordinate_transformation_mode", Attr::Text("half_pixel")),
    ];
    let nearest = [
        ("mode", Attr::Text("nearest")),
        ("coordinate_transformation_mode", Attr::Text("asymmetric")),
        ("nearest_mode", Attr::Text("floor")),
    ];
    let coarse = g.node("Resize", &[&coarse, "", &scales], &linear);
    let both = g.node("Concat", &[&fine, &coarse], &[("axis", Attr::Int(1))]);
    let weights = g.floats(&[8, 16, 1, 1], &noise(128, 5));
    let mixed = g.node("Conv", &[&both, &weights], &[kernel(1)]);
    let mixed = g.node("Add", &[&mixed, &fine], &[]);
    let large = g.node("Resize", &[&mixed, "", &scales], &nearest);
    let pixels = g.node("Sigmoid", &[&large], &[]);
    g.output(&pixels, "pixels", &axes(&[1, 8, 32, 32]));
    let mean = g.node("GlobalAveragePool", &[&mixed], &[]);
    let shape = g.ints(&[1, 8]);
    let flat = g.node("Reshape", &[&mean, &shape], &[]);
    g.output(&flat, "summary", &axes(&[1, 8]));
    g.finish(&[])
}

fn axes(shape: &[usize]) -> Vec<Axis> {
    shape.iter().map(|n| Axis::Fixed(*n)).collect()
}

fn kernel(side: i64) -> (&'static str, Attr) {
    ("kernel_shape", Attr::Ints(vec![side; 2]))
}

/// The input of [`much_work`].
pub(super) fn large_input() -> Tensor {
    Tensor { shape: vec![1, 3, 224, 224], data: noise(3 * 224 * 224, 6) }
}

/// `input [1, 3, 224, 224]` to `work [1, 64, 56, 56]`: one gigaflop of convolutions, about as much as
/// a detector, so that transfer times do not dominate.
pub(super) fn much_work() -> Vec<u8> {
    let mut g = GraphWriter::new("work");
    let mut x = g.input("input", &axes(&[1, 3, 224, 224]));
    let layers = [(3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 64, 1), (64, 64, 1), (64, 64, 1)];
    for (seed, (n_in, n_out, stride)) in (7u32..).zip(layers) {
        // Keeps the variance from layer to layer (He et al. 2015), so that the tolerance means the
        // same in each.
        let spread = (6.0 / (n_in * 9) as f32).sqrt();
        let values: Vec<f32> = noise(n_out * n_in * 9, seed).iter().map(|v| v * spread).collect();
        let weights = g.floats(&[n_out, n_in, 3, 3], &values);
        let strides = ("strides", Attr::Ints(vec![stride; 2]));
        x = g.node(
            "Conv",
            &[&x, &weights],
            &[kernel(3), ("pads", Attr::Ints(vec![1; 4])), strides],
        );
        x = g.node("Relu", &[&x], &[]);
    }
    g.output(&x, "work", &axes(&[1, 64, 56, 56]));
    g.finish(&[])
}
