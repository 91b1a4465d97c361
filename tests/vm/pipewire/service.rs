//! gpucam as a service of a real systemd of a user, in a mount namespace of its own.

use std::process::Command;

use libtest_mimic::Trial;

use super::{
    bars_picture,
    daemon::{Desktop, needs, ready},
};
use crate::{
    frames::Size,
    guest::{gpucam, timed},
    support::trials::Missing,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![timed("pipewire::service", || ready().and_then(|()| can_run()), service)]
}

/// systemd's own program.
const SYSTEMD: &str = "/usr/lib/systemd/systemd";

/// Whether a systemd of a user can run here: it wants to believe that systemd has started the machine.
fn can_run() -> Result<(), Missing> {
    needs(&["unshare", "systemctl"])?;
    let script = format!("mount -t tmpfs tmpfs /run && test -x {SYSTEMD}");
    let output = Command::new("unshare").args(["-m", "sh", "-c", &script]).output();
    let can = output.is_ok_and(|output| output.status.success());
    can.then_some(()).ok_or("a systemd, and the right to mount (root)".into())
}

/// Installed, it runs and is told about; killed or hanging, it is started again; without its camera it waits;
/// uninstalled, it is gone.
fn service() {
    let desktop = Desktop::start();
    let picture = bars_picture(&desktop, Size::SMALL);
    let script = format!(
        r#"set -u
        mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system
        {SYSTEMD} --user --log-target=null --unit=basic.target &
        systemd=$!
        trap 'kill $systemd' EXIT
        within() {{ local end=$((SECONDS + $1)); shift; until "$@" >/dev/null 2>&1; do
            [ $SECONDS -lt $end ] || {{ echo "not in time: $*"; exit 1; }}; sleep 0.2; done; }}
        show() {{ systemctl --user show --property "$1" --value gpucam; }}
        other() {{ [ "$(show MainPID)" != "$1" ] && [ "$(show ActiveState)" = active ]; }}
        within 20 systemctl --user is-system-running
        mkdir -p ~/.config/gpucam
        echo 'input = "{picture}"
        output = "pipewire"
        effect = "none"' >~/.config/gpucam/config.toml
        gpucam="{program}"
        "$gpucam" service install || exit 1
        [ "$(show ActiveState)" = active ] || exit 2
        within 20 "$gpucam" status
        first=$(show MainPID)
        grep -q 'NoNewPrivs:.*1' /proc/$first/status || exit 3
        echo "status: $(show StatusText)"
        systemctl --user reload gpucam || exit 4
        kill -9 $first
        within 30 other $first
        within 20 "$gpucam" status
        second=$(show MainPID)
        kill -STOP $second
        within 60 other $second
        echo "restarts: $(show NRestarts)"
        # Without its camera it waits, and takes it when it comes.
        sed -i 's|^input.*|camera = "pipewire:late"|' ~/.config/gpucam/config.toml
        systemctl --user restart gpucam || exit 8
        sleep 12
        [ "$(show ActiveState)" = active ] || exit 9
        [ "$(show NRestarts)" = 0 ] || {{ echo "restarts without a camera: $(show NRestarts)"; exit 10; }}
        echo "without a camera: $(show StatusText)"
        "$gpucam" --input "{picture}" --effect none --output pipewire:late --offline &
        late=$!
        within 40 "$gpucam" status --process $(show MainPID)
        echo "with it: $(show StatusText), $(show NRestarts) restarts"
        kill $late
        "$gpucam" service uninstall || exit 5
        "$gpucam" status && exit 6
        [ -e ~/.config/systemd/user/gpucam.service ] && exit 7
        exit 0"#,
        picture = picture.display(),
        program = std::fs::canonicalize(gpucam()).unwrap().display(),
    );
    let output = desktop.command("unshare").args(["-m", "bash", "-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}{errors}", output.status);
    assert!(said.contains("status: idle") && said.contains("restarts: 2"), "{said}");
    assert!(said.contains("without a camera: waits: ") && said.contains("with it: idle"), "{said}");
    note!("{said}");
}
