// Each frame for itself.
const TEMPORAL = false;
