//! Finds files by a few letters of their path, as fast as a person types, also among 50,000.
//!
//! The list of a project's files is made once and again after the project changed. What the project
//! ignores is not in it.

use nucleo::Config;
use nucleo::Matcher;
use nucleo::Utf32Str;
use nucleo::pattern::AtomKind;
use nucleo::pattern::CaseMatching;
use nucleo::pattern::Normalization;
use nucleo::pattern::Pattern;
use tokio_util::sync::CancellationToken;

use super::FilesError;
use super::Side;
use super::explain;
use crate::project::apply::is_staged;
use crate::project::beneath::Root;
use crate::project::ignored::Class;
use crate::project::ignored::Rules;
use crate::project::path::RelPath;
use crate::project::scan::scan;
use crate::project::stat::Kind;

/// More names than this are not looked through.
const MOST_FILES: usize = 500_000;

/// A file whose path has the letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where.
    pub path: RelPath,
    /// Which characters of the path matched, as UTF-16 offsets in its text.
    pub letters: Vec<u32>,
}

/// All files of a tree that are not ignored, by path. Links count as files.
pub(crate) fn files_of(root: &Root, rules: Rules) -> Result<Vec<RelPath>, FilesError> {
    // The rules remember each folder, and the walk asks from several threads.
    let rules = std::sync::Mutex::new(rules);
    let class = |path: &RelPath, is_folder: bool| {
        let mut rules = rules
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        rules.class(path, is_folder)
    };
    let skip = |path: &RelPath| class(path, true) != Class::Source;
    let found = scan(root, &skip, &CancellationToken::new())
        .map_err(|e| explain(&RelPath::root(), Side::Project, e))?;
    let mut files: Vec<RelPath> = found
        .entries
        .into_iter()
        .filter(|(path, stat)| {
            matches!(stat.kind, Kind::File | Kind::Link)
                && !is_staged(path.name())
                && class(path, false) == Class::Source
        })
        .map(|(path, _)| path)
        .take(MOST_FILES)
        .collect();
    files.sort();
    Ok(files)
}

/// The best `most` of `paths` for what was typed. `favour` gives a path points of its own, such as
/// for having been open lately.
pub fn best<'a>(
    paths: impl Iterator<Item = &'a RelPath>,
    typed: &str,
    most: usize,
    favour: impl Fn(&RelPath) -> u32,
) -> Vec<Hit> {
    // Windows people type the other slash.
    let typed = typed.replace('\\', "/");
    let pattern = Pattern::new(
        &typed,
        CaseMatching::Smart,
        Normalization::Smart,
        AtomKind::Fuzzy,
    );
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let mut letters = Vec::new();
    let mut scored: Vec<(u32, &RelPath)> = paths
        .filter_map(|path| {
            let text = path.as_path().to_string_lossy();
            let score = pattern.score(haystack(&text, &mut letters), &mut matcher)?;
            Some((score + favour(path), path))
        })
        .collect();
    let order = |a: &(u32, &RelPath), b: &(u32, &RelPath)| {
        let length = |path: &RelPath| path.as_bytes().len();
        b.0.cmp(&a.0)
            .then_with(|| length(a.1).cmp(&length(b.1)))
            .then_with(|| a.1.cmp(b.1))
    };
    if scored.len() > most && most > 0 {
        scored.select_nth_unstable_by(most - 1, order);
        scored.truncate(most);
    }
    scored.sort_by(order);
    scored
        .into_iter()
        .map(|(_, path)| {
            let text = path.as_path().to_string_lossy();
            let mut at = Vec::new();
            pattern.indices(haystack(&text, &mut letters), &mut matcher, &mut at);
            at.sort_unstable();
            at.dedup();
            Hit {
                path: path.clone(),
                letters: in_utf16(&text, &at),
            }
        })
        .collect()
}

/// A letter each, also where several make one sign, so that what matched can be pointed at.
fn haystack<'a>(text: &'a str, letters: &'a mut Vec<char>) -> Utf32Str<'a> {
    if text.is_ascii() {
        return Utf32Str::Ascii(text.as_bytes());
    }
    letters.clear();
    letters.extend(text.chars());
    Utf32Str::Unicode(letters)
}

fn in_utf16(text: &str, letters: &[u32]) -> Vec<u32> {
    let mut offsets = Vec::with_capacity(letters.len());
    let mut wanted = letters.iter().peekable();
    let mut offset = 0;
    for (index, letter) in text.chars().enumerate() {
        if wanted.next_if(|at| **at as usize == index).is_some() {
            offsets.push(offset);
        }
        offset += letter.len_utf16() as u32;
    }
    offsets
}
