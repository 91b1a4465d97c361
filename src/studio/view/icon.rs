//! The window's few signs, drawn as lines: they need no font.

use eframe::egui::{Color32, Painter, Pos2, Shape, Stroke, Vec2, vec2};

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// ×
    Remove,
    /// An arrow up.
    Up,
    /// An arrow down.
    Down,
    /// +
    Plus,
    /// −
    Minus,
    /// An exclamation mark.
    Fault,
    /// Light.
    Sun,
    /// Dark.
    Moon,
    /// Light or dark.
    Half,
}

impl Icon {
    /// Draws it around `centre`, about `2 * r` points wide.
    pub fn paint(self, painter: &Painter, centre: Pos2, r: f32, colour: Color32) {
        let stroke = Stroke::new(1.5, colour);
        let line = |from: Vec2, to: Vec2| {
            painter.line_segment([centre + r * from, centre + r * to], stroke);
        };
        match self {
            Self::Remove => {
                line(vec2(-0.8, -0.8), vec2(0.8, 0.8));
                line(vec2(-0.8, 0.8), vec2(0.8, -0.8));
            }
            Self::Up | Self::Down => {
                let y = if self == Self::Up { 1.0 } else { -1.0 };
                line(vec2(-0.9, 0.45 * y), vec2(0.0, -0.45 * y));
                line(vec2(0.9, 0.45 * y), vec2(0.0, -0.45 * y));
            }
            Self::Plus => {
                line(vec2(-1.0, 0.0), vec2(1.0, 0.0));
                line(vec2(0.0, -1.0), vec2(0.0, 1.0));
            }
            Self::Minus => line(vec2(-1.0, 0.0), vec2(1.0, 0.0)),
            Self::Fault => {
                line(vec2(0.0, -1.0), vec2(0.0, 0.3));
                painter.circle_filled(centre + vec2(0.0, 0.85 * r), 1.2, colour);
            }
            Self::Sun => {
                painter.circle_filled(centre, 0.5 * r, colour);
                for ray in 0..8 {
                    let way = Vec2::angled(f32::from(ray as u8) * std::f32::consts::FRAC_PI_4);
                    line(0.75 * way, 1.1 * way);
                }
            }
            Self::Moon => {
                painter.add(Shape::closed_line(crescent(centre, r), stroke));
            }
            Self::Half => {
                painter.circle_stroke(centre, 0.9 * r, stroke);
                let half = (0..=16).map(|i| {
                    let angle = std::f32::consts::PI * (0.5 + i as f32 / 16.0);
                    centre + 0.9 * r * Vec2::angled(angle)
                });
                painter.add(Shape::convex_polygon(half.collect(), colour, Stroke::NONE));
            }
        }
    }
}

/// The outline of a moon: most of a circle, and back along another one.
fn crescent(centre: Pos2, r: f32) -> Vec<Pos2> {
    use std::f32::consts::TAU;
    let arc = |middle: Pos2, r: f32, from: f32, to: f32| {
        (0..=20).map(move |i| middle + r * Vec2::angled((from + (to - from) * i as f32 / 20.0) * TAU))
    };
    // Both circles meet at 0.07 and -0.32 turns of the outer one.
    let outer = arc(centre, r, 0.07, 0.68);
    let tips = [0.07, 0.68].map(|turn: f32| centre + r * Vec2::angled(turn * TAU));
    let middle = tips[0] + 0.5 * (tips[1] - tips[0]);
    let half = 0.5 * (tips[1] - tips[0]);
    let inner = (1..20).map(|i| {
        // From the second tip to the first, bulging into the moon.
        let turn = i as f32 / 20.0 * 0.5 * TAU;
        middle + turn.cos() * half + 0.75 * turn.sin() * half.rot90()
    });
    outer.chain(inner).collect()
}
