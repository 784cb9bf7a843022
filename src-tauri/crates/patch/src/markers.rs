//! The lines that frame a patch and its files.

use crate::error::{ParseError, shown};

pub(crate) const BEGIN: &str = "*** Begin Patch";
pub(crate) const END: &str = "*** End Patch";
pub(crate) const ADD: &str = "*** Add File:";
pub(crate) const DELETE: &str = "*** Delete File:";
pub(crate) const UPDATE: &str = "*** Update File:";
pub(crate) const MOVE: &str = "*** Move to:";
pub(crate) const END_OF_FILE: &str = "*** End of File";
pub(crate) const ENVIRONMENT: &str = "*** Environment ID:";

/// The lines between the markers, with their numbers, without their line ends.
pub(crate) fn body(text: &str) -> Result<Vec<(usize, &str)>, ParseError> {
    let mut lines: Vec<(usize, &str)> = text
        .trim_start_matches('\u{feff}')
        .split('\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim_end_matches('\r')))
        .collect();
    while lines.last().is_some_and(|(_, line)| line.trim().is_empty()) {
        lines.pop();
    }
    let blank = lines
        .iter()
        .take_while(|(_, line)| line.trim().is_empty())
        .count();
    lines.drain(..blank);

    if let Some(word) = lines.first().and_then(|(_, line)| heredoc(line)) {
        lines.remove(0);
        if lines.last().is_some_and(|(_, line)| line.trim() == word) {
            lines.pop();
        }
        while lines.last().is_some_and(|(_, line)| line.trim().is_empty()) {
            lines.pop();
        }
        let blank = lines
            .iter()
            .take_while(|(_, line)| line.trim().is_empty())
            .count();
        lines.drain(..blank);
    }

    match lines.first() {
        Some((_, line)) if line.trim() == BEGIN => {}
        other => {
            let found = other.map_or_else(String::new, |(_, line)| shown(line));
            return Err(ParseError::MissingBegin { found });
        }
    }
    match lines.last() {
        Some((_, line)) if line.trim() == END => {}
        other => {
            let (line, found) = other.map_or((1, String::new()), |(n, line)| (*n, shown(line)));
            return Err(ParseError::MissingEnd { line, found });
        }
    }
    lines.pop();
    lines.remove(0);
    Ok(lines)
}

/// The word that closes the heredoc this line opens, as in `<<'EOF'` or `apply_patch <<EOF`.
fn heredoc(line: &str) -> Option<&str> {
    let line = line.trim();
    let line = ["apply_patch", "applypatch"]
        .iter()
        .find_map(|name| line.strip_prefix(name))
        .map_or(line, str::trim_start);
    let word = line.strip_prefix("<<")?.trim();
    let word = ['\'', '"']
        .iter()
        .find_map(|quote| word.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(word);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!word.is_empty() && word.chars().all(plain)).then_some(word)
}
