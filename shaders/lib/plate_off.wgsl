// No room was learnt: the blurred background stands for the room behind the person's edge.
const PLATE = false;
