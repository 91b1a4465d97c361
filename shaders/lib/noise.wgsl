// The camera's noise, as it is kept from frame to frame: x: n as a share of full scale, y: frames seen
// since the picture last was of another place; n is known from before, then.

const START = 0.004;

fn noise_before(state: vec2f) -> f32 {
    return select(START, state.x, state.x > 0.0);
}
