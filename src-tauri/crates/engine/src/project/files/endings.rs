//! Line endings taken off for the editor and given back when it saves.
//!
//! The editor knows one ending. A file may have two, or a lone carriage return in the middle; the
//! lines that were not edited keep theirs, and a new line ends as the one before it did.

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Line feed; also a text of one line.
    Lf,
    /// Carriage return and line feed.
    CrLf,
    /// More than one way.
    Mixed,
}

/// The text with line feeds only, and how its lines ended.
pub fn taken(text: &str) -> (String, Ending) {
    let lines = split(text);
    let kinds = |ending: &str| lines.iter().any(|(_, end)| *end == ending);
    let ending = match (kinds("\n"), kinds("\r\n"), kinds("\r")) {
        (_, false, false) => Ending::Lf,
        (false, true, false) => Ending::CrLf,
        _ => Ending::Mixed,
    };
    let plain = lines
        .iter()
        .flat_map(|(line, end)| [*line, if end.is_empty() { "" } else { "\n" }])
        .collect();
    (plain, ending)
}

/// An edited text of line feeds with the endings that `before` had.
pub fn given_back(before: &str, edited: &str) -> String {
    let old = split(before);
    let new = split(edited);
    // The lines at both ends that are the same; between them is what was edited.
    let same = |(a, b): (&(&str, &str), &(&str, &str))| a.0 == b.0;
    let head = old.iter().zip(&new).take_while(|p| same(*p)).count();
    let room = old.len().min(new.len()) - head;
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(room)
        .take_while(|p| same(*p))
        .count();
    let usual = old
        .iter()
        .map(|(_, end)| *end)
        .find(|end| !end.is_empty())
        .unwrap_or("\n");
    let mut text = String::with_capacity(edited.len() + 16);
    let mut last = usual;
    for (i, (line, end)) in new.iter().enumerate() {
        let from_end = new.len() - i;
        let was = if i < head {
            Some(old[i].1)
        } else if from_end <= tail {
            Some(old[old.len() - from_end].1)
        } else if new.len() == old.len() {
            // Edited within its line.
            Some(old[i].1)
        } else {
            None
        };
        text.push_str(line);
        if !end.is_empty() {
            let end = was.filter(|end| !end.is_empty()).unwrap_or(last);
            text.push_str(end);
            last = end;
        }
    }
    text
}

/// Each line without its ending, and the ending; the last one may have none.
fn split(text: &str) -> Vec<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        let length = match (bytes[at], bytes.get(at + 1)) {
            (b'\r', Some(b'\n')) => 2,
            (b'\r' | b'\n', _) => 1,
            _ => {
                at += 1;
                continue;
            }
        };
        lines.push((&text[start..at], &text[at..at + length]));
        at += length;
        start = at;
    }
    if start < text.len() {
        lines.push((&text[start..], ""));
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(before: &str, edited: &str, expect: &str) {
        assert_eq!(given_back(before, edited), expect);
    }

    #[test]
    fn edited_lines_keep_the_endings_around_them() {
        check("a\r\nb\r\n", "a\nB\n", "a\r\nB\r\n");
        check("a\r\nb\r\n", "a\nnew\nb\n", "a\r\nnew\r\nb\r\n");
        check("a\r\nb\nc\rd", "a\nb\nC\nd", "a\r\nb\nC\rd");
        check("a\r\nb\nc\n", "a\nb\nb2\nc\n", "a\r\nb\nb2\nc\n");
        check("one", "one\ntwo\n", "one\ntwo\n");
        check("a\r\nb", "a\nb\nc", "a\r\nb\r\nc");
        check("a\r\n", "", "");
        check("", "a\n", "a\n");
    }

    #[test]
    fn how_lines_end_is_told() {
        assert_eq!(taken("a\nb"), ("a\nb".to_owned(), Ending::Lf));
        assert_eq!(taken("a\r\nb\r\n"), ("a\nb\n".to_owned(), Ending::CrLf));
        assert_eq!(taken("a\r\nb\n").1, Ending::Mixed);
        assert_eq!(taken("a\rb\n"), ("a\nb\n".to_owned(), Ending::Mixed));
        assert_eq!(taken("").1, Ending::Lf);
    }

    proptest! {
        #[test]
        fn a_text_that_was_not_edited_comes_back(text in "([a-c]{0,2}(\r\n|\n|\r)){0,6}[a-c]{0,2}") {
            let (plain, _) = taken(&text);
            prop_assert_eq!(given_back(&text, &plain), text);
        }
    }
}
