//! What secrets look like.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::Reach;

struct Pattern {
    kind: Kind,
    /// Whether its form alone says what it is.
    certain: bool,
    /// Names are written like this too, so it has to have digits as keys do.
    digits: bool,
    regex: Regex,
}

/// Where a secret is not all that is matched, it is the first group.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let pattern = |kind, certain, digits, regex: &str| Pattern {
        kind,
        certain,
        digits,
        regex: Regex::new(regex).expect("a pattern of this table is a regular expression"),
    };
    vec![
        // PEM and OpenPGP, to its end or to the end of the text.
        pattern(
            Kind::PrivateKey,
            true,
            false,
            r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
        ),
        // OpenAI, Anthropic and all that copy them.
        pattern(Kind::Token, true, true, r"\bsk-[A-Za-z0-9_-]{17,}"),
        pattern(Kind::Token, true, false, r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        pattern(Kind::Token, true, false, r"\bgh[pousr]_[A-Za-z0-9]{20,}"),
        pattern(Kind::Token, true, false, r"\bgithub_pat_[A-Za-z0-9_]{20,}"),
        pattern(Kind::Token, true, false, r"\bAIza[A-Za-z0-9_-]{35}"),
        pattern(Kind::Token, true, true, r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
        pattern(Kind::Token, true, false, r"\bglpat-[A-Za-z0-9_-]{20,}"),
        // JSON Web Tokens.
        pattern(
            Kind::Token,
            true,
            false,
            r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        ),
        // As providers quote a key: `sk-proj-abc***xyz`.
        pattern(Kind::Token, false, false, r"\bsk-[A-Za-z0-9_*-]{7,}"),
        pattern(
            Kind::Token,
            false,
            false,
            r"(?i)\bbearer\s+([A-Za-z0-9._~+/-]{16,}=*)",
        ),
        // Azure's keys have no form of their own, only names.
        pattern(
            Kind::Token,
            false,
            true,
            r#"(?i)(?:api[-_ ]?key|subscription-key|azure[a-z0-9_]*key|account[-_]?key|sharedaccesskey)\\?["']?\s*[:=]\s*\\?["']?([A-Za-z0-9+/_-]{20,}=*)"#,
        ),
        pattern(
            Kind::Password,
            false,
            false,
            r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*:([^\s@/]+)@",
        ),
        pattern(
            Kind::Password,
            false,
            false,
            r#"(?i);\s*(?:password|pwd)=([^;\s"']+)"#,
        ),
    ]
});

/// Where secrets are in a text.
pub(super) fn places(text: &str, reach: Reach) -> Vec<(Range<usize>, Kind)> {
    let mut places = Vec::new();
    let used = PATTERNS
        .iter()
        .filter(|pattern| pattern.certain || reach == Reach::Wide);
    for pattern in used {
        for captures in pattern.regex.captures_iter(text) {
            let Some(found) = captures.get(1).or_else(|| captures.get(0)) else {
                continue;
            };
            if !pattern.digits || found.as_str().bytes().any(|byte| byte.is_ascii_digit()) {
                places.push((found.range(), pattern.kind));
            }
        }
    }
    places
}

/// How secrets of a certain form begin.
const BEGINNINGS: &[&str] = &[
    "sk-",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "AIza",
    "xox",
    "glpat-",
    "eyJ",
    BLOCK,
];

const BLOCK: &str = "-----BEGIN ";

/// Where the end of a text may be the beginning of a secret.
pub(super) fn beginning(text: &str) -> Option<usize> {
    let is_open = |start: &usize| match text[*start..].split_once("-----END ") {
        Some((_, end)) => !end.contains("-----"),
        None => true,
    };
    let block = text.rfind(BLOCK).filter(is_open);
    let word = text
        .rfind(char::is_whitespace)
        .map_or(0, |at| text.ceil_char_boundary(at + 1));
    let starts = text[word..].char_indices().map(|(at, _)| word + at);
    let token = starts
        .filter(|&at| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .find(|&at| {
            let rest = &text[at..];
            BEGINNINGS
                .iter()
                .any(|known| rest.starts_with(known) || known.starts_with(rest))
        });
    [block, token].into_iter().flatten().min()
}
