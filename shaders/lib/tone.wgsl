// The tone curve of light: f(v) = G v / (1 + (G - 1) v^1.5) of gamma-coded v, with G = 1 + (g - 1) v / (v + .05) for a
// gain g of each channel, 0 < g < 3. 0 stays 0 and 1 stays 1 whatever the gain, so white stays white;
// highlights bend instead of being cut off, and black, where noise is all there is, is lifted least. Below 0
// f(v) = v.
fn toned(v: F, gain: f32) -> F {
    let light = max(v, F(0.0));
    let more = (gain - 1.0) * light / (light + 0.05);
    return (1.0 + more) * v / (1.0 + more * light * sqrt(light));
}
