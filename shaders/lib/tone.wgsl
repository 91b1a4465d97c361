// The tone curve of light: f(v) = g v / (1 + (g - 1) v^1.5) of gamma-coded v, for a gain g of each channel, 0 < g < 3.
// It is g v where v is dark; 0 stays 0 and 1 stays 1 whatever the gain, so white stays white, and highlights
// bend instead of being cut off. Below 0 it goes on as a line.
fn toned(v: F, gain: f32) -> F {
    return gain * v / (1.0 + (gain - 1.0) * v * sqrt(max(v, F(0.0))));
}
