//! The mask's shape: growing by a disc, a softer edge, no small islands.

use super::{
    backdrop::gaussian,
    plane::{Mask, Plane},
    store::unorm16,
};

/// Dilation by the parabola 1 − d²/(2r²) (van den Boomgaard et al. 1996), over its whole window at once, then
/// steepened to one pixel at distance r, if r is a pixel or more; the person's own alpha where that is greater. A
/// negative radius dilates the background.
pub fn grow(alpha: &Mask, radius: f64) -> Mask {
    let (r, invert) = (radius.abs(), radius < 0.0);
    let own = alpha.map(|[a]| [if invert { 1.0 - a } else { a }]);
    let reach = r.ceil() as isize + 1;
    let (w, h) = (alpha.width as isize, alpha.height as isize);
    Plane::from_fn(alpha.width, alpha.height, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let mut most = 0.0f64;
        for j in (y - reach).max(0)..=(y + reach).min(h - 1) {
            for i in (x - reach).max(0)..=(x + reach).min(w - 1) {
                let square = ((i - x).pow(2) + (j - y).pow(2)) as f64;
                most = most.max(own.at(i as usize, j as usize)[0] - square / (2.0 * r * r));
            }
        }
        let grown = own.at(x as usize, y as usize)[0].max((0.5 + r.max(1.0) * (most - 0.5)).clamp(0.0, 1.0));
        [if invert { 1.0 - grown } else { grown }]
    })
}

/// A Gaussian of alpha, stored between the directions.
pub fn feather(alpha: &Mask, sigma: f64) -> Mask {
    let taps = gaussian(sigma);
    let radius = (taps.len() / 2) as isize;
    let along = |from: &Mask, dx: isize, dy: isize| {
        Plane::from_fn(from.width, from.height, |x, y| {
            let tap = |(i, t): (isize, &f64)| t * from.clamped(x as isize + i * dx, y as isize + i * dy)[0];
            [unorm16((-radius..).zip(&taps).map(tap).sum())]
        })
    };
    along(&along(alpha, 1, 0), 0, 1)
}

/// Parts (texels of at least 0.1, connected by their sides) of fewer than `least` texels become 0.
pub fn islands(mask: &Mask, least: usize) -> Mask {
    let (w, h) = (mask.width, mask.height);
    let mut kept = mask.clone();
    let mut seen = vec![false; w * h];
    for start in 0..w * h {
        let (mut part, mut next) = (Vec::new(), vec![start]);
        while let Some(i) = next.pop() {
            if seen[i] || mask.data[i][0] < 0.1 {
                continue;
            }
            seen[i] = true;
            part.push(i);
            let (x, y) = (i % w, i / w);
            let sides = [(x > 0, -1), (x + 1 < w, 1), (y > 0, -(w as isize)), (y + 1 < h, w as isize)];
            next.extend(sides.iter().filter(|side| side.0).map(|side| i.wrapping_add_signed(side.1)));
        }
        if part.len() < least {
            part.iter().for_each(|&i| kept.data[i] = [0.0]);
        }
    }
    kept
}
