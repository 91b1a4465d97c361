// Whose a texel of the mask is, between `people`, which decides, and `front`, which keeps.

// Owners.
const KEPT = 1u;
const OTHER = 2u;
const FORMER = 3u;        // was kept, and fades
// Classes besides: 0 for no part.
const TOUCHING = 4u;
const REMEMBERED = 5u;    // where the person was who is away

// Number of the memory's field for how far somebody has faded, 0..FADE.
const FADED = 3u;
const FADE = 200u;        // milliseconds
