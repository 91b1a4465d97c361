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
    assert!(effects(&["none"]).is_identity() && effects(&["blur:0", "none"]).is_identity());
    assert!(!effects(&["none", "blur"]).is_identity());
    assert!(effects(&["none", "blur"]).hides_background() && !effects(&["none"]).hides_background());
    assert!(Effects::default().hides_background());
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

pub fn bad() {
    for (text, words) in [
        ("", &["''", "blur"][..]),
        ("blur:41", &["strength=41", "0..40"]),
        ("blur:", &["strength=", "0..40"]),
        ("blur,strength", &["'strength'", "key=value"]),
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
