//! Pyramids: halving, doubling, and blending band by band.

use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// A 3 × 3 kernel over the coarser grid for each of the four positions in a cell of 2 × 2.
pub(in crate::train::forge) type UpKernels = [[f32; 9]; 4];

/// Smooth up-sampling from the two nearest cells along a line, by position.
pub(in crate::train::forge) const LINEAR: [[f32; 3]; 2] = [[0.25, 0.75, 0.0], [0.0, 0.75, 0.25]];

/// The kernels of an up-sampling that treats rows and columns alike.
pub(in crate::train::forge) fn separable(by_position: &[[f32; 3]; 2]) -> UpKernels {
    std::array::from_fn(|phase| {
        let (row, column) = (&by_position[phase / 2], &by_position[phase % 2]);
        std::array::from_fn(|i| row[i / 3] * column[i % 3])
    })
}

/// Half the size, rounded up: means of 2 × 2 pixels, the last row and column repeated.
pub(in crate::train::forge) fn halved(plane: &Plane) -> Plane {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let mut data = Vec::with_capacity(width * height);
    for y in 0..height {
        let row = |y: usize| {
            let y = y.min(plane.height - 1);
            &plane.data[y * plane.width..(y + 1) * plane.width]
        };
        let (top, low) = (row(2 * y), row(2 * y + 1));
        data.extend((0..width).map(|x| {
            let (a, b) = (2 * x, (2 * x + 1).min(plane.width - 1));
            (top[a] + top[b] + low[a] + low[b]) / 4.0
        }));
    }
    Plane { width, height, data }
}

/// Twice the size, cut to `(width, height)`, by a kernel for each position in a cell.
pub(in crate::train::forge) fn upsampled(
    coarse: &Plane,
    (width, height): (usize, usize),
    kernels: &UpKernels,
) -> Plane {
    let (w, h) = (coarse.width, coarse.height);
    // Three padded rows at a time: no questions at the edges.
    let padded = |y: isize| {
        let y = y.clamp(0, h as isize - 1) as usize;
        let line = &coarse.data[y * w..(y + 1) * w];
        let mut row = Vec::with_capacity(w + 2);
        row.push(line[0]);
        row.extend_from_slice(line);
        row.push(line[w - 1]);
        row
    };
    let mut out = Plane::filled(width, height, 0.0);
    let mut rows = [padded(-1), padded(0), padded(1)];
    for y in 0..h {
        for half in 0..2 {
            let Some(line) = out.data.chunks_exact_mut(width).nth(2 * y + half) else { break };
            for (side, kernel) in kernels[2 * half..2 * half + 2].iter().enumerate() {
                let places = line.iter_mut().skip(side).step_by(2);
                let [a, b, c] = &rows;
                let cells = a.windows(3).zip(b.windows(3)).zip(c.windows(3));
                for (place, ((a, b), c)) in places.zip(cells) {
                    *place = kernel[0] * a[0]
                        + kernel[1] * a[1]
                        + kernel[2] * a[2]
                        + kernel[3] * b[0]
                        + kernel[4] * b[1]
                        + kernel[5] * b[2]
                        + kernel[6] * c[0]
                        + kernel[7] * c[1]
                        + kernel[8] * c[2];
                }
            }
        }
        rows.rotate_left(1);
        rows[2] = padded(y as isize + 2);
    }
    out
}

/// Blends band by band: fine detail by the mask as it is, coarse shades by softer and softer ones
/// (P. Burt and E. Adelson, "A Multiresolution Spline with Application to Image Mosaics", 1983).
pub(in crate::train::forge) fn blended_by_bands(
    under: &Picture,
    top: &Picture,
    mask: &Plane,
    levels: usize,
) -> Picture {
    let kernels = separable(&LINEAR);
    Picture {
        planes: std::array::from_fn(|c| {
            let out = blend_level(&under.planes[c], &top.planes[c], mask, levels, &kernels);
            Plane { data: out.data.iter().map(|v| v.clamp(0.0, 255.0)).collect(), ..out }
        }),
    }
}

fn blend_level(
    under: &Plane,
    top: &Plane,
    mask: &Plane,
    levels: usize,
    kernels: &UpKernels,
) -> Plane {
    let mix = |u: f32, t: f32, m: f32| u + m * (t - u);
    let each = |under: &[f32], top: &[f32]| -> Vec<f32> {
        under.iter().zip(top).zip(&mask.data).map(|((u, t), m)| mix(*u, *t, *m)).collect()
    };
    if levels == 0 || under.width.min(under.height) < 8 {
        return Plane { data: each(&under.data, &top.data), ..*under };
    }
    let size = (under.width, under.height);
    let (coarse_under, coarse_top) = (halved(under), halved(top));
    let coarse = blend_level(&coarse_under, &coarse_top, &halved(mask), levels - 1, kernels);
    let band = |fine: &Plane, coarse: &Plane| -> Vec<f32> {
        let smooth = upsampled(coarse, size, kernels);
        fine.data.iter().zip(&smooth.data).map(|(f, s)| f - s).collect()
    };
    let detail = each(&band(under, &coarse_under), &band(top, &coarse_top));
    let mut out = upsampled(&coarse, size, kernels);
    for (v, d) in out.data.iter_mut().zip(&detail) {
        *v += d;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_kernels_bring_a_smooth_picture_back() {
        let plane =
            &Plane::from_fn(101, 77, |p| 120.0 + 50.0 * ((p.x * 0.05).sin() + (p.y * 0.04).cos()));
        let back = upsampled(&halved(plane), (101, 77), &separable(&LINEAR));
        for y in 2..74 {
            for x in 2..98 {
                let i = y * 101 + x;
                assert!((back.data[i] - plane.data[i]).abs() < 0.6, "{x} {y}");
            }
        }
    }

    #[test]
    fn bands_keep_detail_sharp_and_shades_soft() {
        let flat = |v: f32| Picture { planes: std::array::from_fn(|_| Plane::filled(64, 64, v)) };
        let striped = Picture {
            planes: std::array::from_fn(|_| {
                Plane::from_fn(64, 64, |p| {
                    140.0 + if (p.x as usize).is_multiple_of(2) { 8.0 } else { -8.0 }
                })
            }),
        };
        let mask = Plane::from_fn(64, 64, |p| f32::from(u8::from(p.x > 32.0)));
        let out = blended_by_bands(&flat(100.0), &striped, &mask, 4);
        let line = &out.planes[0].data[32 * 64..33 * 64];
        let stripes = |x: usize| (line[x] - f32::midpoint(line[x - 1], line[x + 1])).abs();
        assert!(stripes(28) < 1.0 && stripes(36) > 10.0, "stripes end at the rim");
        let shade = |x: usize| f32::midpoint(line[x], line[x + 1]);
        assert!(shade(2) < 108.0 && shade(60) > 132.0, "far from it all is as it was");
        assert!((112.0..128.0).contains(&shade(31)), "shades meet half way: {}", shade(31));
        let same = blended_by_bands(&striped, &striped, &mask, 4);
        let differ = same.planes[0].data.iter().zip(&striped.planes[0].data);
        assert!(
            differ.clone().all(|(a, b)| (a - b).abs() < 1e-2),
            "like over like changes nothing"
        );
    }
}
