//! One question to a person: what is shown, and what an answer grants.

use review::hidden;

use super::binding::Binding;
use crate::network::site::Site;

/// A command longer than this is not asked about: nobody reads it, and it is not summarised.
pub const MOST_ASKED: usize = 16 << 10;

/// The same for a patch, which reads like the change it makes.
pub const MOST_PATCH: usize = 64 << 10;

/// The longest reason of the model that is shown, in characters.
const MOST_REASON: usize = 300;

/// So many empty lines push what follows them out of sight.
const BLANK_LINES: usize = 8;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A command that leaves the task's mode.
    Command,
    /// A step that installs packages.
    Install,
    /// A site that a running command wants to reach.
    Site,
    /// An edit in a task that only reads.
    Edit,
}

/// See the module. All words but `reason` and `exact` are ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it is about.
    pub kind: Kind,
    /// The question.
    pub title: String,
    /// What will happen, in a sentence or two.
    pub text: String,
    /// Why, in the model's words; may be empty.
    pub reason: String,
    /// The command or the patch, to the letter.
    pub exact: String,
    /// The same as it is shown, with what cannot be seen by name.
    pub shown: Vec<Piece>,
    /// Whether the person may change the command.
    pub editable: bool,
    /// Where, what it can reach, what it can write, what stays: a label and a text each.
    pub facts: Vec<(&'static str, String)>,
    /// What a list of tasks says: "Asks to install packages".
    pub short: String,
    /// What "For this task" means here; `None` where it is not offered.
    pub for_task: Option<String>,
    /// What "Always exactly this" means here; `None` where it is not offered.
    pub always: Option<String>,
    /// What an answer grants.
    pub grant: Grant,
}

/// A piece of an exact text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Text(String),
    /// Something that would not be seen, by its name.
    Hidden(String),
}

/// What an answer grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// To run exactly this.
    Command(Binding),
    /// To reach a site; always only from exactly this command.
    Site(Site, Binding),
    /// To edit files of the draft.
    Edits,
}

/// A text in pieces, so that nothing in it is out of sight.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut hide = |plain: &mut String, name: String| {
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(plain)));
        }
        pieces.push(Piece::Hidden(name));
    };
    let mut blank = 0;
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            plain.push('\n');
        }
        if line.is_empty() {
            blank += 1;
            continue;
        }
        if blank >= BLANK_LINES {
            plain.truncate(plain.trim_end_matches('\n').len());
            hide(&mut plain, format!("{blank} empty lines"));
            plain.push('\n');
        }
        blank = 0;
        let mut at = 0;
        for hidden in hidden(line) {
            let bytes = hidden.span.bytes;
            plain.push_str(&line[at..bytes.start as usize]);
            hide(&mut plain, hidden.name);
            at = bytes.end as usize;
        }
        plain.push_str(&line[at..]);
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

/// Whether nothing in a text is out of sight.
pub fn is_plain(text: &str) -> bool {
    text.split('\n').all(|line| hidden(line).is_empty())
}

/// Whether a person's own command can be run.
pub(super) fn runnable(text: &str) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        Err("is empty")
    } else if text.len() > MOST_ASKED {
        Err("is longer than 16 KB")
    } else if !is_plain(text) {
        Err("holds characters that cannot be seen")
    } else {
        Ok(())
    }
}

/// The model's reason on one line, cut where nobody reads on.
pub fn reason(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    let seen: String = line
        .chars()
        .filter(|c| hidden(c.encode_utf8(&mut [0; 4])).is_empty())
        .collect();
    match seen.char_indices().nth(MOST_REASON) {
        Some((cut, _)) => format!("{}…", &seen[..cut]),
        None => seen,
    }
}
