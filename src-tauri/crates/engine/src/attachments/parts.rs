//! Which parts of something too large fit: lines of a text, files of a folder.
//!
//! Nothing is ever cut silently. What is too large is refused with its size and the room there is, and
//! with what fits of it as a proposal, which the person takes or leaves. First come the parts that
//! share words with the message, then the others from the top of a text, and the smallest of a folder.

use std::collections::BTreeSet;

use super::limits::grouped;

/// Lines of a section at most.
const SECTION: usize = 80;
/// The shortest word of a message that says what it is about.
const WORD: usize = 3;

/// Lines of a text, counted from 1, both included.
pub type Lines = (usize, usize);

/// About so many tokens, as everywhere: four bytes are one.
pub fn tokens_of(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}

/// The lines of `text` that fit into so many tokens, in order; none when not even one section does.
pub fn lines_that_fit(text: &str, message: &str, room: u64) -> Vec<Lines> {
    let lines: Vec<&str> = text.lines().collect();
    let about = words_of(message);
    let mut sections: Vec<(usize, Lines, u64)> = sections(&lines)
        .into_iter()
        .map(|(from, to)| {
            let body = lines[from - 1..to].join("\n");
            // The line that says what is missing has to fit as well.
            (shared(&about, &body), (from, to), tokens_of(&body) + 12)
        })
        .collect();
    sections.sort_by_key(|(score, (from, _), _)| (std::cmp::Reverse(*score), *from));
    let mut left = room;
    let mut taken: Vec<Lines> = Vec::new();
    for (_, lines, tokens) in sections {
        if tokens <= left {
            left -= tokens;
            taken.push(lines);
        }
    }
    taken.sort_unstable();
    let mut merged: Vec<Lines> = Vec::new();
    for (from, to) in taken {
        match merged.last_mut() {
            Some(last) if last.1 + 1 == from => last.1 = to,
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// These lines of a text, with a line for each gap that says what is missing.
pub fn joined(text: &str, parts: &[Lines]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let mut next = 1;
    let gap = |out: &mut String, from: usize, to: usize| {
        if from <= to {
            out.push_str(&format!("[lines {from} to {to} are left out]\n"));
        }
    };
    for (from, to) in parts {
        gap(&mut out, next, from - 1);
        for line in &lines[from - 1..*to] {
            out.push_str(line);
            out.push('\n');
        }
        next = to + 1;
    }
    gap(&mut out, next, lines.len());
    out
}

/// "lines 1 to 80 and 120 to 200 of 3,000".
pub fn in_words(parts: &[Lines], of: usize) -> String {
    const MOST: usize = 4;
    let mut said: Vec<String> = parts
        .iter()
        .take(MOST)
        .map(|(from, to)| format!("{} to {}", grouped(*from as u64), grouped(*to as u64)))
        .collect();
    if parts.len() > MOST {
        said.push(format!("{} more parts", parts.len() - MOST));
    }
    let last = said.pop().unwrap_or_default();
    let list = match said.is_empty() {
        true => last,
        false => format!("{} and {last}", said.join(", ")),
    };
    format!("lines {list} of {}", grouped(of as u64))
}

/// The files of a folder that fit into so many tokens and places, by their place in `files`: those
/// that share most words with the message first, then the smallest.
pub fn files_that_fit(
    files: &[(String, String)],
    message: &str,
    room: u64,
    places: usize,
) -> Vec<usize> {
    let about = words_of(message);
    let mut order: Vec<(usize, u64, usize)> = files
        .iter()
        .enumerate()
        .map(|(at, (name, text))| {
            let score = 2 * shared(&about, name) + shared(&about, text);
            (score, tokens_of(text), at)
        })
        .collect();
    order.sort_by_key(|(score, tokens, at)| (std::cmp::Reverse(*score), *tokens, *at));
    let mut left = room;
    let mut taken = Vec::new();
    for (_, tokens, at) in order {
        if tokens <= left && taken.len() < places {
            left -= tokens;
            taken.push(at);
        }
    }
    taken.sort_unstable();
    taken
}

/// A sentence about words that are too long for a message, and what of them fits; `None` when they
/// fit. What they are about is said at their beginning or their end, around what was pasted.
pub fn too_long(text: &str, room: u64) -> Option<(String, Option<String>)> {
    const EDGE: usize = 400;
    let tokens = tokens_of(text);
    if tokens <= room {
        return None;
    }
    let head = &text[..text.floor_char_boundary(EDGE)];
    let tail = &text[text.ceil_char_boundary(text.len().saturating_sub(EDGE))..];
    let parts = lines_that_fit(text, &format!("{head} {tail}"), room);
    let size = format!(
        "The message takes about {} tokens, and there is room for {}.",
        grouped(tokens),
        grouped(room)
    );
    if parts.is_empty() {
        return Some((
            format!("{size} No part of it fits as it is; make it shorter."),
            None,
        ));
    }
    let body = joined(text, &parts);
    let lines = in_words(&parts, text.lines().count());
    let fits = format!(
        "{size} Of it, {lines} fit: about {} tokens.",
        grouped(tokens_of(&body))
    );
    Some((fits, Some(body)))
}

/// Parts of a text that belong together: they end at an empty line, or where they get too long.
fn sections(lines: &[&str]) -> Vec<Lines> {
    let mut sections = Vec::new();
    let mut from = 0;
    for (at, line) in lines.iter().enumerate() {
        let long = at + 1 - from;
        let blank = line.trim().is_empty() && long * 4 >= SECTION;
        if blank || long >= SECTION || at + 1 == lines.len() {
            sections.push((from + 1, at + 1));
            from = at + 1;
        }
    }
    sections
}

fn words_of(message: &str) -> BTreeSet<String> {
    message
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.chars().count() >= WORD)
        .map(str::to_lowercase)
        .collect()
}

/// How many of the words are in the text.
fn shared(words: &BTreeSet<String>, text: &str) -> usize {
    let text = text.to_lowercase();
    words
        .iter()
        .filter(|word| text.contains(word.as_str()))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` lines of about ten tokens.
    fn long(count: usize) -> String {
        (1..=count)
            .map(|n| format!("line {n} of a text that goes on and on.\n"))
            .collect()
    }

    #[test]
    fn the_parts_about_the_message_come_first_then_the_beginning() {
        let mut text = long(1_000);
        text = text.replace("line 500 of", "the coupon is 500 in");
        let parts = lines_that_fit(&text, "Where is the coupon?", 1_800);
        assert!(parts.len() == 2 && parts[0].0 == 1, "{parts:?}");
        assert!(parts[1].0 <= 500 && parts[1].1 >= 500, "{parts:?}");
        let joined = joined(&text, &parts);
        assert!(tokens_of(&joined) <= 1_800, "{}", tokens_of(&joined));
        assert!(joined.contains("the coupon is 500"), "{joined}");
        let missing = format!("[lines {} to 1000 are left out]", parts[1].1 + 1);
        assert!(joined.contains(&missing), "{joined}");
        assert_eq!(lines_that_fit(&text, "", 1_000_000), [(1, 1_000)]);
    }

    #[test]
    fn one_line_that_is_too_long_does_not_fit_in_part() {
        let line = "x".repeat(10_000);
        assert_eq!(lines_that_fit(&line, "x", 1_000), []);
    }

    #[test]
    fn parts_are_told_in_words() {
        assert_eq!(
            in_words(&[(1, 80), (120, 1_200)], 3_000),
            "lines 1 to 80 and 120 to 1,200 of 3,000"
        );
        let many: Vec<Lines> = (0..7).map(|n| (n * 10 + 1, n * 10 + 5)).collect();
        assert!(in_words(&many, 99).contains("31 to 35 and 3 more parts of 99"));
    }

    #[test]
    fn of_a_folder_the_relevant_and_the_small_come_first() {
        let file = |name: &str, size: usize| (name.to_owned(), "y".repeat(size));
        let files = [
            file("a/large.txt", 4_000),
            file("a/price.rs", 3_000),
            file("a/small.txt", 100),
            file("a/middle.txt", 400),
        ];
        let taken = |room, places| files_that_fit(&files, "Fix the price", room, places);
        assert_eq!(taken(10_000, 20), [0, 1, 2, 3]);
        assert_eq!(taken(900, 20), [1, 2, 3]);
        assert_eq!(taken(760, 20), [1]);
        assert_eq!(taken(10_000, 2), [1, 2]);
        assert_eq!(taken(10, 20), Vec::<usize>::new());
    }
}
