use gpucam::internals::{Smooth, gpu::Recorder, passes};

use super::guide_of;
use crate::{
    mirror::{Plane, Rgb, refine},
    support::{
        gpu::{SIZES, gpu, guide, holds, plane, poison_storage, submit},
        report::{Unit, compared},
    },
};

/// f32 sums of 121 values.
const MEAN: f64 = 1e-6;
/// The inverse covariance, compared as S⁻¹ · S. 121 additions of products of up to 0.25 are off by √121 ·
/// 2⁻²⁴ of a mean of about 0.1, which is 7e-8; S may have an eigenvalue of 3e-5, so 2e-3 of the unit matrix;
/// twice that.
const UNIT: f64 = 4e-3;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let rgb = guide_of(size, 6);
        let mut rec = Recorder::new(gpu);
        // A mask that is nowhere saturated: every tile is computed.
        let unsure = plane(gpu, &rgb.map(|_| [0.5]));
        let state = super::state(size, Smooth::Auto);
        let statistics = passes::statistics(&mut rec, &guide(gpu, &rgb), &unsure, size, &state);
        poison_storage(gpu, &statistics.eight);
        poison_storage(gpu, &statistics.ninth);
        submit(rec);
        let read = |storage| gpu.read_storage::<f32>(storage).expect("a readable buffer");
        let (eight, ninth) = (read(&statistics.eight), read(&statistics.ninth));
        let texels = eight.as_chunks::<8>().0.iter().zip(&ninth);
        let texels: Vec<[f64; 9]> = texels
            .map(|(t, &gb)| [t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], gb].map(f64::from))
            .collect();
        let means: Vec<f64> = texels.iter().flat_map(|t| [t[0], t[1], t[2]]).collect();
        let mean = |r| refine::box_mean(&rgb, r);
        holds(&format!("statistics, mean {size}"), &means, mean(5).values(), mean(4).values(), MEAN);

        let (right, wrong) = (covariances(&rgb, 5, 3e-5), covariances(&rgb, 5, 1e-4));
        let product = |s: &Plane<6>| -> Vec<f64> {
            texels
                .iter()
                .zip(&s.data)
                .flat_map(|(t, s)| times([t[3], t[4], t[5], t[6], t[7], t[8]], *s))
                .collect()
        };
        let unit: Vec<f64> = (0..9 * texels.len()).map(|i| f64::from(u8::from(i % 9 % 4 == 0))).collect();
        assert!(crate::support::gpu::gap(&product(&wrong), &unit) > UNIT, "another eps passes");
        let error = crate::support::gpu::gap(&product(&right), &unit);
        note!("statistics, inverse {size}: {error:.2e} of {UNIT:.0e}");
        compared(Unit::Value, &format!("statistics, inverse {size}"), error, UNIT);
        assert!(error <= UNIT, "{error:e}");
    }
}

/// (rr, gg, bb, rg, rb, gb) of the covariance plus eps in the diagonal.
fn covariances(rgb: &Rgb, r: isize, eps: f64) -> Plane<6> {
    let products = rgb.map(|[r, g, b]| [r, g, b, r * r, g * g, b * b, r * g, r * b, g * b]);
    refine::box_mean(&products, r).map(|[r, g, b, rr, gg, bb, rg, rb, gb]| {
        [rr - r * r + eps, gg - g * g + eps, bb - b * b + eps, rg - r * g, rb - r * b, gb - g * b]
    })
}

/// The product of two symmetric matrices, row by row.
fn times(a: [f64; 6], b: [f64; 6]) -> [f64; 9] {
    let full = |[xx, yy, zz, xy, xz, yz]: [f64; 6]| [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
    let (a, b) = (full(a), full(b));
    std::array::from_fn(|i| (0..3).map(|k| a[i / 3][k] * b[k][i % 3]).sum())
}
