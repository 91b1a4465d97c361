// Alpha is steadied in time.
const STEADY = true;
