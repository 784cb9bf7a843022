//! What the headers of an answer tell of the way that it came: a region, an edge, those it passed
//! through, and how long the server itself worked on it.
//!
//! Whoever stands on the way can write anything here. Each text is freed of keys, of control
//! characters and of those that turn the direction of writing, and is cut to [`LONGEST`].

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::peer::Peer;

/// Characters of a header that are kept.
const LONGEST: usize = 60;

/// More than any server works on the beginning of an answer; what says more is no time.
const MOST: Duration = Duration::from_secs(3600);

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passage {
    /// The region that Azure names.
    region: Option<String>,
    /// The place of Cloudflare's edge, three letters as an airport's.
    cloudflare: Option<String>,
    /// Those that say they served it, such as caches.
    served_by: Option<String>,
    /// Those that say they passed it on.
    via: Option<String>,
    /// The server's own time, as it says.
    own: Option<Duration>,
}

impl Passage {
    /// What these headers tell.
    pub(super) fn read(headers: &HeaderMap, peer: &Peer) -> Self {
        let text = |name: &str| text(headers, name, peer);
        let own = text("openai-processing-ms").and_then(|ms| ms.parse().ok());
        Self {
            region: text("x-ms-region"),
            cloudflare: text("cf-ray").as_deref().and_then(place),
            served_by: text("x-served-by"),
            via: text("via"),
            own: own.map(Duration::from_millis).filter(|own| *own <= MOST),
        }
    }

    /// One that names a region and a time.
    #[cfg(test)]
    pub(super) fn of(region: Option<&str>, own: Option<Duration>) -> Self {
        Self {
            region: region.map(str::to_owned),
            own,
            ..Self::default()
        }
    }

    /// How long the server itself worked before it answered, as it says.
    pub fn own(&self) -> Option<Duration> {
        self.own
    }

    /// Each that the answer passed, as the middle of a sentence.
    pub fn stations(&self) -> Vec<String> {
        let region = self.region.as_ref().map(|at| format!("Azure region {at}"));
        let edge = self.cloudflare.as_ref();
        let edge = edge.map(|at| format!("Cloudflare's edge {at}"));
        let served = self.served_by.as_ref();
        let served = served.map(|by| format!("served by {by}"));
        let via = self.via.as_ref().map(|via| format!("passed on by {via}"));
        [region, edge, served, via].into_iter().flatten().collect()
    }
}

/// The texts of a header, short and on one line.
fn text(headers: &HeaderMap, name: &str, peer: &Peer) -> Option<String> {
    let all: Vec<_> = headers
        .get_all(name)
        .iter()
        .take(4)
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let plain: String = all
        .join(", ")
        .chars()
        .filter(|c| !turns_writing(*c) && *c != char::REPLACEMENT_CHARACTER)
        .collect();
    if plain.trim().is_empty() {
        return None;
    }
    let clean = peer.clean(&plain);
    Some(match clean.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", clean[..cut].trim_end()),
        None => clean,
    })
}

fn turns_writing(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The end of a `cf-ray`, where it names a place.
fn place(ray: &str) -> Option<String> {
    let (_, place) = ray.rsplit_once('-')?;
    let named = place.len() == 3 && place.bytes().all(|byte| byte.is_ascii_uppercase());
    named.then(|| place.to_owned())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;
    use reqwest::header::HeaderValue;
    use secrecy::SecretString;

    use super::super::provider::Provider;
    use super::super::provider::Transport;
    use super::super::wire::Wire;
    use super::*;

    fn read(headers: &[(&'static str, &[u8])]) -> Passage {
        let key = Some(SecretString::from("sk-test-0123456789"));
        let peer = Provider::new("P", "https://x.example/v1", key, Transport::Tcp, &[]);
        let peer = peer.unwrap().peer(Wire::Responses, "m");
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value).unwrap();
            map.append(HeaderName::from_static(name), value);
        }
        Passage::read(&map, &peer)
    }

    #[test]
    fn each_header_is_told_in_words() {
        for (name, value, words) in [
            (
                "x-ms-region",
                "Sweden Central",
                "Azure region Sweden Central",
            ),
            ("cf-ray", "8abc123def-ARN", "Cloudflare's edge ARN"),
            (
                "x-served-by",
                "cache-fra-etou8220141-FRA",
                "served by cache-fra-etou8220141-FRA",
            ),
            ("via", "1.1 google", "passed on by 1.1 google"),
        ] {
            assert_eq!(read(&[(name, value.as_bytes())]).stations(), [words]);
        }
        let own = |value: &str| read(&[("openai-processing-ms", value.as_bytes())]).own();
        assert_eq!(own("412"), Some(Duration::from_millis(412)));
        for nonsense in ["", "soon", "-3", "99999999999"] {
            assert_eq!(own(nonsense), None, "{nonsense}");
        }
        assert_eq!(read(&[]), Passage::default());
    }

    #[test]
    fn two_of_a_kind_are_both_told() {
        let read = read(&[("via", b"1.1 a"), ("via", b"2 b")]);
        assert_eq!(read.stations(), ["passed on by 1.1 a, 2 b"]);
    }

    #[test]
    fn what_is_made_to_hurt_is_short_plain_and_without_the_key() {
        let long = "x".repeat(5000);
        let said = read(&[("x-ms-region", long.as_bytes())]).stations();
        assert_eq!(said[0].chars().count(), "Azure region ".len() + LONGEST + 1);
        let hostile = "Here\t\u{202e}derutpac\u{200b} \u{85}sk-test-0123456789 \u{feff}";
        let said = read(&[("x-ms-region", hostile.as_bytes())]).stations();
        let bad = |c: char| c.is_control() || turns_writing(c);
        assert!(!said[0].contains(bad), "{said:?}");
        assert!(!said[0].contains("0123456789"), "{said:?}");
        assert!(
            said[0].starts_with("Azure region Here derutpac"),
            "{said:?}"
        );
        assert_eq!(read(&[("via", b"\xff\xfe")]).stations(), [""; 0]);
        for ray in ["8abc", "8abc-", "8abc-arn", "8abc-ARNX", "8abc-<b>"] {
            assert_eq!(
                read(&[("cf-ray", ray.as_bytes())]).stations(),
                [""; 0],
                "{ray}"
            );
        }
    }
}
