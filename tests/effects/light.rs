use super::target::test_frames;

/// A colour `stops` brighter: a stop doubles the light, and codes are light to the power 1/2.2.
fn lit(stops: f64) -> impl Fn([f64; 3]) -> [f64; 3] {
    let gain = 2f64.powf(stops / 2.2);
    move |colour| {
        colour.map(|v| match stops > 0.0 {
            true => 1.0 - (1.0 - v.clamp(0.0, 1.0)).powf(gain),
            false => gain * v,
        })
    }
}

pub fn test() {
    for given in test_frames(81) {
        for (text, person, background) in [
            ("light:1", 1.0, 0.0),
            ("light,background=-2,person=0.5", 0.5, -2.0),
            ("light:4,background=4", 4.0, 4.0),
            ("light:-4,background=-4", -4.0, -4.0),
            ("light:-1,background=2", -1.0, 2.0),
        ] {
            let want = given.map_layers(lit(person), lit(background));
            // The control: person and background swapped, and a little darker.
            let control = given.map_layers(lit(background - 0.2), lit(person - 0.2));
            // Where the exact value lies between two codes, the GPU may round to either.
            given.check(text, &want, &control, 1);
        }
        // Without stops the effect is the identity.
        assert!("light".parse::<gpucam::internals::effects::Effects>().expect("an effect").is_identity());
    }
}
