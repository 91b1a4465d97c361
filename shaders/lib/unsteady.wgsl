// Each frame for itself.
const STEADY = false;
