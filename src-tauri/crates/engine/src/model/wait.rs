//! How long a server asks to wait, in every form servers say it.

use std::time::Duration;
use std::time::SystemTime;

use reqwest::header::HeaderMap;

/// How long the server asks to wait: `retry-after-ms`, `Retry-After` in seconds or as a date, or
/// the reset of the limit that is used up.
pub fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()) {
        return seconds(ms / 1000.0);
    }
    if let Some(after) = text("retry-after") {
        if let Some(after) = span(after) {
            return Some(after);
        }
        if let Ok(date) = httpdate::parse_http_date(after) {
            return Some(date.duration_since(now).unwrap_or(Duration::ZERO));
        }
    }
    ["requests", "tokens"]
        .into_iter()
        // A server that tells no remainder means the limit that it has just refused for.
        .filter(|what| {
            let remaining = text(&format!("x-ratelimit-remaining-{what}"));
            remaining.is_none_or(|remaining| remaining == "0")
        })
        .filter_map(|what| span(text(&format!("x-ratelimit-reset-{what}"))?))
        .max()
}

/// The same from an error's text: "Please try again in 11.054s" and its relatives.
pub fn in_words(message: &str) -> Option<Duration> {
    let lower = message.to_lowercase();
    let rest = lower[lower.find("try again in ")? + "try again in ".len()..].trim_start();
    let number = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(rest.len());
    let unit = rest[number..].trim_start();
    let value: f64 = rest[..number].trim_end_matches('.').parse().ok()?;
    if unit.starts_with("ms") || unit.starts_with("milli") {
        seconds(value / 1000.0)
    } else if unit.starts_with("min") || (unit.starts_with('m') && !unit.starts_with("ms")) {
        // "6m0s" is one word, "2 minutes" are two.
        let word = rest.split_whitespace().next()?;
        let whole = (word.len() > number).then(|| span(word)).flatten();
        whole.or(seconds(value * 60.0))
    } else if unit.starts_with('h') {
        seconds(value * 3600.0)
    } else {
        seconds(value)
    }
}

/// A span of time as servers write it in headers: "6m0s", "1.5s", "120ms", "1h2m", and seconds
/// without a unit. `None` for anything else.
pub fn span(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text.trim().trim_end_matches('.');
    if rest.is_empty() {
        return None;
    }
    if let Ok(bare) = rest.parse::<f64>() {
        return seconds(bare);
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let value: f64 = rest[..number].parse().ok()?;
        let unit = &rest[number..];
        let end = unit
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit.len());
        total += value
            * match &unit[..end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = &unit[end..];
    }
    seconds(total)
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use reqwest::header::HeaderName;
    use reqwest::header::HeaderValue;

    use super::*;

    fn check(headers: &[(&str, &str)], expected_ms: Option<u64>) {
        let map: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let found = asked(&map, now).map(|wait| wait.as_millis() as u64);
        assert_eq!(found, expected_ms, "{headers:?}");
    }

    #[test]
    fn headers_say_it_in_seconds_milliseconds_dates_and_resets() {
        check(&[], None);
        check(&[("retry-after", "7")], Some(7_000));
        check(&[("retry-after", "1.5")], Some(1_500));
        check(
            &[("retry-after", "Sun, 06 Nov 1994 08:49:52 GMT")],
            Some(15_000),
        );
        check(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")], Some(0));
        check(&[("retry-after", "soon")], None);
        check(&[("retry-after", "-3")], None);
        check(&[("retry-after", "inf")], None);
        check(
            &[("retry-after", "7"), ("retry-after-ms", "250")],
            Some(250),
        );
        check(
            &[
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", "1m2s"),
            ],
            Some(62_000),
        );
        check(
            &[
                ("x-ratelimit-remaining-tokens", "5"),
                ("x-ratelimit-reset-tokens", "6m0s"),
            ],
            None,
        );
    }

    #[test]
    fn a_limit_without_a_remainder_is_the_one_that_refused() {
        check(&[("x-ratelimit-reset-requests", "120ms")], Some(120));
        check(
            &[
                ("x-ratelimit-reset-requests", "30"),
                ("x-ratelimit-remaining-tokens", "0"),
                ("x-ratelimit-reset-tokens", "6m0s"),
            ],
            Some(360_000),
        );
        check(&[("retry-after", "1m30s")], Some(90_000));
    }

    #[test]
    fn a_span_is_units_or_bare_seconds() {
        let ms = |text: &str| span(text).map(|span| span.as_millis());
        assert_eq!(ms("6m0s"), Some(360_000));
        assert_eq!(ms("120ms"), Some(120));
        assert_eq!(ms("1h2m3.5s"), Some(3_723_500));
        assert_eq!(ms(" 17 "), Some(17_000));
        for nonsense in ["", "s", "6x", "6m0", "m6", "-1s", "-1", "nan", "inf"] {
            assert_eq!(ms(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn words_say_it_with_units() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(
                in_words(text).map(|wait| wait.as_millis() as u64),
                expected,
                "{text}"
            );
        };
        check(
            "Rate limit reached. Please try again in 11.054s. Visit",
            Some(11_054),
        );
        check("Please try again in 35 seconds.", Some(35_000));
        check("try again in 120ms", Some(120));
        check("Please try again in 6m0s.", Some(360_000));
        check("Try again in 2 minutes", Some(120_000));
        check("try again in 1h", Some(3_600_000));
        check("try again in a while", None);
        check("slow down", None);
    }
}
