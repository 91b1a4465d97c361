//! A comic print: the person in dots of ink on paper, in front of turning rays.
//! dots = 7 in 3..30          the distance of the dots, in pixels of a 720p frame
//! ink = #20184a              their colour
//! paper = #fff4d8            what they are printed on
//! sun = #ff5a36              the rays
//! turn = 0.05 in -1..1       turns per second

// Ink 0..1 at a pixel under a halftone screen: a dot covers the share `dark` of its cell.
fn screen(pixel: vec2f, cell: f32, dark: f32) -> f32 {
    let turned = mat2x2f(0.8, 0.6, -0.6, 0.8) * pixel / cell;
    let away = length(fract(turned) - 0.5);
    // A dot of radius r covers pi r r of its cell.
    let radius = sqrt(clamp(dark, 0.0, 1.0) / 3.1416) * 1.15;
    return 1.0 - smoothstep(radius - 0.7 / cell, radius + 0.7 / cell, away);
}

fn rays(in: Input) -> vec3f {
    let away = (in.uv - vec2f(0.5, 0.75)) * vec2f(in.size.x / in.size.y, 1.0);
    let angle = atan2(away.y, away.x) / 6.2832 + turn * in.time;
    let saw = abs(fract(12.0 * angle) - 0.5);
    let soft = 0.006 / max(length(away), 0.01);
    let ray = smoothstep(0.25 - soft, 0.25 + soft, saw);
    return mix(sun, mix(paper, sun, 0.25), ray);
}

fn effect(in: Input) -> vec3f {
    let cell = dots * in.size.y / 720.0;
    // Below the ink: the person's own colour, lightened, in a few steps.
    let light = luma(in.person);
    let step = floor(light * 5.0 + 0.5) / 5.0;
    let flat = clamp(in.person * (0.55 + 0.45 * step) / max(light, 0.1), vec3f(0.0), vec3f(1.0));
    let printed = mix(flat * paper, ink, screen(in.pixel, cell, 0.9 - 1.15 * pow(light, 0.8)));
    // A line of ink around the person, where the mask is near one half.
    let line = smoothstep(0.05, 0.35, in.mask) * (1.0 - smoothstep(0.65, 0.95, in.mask));
    let drawn = mix(rays(in), printed, in.mask);
    return mix(drawn, ink, line);
}
