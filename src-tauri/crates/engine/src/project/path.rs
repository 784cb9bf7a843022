//! A path inside a project, relative to its root, as bytes.
//!
//! It has no empty, `.` or `..` parts and is not absolute, so joining it to a root names something
//! lexically below that root. Whether a link on the way leads elsewhere is for the one who opens
//! it to refuse. The empty path is the root itself.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

/// See the module.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct RelPath(Box<[u8]>);

impl RelPath {
    /// The root of the project.
    pub fn root() -> Self {
        Self::default()
    }

    /// Resolves `.` and `..` by the text alone; `None` when the path is absolute or leads above
    /// the root, or holds a NUL.
    pub fn new(path: impl AsRef<Path>) -> Option<Self> {
        Self::root().resolve(path.as_ref())
    }

    /// The same, starting from this path as the current folder.
    pub fn resolve(&self, path: &Path) -> Option<Self> {
        let mut bytes = self.0.to_vec();
        for part in path.components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) if !name.as_bytes().contains(&0) => {
                    if !bytes.is_empty() {
                        bytes.push(b'/');
                    }
                    bytes.extend_from_slice(name.as_bytes());
                }
                Component::ParentDir if !bytes.is_empty() => {
                    bytes.truncate(bytes.iter().rposition(|b| *b == b'/').unwrap_or(0));
                }
                _ => return None,
            }
        }
        Some(Self(bytes.into()))
    }

    /// The entry `name` of this folder. `name` must be one name as a folder lists it.
    pub fn join(&self, name: &OsStr) -> Self {
        let mut bytes = Vec::with_capacity(self.0.len() + 1 + name.len());
        bytes.extend_from_slice(&self.0);
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name.as_bytes());
        Self(bytes.into())
    }

    /// The folder that holds it; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.iter().rposition(|b| *b == b'/').unwrap_or(0);
        Some(Self(self.0[..end].into()))
    }

    /// The last part; empty for the root.
    pub fn name(&self) -> &OsStr {
        let start = self.0.iter().rposition(|b| *b == b'/').map_or(0, |i| i + 1);
        OsStr::from_bytes(&self.0[start..])
    }

    /// The parts from the root down.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &OsStr> {
        self.0
            .split(|b| *b == b'/')
            .filter(|p| !p.is_empty())
            .map(OsStr::from_bytes)
    }

    /// The folders above it, nearest first, without the root.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent).filter(|p| !p.is_root())
    }

    /// Whether it is `folder` or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root()
            || (self.0.starts_with(&folder.0)
                && matches!(self.0.get(folder.0.len()), None | Some(b'/')))
    }

    /// Whether it is the root itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// As a path to be joined to a root.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// The bytes, parts separated by `/`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether a part of it is git metadata, also in the spellings that some file system takes
    /// for `.git`.
    pub fn is_git(&self) -> bool {
        self.parts().any(is_git_name)
    }
}

/// Whether a file system may take this name for `.git`: case, trailing dots and spaces, 8.3 names,
/// alternate streams, and code points that HFS+ ignores.
pub fn is_git_name(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    let text: String = text
        .chars()
        .filter(|c| {
            !matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{206a}'..='\u{206f}' | '\u{feff}')
        })
        .flat_map(char::to_lowercase)
        .collect();
    let text = text.split(':').next().unwrap_or_default();
    let text = text.trim_end_matches(['.', ' ']);
    if text == ".git" {
        return true;
    }
    // NTFS: `.git` is `git~1`; after four collisions the name starts with a hash, `gi` + hex.
    text.split_once('~').is_some_and(|(stem, number)| {
        !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && (stem == "git"
                || (stem.len() == 6
                    && stem.starts_with("gi")
                    && stem[2..].bytes().all(|b| b.is_ascii_hexdigit())))
    })
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            f.write_str(".")
        } else {
            self.as_path().display().fmt(f)
        }
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_path())
    }
}

impl AsRef<Path> for RelPath {
    fn as_ref(&self) -> &Path {
        self.as_path()
    }
}

impl From<&RelPath> for PathBuf {
    fn from(path: &RelPath) -> Self {
        path.as_path().to_owned()
    }
}

/// A text where the name is one, else a list of bytes: a file name need not be UTF-8.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes(Vec<u8>),
}

/// Writes any path, also one that is no text.
pub(crate) mod any {
    use super::*;

    pub(crate) fn serialize<S: serde::Serializer>(
        path: &Path,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => serializer.serialize_str(text),
            None => Written::Bytes(path.as_os_str().as_bytes().to_vec()).serialize(serializer),
        }
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<PathBuf, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Text(text) => PathBuf::from(text),
            Written::Bytes(bytes) => PathBuf::from(OsStr::from_bytes(&bytes)),
        })
    }
}

impl Serialize for RelPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Written::Bytes(self.0.to_vec()).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for RelPath {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = match Written::deserialize(deserializer)? {
            Written::Text(text) => text.into_bytes(),
            Written::Bytes(bytes) => bytes,
        };
        let path = Self::new(Path::new(OsStr::from_bytes(&bytes)));
        path.filter(|p| *p.0 == *bytes)
            .ok_or_else(|| serde::de::Error::custom("not a path inside the project"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: Option<&str>) {
        let found = RelPath::new(path).map(|p| p.as_path().to_str().unwrap().to_owned());
        assert_eq!(found.as_deref(), expect, "{path}");
    }

    #[test]
    fn dots_are_resolved_and_nothing_leads_out() {
        check("a/./b/../c", Some("a/c"));
        check("", Some(""));
        check("a/..", Some(""));
        check("a/../..", None);
        check("../a", None);
        check("/a", None);
        check("a\0b", None);
        check("with space,:'\"\n", Some("with space,:'\"\n"));
    }

    #[test]
    fn git_metadata_is_known_in_every_spelling() {
        for name in [
            ".git",
            ".GIT",
            ".Git",
            ".git.",
            ".git ",
            ".git..",
            "git~1",
            "GIT~1",
            "GI2837~1",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "\u{feff}.git",
        ] {
            assert!(is_git_name(OsStr::new(name)), "{name:?}");
        }
        for name in [
            ".gitignore",
            ".github",
            "git",
            "gitx~1",
            ".gi",
            "legit",
            "gitter~1",
        ] {
            assert!(!is_git_name(OsStr::new(name)), "{name:?}");
        }
        assert!(RelPath::new("a/.GIT/config").unwrap().is_git());
    }

    #[test]
    fn names_that_are_no_text_survive_json() {
        let odd = RelPath::new(Path::new(OsStr::from_bytes(b"a/\xff\xfe"))).unwrap();
        let json = serde_json::to_string(&odd).unwrap();
        assert_eq!(serde_json::from_str::<RelPath>(&json).unwrap(), odd);
        assert!(serde_json::from_str::<RelPath>("\"../x\"").is_err());
    }

    #[test]
    fn within_respects_whole_names() {
        let folder = RelPath::new("src").unwrap();
        assert!(RelPath::new("src/a").unwrap().is_within(&folder));
        assert!(folder.is_within(&folder));
        assert!(!RelPath::new("src2/a").unwrap().is_within(&folder));
        assert!(folder.is_within(&RelPath::root()));
    }
}
