//! What an approval is bound to: every byte that decides what a command does.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use sha2::Digest as _;
use sha2::Sha256;

use crate::network::site::Site;

/// Exactly what would be run.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The folder it runs in, as it sees it.
    pub cwd: PathBuf,
    /// Its whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// What it may write and reach.
    pub profile: Profile,
}

/// What a command may write and reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whether it may write in the draft.
    pub writes: bool,
    /// What it may reach.
    pub reach: Reach,
}

/// What a command may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nothing.
    Nothing,
    /// These sites; others are asked about when it wants them.
    Sites(BTreeSet<Site>),
    /// The machine's network.
    Machine,
}

/// A binding as a number: two bindings with the same one are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Binding {
    /// The number of these bytes.
    pub fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        // Each part after its length, so that no two bindings run together to the same bytes.
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(b"greenlight approval 1");
        part(&self.argv.len().to_be_bytes());
        for word in &self.argv {
            part(word.as_bytes());
        }
        part(self.cwd.as_os_str().as_bytes());
        part(&self.env.len().to_be_bytes());
        for (name, value) in &self.env {
            part(name.as_bytes());
            part(value.as_bytes());
        }
        part(self.profile.to_string().as_bytes());
        Digest(hash.finalize().into())
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of an environment are nobody's business.
        f.debug_struct("Binding")
            .field("argv", &self.argv)
            .field("cwd", &self.cwd)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.writes {
            "writes in the private copy; "
        } else {
            "writes nothing; "
        })?;
        match &self.reach {
            Reach::Nothing => f.write_str("reaches nothing"),
            Reach::Machine => f.write_str("reaches everything"),
            Reach::Sites(sites) if sites.is_empty() => f.write_str("asks for each address"),
            Reach::Sites(sites) => {
                let sites: Vec<String> = sites.iter().map(Site::to_string).collect();
                write!(f, "reaches {}", sites.join(", "))
            }
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
