//! The sites that a command names, as far as they can be read off it.
//!
//! Only whole `http://` and `https://` addresses count. What is read here is shown and granted as it
//! was read; an address that a shell would put together differently is another site, and that one
//! is asked about when the command wants it.

use std::collections::BTreeSet;

use crate::network::site::Site;

/// More than this many nobody reads on a card; the others are asked about one by one.
const MOST: usize = 12;

/// The sites named in a command's text.
pub fn sites(text: &str) -> BTreeSet<Site> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("://") {
        let port = if text[..at].ends_with("https") {
            443
        } else if text[..at].ends_with("http") {
            80
        } else {
            continue;
        };
        let rest = &text[at + 3..];
        let ends = |c: char| c.is_whitespace() || "/?#'\"`;|&<>(),\\".contains(c);
        let authority = &rest[..rest.find(ends).unwrap_or(rest.len())];
        if let Ok(site) = Site::parse(authority, port)
            && found.len() < MOST
        {
            found.insert(site);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        sites(text).iter().map(Site::to_string).collect()
    }

    #[test]
    fn whole_addresses_are_read_off() {
        assert_eq!(named("curl https://Example.com/a?b"), ["example.com"]);
        assert_eq!(
            named("git clone 'https://example.com' && wget http://files.example:8080/x;ls"),
            ["example.com", "files.example:8080"]
        );
        assert_eq!(named("curl http://127.0.0.1:3000"), ["127.0.0.1:3000"]);
    }

    #[test]
    fn what_a_shell_would_put_together_is_not() {
        for text in [
            "curl example.com",
            "curl https://$HOST/",
            "curl https://{a,b}.example/",
            "curl https://user@example.com/",
            "curl https://2130706433/",
            "curl https://exa%6dple.com/",
            "ssh://example.com",
            "echo ://",
        ] {
            assert_eq!(named(text), Vec::<String>::new(), "{text}");
        }
        let many: String = (0..50).map(|n| format!("http://h{n}.example ")).collect();
        assert_eq!(named(&many).len(), MOST);
    }
}
