// What is shown is the room itself: one picture, read once.
const ROOM_IS_SHOWN = true;
