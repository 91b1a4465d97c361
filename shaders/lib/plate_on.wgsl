// The learnt room behind the person's edge is read.
const PLATE = true;
