use std::path::Path;

use gpucam::internals::cli::hint::sentence;
use gpucam::internals::effects::{ALL, Effects, ParamType};

pub fn good() {
    for text in ["blur", "blur:3", "blur,strength=3", "blur:3,strength=4", r"bl\ur\:3", "none"] {
        let effects: Result<Effects, _> = text.parse();
        assert!(effects.is_ok() != text.contains('\\'), "{text}: {effects:?}");
    }
    assert!(r"\blur:\3".parse::<Effects>().is_ok(), "a backslash before a plain letter means nothing");
    let effects = |texts: &[&str]| Effects::parse_all(texts).unwrap();
    same_spelling();
    assert!(effects(&["none"]).is_identity() && effects(&["blur:0", "none"]).is_identity());
    assert!(!effects(&["none", "blur"]).is_identity());
    assert!(effects(&["none", "blur"]).hides_background() && !effects(&["none"]).hides_background());
    assert!(Effects::default().hides_background());
    // A blur that hides in name only still counts for the guard, and its user is told; beside another that hides, not.
    let weak = |texts: &[&str]| (effects(texts).hides_background(), effects(texts).hides_weakly());
    for text in ["blur:1", "blur:4.9,shape=disc"] {
        assert_eq!(weak(&[text]), (true, true), "{text}");
    }
    assert_eq!(
        (weak(&["blur:5"]), weak(&["none"]), weak(&["blur:0"])),
        ((true, false), (false, false), (false, false))
    );
    assert_eq!((weak(&["blur:1", "colour"]), weak(&["tint", "blur:1"])), ((true, false), (true, true)));
    // What may move the background into the person's outline comes after what hides it.
    assert!(!effects(&["mask:side", "blur"]).hides_background());
    assert!(effects(&["blur", "mask:side"]).hides_background());
    assert!(effects(&["mask:overlay", "blur"]).hides_background());
    // Names are unique, and defaults within their ranges.
    for (i, kind) in ALL.iter().enumerate() {
        assert!(ALL[..i].iter().all(|other| other.name != kind.name), "{} is there twice", kind.name);
        for parameter in kind.parameters {
            let line = parameter.to_string();
            assert!(line.starts_with(&format!("{}=", parameter.name)) && !parameter.summary.is_empty());
            if let ParamType::Number { range: (least, most), default } = parameter.ty {
                assert!(least < most && (least..=most).contains(&default), "{line}");
            }
        }
    }
    assert!(!Path::new("blur").exists(), "an effect is no file");
}

/// Different spellings of the same effect: the parameters that the effect is made with are compared.
fn same_spelling() {
    let made = |text: &str| {
        let effects: Effects = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        format!("{effects:?}")
    };
    for (text, other) in [
        ("blur:strength=20", "blur:20"),
        ("blur,20", "blur:20"),
        ("BLUR,Strength=20", "blur:20"),
        ("blur:20,disc", "blur:20,shape=disc"),
        ("blur:disc", "blur,shape=disc"),
        ("blur:20,DISC", "blur:20,shape=disc"),
        ("light:background=-2", "light,background=-2"),
        ("light:1,2", "light,person=1,background=2"),
        ("color:teal", "colour:#008080"),
        ("Color:COLOR=#0b4", "colour:#00bb44"),
        ("colour:00b140", "colour:#00b140"),
        ("color:rebeccapurple", "colour:#663399"),
        ("edges,ink=blue", "edges,ink=#0000ff"),
    ] {
        assert_eq!(made(text), made(other), "{text} is not {other}");
    }
    assert_ne!(made("blur:20"), made("blur:21"), "control: the parameters are compared");
}

pub fn bad() {
    for (text, words) in [
        ("", &["''", "blur"][..]),
        ("blurr", &["'blurr'", "did you mean 'blur'?", "transparent"]),
        ("trans", &["'trans'", "did you mean 'transparent'?"]),
        ("backwards", &["'backwards'; choose one of"]),
        ("blur=20", &["did you mean 'blur:20'?"]),
        ("beach.jpg", &["did you mean 'image:beach.jpg'?"]),
        ("waves.wgsl", &["did you mean 'custom:waves.wgsl'?"]),
        ("teal", &["did you mean 'colour:teal'?"]),
        ("blur,cartoon", &["'cartoon'", "an effect of its own"]),
        ("blur,stenght=3", &["'stenght'", "did you mean 'strength'?"]),
        ("blur,shape=dsic", &["shape=dsic", "gauss, disc", "did you mean 'disc'?"]),
        ("light,2", &["'2'", "person=2 or background=2"]),
        ("light:0,1,2", &["'2'", "person=-4..4"]),
        ("cartoon,1", &["'1'", "levels=1 or lines=1"]),
        ("cartoon:1", &["levels=1", "2..32"]),
        ("blur,41", &["strength=41", "0..40"]),
        ("none,x", &["'x'", "no parameters"]),
        ("colour:transparent", &["colour=transparent", "#RRGGBB", "teal"]),
        ("colour:#11223380", &["colour=#11223380", "#RRGGBB"]),
        ("colour:gren", &["colour=gren", "#RRGGBB"]),
        ("image:my photo, x.jpg", &["' x.jpg'", r"'image:my photo\, x.jpg'", "\"my photo, x.jpg\""]),
        ("image:\"my photo, x.jpg", &["--effect image", "double quotes do not close"]),
        ("overlay:a.png,7", &["'7'", "size=7 or opacity=7"]),
        ("blur:41", &["strength=41", "0..40"]),
        ("blur:", &["strength=", "0..40"]),
        ("blur,strength", &["'strength'", "key=value", "strength=0..40"]),
        (r"blur,strength\=3", &["key=value"]),
        ("blur,stren=3", &["'stren'", "strength"]),
        ("none:1", &["'1'", "too many"]),
        (r"none\:1", &["'none:1'"]),
        ("blur,shape=square", &["shape=square", "gauss, disc"]),
        ("transparent:1", &["'1'", "too many"]),
    ] {
        let error = sentence(&text.parse::<Effects>().expect_err(text));
        assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let error =
        sentence(&Effects::parse_all(&["blur", "transparent", "none", "blur:3"]).expect_err("not the last"));
    assert!(error.contains("--effect transparent") && error.contains("--effect blur before it"), "{error}");
    assert!(
        Effects::parse_all(&["blur", "transparent", "none"]).expect("the last that draws").is_transparent()
    );
}
