//! Reads the files of a folder that is to be attached: its texts, by name.
//!
//! Hidden files and folders, links, and what is no text are passed over and counted. A folder with
//! very many files is refused, because nobody means all of them.

use std::fs;
use std::path::Path;

use super::Wrong;
use super::read_file;
use super::text;

/// Files that are looked at.
const MOST_FILES: usize = 2_000;
/// Bytes of text that are taken in all.
const MOST_BYTES: usize = 40_000_000;

/// A folder's texts.
#[derive(Debug, Default)]
pub struct Texts {
    /// Name, with the folder's own in front, and text.
    pub files: Vec<(String, String)>,
    /// Files that are no text.
    pub others: usize,
}

/// Reads a folder.
///
/// # Errors
///
/// [`Wrong`] when it cannot be read, has too much in it, or holds no text at all.
pub fn read(path: &Path) -> Result<Texts, Wrong> {
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let mut texts = Texts::default();
    let mut seen = (0, 0);
    walk(path, &name, &mut texts, &mut seen)?;
    match texts.files.is_empty() {
        true => Err(Wrong::NoTexts),
        false => Ok(texts),
    }
}

fn walk(
    folder: &Path,
    name: &str,
    texts: &mut Texts,
    seen: &mut (usize, usize),
) -> Result<(), Wrong> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let own = entry.file_name().to_string_lossy().into_owned();
        if own.starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        let name = format!("{name}/{own}");
        if kind.is_dir() {
            walk(&entry.path(), &name, texts, seen)?;
            continue;
        }
        if !kind.is_file() {
            continue;
        }
        seen.0 += 1;
        if seen.0 > MOST_FILES {
            return Err(Wrong::TooManyFiles);
        }
        // What cannot be read is no text either.
        let read = read_file(&entry.path()).ok();
        match read.and_then(|(_, bytes)| text::text(&bytes).ok()) {
            Some((text, _)) => {
                seen.1 += text.len();
                if seen.1 > MOST_BYTES {
                    return Err(Wrong::TooManyFiles);
                }
                texts.files.push((name, text));
            }
            None => texts.others += 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_by_name_and_the_rest_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("docs");
        fs::create_dir_all(folder.join("deep/.git")).unwrap();
        fs::write(folder.join("b.md"), "b").unwrap();
        fs::write(folder.join("deep/a.md"), "a").unwrap();
        fs::write(folder.join("deep/.git/config"), "x").unwrap();
        fs::write(folder.join(".env"), "SECRET=1").unwrap();
        fs::write(folder.join("data.bin"), [0_u8, 159, 146, 150, 0, 1]).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.join("link")).unwrap();
        let texts = read(&folder).unwrap();
        let names: Vec<&str> = texts.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            (names, texts.others),
            (vec!["docs/b.md", "docs/deep/a.md"], 1)
        );
        let empty = dir.path().join("empty");
        fs::create_dir(&empty).unwrap();
        assert!(matches!(read(&empty), Err(Wrong::NoTexts)));
        let many = dir.path().join("many");
        fs::create_dir(&many).unwrap();
        for n in 0..=MOST_FILES {
            fs::write(many.join(n.to_string()), "x").unwrap();
        }
        assert!(matches!(read(&many), Err(Wrong::TooManyFiles)));
    }
}
