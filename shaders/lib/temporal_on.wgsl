// Alpha is averaged over time.
const TEMPORAL = true;
