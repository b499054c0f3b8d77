//! Depthwise convolution on the CPU, plane by plane.
//!
//! A plane is first copied into a sheet with its zeros round it. A sheet keeps the columns that
//! are `stride` apart side by side (one band for each remainder), and its rows are long enough that
//! every step over a row is [`LANES`] values wide: the inner loops know no borders, no strides and
//! no remainders, and the compiler makes vector instructions of them.

use burn::backend::flex::FlexTensor;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::spec::{Spec, dense, sum};

/// Values computed at once.
const LANES: usize = 16;

/// Whether weights of this shape under this spec are done here.
pub(super) const fn can(weight: [usize; 4], spec: Spec) -> bool {
    let [out, _, rows, columns] = weight;
    let is_square = rows == columns && (rows == 3 || rows == 5);
    let covers = spec.padding.0 < rows && spec.padding.1 < rows;
    is_square && covers && out == spec.groups && (spec.stride == 1 || spec.stride == 2)
}

/// Sizes of a plane and of what is made of it.
#[derive(Debug, Clone, Copy)]
struct Sides {
    n: usize,
    channels: usize,
    /// Rows and columns that come in.
    from: [usize; 2],
    /// Rows and columns that go out.
    to: [usize; 2],
    kernel: usize,
    /// Zeros before the first row and column.
    margin: usize,
}

impl Sides {
    fn new(x: &FlexTensor, weight: &FlexTensor, spec: Spec) -> Self {
        let [n, channels, h, w] = x.layout().shape().dims::<4>();
        let kernel = weight.layout().shape().dims::<4>()[3];
        let (before, after) = spec.padding;
        let side = |of: usize| (of + before + after - kernel) / spec.stride + 1;
        let to = [side(h), side(w)];
        Self { n, channels, from: [h, w], to, kernel, margin: before }
    }
}

impl Sides {
    /// Zeros before a row of gradients, so that no tap reaches before it.
    const fn before(&self) -> usize {
        self.kernel - 1
    }
}

/// A plane with zeros round it, its columns sorted into `stride` bands.
struct Sheet {
    values: Vec<f32>,
    rows: usize,
    /// Values of one row in one band.
    pitch: usize,
    stride: usize,
}

impl Sheet {
    /// For windows of `kernel` that step by `stride` to `[rows, columns]` places.
    fn new([rows, columns]: [usize; 2], kernel: usize, stride: usize) -> Self {
        let rows = (rows - 1) * stride + kernel;
        let pitch = columns.next_multiple_of(LANES) + (kernel - 1) / stride;
        Self { values: vec![0.0; stride * rows * pitch], rows, pitch, stride }
    }

    fn row(&self, band: usize, row: usize) -> &[f32] {
        let at = (band * self.rows + row) * self.pitch;
        &self.values[at..at + self.pitch]
    }

    fn row_mut(&mut self, band: usize, row: usize) -> &mut [f32] {
        let at = (band * self.rows + row) * self.pitch;
        &mut self.values[at..at + self.pitch]
    }

    /// Takes a plane of `width` columns that begins `margin` rows and columns inside. What lies
    /// beyond the last window is left out.
    #[inline(always)]
    fn fill(&mut self, plane: &[f32], width: usize, margin: usize) {
        let stride = self.stride;
        let n_rows = self.rows.saturating_sub(margin);
        for (i, line) in plane.chunks_exact(width).take(n_rows).enumerate() {
            for band in 0..stride {
                let (first, at) = self.columns_of(band, margin);
                let row = &mut self.row_mut(band, i + margin)[at..];
                let n = row.len().min(line.len());
                if stride == 1 {
                    row[..n].copy_from_slice(&line[..n]);
                } else {
                    halve(&line[first..], row);
                }
            }
        }
    }

    /// First column of a plane that falls into a band, and its place there.
    #[inline(always)]
    const fn columns_of(&self, band: usize, margin: usize) -> (usize, usize) {
        let first = (band + self.stride - margin % self.stride) % self.stride;
        (first, (first + margin) / self.stride)
    }

    /// The `LANES` values that a tap of the kernel meets from place `[row, column]` on.
    #[inline(always)]
    fn met(&self, [row, column]: [usize; 2], tap: [usize; 2]) -> &[f32; LANES] {
        let [down, right] = tap;
        let line = self.row(right % self.stride, row * self.stride + down);
        lanes(&line[column + right / self.stride..])
    }
}

/// Every other value.
#[inline(always)]
fn halve(from: &[f32], to: &mut [f32]) {
    let (pairs, odd) = from.as_chunks::<2>();
    for (to, [value, _]) in to.iter_mut().zip(pairs) {
        *to = *value;
    }
    if let (Some(to), [value]) = (to.get_mut(pairs.len()), odd) {
        *to = *value;
    }
}

#[inline(always)]
fn lanes(values: &[f32]) -> &[f32; LANES] {
    const ZEROS: [f32; LANES] = [0.0; LANES];
    values.first_chunk().unwrap_or(&ZEROS)
}

/// Weighted sums over windows: `to` gets what `sheet` under `weights` gives, plus `bias`, at least
/// `floor`.
#[inline(always)]
fn correlate<const K: usize>(
    sheet: &Sheet,
    weights: &[f32],
    (bias, floor): (f32, f32),
    to: &mut [f32],
    columns: usize,
) {
    for (row, line) in to.chunks_exact_mut(columns).enumerate() {
        for (i, part) in line.chunks_mut(LANES).enumerate() {
            let mut sums = [bias; LANES];
            for down in 0..K {
                for right in 0..K {
                    let weight = weights[down * K + right];
                    let met = sheet.met([row, i * LANES], [down, right]);
                    for lane in 0..LANES {
                        sums[lane] += weight * met[lane];
                    }
                }
            }
            for (to, sum) in part.iter_mut().zip(sums) {
                *to = sum.max(floor);
            }
        }
    }
}

/// Gradient of the weights: what every tap met, times the gradient there. `grad` is as for
/// [`gather`].
#[inline(always)]
fn weigh<const K: usize>(sheet: &Sheet, grad: &Sheet, sides: Sides, weights: &mut [f32]) {
    let [rows, columns] = sides.to;
    for (down, weights) in weights.chunks_exact_mut(K).enumerate() {
        // A row of taps together: the sums do not wait for one another.
        let mut sums = [[0.0; LANES]; K];
        for row in 0..rows {
            let line = &grad.row(0, row)[sides.before()..];
            for i in 0..columns.div_ceil(LANES) {
                let given = lanes(&line[i * LANES..]);
                for (right, sums) in sums.iter_mut().enumerate() {
                    let met = sheet.met([row, i * LANES], [down, right]);
                    for lane in 0..LANES {
                        sums[lane] += met[lane] * given[lane];
                    }
                }
            }
        }
        for (weight, sums) in weights.iter_mut().zip(sums) {
            *weight += sums.iter().sum::<f32>();
        }
    }
}

/// Gradient of the pixels: each gathers from the windows it lay in, with the weight it had there.
/// `grad` is a sheet with [`Sides::before`] columns of zeros before every row.
#[inline(always)]
fn gather<const K: usize, const STRIDE: usize>(
    grad: &Sheet,
    weights: &[f32],
    to: &mut [f32],
    sides: Sides,
) {
    let Sides { from: [_, columns], to: [rows, _], margin, .. } = sides;
    let before = sides.before();
    for (i, line) in to.chunks_exact_mut(columns).enumerate() {
        let row = i + margin;
        for band in 0..STRIDE {
            let first = (band + STRIDE - margin % STRIDE) % STRIDE;
            let at = (first + margin) / STRIDE;
            for (j, part) in line[first..].chunks_mut(LANES * STRIDE).enumerate() {
                let column = before + at + j * LANES;
                let mut sums = [0.0; LANES];
                for down in (row % STRIDE..K).step_by(STRIDE) {
                    let Some(window) = row.checked_sub(down).map(|r| r / STRIDE) else { continue };
                    if window >= rows {
                        continue;
                    }
                    let given = grad.row(0, window);
                    for right in (band..K).step_by(STRIDE) {
                        let weight = weights[down * K + right];
                        let met = lanes(&given[column - right / STRIDE..]);
                        for lane in 0..LANES {
                            sums[lane] += weight * met[lane];
                        }
                    }
                }
                for (to, sum) in part.iter_mut().step_by(STRIDE).zip(sums) {
                    *to = sum;
                }
            }
        }
    }
}

/// One plane on its way forward.
struct Plane<'a> {
    sheet: &'a mut Sheet,
    pixels: &'a [f32],
    weights: &'a [f32],
    /// Bias, and the least value that may come out.
    ends: (f32, f32),
    to: &'a mut [f32],
    sides: Sides,
}

impl WithSimd for Plane<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { sheet, pixels, weights, ends, to, sides } = self;
        sheet.fill(pixels, sides.from[1], sides.margin);
        match sides.kernel {
            3 => correlate::<3>(sheet, weights, ends, to, sides.to[1]),
            _ => correlate::<5>(sheet, weights, ends, to, sides.to[1]),
        }
    }
}

/// Forward pass. `x [n, c, h, w]`, `weight [c, 1, k, k]`, `bias [c]`.
pub(super) fn forward(
    x: &FlexTensor,
    weight: &FlexTensor,
    bias: &FlexTensor,
    spec: Spec,
) -> FlexTensor {
    let (x, weight, bias) = (x.to_contiguous(), weight.to_contiguous(), bias.to_contiguous());
    let sides = Sides::new(&x, &weight, spec);
    let ([h, w], [rows, columns], k) = (sides.from, sides.to, sides.kernel);
    let (weights, biases) = (weight.storage::<f32>(), bias.storage::<f32>());
    let floor = if spec.relu { 0.0 } else { f32::NEG_INFINITY };
    let mut out = vec![0.0; sides.n * sides.channels * rows * columns];
    let planes = out.par_chunks_mut(rows * columns).zip(x.storage::<f32>().par_chunks(h * w));
    planes.enumerate().for_each_init(
        || Sheet::new(sides.to, k, spec.stride),
        |sheet, (i, (to, pixels))| {
            let channel = i % sides.channels;
            let weights = &weights[channel * k * k..][..k * k];
            let ends = (biases[channel], floor);
            Arch::new().dispatch(Plane { sheet, pixels, weights, ends, to, sides });
        },
    );
    dense(out, &[sides.n, sides.channels, rows, columns])
}

/// The sheets that a way back needs.
struct Sheets {
    /// What the filter met.
    met: Sheet,
    /// The gradient that came, with zeros before and after every row.
    given: Sheet,
}

impl Sheets {
    fn new(sides: Sides, stride: usize) -> Self {
        let widest = sides.to[1].max((sides.from[1] + sides.margin).div_ceil(stride));
        let pitch = sides.before() + widest.next_multiple_of(LANES) + LANES;
        let given =
            Sheet { values: vec![0.0; sides.to[0] * pitch], rows: sides.to[0], pitch, stride: 1 };
        Self { met: Sheet::new(sides.to, sides.kernel, stride), given }
    }
}

/// One plane on its way back.
struct PlaneBack<'a> {
    sheets: &'a mut Sheets,
    pixels: &'a [f32],
    weights: &'a [f32],
    /// What went out, where ReLU may have stopped it, and its gradient.
    out: &'a [f32],
    grad: &'a [f32],
    relu: bool,
    to_pixels: Option<&'a mut [f32]>,
    to_weights: &'a mut [f32],
    sides: Sides,
}

impl WithSimd for PlaneBack<'_> {
    /// Gradient of the bias.
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let Self { sheets, pixels, weights, out, grad, relu, to_pixels, to_weights, sides } = self;
        let Sheets { met, given } = sheets;
        let (columns, before) = (sides.to[1], sides.before());
        let lines = grad.chunks_exact(columns).zip(out.chunks_exact(columns));
        for (row, (grad, out)) in lines.enumerate() {
            for ((to, g), y) in given.row_mut(0, row)[before..].iter_mut().zip(grad).zip(out) {
                *to = if relu && *y <= 0.0 { 0.0 } else { *g };
            }
        }
        met.fill(pixels, sides.from[1], sides.margin);
        match sides.kernel {
            3 => weigh::<3>(met, given, sides, to_weights),
            _ => weigh::<5>(met, given, sides, to_weights),
        }
        if let Some(to_pixels) = to_pixels {
            match (sides.kernel, met.stride) {
                (3, 1) => gather::<3, 1>(given, weights, to_pixels, sides),
                (3, _) => gather::<3, 2>(given, weights, to_pixels, sides),
                (_, 1) => gather::<5, 1>(given, weights, to_pixels, sides),
                _ => gather::<5, 2>(given, weights, to_pixels, sides),
            }
        }
        sum(&given.values)
    }
}

/// Gradients of `x` (if wanted, else nothing of use), weights and bias.
pub(super) fn backward(
    x: &FlexTensor,
    weight: &FlexTensor,
    out: &FlexTensor,
    grad: &FlexTensor,
    spec: Spec,
    wants_x: bool,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
    let (out, grad) = (out.to_contiguous(), grad.to_contiguous());
    let sides = Sides::new(&x, &weight, spec);
    let ([h, w], k, n, channels) = (sides.from, sides.kernel, sides.n, sides.channels);
    let size = sides.to[0] * sides.to[1];
    let mut to_x = vec![0.0; if wants_x { n * channels * h * w } else { 0 }];
    let mut to_weight = vec![0.0; channels * k * k];
    let mut to_bias = vec![0.0; channels];
    // The planes of a channel belong together: its weights and bias gather from all of them.
    let mut planes: Vec<Vec<&mut [f32]>> = (0..channels).map(|_| Vec::with_capacity(n)).collect();
    for (i, plane) in to_x.chunks_exact_mut(h * w).enumerate() {
        planes[i % channels].push(plane);
    }
    let (pixels, outs, grads) = (x.storage::<f32>(), out.storage::<f32>(), grad.storage::<f32>());
    let filters = weight.storage::<f32>().par_chunks_exact(k * k);
    let found = to_weight.par_chunks_exact_mut(k * k).zip(to_bias.par_iter_mut());
    planes.into_par_iter().zip(filters).zip(found).enumerate().for_each_init(
        || Sheets::new(sides, spec.stride),
        |sheets, (channel, ((planes, weights), (to_weights, to_bias)))| {
            let mut planes = planes.into_iter();
            for one in 0..n {
                let i = one * channels + channel;
                *to_bias += Arch::new().dispatch(PlaneBack {
                    sheets,
                    pixels: &pixels[i * h * w..][..h * w],
                    weights,
                    out: &outs[i * size..][..size],
                    grad: &grads[i * size..][..size],
                    relu: spec.relu,
                    to_pixels: planes.next(),
                    to_weights,
                    sides,
                });
            }
        },
    );
    let to_x = if wants_x { dense(to_x, &[n, channels, h, w]) } else { x };
    (to_x, dense(to_weight, &[channels, 1, k, k]), dense(to_bias, &[channels]))
}
