// The other picture's light stays behind the person.
const LIGHT_WRAPS = false;
