// Alpha is each frame's own.
const TEMPORAL = false;
