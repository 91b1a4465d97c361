// The other picture's light stays behind the person.
const WRAP = false;
