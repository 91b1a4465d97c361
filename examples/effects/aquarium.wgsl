//! The background under water: it sways, with caustics and rising bubbles.
//! depth = 0.6 in 0..1      how blue it is
//! sway = 6 in 0..30        how far the water bends the background, in pixels of a 720p frame
//! bubbles = 0.5 in 0..1    how many there are

// A pseudorandom number 0..1 for each cell.
fn random(cell: vec2f) -> f32 {
    return fract(sin(dot(cell, vec2f(127.1, 311.7))) * 43758.547);
}

// Caustics: a net of bright lines where drifting ripples meet.
fn caustics(at: vec2f, time: f32) -> f32 {
    var place = at;
    var light = 1.0;
    for (var i = 1; i <= 3; i++) {
        let t = time * 0.3 * f32(i);
        place += 0.6 * vec2f(sin(1.7 * place.y + t), cos(1.5 * place.x - 1.3 * t));
        light *= abs(sin(place.x + 0.5 * t) + cos(place.y - 0.7 * t)) * 0.5 + 0.15;
    }
    return pow(1.0 - clamp(light * 2.0, 0.0, 1.0), 3.0);
}

// A ring of light around each bubble. One bubble per cell, in columns that rise at different speeds.
fn bubble(at: vec2f, time: f32) -> f32 {
    let column = floor(at.x);
    let y = at.y + time * (0.5 + random(vec2f(column, 3.0)));
    let cell = vec2f(column, floor(y));
    if random(cell) > 0.5 * bubbles { return 0.0; }
    let wobble = 0.15 * sin(3.0 * time + 6.2832 * random(cell.yx));
    let away = length(vec2f(at.x - column - 0.5 - wobble, y - cell.y - 0.5));
    let radius = 0.08 + 0.14 * random(cell + 7.0);
    let rim = smoothstep(0.7 * radius, radius, away) * (1.0 - smoothstep(radius, 1.1 * radius, away));
    return rim + 0.15 * (1.0 - smoothstep(0.9 * radius, radius, away));
}

fn effect(in: Input) -> vec3f {
    let aspect = vec2f(in.size.x / in.size.y, 1.0);
    let at = in.uv * aspect;
    let waves = vec2f(sin(9.0 * at.y + 1.3 * in.time), cos(8.0 * at.x + 1.1 * in.time));
    let background = background_at(in.uv + sway / 720.0 * waves / aspect);
    let deep = mix(vec3f(0.10, 0.55, 0.62), vec3f(0.01, 0.10, 0.25), in.uv.y);
    var water = mix(background, background * 0.4 + deep * 0.8, depth);
    water += vec3f(0.30, 0.42, 0.38) * caustics(7.0 * at, in.time) * (1.0 - 0.8 * in.uv.y);
    water += vec3f(0.5, 0.7, 0.7) * bubble(12.0 * at, in.time);
    // Some of the light and of the blue reaches the person.
    let light = 0.10 * caustics(9.0 * at + 3.0, in.time);
    let person = mix(in.person, in.person * vec3f(0.75, 1.0, 1.05), depth) + light;
    return mix(water, person, in.mask);
}
