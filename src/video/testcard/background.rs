//! Draws the background: bookshelf and window, clutter in the presenter's colours, foliage, or all white.

use super::{
    canvas::tint,
    optics::blur,
    person::palette,
    raster::{CoverageLayer, Paint, Point, lines, polygon, rectangle, turned_ellipse},
    rng::Rng,
    rows::for_rows,
    scene::BackgroundStyle,
    texture::around_one,
};

const WALL: [[f32; 3]; 5] =
    [[0.75, 0.72, 0.66], [0.60, 0.66, 0.70], [0.82, 0.80, 0.78], [0.55, 0.50, 0.44], [0.70, 0.62, 0.58]];
const FRAME: [f32; 3] = [0.5, 0.45, 0.4];
const WOOD: [f32; 3] = [0.35, 0.25, 0.18];
const LEATHER: [f32; 3] = [0.13, 0.13, 0.15];
const STRIPE: [f32; 3] = [0.55, 0.10, 0.12];
const LEAVES: [[f32; 3]; 5] =
    [[0.30, 0.33, 0.15], [0.45, 0.45, 0.25], [0.16, 0.14, 0.08], [0.52, 0.42, 0.27], [0.62, 0.62, 0.48]];

/// Draws the background of a picture of `width` × `height` dots; `lens` is the blur in focus, in dots.
pub(super) fn draw(
    presenter: u32,
    background: BackgroundStyle,
    (width, height): (usize, usize),
    lens: f32,
) -> CoverageLayer {
    let mut rng = Rng::new(&[2000, presenter.into()]);
    let scale = height as f32 / 720.0;
    let layer = CoverageLayer::empty(width, height, scale);
    let mut wall = Wall { size: (width as f32 / scale, 720.0), layer };
    let plaster = around_one(&mut rng, &wall.layer, 0.02, (4.0, 4.0));
    match background {
        BackgroundStyle::Office => {
            wall.paint(WALL[presenter as usize % 5], 0.25, &plaster);
            wall.window();
            wall.shelves(0.72, 0.97, &mut rng);
        }
        BackgroundStyle::Chair => {
            wall.paint(WALL[presenter as usize % 5], 0.25, &plaster);
            wall.window();
            wall.shelves(0.72, 0.97, &mut rng);
            wall.chair();
        }
        BackgroundStyle::Clutter => {
            wall.paint(WALL[presenter as usize % 5], 0.25, &plaster);
            wall.window();
            wall.shelves(0.02, 0.45, &mut rng);
            wall.shelves(0.52, 0.98, &mut rng);
            wall.clutter(presenter, &mut rng);
        }
        BackgroundStyle::Foliage => wall.foliage(&mut rng),
        BackgroundStyle::White => wall.white(&mut rng),
    }
    // The chair stands before the wall, nearly in focus.
    let is_far = background == BackgroundStyle::Office;
    let defocus = if is_far { 1.6 } else { 0.9 };
    let mut layer = blur(&wall.layer, lens + defocus * scale);
    light(&mut layer);
    layer
}

/// Lights the layer, brightest a little left of the middle.
fn light(layer: &mut CoverageLayer) {
    let (width, height) = (layer.width, layer.height as f32);
    for_rows(&mut layer.dots, width, |y, row| {
        let down = y as f32 / height - 0.4;
        for (x, dot) in row.iter_mut().enumerate() {
            let right = x as f32 / width as f32 - 0.45;
            let light = (1.05 - 0.30 * (3.0 * right * right + down * down)).clamp(0.4, 1.1);
            for colour in &mut dot[..3] {
                *colour = (*colour * light).clamp(0.0, 1.0);
            }
        }
    });
}

/// The layer of the background. Coordinates are fractions of its width and height.
struct Wall {
    layer: CoverageLayer,
    /// Width and height in units.
    size: Point,
}

impl Wall {
    fn at(&self, x: f32, y: f32) -> Point {
        (x * self.size.0, y * self.size.1)
    }

    fn rect(&mut self, from: Point, to: Point, colour: [f32; 3]) {
        let shape = rectangle(self.at(from.0, from.1), self.at(to.0, to.1));
        self.layer.fill(shape, Paint::flat(colour));
    }

    /// Paints the whole wall, darkening by the fraction `fall` towards the bottom.
    fn paint(&mut self, colour: [f32; 3], fall: f32, texture: &[f32]) {
        let height = self.layer.height as f32;
        let (width, dots) = (self.layer.width, &mut self.layer.dots);
        for_rows(dots, width, |y, row| {
            let [r, g, b] = tint(colour, 1.0 - fall * y as f32 / height);
            for (dot, t) in row.iter_mut().zip(&texture[y * width..]) {
                *dot = [r * t, g * t, b * t, 1.0];
            }
        });
    }

    fn window(&mut self) {
        self.rect((0.05, 0.1), (0.27, 0.55), [0.80, 0.88, 0.95]);
        self.rect((0.155, 0.1), (0.165, 0.55), FRAME);
        self.rect((0.05, 0.32), (0.27, 0.335), FRAME);
    }

    /// Draws three boards with two rows of books.
    fn shelves(&mut self, from: f32, to: f32, rng: &mut Rng) {
        for y in [0.12, 0.35, 0.58] {
            self.rect((from, y), (to, y + 0.02), WOOD);
        }
        for row in [0.14, 0.37] {
            let mut x = from + 0.01;
            while x < to - 0.02 {
                let (width, height) = (rng.uniform(0.012, 0.024), rng.uniform(0.12, 0.19));
                self.rect((x, row + 0.21 - height), (x + width, row + 0.21), rng.colour(0.1, 0.8));
                x += width + 0.002;
            }
        }
    }

    /// Draws a high chair with a headrest, as tall as it is before a presenter who fills the height.
    fn chair(&mut self) {
        let middle = self.size.0 / 2.0;
        let at = |x: f32, y: f32| (middle + 720.0 * x, 720.0 * y);
        let sides = |right: &[Point]| -> Vec<Point> {
            let left = right.iter().rev().map(|&(x, y)| (-x, y));
            right.iter().copied().chain(left).map(|(x, y)| at(x, y)).collect()
        };
        // Headrest, shoulders, waist: from the top down on the right.
        let back = sides(&[
            (0.07, 0.055),
            (0.180, 0.065),
            (0.235, 0.11),
            (0.245, 0.26),
            (0.225, 0.36),
            (0.245, 0.42),
            (0.335, 0.46),
            (0.375, 0.53),
            (0.350, 0.70),
            (0.300, 0.86),
            (0.300, 1.02),
        ]);
        self.layer.fill(polygon(&back), Paint::flat(LEATHER));
        let mut edge = back.clone();
        edge.push(back[0]);
        self.layer.stroke(lines(&[edge]), 16.0, Paint::flat(LEATHER));
        for side in [-1.0, 1.0] {
            let stripe = [(0.215, 0.42), (0.272, 0.50), (0.285, 0.58), (0.262, 0.74), (0.235, 0.95)];
            let points = stripe.map(|(x, y)| at(side * x, y));
            self.layer.stroke(lines(&[points.to_vec()]), 22.0, Paint::flat(STRIPE));
            let seam = [(0.32, 0.50), (0.328, 0.60), (0.300, 0.78)];
            let points = seam.map(|(x, y)| at(side * x, y));
            self.layer.stroke(lines(&[points.to_vec()]), 3.0, Paint::flat(tint(LEATHER, 2.2)));
        }
    }

    /// Draws boxes, blobs and bars, most of them in the colours of skin, hair and shirt.
    fn clutter(&mut self, presenter: u32, rng: &mut Rng) {
        let palette = palette(presenter);
        for i in 0..70 {
            let (factor, off) = (rng.uniform(0.75, 1.2), rng.colour(-0.06, 0.06));
            let colour = tint([palette.skin, palette.hair, palette.shirt][i % 3], factor);
            let colour = std::array::from_fn(|c| (colour[c] + off[c]).clamp(0.0, 1.0));
            let (x, y) = (rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0));
            if rng.sign() < 0.0 {
                let to = (x + rng.uniform(0.02, 0.08), y + rng.uniform(0.02, 0.14));
                self.rect((x, y), to, colour);
            } else {
                let width = self.size.0;
                let radii = (rng.uniform(0.01, 0.04) * width, rng.uniform(0.01, 0.04) * width);
                let shape = turned_ellipse(self.at(x, y), radii, rng.uniform(0.0, 180.0));
                self.layer.fill(shape, Paint::flat(colour));
            }
        }
        for _ in 0..60 {
            let from = self.at(rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0));
            let to = (from.0 + rng.uniform(-100.0, 100.0), from.1 + rng.uniform(-100.0, 100.0));
            let paint = Paint::flat(rng.colour(0.0, 1.0));
            self.layer.stroke(lines(&[vec![from, to]]), rng.uniform(1.0, 4.0), paint);
        }
    }

    /// Draws leaves and gaps at every scale, in colours close to hair and skin.
    fn foliage(&mut self, rng: &mut Rng) {
        self.layer.dots.fill([0.22, 0.22, 0.14, 1.0]);
        // Counts are for a 16:9 picture; other shapes get the same density.
        let crowd = self.size.0 / 1280.0;
        for (size, count) in [(36.0, 250.0), (18.0, 1500.0), (8.6, 6000.0), (4.3, 9000.0)] {
            for _ in 0..(count * crowd) as u32 {
                let colour = tint(LEAVES[rng.below(LEAVES.len())], rng.uniform(0.6, 1.25));
                let place = self.at(rng.uniform(0.0, 1.0), rng.uniform(0.0, 1.0));
                let radii = (size * rng.uniform(0.5, 1.3), size * rng.uniform(0.15, 0.5));
                let shape = turned_ellipse(place, radii, rng.uniform(0.0, 180.0));
                self.layer.fill(shape, Paint::flat(colour));
            }
        }
    }

    /// Draws blinds, shelf edges and a wall in the colour of the white shirt, and a row of pale objects.
    fn white(&mut self, rng: &mut Rng) {
        let smooth = vec![1.0; self.layer.dots.len()];
        self.paint([0.93, 0.93, 0.94], 0.10, &smooth);
        for slat in 0..32 {
            let y = 0.016 * slat as f32;
            self.rect((0.45, y), (1.0, y + 0.004), [0.80, 0.80, 0.82]);
        }
        for x in [0.1, 0.42, 0.75] {
            self.rect((x, 0.0), (x + 0.02, 1.0), [0.85, 0.85, 0.86]);
        }
        for _ in 0..40 {
            let x = rng.uniform(0.0, 1.0);
            self.rect((x, 0.30), (x + 0.02, 0.40), rng.colour(0.4, 1.0));
        }
    }
}
