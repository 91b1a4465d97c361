//! The catalogue, and the search for model files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gpucam::internals::{
    Error, ModelError, Size,
    cli::hint::sentence,
    cli::models::{ModelsArgs, run},
    model::{
        OutputDecoding, OutputGrid,
        catalogue::{self, CatalogueEntry, ModelChoice, ModelFolders},
    },
};
use libtest_mimic::Trial;

use super::{BODY, MEMBER, OTHER, answer, entry, fetcher, server, wheel};
use crate::support::{
    files::{each_model, model_file},
    test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("models::catalogue_is_what_was_measured", catalogue_is_what_was_measured),
        test("models::search_order", search_order),
        test("models::wanted", wanted),
        test("models::damaged_file_is_refused", damaged_file_is_refused),
        test("models::offline", offline),
        test("models::list", list),
    ]
    .into_iter()
    .chain(each_model("models::catalogue_matches", catalogue_matches))
    .collect()
}

fn put(folder: &Path, entry: &CatalogueEntry, bytes: &[u8]) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(&entry.file), bytes).unwrap();
    folder.join(&entry.file)
}

/// The readings of the models, from their documentation and tensors.
fn catalogue_is_what_was_measured() {
    let softmax = |channel| OutputDecoding::Softmax { channel };
    let rows = [
        ("selfie-landscape", (256, 144), (1.0, 0.0), OutputDecoding::Probability, OutputGrid::Centres),
        ("meet-full", (256, 144), (1.0, 0.0), softmax(1), OutputGrid::Centres),
        ("meet-lite", (160, 96), (1.0, 0.0), softmax(1), OutputGrid::Centres),
        ("selfie-general", (256, 256), (1.0, 0.0), OutputDecoding::Probability, OutputGrid::Centres),
        // x / 127.5 − 1 of 8-bit x equals 2 rgb − 1; class 15 of Pascal VOC is the person.
        ("deeplab-v3", (257, 257), (2.0, -1.0), softmax(15), OutputGrid::Centres),
        ("bodypix-050", (257, 257), (1.0, 0.0), OutputDecoding::Logit, OutputGrid::Corners),
    ];
    assert_eq!(catalogue::entries().len(), rows.len());
    assert_eq!(catalogue::default().name, "selfie-landscape");
    for (entry, (name, (width, height), (scale, offset), person, grid)) in
        catalogue::entries().iter().zip(rows)
    {
        assert_eq!(entry.name, name);
        assert_eq!(entry.input, Size::new(width, height), "{name}");
        assert_eq!((entry.reading.scale, entry.reading.offset), (scale, offset), "{name}");
        assert_eq!((entry.reading.person, entry.reading.grid), (person, grid), "{name}");
        assert!(entry.file.ends_with(".tflite") && !entry.file.contains('/'), "{name}");
        assert!(!entry.addresses.is_empty(), "{name}");
        for address in &entry.addresses {
            let parts: Vec<_> = address.split('/').collect();
            assert!(address.starts_with("https://raw.githubusercontent.com/"), "{address}");
            assert!(parts[5].len() == 40, "{address} is not pinned to a commit");
        }
        for sum in [Some(&entry.sha256), entry.wheel.as_ref().map(|w| &w.sha256)].into_iter().flatten() {
            assert!(sum.len() == 64 && sum.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
        }
    }
}

/// A published file has the catalogue's size and checksum; coreutils confirms the latter.
fn catalogue_matches(name: &str) {
    let (entry, path) = (catalogue::by_name(name).unwrap(), model_file(name));
    let said = std::process::Command::new("sha256sum").arg(&path).output().unwrap().stdout;
    let sum = String::from_utf8(said).unwrap()[..64].to_owned();
    // The member of a wheel, where that is another file than the published one.
    let found = (fs::metadata(&path).unwrap().len(), &sum);
    let of_wheel = entry.wheel.as_ref().map(|wheel| (wheel.bytes, &wheel.sha256));
    assert!(found == (entry.bytes, &entry.sha256) || Some(found) == of_wheel, "{name}: {found:?}");
    assert_eq!(entry.in_folder(path.parent().unwrap()).unwrap(), Some(path));
}

/// `$GPUCAM_MODELS` takes precedence over the data folder; either checksum is valid.
fn search_order() {
    let home = tempfile::tempdir().unwrap();
    let (given, data) = (home.path().join("given"), home.path().join("data"));
    let places = ModelFolders { given: Some(given.clone()), data: Some(data.clone()) };
    let entry = CatalogueEntry { wheel: Some(wheel()), ..entry("") };
    assert_eq!(places.find(&entry).unwrap(), None);
    let fetched = put(&data, &entry, MEMBER);
    assert_eq!(places.find(&entry).unwrap(), Some(fetched.clone()));
    let chosen = put(&given, &entry, BODY);
    assert_eq!(places.find(&entry).unwrap(), Some(chosen));
    let alone = ModelFolders { given: None, data: Some(data) };
    assert_eq!(alone.find(&entry).unwrap(), Some(fetched));
    assert_eq!(ModelFolders::default().find(&entry).unwrap(), None);
}

/// The forms of `--model`.
fn wanted() {
    assert!(
        matches!(ModelChoice::parse(None).unwrap(), ModelChoice::Named(e) if e.name == "selfie-landscape")
    );
    assert!(
        matches!(ModelChoice::parse(Some("meet-lite")).unwrap(), ModelChoice::Named(e) if e.name == "meet-lite")
    );
    let unknown = ModelChoice::parse(Some("meet-fulll")).unwrap_err().to_string();
    assert!(unknown.contains("'meet-fulll'"), "{unknown}");
    for entry in catalogue::entries() {
        assert!(unknown.contains(&entry.name), "{unknown}");
    }
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join("own.tflite");
    fs::write(&own, OTHER).unwrap();
    assert!(
        matches!(ModelChoice::parse(own.to_str()).unwrap(), ModelChoice::File(path, None) if path == own)
    );
    let missing = home.path().join("missing.tflite");
    assert!(
        matches!(ModelChoice::parse(missing.to_str()).unwrap_err(), ModelError::Find { path, .. } if path == missing)
    );
    assert!(matches!(ModelChoice::parse(Some("missing.tflite")).unwrap_err(), ModelError::Find { .. }));
    // An endless file must not be read to its end.
    for path in ["/dev/zero", home.path().to_str().unwrap()] {
        let error = ModelChoice::parse(Some(path)).unwrap_err().to_string();
        assert!(error.contains(path) && error.contains("not a file"), "{error}");
    }
}

/// Other content under a catalogue file name is rejected wherever it lies, and a download replaces it.
fn damaged_file_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let entry = entry("");
    let path = put(home.path(), &entry, OTHER);
    let places = ModelFolders { given: None, data: Some(home.path().into()) };
    let message = sentence(&places.find(&entry).unwrap_err().into());
    for word in [path.to_str().unwrap(), "wrong checksum", "gpucam models fetch test-model"] {
        assert!(message.contains(word), "{message}");
    }
    let landscape = put(home.path(), catalogue::default(), OTHER);
    assert!(matches!(ModelChoice::parse(landscape.to_str()).unwrap_err(), ModelError::Checksum { .. }));
    let ensured = fetcher().ensure(None, &places, false, &mut |_| ()).unwrap_err();
    assert!(matches!(ensured, ModelError::Checksum { .. }), "{ensured}");

    let good = self::entry(&server(answer("200 OK", BODY.len(), BODY)));
    fetcher().fetch(&good, home.path(), &mut |_| ()).unwrap();
    assert_eq!(places.find(&good).unwrap(), Some(path));
}

/// `--offline` does not touch the network, and its error says what to do.
fn offline() {
    let home = tempfile::tempdir().unwrap();
    let places = ModelFolders { given: None, data: Some(home.path().join("models")) };
    let mut steps = 0;
    let error = fetcher().ensure(Some("meet-full"), &places, true, &mut |_| steps += 1).unwrap_err();
    let message = sentence(&error.into());
    assert!(message.contains("--offline") && message.contains("gpucam models fetch meet-full"), "{message}");
    assert_eq!(steps, 0, "no download was begun");
    assert!(!home.path().join("models").exists());
    let homeless = fetcher().ensure(None, &ModelFolders::default(), false, &mut |_| ()).unwrap_err();
    assert!(matches!(homeless, ModelError::NoDataFolder));
}

#[derive(clap::Parser)]
struct Typed {
    #[command(flatten)]
    models: ModelsArgs,
}

fn typed(words: &[&str]) -> Result<ModelsArgs, clap::Error> {
    use clap::Parser;
    Typed::try_parse_from([&["models"], words].concat()).map(|typed| typed.models)
}

/// The table lists every model with size, licence and path; unknown names are rejected before any download.
fn list() {
    let home = tempfile::tempdir().unwrap();
    let damaged = put(home.path(), catalogue::by_name("meet-lite").unwrap(), OTHER);
    let places = ModelFolders { given: None, data: Some(home.path().into()) };
    let mut out = Vec::new();
    run(&typed(&[]).unwrap(), &places, &mut out).unwrap();
    let table = String::from_utf8(out).unwrap();
    for entry in catalogue::entries() {
        let line = table.lines().find(|line| line.starts_with(&entry.name)).expect("a line for each");
        assert!(line.contains(&entry.licence) && line.contains(&entry.input.to_string()), "{line}");
        let place = if entry.name == "meet-lite" { damaged.to_str().unwrap() } else { "not fetched" };
        assert!(line.ends_with(place), "{line}");
    }
    assert!(table.contains("selfie-landscape *") && table.contains("407.25 kB"), "{table}");

    let unknown = run(&typed(&["fetch", "nothing"]).unwrap(), &places, &mut Vec::new()).unwrap_err();
    assert!(matches!(unknown, Error::Model(ModelError::Unknown { .. })));
    assert!(typed(&["fetch"]).is_err(), "a name or --all");
    assert!(typed(&["fetch", "meet-full", "--all"]).is_err());
    assert!(typed(&["fetch", "--all"]).is_ok());
}
