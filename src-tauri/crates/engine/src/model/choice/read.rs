//! What the text of a message says of its size: how many words, which files, which words of wide work.
//!
//! The words of wide work are English. A message in another language is judged by its length and
//! its files alone.

/// What a text says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// How many words it has.
    pub words: u32,
    /// The files that it names, each once.
    pub files: Vec<String>,
    /// The first word of it that asks for wide work.
    pub wide: Option<String>,
}

/// Beginnings of words that ask for wide work, whatever follows.
const WIDE_STEMS: &[&str] = &[
    "refactor",
    "restructur",
    "rearchitect",
    "architectur",
    "redesign",
    "rewrit",
    "rewrote",
    "migrat",
    "reorgani",
    "moderni",
    "overhaul",
    "codebase",
];

/// Whole words that do.
const WIDE_WORDS: &[&str] = &[
    "review",
    "reviews",
    "reviewing",
    "audit",
    "everywhere",
    "throughout",
];

/// Words beside each other that do.
const WIDE_PHRASES: &[&[&str]] = &[
    &["whole", "project"],
    &["entire", "project"],
    &["whole", "repository"],
    &["entire", "repository"],
    &["whole", "repo"],
    &["entire", "repo"],
    &["code", "base"],
    &["all", "files"],
    &["every", "file"],
    &["all", "modules"],
    &["every", "module"],
    &["across", "the"],
    &["across", "all"],
];

/// Abbreviations that look like the name of a file.
const NO_FILES: &[&str] = &["e.g", "i.e", "a.m", "p.m", "u.s"];

/// Reads a text.
pub fn read(text: &str) -> Read {
    let mut found = Read::default();
    let mut plain: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if !word.chars().any(char::is_alphanumeric) {
            continue;
        }
        found.words = found.words.saturating_add(1);
        match file(word) {
            Some(file) => {
                if !found.files.contains(&file) {
                    found.files.push(file);
                }
                // A name between two words parts them.
                plain.push(String::new());
            }
            None => plain.extend(
                word.split(|c: char| !c.is_alphanumeric())
                    .filter(|part| !part.is_empty())
                    .map(str::to_lowercase),
            ),
        }
    }
    found.wide = wide(&plain);
    found
}

/// The first wide word or phrase.
fn wide(plain: &[String]) -> Option<String> {
    plain.iter().enumerate().find_map(|(at, word)| {
        if WIDE_WORDS.contains(&word.as_str())
            || WIDE_STEMS.iter().any(|stem| word.starts_with(stem))
        {
            return Some(word.clone());
        }
        WIDE_PHRASES.iter().find_map(|phrase| {
            let here = plain.get(at..at + phrase.len())?;
            (here == *phrase).then(|| phrase.join(" "))
        })
    })
}

/// The file that a word names: something with an ending, without what stands around it.
fn file(word: &str) -> Option<String> {
    if word.contains("://") || word.contains('@') {
        return None;
    }
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && !"._/~".contains(c));
    // `a.rs:12` and `a.rs:12:3` name a place in it.
    let bare = bare.split(':').next()?.trim_end_matches(['.', '/']);
    let name = bare.rsplit(['/', '\\']).next()?;
    let (stem, ending) = name.rsplit_once('.')?;
    let is_ending = ending.len() <= 10
        && ending.starts_with(|c: char| c.is_ascii_alphabetic())
        && ending.chars().all(|c| c.is_ascii_alphanumeric());
    let is_stem = stem.is_empty() || stem.chars().any(char::is_alphanumeric);
    let listed = NO_FILES.contains(&name.to_lowercase().as_str());
    // Two sentences that were written without a blank between them.
    let is_sentence = ending.starts_with(|c: char| c.is_ascii_uppercase())
        && ending.chars().skip(1).any(|c| c.is_ascii_lowercase());
    (is_ending && is_stem && !listed && !is_sentence).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_endings() {
        let files = |text: &str| read(text).files;
        assert_eq!(files("Fix `src/a.rs:12`, please."), ["src/a.rs"]);
        assert_eq!(
            files("Look at a.py, b.tsx and a.py."),
            ["a.py", "b.tsx"],
            "each once"
        );
        assert_eq!(
            files("(see .gitignore and Cargo.toml)"),
            [".gitignore", "Cargo.toml"]
        );
        assert_eq!(files("./run.sh"), ["./run.sh"]);
        for none in [
            "Use 1.5 seconds, e.g. here.",
            "It is done.Now go on",
            "https://example.com/a.html",
            "me@example.com",
            "and/or",
            "gpt-5.1-codex",
            "...",
        ] {
            assert_eq!(files(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn words_are_counted_and_marks_are_none() {
        assert_eq!(read("Fix the - failing – test !").words, 4);
        assert_eq!(read("").words, 0);
        assert_eq!(read("Ändere das").words, 2);
    }

    #[test]
    fn wide_words_are_found_in_sentences_and_not_in_names() {
        let wide = |text: &str| read(text).wide;
        for (text, word) in [
            ("Please REVIEW this.", "review"),
            ("A refactoring of the parser", "refactoring"),
            ("Rename `Foo` across the project", "across the"),
            ("Describe the whole\nproject", "whole project"),
            ("use it everywhere", "everywhere"),
        ] {
            assert_eq!(wide(text).as_deref(), Some(word), "{text}");
        }
        for text in [
            "Fix the typo in review.md",
            "Show a preview",
            "the whole big project",
            "Add a reviewer",
            "whole a.rs project",
        ] {
            assert_eq!(wide(text), None, "{text}");
        }
    }
}
