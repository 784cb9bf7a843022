//! Takes secrets out of text: the one place where anything that is shown, kept, exported or sent
//! on is freed of them.
//!
//! The keys that this run has loaded are looked for first and exactly, also in base64, in hexadecimal
//! and reversed, and with white space anywhere inside. What looks like a secret of somebody's comes
//! second ([`patterns`]). [`Flow`] does the same for text that comes in pieces.

mod flow;
mod patterns;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use secrecy::SecretString;
use serde_json::Value;

pub use flow::Flow;

/// Shorter than this, in bytes, a key is a word that local servers are given for want of one.
const SHORTEST: usize = 8;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A key that Greenlight itself holds, in whatever form.
    OwnKey,
    /// A key or token of some service.
    Token,
    /// The password in a connection string.
    Password,
    /// A private key in PEM.
    PrivateKey,
}

impl Kind {
    /// What stands in its place.
    fn mark(self) -> &'static str {
        match self {
            Self::OwnKey | Self::Token => "[key]",
            Self::Password => "[password]",
            Self::PrivateKey => "[private key]",
        }
    }

    fn words(self, count: usize) -> String {
        let (one, many) = match self {
            Self::OwnKey => (
                "a key that Greenlight uses",
                "places with a key that Greenlight uses",
            ),
            Self::Token => ("a key or token", "keys or tokens"),
            Self::Password => ("a password", "passwords"),
            Self::PrivateKey => ("a private key", "private keys"),
        };
        match count {
            1 => one.to_owned(),
            _ => format!("{count} {many}"),
        }
    }
}

/// How many of each kind were taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found(BTreeMap<Kind, usize>);

impl Found {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts what another text had.
    pub fn add(&mut self, other: &Self) {
        for (kind, count) in &other.0 {
            *self.0.entry(*kind).or_default() += count;
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(|(kind, n)| kind.words(*n)).collect();
        match words.split_last() {
            None => f.write_str("nothing"),
            Some((last, [])) => f.write_str(last),
            Some((last, rest)) => write!(f, "{} and {last}", rest.join(", ")),
        }
    }
}

/// How much is taken out besides the loaded keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is a secret by its own form. For what the agent works with, where a wrong guess would
    /// get between it and a file.
    Certain,
    /// Also what is one by what stands beside it. For what is read and not worked with.
    Wide,
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Struck {
    /// The text.
    pub text: String,
    /// What it had.
    pub found: Found,
}

/// The keys that were loaded in this run. A clone is the same set.
#[derive(Clone, Default)]
pub struct Keys(Arc<Mutex<Vec<Loaded>>>);

struct Loaded {
    key: SecretString,
    /// In lower case where case does not count.
    forms: Vec<Form>,
}

struct Form {
    text: SecretString,
    any_case: bool,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.loaded().len())
    }
}

impl Keys {
    /// Remembers a key for as long as the program runs: what it got into may be read much later.
    pub fn learn(&self, key: &SecretString) {
        let text = key.expose_secret().trim();
        if text.len() < SHORTEST {
            return;
        }
        let mut all = self.loaded();
        if all.iter().any(|known| known.key.expose_secret() == text) {
            return;
        }
        all.push(Loaded {
            key: SecretString::from(text),
            forms: forms_of(text),
        });
    }

    /// The text without secrets.
    pub fn strike(&self, text: &str, reach: Reach) -> Struck {
        let places = self.all_places(text, reach);
        let mut struck = String::with_capacity(text.len());
        let mut found = Found::default();
        let mut end = 0;
        for (range, kind) in places {
            if range.start < end {
                // It overlaps what is out already; what sticks out goes as well.
                end = end.max(range.end);
                continue;
            }
            struck.push_str(&text[end..range.start]);
            struck.push_str(kind.mark());
            *found.0.entry(kind).or_default() += 1;
            end = range.end;
        }
        struck.push_str(&text[end..]);
        Struck {
            text: struck,
            found,
        }
    }

    /// Strikes every text inside a JSON value. Pictures are left alone.
    pub fn strike_all(&self, value: &mut Value, reach: Reach) -> Found {
        let mut found = Found::default();
        match value {
            Value::String(text) if !text.starts_with("data:image/") => {
                let struck = self.strike(text, reach);
                if !struck.found.is_empty() {
                    *text = struck.text;
                    found = struck.found;
                }
            }
            Value::Array(all) => {
                for each in all {
                    found.add(&self.strike_all(each, reach));
                }
            }
            Value::Object(all) => {
                for each in all.values_mut() {
                    found.add(&self.strike_all(each, reach));
                }
            }
            _ => {}
        }
        found
    }

    /// For text in pieces; what is a secret by its own form.
    pub fn flow(&self) -> Flow {
        Flow::new(self.clone())
    }

    /// In order of where they begin.
    fn all_places(&self, text: &str, reach: Reach) -> Vec<(Range<usize>, Kind)> {
        let mut places = self.places(text);
        places.extend(patterns::places(text, reach));
        places.sort_by_key(|(range, kind)| (range.start, *kind));
        places
    }

    fn places(&self, text: &str) -> Vec<(Range<usize>, Kind)> {
        let all = self.loaded();
        let mut places = Vec::new();
        if all.is_empty() {
            return places;
        }
        let (compact, lower, at) = compact(text);
        for form in all.iter().flat_map(|loaded| &loaded.forms) {
            let wanted = form.text.expose_secret();
            let within = if form.any_case { &lower } else { &compact };
            for (start, _) in within.match_indices(wanted) {
                let last = start + wanted.len() - 1;
                places.push((at[start]..at[last] + 1, Kind::OwnKey));
            }
        }
        places
    }

    /// Where the end of `text` may be the beginning of a loaded key.
    fn beginning(&self, text: &str) -> Option<usize> {
        let (compact, lower, at) = compact(text);
        let all = self.loaded();
        let longest = all
            .iter()
            .flat_map(|loaded| &loaded.forms)
            .filter_map(|form| {
                let wanted = form.text.expose_secret();
                let within = if form.any_case { &lower } else { &compact };
                (1..wanted.len().min(within.len() + 1))
                    .rev()
                    .find(|&length| {
                        within.as_bytes()[within.len() - length..] == wanted.as_bytes()[..length]
                    })
            });
        let longest = longest.max()?;
        Some(at[compact.len() - longest])
    }

    fn loaded(&self) -> MutexGuard<'_, Vec<Loaded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ASCII of a text without white space, the same in lower case, and where each byte of it was.
/// Anything else is a byte that no key has.
fn compact(text: &str) -> (String, String, Vec<usize>) {
    let mut compact = String::with_capacity(text.len());
    let mut at = Vec::with_capacity(text.len());
    for (place, byte) in text.bytes().enumerate() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        compact.push(if byte.is_ascii() {
            char::from(byte)
        } else {
            '\u{1}'
        });
        at.push(place);
    }
    let lower = compact.to_ascii_lowercase();
    (compact, lower, at)
}

fn forms_of(key: &str) -> Vec<Form> {
    let exact = |text: String| Form {
        text: SecretString::from(text),
        any_case: false,
    };
    let bytes = key.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![
        exact(key.to_owned()),
        exact(key.chars().rev().collect()),
        Form {
            text: SecretString::from(hex),
            any_case: true,
        },
    ];
    // What stands before a key shifts its base64, in one of three ways; digits that also hold bits of
    // its neighbours are left out.
    for before in 0..3 {
        let mut shifted = vec![0; before];
        shifted.extend_from_slice(bytes);
        let first = (before * 8).div_ceil(6);
        let whole = shifted.len() * 8 / 6;
        for encoder in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = encoder.encode(&shifted)[first..whole].to_owned();
            forms.push(exact(text));
        }
    }
    forms
}

#[cfg(test)]
mod tests;
