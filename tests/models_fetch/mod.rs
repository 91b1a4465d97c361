//! Finding and downloading models, with a local server and a fake pip.

mod fetch;
mod find;

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

use gpucam::internals::model::{
    catalogue::{self, CatalogueEntry, Wheel},
    fetch::Fetcher,
};
use libtest_mimic::Trial;

/// All trials of this folder.
pub fn trials() -> Vec<Trial> {
    find::trials().into_iter().chain(fetch::trials()).collect()
}

/// Content of the published file.
const BODY: &[u8] = b"a model of nine and a half words, no more";
/// `printf %s "$BODY" | sha256sum`, computed by coreutils and not by the code under test.
const BODY_SHA256: &str = "2ba0ae86a60ab76b3a80c0d67618d2e86b73bc1d12efe422d3d967f08e74a70f";
/// Content of the wheel's member.
const MEMBER: &[u8] = b"the same model with metadata appended";
const MEMBER_SHA256: &str = "2c9fe668829c48766d5baff89a2d642866cb5eb33667350eb06df24e0d5db129";
/// Content that matches neither.
const OTHER: &[u8] = b"another model of nine and a half words...";

fn entry(address: &str) -> CatalogueEntry {
    assert_eq!(BODY.len(), OTHER.len(), "the wrong file must be refused for its checksum, not its size");
    CatalogueEntry {
        name: "test-model".into(),
        file: "test.tflite".into(),
        bytes: BODY.len() as u64,
        sha256: BODY_SHA256.into(),
        addresses: vec![address.into()],
        wheel: None,
        ..catalogue::default().clone()
    }
}

fn wheel() -> Wheel {
    Wheel {
        package: "nets".into(),
        version: "1.2".into(),
        python: "3.11".into(),
        platform: "any".into(),
        member: "nets/data/m.tflite".into(),
        bytes: MEMBER.len() as u64,
        sha256: MEMBER_SHA256.into(),
    }
}

/// Short timeouts, no proxy between the test and its server, and only the fake pip.
fn fetcher() -> Fetcher {
    let wait = Duration::from_millis(500);
    Fetcher {
        connect: wait,
        silence: wait,
        proxy: None,
        python: "/nonexistent/python3".into(),
        ..Default::default()
    }
}

/// Starts a server that answers one request with these bytes; returns the URL.
fn server(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/m.tflite", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        assert!(request.starts_with(b"GET /m.tflite HTTP/1.1\r\n"));
        // The client may close the connection early.
        let _ = stream.write_all(&answer);
    });
    address
}

fn answer(status: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A URL that refuses connections.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/m.tflite", listener.local_addr().unwrap())
}
