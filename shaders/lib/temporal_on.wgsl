// Alpha is steadied in time.
const TEMPORAL = true;
