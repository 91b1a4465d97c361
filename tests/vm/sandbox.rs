//! The sandbox with real devices: all trials here run in it, and this one shows that both of its parts hold.

use libtest_mimic::Trial;

use crate::{
    frames::Size,
    guest::{Guest, guest_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![guest_test("sandbox::both_parts_hold", both_parts_hold)]
}

/// From inside, at the moment when a camera's stream begins; without the sandbox as the control.
fn both_parts_hold() {
    let script = format!(
        r#"camera /dev/video0 {} YUYV 1
        echo secret >"$HOME/letter"; export LETTER=$HOME/letter
        run() {{ LD_PRELOAD=$PWD/trespass attempt "$1" "$GPUCAM" -v --camera /dev/video0 --effect none --frames 1 \
            --output "$1".y4m "${{@:2}}"; }}
        run inside
        run outside --no-sandbox
        unset LETTER
        "$GPUCAM" doctor >doctor || true
        producer -v --camera /dev/video0 --effect none --output /dev/video10
        within 60 streams /dev/video10
        grep -E '^(NoNewPrivs|Seccomp):' /proc/$producer/status >status
        cp gpucam.log live.log"#,
        Size::SMALL
    );
    let ended = Guest::new().preloaded("trespass").run(&script).success();
    let said = |name: &str, words: &[&str]| {
        let (code, text) = (ended.text(&format!("{name}.code")), ended.text(&format!("{name}.err")));
        assert_eq!(code.trim(), "0", "{name}: {text}");
        words.iter().for_each(|word| assert!(text.contains(word), "{name}, '{word}': {text}"));
    };
    let held = "in the sandbox files=true calls=true";
    said("inside", &[held, "file EACCES\n", "network EAFNOSUPPORT\n", "shell EACCES\n"]);
    said("outside", &["no sandbox", "file ok\n", "network ok\n", "shell ok\n"]);
    let live = ended.text("live.log");
    assert!(live.contains(held), "{live}");
    assert_eq!(
        ended.text("status").split_whitespace().collect::<Vec<_>>(),
        ["NoNewPrivs:", "1", "Seccomp:", "2"]
    );
    let doctor = ended.text("doctor");
    note!("doctor: {}", doctor.lines().find(|line| line.contains("andlock")).unwrap_or_default());
    assert!(doctor.lines().any(|line| line.contains("Landlock ") && line.ends_with(", seccomp")), "{doctor}");
}
