// The other picture's light falls around the person's edge.
const WRAP = true;
