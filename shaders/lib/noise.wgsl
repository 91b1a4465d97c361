// The camera's noise, as it is kept from frame to frame: x: n as a share of full scale, y: frames seen.

const START = 0.004;

fn noise_before(state: vec2f) -> f32 {
    return select(START, state.x, state.y > 0.0);
}
