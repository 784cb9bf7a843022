//! Everything that can go wrong between a request and a complete answer.
//!
//! A [`Failure`] has a code for the program, one sentence and a hint for the person, and a
//! [`Retry`] for the turn. The list is closed: an answer that fits nothing else is a
//! [`Failure::Status`] with the provider's own words.
//!
//! No failure carries a secret: a server's own words come in through [`super::peer::Peer::clean`].

mod hint;

use std::time::Duration;

/// The longest wait a provider may ask for before the person is asked instead.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A budget of the person is used up; nothing was sent.
    #[error("{what} The task is paused before its next request, and everything so far is kept.")]
    OverBudget {
        /// Which budget, and what was used of it: one sentence.
        what: String,
        /// Whether it is one of the day, and so whole again at midnight.
        daily: bool,
    },
    /// 401 without a key having been sent.
    #[error("{provider} wants an API key and there is none.")]
    NoKey {
        /// Who answered.
        provider: String,
    },
    /// 401.
    #[error("{provider} {}.", .why.words())]
    KeyRejected {
        /// Who answered.
        provider: String,
        /// What it said of the key.
        why: Rejection,
    },
    /// 403.
    #[error("{provider} does not allow this request: {detail}")]
    Forbidden {
        /// Who answered.
        provider: String,
        /// The server's words.
        detail: String,
    },
    /// 404 that names the model.
    #[error("{provider} has no model named `{model}` for this key.")]
    ModelNotFound {
        /// Who answered.
        provider: String,
        /// The model asked for.
        model: String,
        /// Said by a code of its own, and not only in words that may mean the path.
        certain: bool,
    },
    /// 404 or 405 that does not, or 501.
    #[error("{provider} has nothing at {url}.")]
    EndpointNotFound {
        /// Who answered.
        provider: String,
        /// What was asked for.
        url: String,
    },
    /// Azure knows no such `api-version`.
    #[error("{provider} does not know the api-version `{version}` of the address.")]
    WrongApiVersion {
        /// Who answered.
        provider: String,
        /// The version in the address.
        version: String,
    },
    /// 400, 413, 422 and the stream's own "this request is wrong".
    #[error("{provider} refused the request as invalid: {detail}")]
    InvalidRequest {
        /// Who answered.
        provider: String,
        /// The server's words.
        detail: String,
    },
    /// A picture the provider cannot read.
    #[error("{provider} cannot read one of the pictures.")]
    PictureRejected {
        /// Who answered.
        provider: String,
    },
    /// The model reads no pictures.
    #[error("`{model}` does not read pictures.")]
    NoVision {
        /// The model asked for.
        model: String,
    },
    /// Encrypted reasoning of another key, region or deployment.
    #[error("{provider} cannot read the reasoning of earlier steps.")]
    StaleReasoning {
        /// Who answered.
        provider: String,
    },
    /// The conversation does not fit the model's window.
    #[error("The conversation is longer than `{model}` can read.")]
    ContextTooLong {
        /// The model asked for.
        model: String,
    },
    /// The account has no credit.
    #[error("The account at {provider} has no credit left.")]
    NoCredit {
        /// Who answered.
        provider: String,
    },
    /// The plan's allowance is used up, or does not include this.
    #[error("The plan at {provider} does not allow more use: {detail}")]
    PlanLimit {
        /// Who answered.
        provider: String,
        /// The server's words.
        detail: String,
    },
    /// Too many requests.
    #[error("{provider} is limiting how fast it is asked{}.", waiting(*.wait, Duration::ZERO))]
    RateLimited {
        /// Who answered.
        provider: String,
        /// How long it asked to wait.
        wait: Option<Duration>,
    },
    /// 5xx and "overloaded".
    #[error("{provider} has a problem of its own ({what}){}.", waiting(*.wait, LONGEST_WAIT))]
    Unavailable {
        /// Who answered.
        provider: String,
        /// The status or the server's code.
        what: String,
        /// How long it asked to wait.
        wait: Option<Duration>,
    },
    /// Blocked by the provider's policy.
    #[error("{provider} blocked the request by its policy: {detail}")]
    Blocked {
        /// Who answered.
        provider: String,
        /// The server's words.
        detail: String,
    },
    /// Any other status.
    #[error("{provider} answered with an unexpected status {status}: {detail}")]
    Status {
        /// Who answered.
        provider: String,
        /// The HTTP status.
        status: u16,
        /// The server's words.
        detail: String,
    },
    /// A redirect, which is never followed: it would carry the key elsewhere.
    #[error("{provider} wants to send the request on to {to}.")]
    Redirected {
        /// Who answered.
        provider: String,
        /// The host or path it named.
        to: String,
    },
    /// Nobody listens.
    #[error("Nothing answers at {host}.")]
    Unreachable {
        /// Where the request went.
        host: String,
    },
    /// The connection was not taken in time.
    #[error("{host} does not answer; no connection came about in time.")]
    NoAnswer {
        /// Where the request went.
        host: String,
    },
    /// The name does not resolve.
    #[error("The address of {host} cannot be found.")]
    UnknownHost {
        /// Where the request went.
        host: String,
    },
    /// The connection cannot be trusted.
    #[error("The connection to {host} is not secure: {detail}")]
    Untrusted {
        /// Where the request went.
        host: String,
        /// What TLS said.
        detail: String,
    },
    /// The proxy refuses or fails.
    #[error("The proxy{} on the way to {host} refused or broke the connection.", .proxy.as_deref().map(|name| format!(" {name}")).unwrap_or_default())]
    Proxy {
        /// Its host and port, when it was set for this.
        proxy: Option<String>,
        /// Where the request went.
        host: String,
    },
    /// Nothing was heard for too long.
    #[error("{host} has been silent for {} seconds.", .after.as_secs())]
    Silent {
        /// Where the request went.
        host: String,
        /// How long.
        after: Duration,
    },
    /// The connection ended before the answer did.
    #[error("The connection to {host} was cut before the answer was complete.")]
    Cut {
        /// Where the request went.
        host: String,
    },
    /// A success status with something that is no event stream.
    #[error("{provider} answered with something that is not a model's answer: {detail}")]
    NotAStream {
        /// Who answered.
        provider: String,
        /// The beginning of it.
        detail: String,
    },
    /// The answer was complete but made no sense.
    #[error("{provider} sent an answer that cannot be read: {detail}")]
    Unreadable {
        /// Who answered.
        provider: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The answer was larger than [`super::stream::Limits`] allows.
    #[error("The answer of {provider} was too large ({what}).")]
    TooLarge {
        /// Who answered.
        provider: String,
        /// Which limit.
        what: &'static str,
    },
    /// `response.incomplete`.
    #[error("`{model}` stopped before it had finished: {reason}")]
    CutShort {
        /// The model asked for.
        model: String,
        /// The reason it gave.
        reason: String,
    },
    /// The model declined to answer.
    #[error("`{model}` declined: {detail}")]
    Declined {
        /// The model asked for.
        model: String,
        /// Its words.
        detail: String,
    },
    /// The model answered with nothing.
    #[error("`{model}` answered with nothing.")]
    Empty {
        /// The model asked for.
        model: String,
    },
    /// The request could not be built or sent at all.
    #[error("The request to {host} could not be sent: {detail}")]
    NotSent {
        /// Where it would have gone.
        host: String,
        /// Why.
        detail: String,
    },
}

/// What a provider says of a key that it does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// Nothing more than that.
    Wrong,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl Rejection {
    /// Reads it from a server's own words.
    pub(super) fn said(words: &str) -> Self {
        let words = words.to_lowercase();
        let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
        if any(&["expired"]) {
            Self::Expired
        } else if any(&["revoked", "deactivated", "disabled", "deleted"]) {
            Self::Revoked
        } else {
            Self::Wrong
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Wrong => "rejected the API key",
            Self::Expired => "rejected the API key, because it has expired",
            Self::Revoked => "rejected the API key, because it was revoked",
        }
    }
}

/// Whether, and how, the same request is worth sending again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It would fail again, or the person has to do something first.
    Never,
    /// After a short, growing pause.
    Backoff,
    /// After a longer growing pause, because the server asked for fewer requests.
    Slowly,
    /// After exactly this long.
    After(Duration),
}

impl Failure {
    /// For the program; stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OverBudget { .. } => "over_budget",
            Self::NoKey { .. } => "no_key",
            Self::KeyRejected { .. } => "key_rejected",
            Self::Forbidden { .. } => "forbidden",
            Self::ModelNotFound { .. } => "model_not_found",
            Self::EndpointNotFound { .. } => "endpoint_not_found",
            Self::WrongApiVersion { .. } => "wrong_api_version",
            Self::InvalidRequest { .. } => "invalid_request",
            Self::PictureRejected { .. } => "picture_rejected",
            Self::NoVision { .. } => "no_vision",
            Self::StaleReasoning { .. } => "stale_reasoning",
            Self::ContextTooLong { .. } => "context_too_long",
            Self::NoCredit { .. } => "no_credit",
            Self::PlanLimit { .. } => "plan_limit",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "provider_unavailable",
            Self::Blocked { .. } => "blocked",
            Self::Status { .. } => "unexpected_status",
            Self::Redirected { .. } => "redirected",
            Self::Unreachable { .. } => "unreachable",
            Self::NoAnswer { .. } => "no_answer",
            Self::UnknownHost { .. } => "unknown_host",
            Self::Untrusted { .. } => "untrusted",
            Self::Proxy { .. } => "proxy",
            Self::Silent { .. } => "silent",
            Self::Cut { .. } => "cut",
            Self::NotAStream { .. } => "not_a_stream",
            Self::Unreadable { .. } => "unreadable",
            Self::TooLarge { .. } => "too_large",
            Self::CutShort { .. } => "cut_short",
            Self::Declined { .. } => "declined",
            Self::Empty { .. } => "empty",
            Self::NotSent { .. } => "not_sent",
        }
    }

    /// Whether an answer was cut because it had no room: in the window, or in what one answer may
    /// take, which servers do not tell apart.
    pub fn found_no_room(&self) -> bool {
        let words = ["longest answer", "max_output_tokens", "max_tokens"];
        matches!(self, Self::CutShort { reason, .. } if words.iter().any(|w| reason.contains(w)))
    }

    /// Whether it is about this one answer, so that another request may well succeed.
    pub fn is_about_the_answer(&self) -> bool {
        matches!(
            self,
            Self::InvalidRequest { .. }
                | Self::ContextTooLong { .. }
                | Self::Blocked { .. }
                | Self::Unreadable { .. }
                | Self::TooLarge { .. }
                | Self::CutShort { .. }
                | Self::Declined { .. }
                | Self::Empty { .. }
        )
    }

    /// How long it asks to wait, where that is longer than is waited for unasked.
    pub fn long_wait(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { wait, .. } | Self::Unavailable { wait, .. } => {
                wait.filter(|wait| *wait > LONGEST_WAIT)
            }
            _ => None,
        }
    }

    /// Whether the same request is worth sending again.
    pub fn retry(&self) -> Retry {
        match self {
            Self::RateLimited {
                wait: Some(wait), ..
            }
            | Self::Unavailable {
                wait: Some(wait), ..
            } => match self.long_wait() {
                Some(_) => Retry::Never,
                None => Retry::After(*wait),
            },
            Self::RateLimited { wait: None, .. } => Retry::Slowly,
            Self::Unavailable { wait: None, .. }
            | Self::Unreachable { .. }
            | Self::NoAnswer { .. }
            | Self::UnknownHost { .. }
            | Self::Silent { .. }
            | Self::Cut { .. }
            | Self::Unreadable { .. } => Retry::Backoff,
            _ => Retry::Never,
        }
    }

    /// Whether a request was refused with one of these words, in lower case.
    fn refuses(&self, words: &[&str]) -> bool {
        let Self::InvalidRequest { detail, .. } = self else {
            return false;
        };
        let detail = detail.to_lowercase();
        words.iter().any(|word| detail.contains(word))
    }

    /// Whether a request was refused because nothing of it may be stored.
    pub(super) fn is_about_storing(&self) -> bool {
        self.refuses(&["store", "encrypted_content", "`include`", "'include'"])
    }

    /// Whether a request was refused because it asks what the answer costs.
    pub(super) fn is_about_counting(&self) -> bool {
        self.refuses(&["stream_options", "include_usage"])
    }

    /// Whether a request was refused because it asks for a service tier.
    pub(super) fn is_about_tiers(&self) -> bool {
        self.refuses(&["service_tier", "service tier"])
    }

    /// How often it is tried again before it is shown.
    pub fn retries(&self) -> u32 {
        match self {
            // The answer had begun: the request itself is sound, so one more is worth it.
            Self::Silent { .. } | Self::Cut { .. } | Self::Unreadable { .. } => 5,
            _ => 4,
        }
    }
}

fn waiting(wait: Option<Duration>, beyond: Duration) -> String {
    match wait
        .filter(|wait| *wait > beyond)
        .map(|wait| wait.as_secs())
    {
        None | Some(0) => String::new(),
        Some(seconds @ 1..=119) => format!(" and asks to wait {seconds} seconds"),
        Some(seconds @ 120..=7199) => format!(" and asks to wait {} minutes", seconds / 60),
        Some(seconds @ 7200..=172_799) => format!(" and asks to wait {} hours", seconds / 3600),
        Some(seconds) => format!(" and asks to wait {} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_longer_than_the_cap_is_left_to_the_person() {
        let limited = |wait: Option<u64>| Failure::RateLimited {
            provider: "OpenAI".to_owned(),
            wait: wait.map(Duration::from_secs),
        };
        assert_eq!(
            limited(Some(60)).retry(),
            Retry::After(Duration::from_secs(60))
        );
        assert_eq!(limited(None).retry(), Retry::Slowly);
        let long = limited(Some(86_400));
        assert_eq!(long.retry(), Retry::Never);
        assert_eq!(
            long.to_string(),
            "OpenAI is limiting how fast it is asked and asks to wait 24 hours."
        );
        assert!(long.hint().contains("longer than is waited for unasked"));
        assert_eq!(long.long_wait(), Some(Duration::from_secs(86_400)));
        assert_eq!(limited(Some(60)).long_wait(), None);
        let busy = |wait: u64| Failure::Unavailable {
            provider: "OpenAI".to_owned(),
            what: "503".to_owned(),
            wait: Some(Duration::from_secs(wait)),
        };
        assert_eq!(
            busy(3).to_string(),
            "OpenAI has a problem of its own (503)."
        );
        assert_eq!(
            busy(604_800).to_string(),
            "OpenAI has a problem of its own (503) and asks to wait 7 days."
        );
    }
}
