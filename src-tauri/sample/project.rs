//! Paper Shop, the sample project, carried inside the program.
//!
//! The files are those of the folder `project/` beside this one, byte for byte; a test compares
//! the table with the folder. A copy is written only into a folder that is new or empty, so that
//! a second look at the sample never overwrites the first.

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;

/// What the sample is called on screen.
pub const NAME: &str = "Paper Shop";

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("project/", $path)))),*]
    };
}

/// The files of the sample: path with forward slashes, and bytes. Sorted by path.
pub const FILES: &[(&str, &[u8])] = files![
    ".gitignore",
    "README.md",
    "index.html",
    "package.json",
    "serve.js",
    "src/cart.js",
    "src/format.js",
    "src/products.js",
    "src/shop.js",
    "styles.css",
    "test/cart.test.js",
    "test/format.test.js",
    "test/products.test.js",
];

/// Writes a fresh copy of the sample into `dir`, which is created if it does not exist.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] if `dir` holds anything, [`io::ErrorKind::NotADirectory`] if
/// it is something else than a folder; then nothing is written. Any other error names the path
/// that could not be written.
pub fn write_project(dir: &Path) -> io::Result<()> {
    let named = |path: &Path, error: io::Error| {
        io::Error::new(
            error.kind(),
            format!("cannot write {}: {error}", path.display()),
        )
    };
    match fs::read_dir(dir) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                let text = format!("{} is not empty; nothing was written", dir.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(dir).map_err(|error| named(dir, error))?;
        }
        Err(error) => return Err(named(dir, error)),
    }
    for (path, bytes) in FILES {
        let path = dir.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| named(parent, error))?;
        }
        // `create_new`: a file that appeared meanwhile is somebody's, not ours.
        fs::File::create_new(&path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| named(&path, error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files_below(dir: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                files_below(&entry.path(), &format!("{path}/"), found);
            } else {
                found.push((path, fs::read(entry.path()).unwrap()));
            }
        }
    }

    fn tree(dir: &Path) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        files_below(dir, "", &mut found);
        found.sort();
        found
    }

    #[test]
    fn the_table_holds_the_files_of_the_folder() {
        let folder = tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("project"));
        let table: Vec<(String, Vec<u8>)> = FILES
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
            .collect();
        let names = |tree: &[(String, Vec<u8>)]| -> Vec<String> {
            tree.iter().map(|(path, _)| path.clone()).collect()
        };
        assert_eq!(
            names(&table),
            names(&folder),
            "list every file of project/, sorted"
        );
        assert!(table == folder, "the bytes differ; rebuild");
    }

    #[test]
    fn a_copy_is_the_sample() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("new/Paper Shop");
        write_project(&target).unwrap();
        assert!(tree(&target) == tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("project")));
    }

    #[test]
    fn a_folder_that_holds_something_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mine.txt"), "mine").unwrap();
        let error = write_project(dir.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(
            error.to_string().contains(dir.path().to_str().unwrap()),
            "{error}"
        );
        assert_eq!(
            tree(dir.path()),
            [("mine.txt".to_owned(), b"mine".to_vec())]
        );
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop");
        fs::write(&file, "mine").unwrap();
        let error = write_project(&file).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        assert!(error.to_string().contains("shop"), "{error}");
    }
}
