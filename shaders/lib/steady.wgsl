// Alpha is steadied in time, by what `history` remembers.
const STEADY = true;

// Two old means that are 0, or 1.
const SETTLED_ROOM = (AGE | AT_0) * 0x10001u;
const SETTLED_PERSON = (AGE | AT_1) * 0x10001u;

fn remembered_at(i: u32) -> U { return history[i]; }
