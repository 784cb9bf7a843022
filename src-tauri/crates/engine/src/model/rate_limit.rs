//! What a server says of its rate limits in the headers of an answer.
//!
//! Two families are read: `x-ratelimit-…-requests|tokens` of OpenAI and Azure, and
//! `x-codex-primary|secondary-…`. A header that is missing or says nothing readable is passed over;
//! what the others say counts all the same.

use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use reqwest::header::HeaderMap;

use super::wait;

/// What a window counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Requests.
    Requests,
    /// Tokens.
    Tokens,
    /// The provider's short window, told as a share.
    Primary,
    /// The provider's long window, told as a share.
    Secondary,
}

/// One limit, as far as the server has told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// What it counts.
    pub counts: Counts,
    /// How many there are in all.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// How much is used, 0 to 100; 100 only when nothing is left.
    pub used_percent: Option<u32>,
    /// How long the window is, in minutes.
    pub minutes: Option<u64>,
    /// When it is whole again, in milliseconds since the epoch.
    pub resets_at: Option<u64>,
}

/// All limits that one answer told of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimits {
    /// In the order of [`Counts`].
    pub windows: Vec<Window>,
    /// When they were told, in milliseconds since the epoch.
    pub at: u64,
}

impl RateLimits {
    /// Reads the headers of an answer that came at `now`; `None` when they say nothing of limits.
    pub fn read(headers: &HeaderMap, now: SystemTime) -> Option<Self> {
        let counted = [(Counts::Requests, "requests"), (Counts::Tokens, "tokens")]
            .into_iter()
            .filter_map(|(counts, name)| window_counted(headers, counts, name, now));
        let shared = [
            (Counts::Primary, "primary"),
            (Counts::Secondary, "secondary"),
        ]
        .into_iter()
        .filter_map(|(counts, name)| window_shared(headers, counts, name, now));
        let windows: Vec<Window> = counted.chain(shared).collect();
        (!windows.is_empty()).then(|| Self {
            windows,
            at: millis(now),
        })
    }

    /// How long until every limit that is used up is whole again; `None` when none is, or the server
    /// did not say when.
    pub fn wait(&self, now: SystemTime) -> Option<Duration> {
        let now = millis(now);
        self.windows
            .iter()
            .filter(|window| window.used_percent == Some(100) || window.remaining == Some(0))
            .filter_map(|window| window.resets_at)
            .map(|at| Duration::from_millis(at.saturating_sub(now)))
            .max()
    }
}

fn window_counted(
    headers: &HeaderMap,
    counts: Counts,
    name: &str,
    now: SystemTime,
) -> Option<Window> {
    let number = |part: &str| number(headers, &format!("x-ratelimit-{part}-{name}"));
    let limit = number("limit").filter(|limit| *limit > 0);
    let remaining = number("remaining");
    if limit.is_none() && remaining.is_none() {
        return None;
    }
    let reset = text(headers, &format!("x-ratelimit-reset-{name}"));
    let used_percent = match (limit, remaining) {
        (_, Some(0)) => Some(100),
        (Some(limit), Some(left)) => {
            let used = limit.saturating_sub(left);
            let percent = u128::from(used) * 100 / u128::from(limit);
            Some(u32::try_from(percent).unwrap_or(100).min(99))
        }
        _ => None,
    };
    Some(Window {
        counts,
        limit,
        remaining,
        used_percent,
        minutes: None,
        resets_at: reset.and_then(after).map(|after| later(now, after)),
    })
}

fn window_shared(
    headers: &HeaderMap,
    counts: Counts,
    name: &str,
    now: SystemTime,
) -> Option<Window> {
    let part = |part: &str| format!("x-codex-{name}-{part}");
    let used: f64 = text(headers, &part("used-percent"))?.parse().ok()?;
    if !used.is_finite() {
        return None;
    }
    let seconds = |name: &str| number(headers, &part(name));
    let resets_at = match seconds("reset-at") {
        Some(at) => Some(at.saturating_mul(1000)),
        None => seconds("reset-after-seconds").map(|s| later(now, Duration::from_secs(s))),
    };
    Some(Window {
        counts,
        limit: None,
        remaining: None,
        // Rounded down, so that only a full window is full.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        used_percent: Some(used.clamp(0.0, 100.0).floor() as u32),
        minutes: seconds("window-minutes"),
        resets_at,
    })
}

/// A duration as these headers spell it: `6m0s`, `120ms`, or seconds.
fn after(text: &str) -> Option<Duration> {
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => wait::span(text),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty()).then_some(text)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.parse().ok()
}

fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn later(now: SystemTime, after: Duration) -> u64 {
    let after = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    millis(now).saturating_add(after)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderName;
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(headers: &[(&'static str, &'static str)]) -> Option<RateLimits> {
        let map = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        RateLimits::read(&map, UNIX_EPOCH + Duration::from_secs(1_000))
    }

    #[test]
    fn counted_limits_are_read_with_what_is_left_and_when_they_reset() {
        let limits = read(&[
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "200000"),
            ("x-ratelimit-remaining-tokens", "20000"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ])
        .unwrap();
        let [requests, tokens] = limits.windows[..] else {
            panic!("{limits:?}");
        };
        assert_eq!(
            (requests.counts, tokens.counts),
            (Counts::Requests, Counts::Tokens)
        );
        assert_eq!(
            (requests.used_percent, requests.resets_at),
            (Some(0), Some(1_000_120))
        );
        assert_eq!(
            (tokens.used_percent, tokens.remaining),
            (Some(90), Some(20_000))
        );
        assert_eq!((tokens.resets_at, limits.at), (Some(1_360_000), 1_000_000));
    }

    #[test]
    fn azure_tells_less_and_in_plain_seconds() {
        let limits = read(&[
            ("x-ratelimit-remaining-requests", "9"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "22"),
        ])
        .unwrap();
        assert_eq!(limits.windows[0].used_percent, None);
        assert_eq!(limits.windows[1].used_percent, Some(100));
        let now = UNIX_EPOCH + Duration::from_secs(1_010);
        assert_eq!(limits.wait(now), Some(Duration::from_secs(12)));
    }

    #[test]
    fn shares_of_longer_windows_are_read_too() {
        let limits = read(&[
            ("x-codex-primary-used-percent", "74.9"),
            ("x-codex-primary-window-minutes", "300"),
            ("x-codex-primary-reset-at", "5000"),
            ("x-codex-secondary-used-percent", "100"),
            ("x-codex-secondary-reset-after-seconds", "60"),
        ])
        .unwrap();
        let [primary, secondary] = limits.windows[..] else {
            panic!("{limits:?}");
        };
        assert_eq!(
            (primary.used_percent, primary.minutes),
            (Some(74), Some(300))
        );
        assert_eq!(primary.resets_at, Some(5_000_000));
        assert_eq!(
            (secondary.used_percent, secondary.resets_at),
            (Some(100), Some(1_060_000))
        );
    }

    #[test]
    fn almost_nothing_left_is_not_nothing_and_nonsense_is_passed_over() {
        let limits = read(&[
            ("x-ratelimit-limit-tokens", "100000"),
            ("x-ratelimit-remaining-tokens", "1"),
            ("x-ratelimit-limit-requests", "many"),
            ("x-codex-primary-used-percent", "NaN"),
        ])
        .unwrap();
        assert_eq!(limits.windows.len(), 1);
        assert_eq!(limits.windows[0].used_percent, Some(99));
        assert_eq!(limits.wait(UNIX_EPOCH), None);
        assert_eq!(read(&[("x-ratelimit-limit-tokens", "0")]), None);
        assert_eq!(read(&[]), None);
    }
}
