// The estimate of the camera's noise, kept from frame to frame: x: n as a share of full scale, 0 if unknown;
// y: frames seen since the region last moved, which leaves n as it is.

const START = 0.004;

fn noise_before(state: vec2f) -> f32 {
    return select(START, state.x, state.x > 0.0);
}
