// Each frame for itself; alpha still holds the frame before.
const STEADY = false;

const SETTLED_ROOM = 0u;
const SETTLED_PERSON = 0xffffffffu;

fn remembered_at(i: u32) -> U { return alpha[i]; }
