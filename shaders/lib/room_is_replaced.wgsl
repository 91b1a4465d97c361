// Another picture than the room is shown: both are read.
const ROOM_IS_SHOWN = false;
