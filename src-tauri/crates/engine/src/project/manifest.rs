//! What project and draft looked like, path by path, when they last agreed.
//!
//! A command's changes are found by comparing the draft's tree with it, the person's by comparing
//! the project. It is kept in the draft's folder in a compact form of its own, because a project
//! may have a hundred thousand files, with a checksum, because a wrong one would show changes that
//! nobody made.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use sha2::Digest;
use sha2::Sha256;

use super::path::RelPath;
use super::stat::Kind;
use super::stat::Stat;
use super::stat::Time;
use super::stat::Version;
use crate::store::blobs::BlobId;

/// Both sides of one path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pair {
    /// The project's entry that the draft's was taken from.
    pub project: Option<Stat>,
    /// The draft's entry as last seen.
    pub tree: Option<Stat>,
    /// Where the link pointed, for a link.
    pub target: Option<Box<[u8]>>,
    /// Whether it was the person's own file, so that no later ignore rule can hide a change of it.
    pub source: bool,
    /// The exact content, where it was written so shortly before the copy that its stat cannot
    /// tell a later write.
    pub kept: Option<Version>,
}

/// All paths that project or draft hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// By path.
    pub pairs: HashMap<RelPath, Pair>,
}

/// A manifest's file that cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the list of its files is damaged")]
pub struct DamagedManifest;

const MAGIC: &[u8; 8] = b"glmanif1";

impl Manifest {
    /// The bytes to be kept.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + self.pairs.len() * 160);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&(self.pairs.len() as u64).to_le_bytes());
        for (path, pair) in &self.pairs {
            put_bytes(&mut out, path.as_bytes());
            let mut flags = 0;
            for (bit, set) in [
                (1, pair.project.is_some()),
                (2, pair.tree.is_some()),
                (4, pair.target.is_some()),
                (8, pair.source),
                (16, pair.kept.is_some()),
            ] {
                flags |= if set { bit } else { 0 };
            }
            out.push(flags);
            for stat in [&pair.project, &pair.tree].into_iter().flatten() {
                put_stat(&mut out, stat);
            }
            if let Some(target) = &pair.target {
                put_bytes(&mut out, target);
            }
            if let Some(kept) = &pair.kept {
                out.extend_from_slice(kept.blob.as_bytes());
                out.push(put_kind(kept.kind));
                out.extend_from_slice(&kept.mode.to_le_bytes());
                out.extend_from_slice(&kept.size.to_le_bytes());
            }
        }
        let sum = Sha256::digest(&out);
        out.extend_from_slice(&sum);
        out
    }

    /// The manifest in such bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, DamagedManifest> {
        let (body, sum) = bytes
            .split_at_checked(bytes.len().wrapping_sub(32))
            .ok_or(DamagedManifest)?;
        if *Sha256::digest(body) != *sum {
            return Err(DamagedManifest);
        }
        decode_body(body).ok_or(DamagedManifest)
    }

    /// The pair of a path; made when there is none.
    pub fn pair(&mut self, path: &RelPath) -> &mut Pair {
        self.pairs.entry(path.clone()).or_default()
    }

    /// Drops the pair of a path that neither side has any more.
    pub fn forget_if_gone(&mut self, path: &RelPath) {
        if self
            .pairs
            .get(path)
            .is_some_and(|p| p.project.is_none() && p.tree.is_none())
        {
            self.pairs.remove(path);
        }
    }
}

fn decode_body(body: &[u8]) -> Option<Manifest> {
    let mut at = In(body);
    if at.take(8)? != MAGIC {
        return None;
    }
    let count = at.u64()?;
    let mut pairs = HashMap::with_capacity(usize::try_from(count).ok()?.min(1 << 20));
    for _ in 0..count {
        let bytes = at.bytes()?;
        let path = RelPath::new(Path::new(OsStr::from_bytes(bytes)))?;
        let flags = at.take(1)?[0];
        let mut pair = Pair {
            source: flags & 8 != 0,
            ..Pair::default()
        };
        if flags & 1 != 0 {
            pair.project = Some(at.stat()?);
        }
        if flags & 2 != 0 {
            pair.tree = Some(at.stat()?);
        }
        if flags & 4 != 0 {
            pair.target = Some(at.bytes()?.into());
        }
        if flags & 16 != 0 {
            pair.kept = Some(Version {
                blob: BlobId::from_bytes(at.take(32)?.try_into().ok()?),
                kind: at.kind()?,
                mode: at.u32()?,
                size: at.u64()?,
            });
        }
        pairs.insert(path, pair);
    }
    at.0.is_empty().then_some(Manifest { pairs })
}

struct In<'a>(&'a [u8]);

impl<'a> In<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    fn time(&mut self) -> Option<Time> {
        Some(Time(self.u64()?.cast_signed(), self.u32()?))
    }

    fn kind(&mut self) -> Option<Kind> {
        Some(match self.take(1)?[0] {
            0 => Kind::File,
            1 => Kind::Link,
            2 => Kind::Folder,
            3 => Kind::Special,
            _ => return None,
        })
    }

    fn stat(&mut self) -> Option<Stat> {
        Some(Stat {
            kind: self.kind()?,
            mode: self.u32()?,
            size: self.u64()?,
            mtime: self.time()?,
            ctime: self.time()?,
            ino: self.u64()?,
            links: self.u64()?,
        })
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("a path is shorter than 4 GB");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

fn put_kind(kind: Kind) -> u8 {
    match kind {
        Kind::File => 0,
        Kind::Link => 1,
        Kind::Folder => 2,
        Kind::Special => 3,
    }
}

fn put_stat(out: &mut Vec<u8>, stat: &Stat) {
    out.push(put_kind(stat.kind));
    out.extend_from_slice(&stat.mode.to_le_bytes());
    out.extend_from_slice(&stat.size.to_le_bytes());
    for time in [stat.mtime, stat.ctime] {
        out.extend_from_slice(&time.0.to_le_bytes());
        out.extend_from_slice(&time.1.to_le_bytes());
    }
    out.extend_from_slice(&stat.ino.to_le_bytes());
    out.extend_from_slice(&stat.links.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stat() -> impl Strategy<Value = Stat> {
        let kind = prop_oneof![
            Just(Kind::File),
            Just(Kind::Link),
            Just(Kind::Folder),
            Just(Kind::Special)
        ];
        let time = || (any::<i64>(), any::<u32>()).prop_map(|(s, n)| Time(s, n));
        (
            kind,
            any::<u32>(),
            any::<u64>(),
            time(),
            time(),
            any::<u64>(),
            any::<u64>(),
        )
            .prop_map(|(kind, mode, size, mtime, ctime, ino, links)| Stat {
                kind,
                mode,
                size,
                mtime,
                ctime,
                ino,
                links,
            })
    }

    fn manifest() -> impl Strategy<Value = Manifest> {
        let kept = any::<u64>().prop_map(|size| Version {
            blob: BlobId::of(&size.to_le_bytes()),
            kind: Kind::Link,
            mode: 0o751,
            size,
        });
        let pair = (
            proptest::option::of(stat()),
            proptest::option::of(stat()),
            proptest::option::of(any::<Vec<u8>>().prop_map(Into::into)),
            any::<bool>(),
            proptest::option::of(kept),
        )
            .prop_map(|(project, tree, target, source, kept)| Pair {
                project,
                tree,
                target,
                source,
                kept,
            });
        proptest::collection::hash_map("[a-z]{1,3}(/[a-zé\n]{1,3}){0,2}", pair, 0..8).prop_map(
            |map| Manifest {
                pairs: map
                    .into_iter()
                    .map(|(path, pair)| (RelPath::new(path).unwrap(), pair))
                    .collect(),
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_manifest_comes_back_and_a_damaged_one_does_not(
            manifest in manifest(), at in any::<proptest::sample::Index>(), bit in 0..8
        ) {
            let mut bytes = manifest.encode();
            prop_assert_eq!(Manifest::decode(&bytes), Ok(manifest));
            let cut = at.index(bytes.len());
            prop_assert_eq!(Manifest::decode(&bytes[..cut]), Err(DamagedManifest));
            bytes[cut] ^= 1_u8 << bit;
            prop_assert_eq!(Manifest::decode(&bytes), Err(DamagedManifest));
        }
    }
}
