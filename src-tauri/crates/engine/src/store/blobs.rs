//! Bytes kept once, by their SHA-256: file versions, pictures, outputs.
//!
//! A blob is written to a temporary file beside its place, synced, and renamed to the hash of what
//! was written, so a name that exists is complete. Files are private to the person (0600 in 0700
//! folders) and big ones are streamed, never held in memory.
//!
//! A blob whose bytes no longer match its name is an error on reading, never an answer. Nothing
//! here deletes: what may go is known only to those who hold the ids.

use std::fmt;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;
use sha2::Sha256;

/// The SHA-256 of a blob's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// The id that these bytes have.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The id with these 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The id and length of all that a reader gives.
    pub fn of_reader(reader: &mut dyn Read) -> io::Result<(Self, u64)> {
        stream(reader, &mut io::sink())
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for BlobId {
    type Error = NotABlobId;

    fn try_from(text: String) -> Result<Self, NotABlobId> {
        text.parse()
    }
}

impl FromStr for BlobId {
    type Err = NotABlobId;

    fn from_str(text: &str) -> Result<Self, NotABlobId> {
        let bad = || NotABlobId {
            text: text.chars().take(80).collect(),
        };
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut id = [0; 32];
        for (i, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(id))
    }
}

/// A text that is no blob id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a blob id")]
pub struct NotABlobId {
    /// Its beginning.
    pub text: String,
}

/// Why a blob could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no blob of that id.
    #[error("the stored version {id} is missing")]
    Missing {
        /// Which one.
        id: BlobId,
    },
    /// The bytes under that id are not the ones that were stored.
    #[error("the stored version {id} is damaged on disk")]
    Damaged {
        /// Which one.
        id: BlobId,
    },
    /// The disk is full.
    #[error("the disk that holds `{}` is full", path.display())]
    DiskFull {
        /// The store's folder.
        path: PathBuf,
    },
    /// Anything else the system said.
    #[error("cannot use the store at `{}`: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl BlobError {
    fn io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull {
                path: path.to_owned(),
            },
            _ => Self::Io {
                path: path.to_owned(),
                source,
            },
        }
    }
}

/// The folder of blobs. Cheap to clone; all clones mean the same folder.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: Arc<Path>,
}

impl Blobs {
    /// Opens the store, and makes its folder when it is missing.
    pub fn open(dir: &Path) -> Result<Self, BlobError> {
        private_folder(dir)?;
        let staging = dir.join("new");
        private_folder(&staging)?;
        remove_abandoned(&staging);
        Ok(Self { dir: dir.into() })
    }

    /// Keeps these bytes, durably.
    pub fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
        self.keep(&mut &*bytes, true).map(|(id, _)| id)
    }

    /// Keeps all that a reader gives, in pieces and durably; returns its id and length.
    pub fn put_reader(&self, reader: &mut dyn Read) -> Result<(BlobId, u64), BlobError> {
        self.keep(reader, true)
    }

    /// The same, durable only after the next [`Blobs::sync`]: a formatter may change thousands of
    /// files at once.
    pub fn put_reader_later(&self, reader: &mut dyn Read) -> Result<(BlobId, u64), BlobError> {
        self.keep(reader, false)
    }

    /// Makes all that was kept durable.
    pub fn sync(&self) -> Result<(), BlobError> {
        let failed = |source| BlobError::io(&self.dir, source);
        let dir = File::open(&self.dir).map_err(failed)?;
        rustix::fs::syncfs(dir).map_err(|e| failed(e.into()))
    }

    fn keep(&self, reader: &mut dyn Read, durably: bool) -> Result<(BlobId, u64), BlobError> {
        let staging = self.dir.join("new");
        let failed = |source| BlobError::io(&self.dir, source);
        let mut file = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(&staging)
            .map_err(failed)?;
        let (id, length) = stream(reader, file.as_file_mut()).map_err(failed)?;
        let place = self.place(&id);
        // One of another length was lost to a power cut before it was synced: replace it.
        if fs::metadata(&place).is_ok_and(|m| m.len() == length) {
            if durably {
                File::open(&place)
                    .and_then(|f| f.sync_all())
                    .map_err(failed)?;
            }
            return Ok((id, length));
        }
        if durably {
            file.as_file().sync_all().map_err(failed)?;
        }
        let folder = place
            .parent()
            .expect("a blob lies in a folder of the store");
        private_folder(folder)?;
        file.persist(&place)
            .map_err(|e| BlobError::io(&place, e.error))?;
        if durably {
            for folder in [folder, &self.dir] {
                File::open(folder)
                    .and_then(|f| f.sync_all())
                    .map_err(|e| BlobError::io(folder, e))?;
            }
        }
        Ok((id, length))
    }

    /// Puts the file of a damaged blob aside, so that the next keeping of its bytes is a whole one.
    pub fn put_aside(&self, id: &BlobId) -> Result<(), BlobError> {
        let place = self.place(id);
        fs::rename(&place, place.with_extension("damaged")).map_err(|e| BlobError::io(&place, e))
    }

    /// Whether there is a blob of that id.
    pub fn contains(&self, id: &BlobId) -> bool {
        self.place(id).exists()
    }

    /// The bytes, checked against their hash.
    pub fn get(&self, id: &BlobId) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::new();
        let mut file = self.file(id)?;
        file.read_to_end(&mut bytes)
            .map_err(|e| BlobError::io(&self.place(id), e))?;
        if BlobId::of(&bytes) == *id {
            Ok(bytes)
        } else {
            Err(BlobError::Damaged { id: *id })
        }
    }

    /// Copies the bytes out in pieces. The hash is known only at the end: what was written before
    /// a [`BlobError::Damaged`] must not be used.
    pub fn copy_to(&self, id: &BlobId, out: &mut dyn Write) -> Result<u64, BlobError> {
        let mut file = self.file(id)?;
        let (found, length) =
            stream(&mut file, out).map_err(|e| BlobError::io(&self.place(id), e))?;
        if found == *id {
            Ok(length)
        } else {
            Err(BlobError::Damaged { id: *id })
        }
    }

    /// The length in bytes.
    pub fn size(&self, id: &BlobId) -> Result<u64, BlobError> {
        let mut file = self.file(id)?;
        file.seek(io::SeekFrom::End(0))
            .map_err(|e| BlobError::io(&self.dir, e))
    }

    fn file(&self, id: &BlobId) -> Result<File, BlobError> {
        let place = self.place(id);
        match fs::OpenOptions::new()
            .read(true)
            .custom_flags(NOFOLLOW)
            .open(&place)
        {
            Ok(file) => Ok(file),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing { id: *id }),
            Err(e) => Err(BlobError::io(&place, e)),
        }
    }

    fn place(&self, id: &BlobId) -> PathBuf {
        let name = id.to_string();
        self.dir.join(&name[..2]).join(&name[2..])
    }
}

const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);
const NOFOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// What a killed app was writing is of no use; what is younger may be another running app's.
fn remove_abandoned(staging: &Path) {
    for entry in fs::read_dir(staging).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|m| m.modified())
            .map(|time| time.elapsed());
        if matches!(age, Ok(Ok(age)) if age > ABANDONED) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn private_folder(path: &Path) -> Result<(), BlobError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|e| BlobError::io(path, e))
}

fn stream(reader: &mut dyn Read, out: &mut dyn Write) -> io::Result<(BlobId, u64)> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 128 * 1024];
    let mut length = 0;
    loop {
        let n = match reader.read(&mut piece) {
            Ok(0) => return Ok((BlobId(hash.finalize().into()), length)),
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        hash.update(&piece[..n]);
        out.write_all(&piece[..n])?;
        length += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Blobs) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
        (dir, blobs)
    }

    #[test]
    fn what_is_put_comes_back_once_and_private() {
        let (_dir, blobs) = store();
        let id = blobs.put(b"a\r\n\0b").unwrap();
        assert_eq!(blobs.put(b"a\r\n\0b").unwrap(), id);
        assert_eq!(blobs.get(&id).unwrap(), b"a\r\n\0b");
        assert_eq!(blobs.size(&id).unwrap(), 5);
        let mode = fs::metadata(blobs.place(&id)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "a blob may hold the person's code");
        assert_eq!(
            fs::read_dir(blobs.dir.join("new")).unwrap().count(),
            0,
            "no leftovers"
        );
    }

    #[test]
    fn a_damaged_blob_is_an_error_and_not_an_answer() {
        let (_dir, blobs) = store();
        let id = blobs.put(b"right").unwrap();
        fs::write(blobs.place(&id), b"wrong").unwrap();
        assert!(matches!(blobs.get(&id), Err(BlobError::Damaged { id: i }) if i == id));
        assert!(matches!(
            blobs.copy_to(&id, &mut io::sink()),
            Err(BlobError::Damaged { .. })
        ));
    }

    #[test]
    fn what_is_damaged_is_kept_anew_once_it_is_put_aside() {
        let (_dir, blobs) = store();
        let id = blobs.put(b"right").unwrap();
        fs::write(blobs.place(&id), b"wrong").unwrap();
        blobs.put_aside(&id).unwrap();
        assert!(matches!(blobs.get(&id), Err(BlobError::Missing { .. })));
        assert_eq!(blobs.put(b"right").unwrap(), id);
        assert_eq!(blobs.get(&id).unwrap(), b"right");
    }

    #[test]
    fn a_missing_blob_names_its_id() {
        let (_dir, blobs) = store();
        let id = BlobId::of(b"never stored");
        let error = blobs.get(&id).unwrap_err();
        assert!(error.to_string().contains(&id.to_string()), "{error}");
    }

    #[test]
    fn what_a_killed_app_left_goes_and_what_another_writes_stays() {
        let (dir, blobs) = store();
        let (old, young) = (blobs.dir.join("new/old"), blobs.dir.join("new/young"));
        let file = File::create(&old).unwrap();
        file.set_modified(std::time::SystemTime::now() - 2 * ABANDONED)
            .unwrap();
        File::create(&young).unwrap();
        Blobs::open(&dir.path().join("blobs")).unwrap();
        assert!(!old.exists() && young.exists());
    }

    #[test]
    fn a_failing_reader_leaves_nothing() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("cable pulled"))
            }
        }
        let (_dir, blobs) = store();
        assert!(blobs.put_reader(&mut Broken).is_err());
        assert_eq!(fs::read_dir(blobs.dir.join("new")).unwrap().count(), 0);
    }

    #[test]
    fn an_id_reads_back_from_its_text_and_nothing_else_does() {
        let id = BlobId::of(b"x");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(
            serde_json::from_str::<BlobId>(&format!("\"{id}\"")).unwrap(),
            id
        );
        assert!("12".parse::<BlobId>().is_err());
        assert!(
            "é".repeat(32).parse::<BlobId>().is_err(),
            "64 bytes that are no hex digits"
        );
    }
}
